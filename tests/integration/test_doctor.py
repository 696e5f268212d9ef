"""berth doctor on a real kernel: settings switched, found, named, mended."""

import json
import os
import re
import socket
import subprocess
import threading

import pytest

import image
from agent import BERTH, berth
from dockerproxy import DockerProxy
from procs import run, wait_for

FORWARD = "/proc/sys/net/ipv4/ip_forward"
RESERVED = "/proc/sys/net/ipv4/ip_local_reserved_ports"
# What is said of each place, where nobody looks at a terminal.
LOOK = re.compile(r"^berth doctor: \[\d/3\] (.*): done in \d+\.\d s$", re.MULTILINE)
LOOKS = ["reading /proc and /sys", "asking nf_tables",
         "asking Docker, and watching conntrack for a second"]
MAX = "/proc/sys/net/netfilter/nf_conntrack_max"
BRIDGE_NF = "/proc/sys/net/bridge/bridge-nf-call-iptables"


def read(path):
    with open(path) as f:
        return f.read().strip()


def write(path, value):
    with open(path, "w") as f:
        f.write(value)


@pytest.fixture
def doctor(host):
    """Runs berth doctor where /sys shows this network namespace, as on a host of its own."""
    saved = {path: read(path) for path in (FORWARD, RESERVED)}

    def examine(*argv):
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", 'mount -t sysfs sysfs /sys && exec "$@"', "sh",
             BERTH, "doctor", "-c", "/dev/null", "-o", f"docker.socket={host.docker_socket}",
             *argv], capture_output=True, text=True, timeout=60)
        said = [] if "--json" in argv else LOOKS
        assert LOOK.findall(done.stderr) == said, done.stderr
        assert len(done.stderr.splitlines()) == len(said), done.stderr
        return done.returncode, done.stdout

    yield examine
    for path, value in saved.items():
        write(path, value or "\n")


def findings(doctor, *argv):
    """Exit status, and the findings of each check."""
    status, out = doctor("--json", *argv)
    document = json.loads(out)
    assert document["status"] == status
    checks = {}
    for finding in document["findings"]:
        checks.setdefault(finding["check"], []).append(finding)
    return status, checks, document


def levels(checks, name):
    return {finding["level"] for finding in checks[name]}


def test_no_check_is_missing(doctor):
    _, checks, _ = findings(doctor)
    assert len(checks) == 22
    unknown = [f for name in checks for f in checks[name] if f["level"] == "unknown"]
    # A container may not be allowed to read the kernel's log.
    assert [f for f in unknown if "kmsg" not in f["found"]] == []
    assert levels(checks, "kernel") == {"ok"}
    assert "berth" not in run("nft", "list", "tables"), "what was tried is not carried out"


def test_forwarding_off_and_mended(doctor):
    write(FORWARD, "0")
    status, checks, _ = findings(doctor)
    assert status == 2
    [finding] = [f for f in checks["forwarding"] if f["level"] == "fail"]
    assert finding["remedy"] == "sysctl -w net.ipv4.ip_forward=1" and finding["fixable"]
    assert read(FORWARD) == "0", "without --fix nothing is changed"

    status, checks, document = findings(doctor, "--fix")
    assert read(FORWARD) == "1"
    assert any("ip_forward = 1 (it was 0)" in fixed["text"] for fixed in document["fixed"])
    assert levels(checks, "forwarding") == {"ok"}
    assert [f for name in checks for f in checks[name] if f["level"] == "fail"] == []
    assert status < 2


def test_reserved_ports_are_merged(doctor):
    write(RESERVED, "8080,28500-28600")
    _, checks, _ = findings(doctor)
    assert "warn" in levels(checks, "port-range")
    _, checks, _ = findings(doctor, "--fix")
    assert read(RESERVED) == "8080,28000-29999"
    assert levels(checks, "port-range") == {"ok"}


def test_pool_in_the_local_range(doctor):
    status, checks, _ = findings(doctor, "-o", "portmap.pool=40000-40100")
    assert status == 2 and "fail" in levels(checks, "port-range")


def test_conntrack_table_of_65536(doctor):
    old = read(MAX)
    try:
        write(MAX, "65536")
    except OSError:
        pytest.skip("nf_conntrack_max can be set in the first network namespace only")
    try:
        _, checks, _ = findings(doctor)
        assert [f for f in checks["conntrack-size"]
                if f["level"] == "warn" and "65536 entries" in f["found"]]
    finally:
        write(MAX, old)


