"""Beside each kind of Docker's firewall: every path to a container, and nothing of Docker's broken.

Each class has a sandbox of its own within the one of the session."""

import json
import os

import pytest

from agent import berth
from procs import run, wait_for
from sandbox import ADDRESS, Sandbox
from test_reach import GATEWAY, client, served  # noqa: F401 (a fixture)
from traffic import ask, ask_udp

MARK = "0x4000000/0x4000000"
RULE = ["DOCKER-USER", "-m", "connmark", "--mark", MARK, "-m", "comment", "--comment", "berth",
        "-j", "ACCEPT"]
FORWARD = "/proc/sys/net/ipv4/ip_forward"


@pytest.fixture(scope="class")
def box(request, sandbox):
    """The class says what dockerd is like: DOCKERD, its options, and prepare(box), done before."""
    inner = Sandbox(request.cls.DOCKERD, request.cls.path(request))
    try:
        inner.start()
        request.cls.prepare(inner)
        yield inner
    finally:
        inner.stop()


@pytest.fixture
def host(box):
    yield box
    box.remove_containers()


class Variant:
    DOCKERD = ()

    @staticmethod
    def path(request):
        return None

    @staticmethod
    def prepare(box):
        pass


def paths(host, ports, protocol):
    """What is heard on every way to the container; None where nothing is."""
    def inside(name, address):
        return run("nsenter", "-t", str(host.pid(name)), "--net",
                   *client(ports, protocol, address), check=False) or None

    def here(address):
        try:
            if protocol == "udp":
                return ask_udp(ports["udp"], address=address)
            return ask(ports["tcp"], address=address, timeout=3)
        except OSError:
            return None

    return {"another host": outside(host, ports, protocol),
            "the host, loopback": here("127.0.0.1"),
            "the host, own address": here(ADDRESS),
            "the host, gateway": here(GATEWAY),
            "another container": inside("near", ADDRESS),
            "another container, gateway": inside("near", GATEWAY),
            "another network": inside("far", ADDRESS),
            "the container itself": inside("web-1", ADDRESS)}


def outside(host, ports, protocol="tcp"):
    return host.from_outside(*client(ports, protocol, ADDRESS), check=False) or None


def check_every_path(host, agent, ports):
    """A way that is being opened may need a moment; all of them must work in the end, together."""
    host.docker("network", "create", "it-far")
    try:
        host.serve("near", "near")
        host.serve("far", "far", "--network", "it-far")
        for protocol in ("tcp", "udp"):
            def all_answer():
                seen = paths(host, ports, protocol)
                all_answer.seen = {way: answer for way, answer in seen.items()
                                   if answer != "web-1"}
                return not all_answer.seen
            try:
                wait_for(all_answer, f"every path by {protocol}", 30)
            except AssertionError:
                raise AssertionError(f"{protocol}: {all_answer.seen}\n{agent.log_tail()}") from None
        assert not agent.state()["problems"]
    finally:
        host.docker("rm", "-f", "far")
        host.docker("network", "rm", "it-far")


def rules(program="iptables"):
    """The rules of DOCKER-USER."""
    return run(program, "-S", "DOCKER-USER").splitlines()[1:]


def finding(box, check):
    """What `berth doctor` finds, as (level, text) pairs."""
    _, out, err = berth("doctor", "-c", "/dev/null", "-o", f"docker.socket={box.docker_socket}",
                        "--json")
    assert out, err
    return [(f["level"], f["found"]) for f in json.loads(out)["findings"] if f["check"] == check]


class TestIptables(Variant):
    """dockerd's rules by iptables-nft, FORWARD closed."""

    def test_every_path(self, host, agent, served):
        assert "-P FORWARD DROP" in run("iptables", "-S", "FORWARD")
        check_every_path(host, agent, served)

    def test_the_rule_disturbs_nobody(self, host, agent, served):
        """iptables reads the chain, finds our rule, and dockerd starts and works beside it."""
        wait_for(lambda: rules()[:1] == ["-A " + " ".join(RULE)], "the rule is the first")
        run("iptables", "-C", *RULE)
        run("iptables-save")
        before = rules()
        host.restart_dockerd()
        assert rules() == before
        host.docker("start", "web-1")
        host.serve("web-2", "web", "-p", "8085:8080")
        wait_for(lambda: outside(host, {"tcp": 8085}) == "web-2", "Docker's own port works")
        container = host.api("/containers/web-1/json")["Id"]

        def mapped(state):
            return [m["host_port"] for m in state["mappings"] if m["container_id"] == container and
                    m["container_port"] == 8080]
        [port] = mapped(agent.wait(mapped, "the container is mapped again"))
        wait_for(lambda: outside(host, {"tcp": port}) == "web-1", "and reached")
        assert rules() == before