def test_a_foreign_table_that_drops(doctor):
    run("nft", "add table inet site; add chain inet site out "
        "{ type filter hook forward priority 10; policy drop; }")
    try:
        status, checks, _ = findings(doctor)
        [finding] = [f for f in checks["forward-policy"] if f["level"] == "fail"]
        assert status == 2 and "chain out of table inet site" in finding["found"]
        run("sh", "-c", finding["remedy"])
        _, checks, _ = findings(doctor)
        assert "fail" not in levels(checks, "forward-policy"), "the command mends it"
    finally:
        run("nft", "delete", "table", "inet", "site")


def test_iptables_goes_on_after_the_remedy(doctor):
    """FORWARD of ip6tables, where Docker has no chain for others."""
    run("ip6tables", "-P", "FORWARD", "DROP")
    run("ip", "link", "add", "br-doctor6", "type", "bridge")
    run("ip", "address", "add", "fd99::1/64", "dev", "br-doctor6", "nodad")
    try:
        _, checks, _ = findings(doctor)
        [finding] = [f for f in checks["forward-policy"] if f["level"] == "fail"]
        run("sh", "-c", finding["remedy"])
        assert "--mark 0x4000000/0x4000000" in run("ip6tables", "-S", "FORWARD")
        _, checks, _ = findings(doctor)
        assert "fail" not in levels(checks, "forward-policy")
        assert levels(checks, "mark") == {"ok"}, "it is no clash"
        assert "fail" in levels(checks, "forwarding"), "IPv6 is needed and not forwarded"
    finally:
        run("ip", "link", "del", "br-doctor6")
        run("ip6tables", "-P", "FORWARD", "ACCEPT")
        run("ip6tables", "-F", "FORWARD")


def test_a_rule_that_uses_our_mark(doctor):
    run("iptables", "-t", "mangle", "-A", "PREROUTING", "-j", "MARK", "--set-xmark",
        "0x4000000/0x4000000")
    run("ip", "rule", "add", "priority", "99", "fwmark", "0x4000000/0xff000000", "table", "99")
    try:
        _, checks, _ = findings(doctor)
        named = " ".join(f["found"] for f in checks["mark"])
        assert "table ip mangle, chain PREROUTING" in named and "ip rule 99:" in named
        _, checks, _ = findings(doctor, "-o", "portmap.mark=0x00200000")
        assert levels(checks, "mark") == {"ok"}
    finally:
        run("iptables", "-t", "mangle", "-F", "PREROUTING")
        run("ip", "rule", "del", "priority", "99")


def test_a_bridge_that_follows_its_ports(doctor):
    run("ip", "link", "add", "br-doctor", "type", "bridge")
    try:
        _, checks, _ = findings(doctor)
        assert [f for f in checks["bridge-mac"] if "br-doctor" in f["found"]]
        [finding] = checks["bridge-mac"]
        run("sh", "-c", finding["remedy"])
        _, checks, _ = findings(doctor)
        assert levels(checks, "bridge-mac") == {"ok"}
    finally:
        run("ip", "link", "del", "br-doctor")


def test_beside_a_running_agent(host, agent, doctor):
    agent.start()
    host.serve("web-1", "web", labels=("SERVICE_8080_SERVICE_PORT=8081",))
    agent.wait_for_servers("web", 1)
    _, checks, _ = findings(doctor)
    assert levels(checks, "mappings") == {"ok"}, checks["mappings"]
    assert levels(checks, "forward-policy") <= {"ok", "info"}, checks["forward-policy"]
    assert levels(checks, "route-localnet") == {"ok"}
    assert levels(checks, "mark") == {"ok"}, checks["mark"]

    run("iptables", "-D", "DOCKER-USER", "-m", "connmark", "--mark", "0x4000000/0x4000000",
        "-m", "comment", "--comment", "berth", "-j", "ACCEPT")
    _, checks, _ = findings(doctor)
    assert "fail" in levels(checks, "forward-policy") or \
        "--comment berth" in run("iptables", "-S", "DOCKER-USER"), "the agent was quicker"

    agent.kill()
    host.remove_containers()
    _, checks, _ = findings(doctor)
    texts = " ".join(f["found"] for f in checks["mappings"])
    assert "berth agent does not run" in texts and "which does not run" in texts