class TestWithoutIptables(Variant):
    """dockerd makes no rules and leaves forwarding alone."""

    DOCKERD = ("--iptables=false", "--ip-forward=false")

    @staticmethod
    def prepare(box):
        with open(FORWARD, "w") as f:
            f.write("1")

    def test_docker_made_no_rules(self, host):
        assert "DOCKER" not in run("nft", "list", "ruleset")

    def test_every_path(self, host, agent, served):
        check_every_path(host, agent, served)
        assert [level for level, _ in finding(host, "forward-policy")] == ["ok"]

    def test_published_ports_are_adopted(self, host, agent):
        """docker-proxy serves them."""
        agent.start()
        host.serve("web-1", "web", "-p", "8085:8080")
        state = agent.wait(lambda s: s["instances"], "it is registered")
        assert [i["port"] for i in state["instances"]] == [8085]
        wait_for(lambda: outside(host, {"tcp": 8085}) == "web-1", "it answers")

    def test_forwarding_is_off(self, host, agent, served):
        """Nobody else reaches the container then, and the doctor says why."""
        wait_for(lambda: outside(host, served) == "web-1", "it answers")
        with open(FORWARD, "w") as f:
            f.write("0")
        try:
            assert outside(host, served) is None
            assert [level for level, _ in finding(host, "forwarding")][:1] == ["fail"]
        finally:
            with open(FORWARD, "w") as f:
                f.write("1")
        wait_for(lambda: outside(host, served) == "web-1", "it answers again")