def test_docker_at_tcp(host, doctor):
    """It is asked there; and where nobody answers, that is said, and what needs no Docker is."""
    listener = socket.create_server(("127.0.0.1", 0))
    there = f"docker.socket=tcp://127.0.0.1:{listener.getsockname()[1]}"
    proxy = DockerProxy(None, host.docker_socket)
    proxy.answers["/info"] = b'{"FirewallBackend": {"Driver": "nftables"}}'
    threading.Thread(target=proxy.accept, args=(listener,), daemon=True).start()
    try:
        _, checks, _ = findings(doctor, "-o", there)
        assert "nftables" in checks["docker-firewall"][0]["found"], "what only this one answers"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    status, checks, _ = findings(doctor, "-o", there)
    assert status >= 1 and levels(checks, "docker-firewall") == {"unknown"}
    assert "onnect" in checks["docker-firewall"][0]["found"]
    assert levels(checks, "kernel") == {"ok"} and levels(checks, "forwarding") <= {"ok", "fail"}


def test_without_root(doctor):
    done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", BERTH, "doctor", "-c",
                           "/dev/null"], capture_output=True, text=True, timeout=60)
    if "not found" in done.stderr or done.returncode == 126:
        pytest.skip("the build is out of reach of another user")
    assert done.returncode in (1, 2)
    assert "packet filters cannot be read" in done.stdout


def test_text_in_a_pipe(doctor):
    status, out = doctor()
    assert status in (0, 1, 2)
    assert "\033" not in out and "\r" not in out
    assert re.search(r"^\d+ failures?, \d+ warnings?, \d+ unknown, \d+ good$", out, re.MULTILINE)
    assert all(ord(c) < 127 for c in out)


def test_two_haproxys_at_one_port(doctor, tmp_path):
    """The kernel lets them: SO_REUSEPORT divides the connections."""
    text = ("defaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n"
            "frontend f\n bind 127.0.0.1:8098\n")
    (tmp_path / "haproxy.cfg").write_text(text)
    running = []
    try:
        for _ in range(2):
            running.append(subprocess.Popen(["haproxy", "-db", "-f", tmp_path / "haproxy.cfg"],
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        pids = sorted(p.pid for p in running)

        def found():
            _, checks, _ = findings(doctor)
            return [f["found"] for f in checks["haproxy"] if f["level"] != "ok"]

        wanted = [f"several HAProxys, pids {pids[0]}, {pids[1]}, listen at port 8098"]
        wait_for(lambda: found() == wanted, "both are found", 30)
        running[1].terminate()
        running[1].wait(30)
        wait_for(lambda: found() == [], "one is none too many", 30)
    finally:
        for process in running:
            process.kill()
            process.wait(30)


def bridge_port(host, name):
    """The host's end of a container's cable."""
    [far_end] = json.loads(host.from_container(name, "ip", "-j", "link", "show", "dev", "eth0"))
    links = json.loads(run("ip", "-j", "link", "show"))
    return next(link["ifname"] for link in links if link["ifindex"] == far_end["link_index"])


def test_hairpin_of_mapped_containers_alone(doctor, host, agent):
    """The port of a container without a mapping lacks nothing, and berth leaves it as it is."""
    if not os.path.exists(BRIDGE_NF):
        pytest.skip("this kernel has no br_netfilter")
    before = read(BRIDGE_NF)
    host.serve("mapped", "web")
    host.docker("run", "-d", "--name", "plain", image.NAME)
    port, other = bridge_port(host, "mapped"), bridge_port(host, "plain")
    assert port != other
    try:
        write(BRIDGE_NF, "1")
        options = [word for option in agent.options.items()
                   for word in ("-o", "{}={}".format(*option))]
        status, _, err = berth("portmap", "sync", "--once", "-c", "/dev/null", *options)
        assert status == 0, err
        _, checks, _ = findings(doctor)
        assert levels(checks, "bridge-netfilter") == {"ok"}, checks["bridge-netfilter"]
        run("bridge", "link", "set", "dev", port, "hairpin", "off")
        _, checks, _ = findings(doctor)
        [found] = checks["bridge-netfilter"]
        assert found["level"] == "warn"
        assert found["remedy"] == f"bridge link set dev {port} hairpin on"
    finally:
        write(BRIDGE_NF, before)