class TestLegacy(Variant):
    """dockerd's rules by iptables-legacy, FORWARD closed."""

    @staticmethod
    def path(request):
        folder = request.getfixturevalue("tmp_path_factory").mktemp("legacy")
        for name in ("iptables", "ip6tables"):
            os.symlink("/usr/sbin/xtables-legacy-multi", folder / name)
        return str(folder)

    @staticmethod
    def prepare(box):
        assert "-P FORWARD DROP" in run("iptables-legacy", "-S", "FORWARD")
        assert rules("iptables-legacy") == ["-A DOCKER-USER -j RETURN"]

    def wait_for_rule(self, behind=("-A DOCKER-USER -j RETURN",)):
        wait_for(lambda: rules("iptables-legacy") == ["-A " + " ".join(RULE), *behind],
                 "our rule is the first, and there once")

    def test_every_path(self, host, agent, served):
        self.wait_for_rule()
        check_every_path(host, agent, served)
        run("iptables-legacy", "-C", *RULE)
        assert ("ok", "FORWARD of iptables-legacy drops, and our rule accepts before it") in \
            finding(host, "forward-policy")

    def test_a_second_agent_adds_no_second_rule(self, host, agent, served):
        self.wait_for_rule()
        agent.stop()
        agent.start()
        wait_for(lambda: outside(host, served) == "web-1", "it answers")
        passes = agent.state()["sources"]["portmap"]["passes"]
        host.serve("web-2", "web")
        agent.wait(lambda s: s["sources"]["portmap"]["passes"] > passes, "another pass is over")
        self.wait_for_rule()

    def test_a_lost_rule_comes_back(self, host, agent):
        agent.start(agent__resync="1")
        self.wait_for_rule()
        run("iptables-legacy", "-D", *RULE)
        self.wait_for_rule()

    def test_it_is_kept_first(self, host, agent):
        other = "-A DOCKER-USER -s 203.0.113.9/32 -j DROP"
        agent.start(agent__resync="1")
        self.wait_for_rule()
        run("iptables-legacy", "-I", *other.split()[1:])
        try:
            self.wait_for_rule((other, "-A DOCKER-USER -j RETURN"))
        finally:
            run("iptables-legacy", "-D", *other.split()[1:])

    def test_a_program_that_fails(self, host, agent):
        """It is a problem in the program's own words, tried again, and over when it works."""
        run("iptables-legacy", "-w", "-D", *RULE, check=False)
        broken = os.path.join(host.dir, "broken")
        with open(broken, "w") as f:
            f.write("#!/bin/sh\necho 'no luck today'\nexit 3\n")
        os.chmod(broken, 0o755)
        # The agent alone sees the broken one; what is mended goes to the same place.
        agent.prefix = ["unshare", "--mount", "sh", "-c",
                        f'mount --bind {broken} /usr/sbin/iptables-legacy && exec "$@"', "sh"]
        agent.start(agent__resync="1")
        state = agent.wait(lambda s: s["problems"], "it is told")
        [problem] = state["problems"]
        assert problem["subject"] == "chain DOCKER-USER"
        assert problem["text"].endswith("ended with status 3: no luck today")
        run("iptables-legacy", "-w", "-I", *RULE)
        agent.wait(lambda s: not s["problems"], "it is over")

    def test_flush_takes_it_away(self, host, agent):
        agent.start()
        self.wait_for_rule()
        agent.stop()
        status, out, err = berth("portmap", "flush", "--yes", "-c", "/dev/null",
                                 "-o", f"agent.run_dir={agent.options['agent.run_dir']}",
                                 "-o", f"agent.state_dir={agent.options['agent.state_dir']}")
        assert status == 0 and "DOCKER-USER" in out, (out, err)
        assert rules("iptables-legacy") == ["-A DOCKER-USER -j RETURN"]

    def test_dockerd_restarts(self, host, agent):
        agent.start(agent__resync="1")
        self.wait_for_rule()
        host.restart_dockerd()
        self.wait_for_rule()
        host.serve("web-1", "web")
        state = agent.wait(lambda s: s["mappings"], "it is mapped")
        port = state["mappings"][0]["host_port"]
        wait_for(lambda: outside(host, {"tcp": port}) == "web-1", "and reached")


DOCKER_BRIDGES = """
table ip docker-bridges {
    chain filter-FORWARD {
        type filter hook forward priority filter; policy accept;
        meta mark & 0x04000000 == 0x04000000 accept
        oifname "docker0" jump filter-forward-in__docker0
        iifname "docker0" jump filter-forward-out__docker0
        oifname "br-*" jump filter-forward-in__docker0
    }
    chain filter-forward-in__docker0 {
        ct state established,related accept
        iifname "docker0" accept
        drop
    }
    chain filter-forward-out__docker0 {
        ct state established,related accept
        iifname "docker0" accept
    }
}
"""


class TestFirewallMark(Variant):
    """Docker 29's own table, which lets nothing new into its bridges but what it has published and
    what bears the mark of --bridge-accept-fwmark. It looks for the mark on the packet."""

    DOCKERD = ("--iptables=false", "--ip-forward=false")

    @staticmethod
    def prepare(box):
        with open(FORWARD, "w") as f:
            f.write("1")
        run("nft", "-f", "-", input=DOCKER_BRIDGES)

    def test_every_path(self, host, agent, served):
        check_every_path(host, agent, served)

    def test_the_mark_is_what_counts(self, host, agent, served):
        wait_for(lambda: outside(host, served) == "web-1", "it answers")
        listed = run("nft", "-a", "list", "chain", "ip", "docker-bridges", "filter-FORWARD")
        [rule] = [line for line in listed.splitlines() if "meta mark" in line or "mark and" in line]
        chain = ("ip", "docker-bridges", "filter-FORWARD")
        run("nft", "delete", "rule", *chain, "handle", rule.split("# handle ")[1])
        try:
            for protocol in ("tcp", "udp"):
                assert outside(host, served, protocol) is None, protocol
        finally:
            run("nft", "insert", "rule", *chain, "meta", "mark", "&", "0x04000000", "==",
                "0x04000000", "accept")
        wait_for(lambda: outside(host, served) == "web-1", "it answers again")
