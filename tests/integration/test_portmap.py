"""portmap alone, with the real kernel and Docker in the sandbox: every path to a container.

Needs root, and BERTH_BUILD, the build directory with tests/integration/portmap-driver.
"""

import errno
import os
import shutil
import socket
import subprocess
import time

import pytest

from portmapping import (DRIVER, ELSEWHERE, HERE, IMAGE, MARK, POOL, RULE, SILENCE, TCP_PORT,
                         UDP_PORT, Answer, Driver, Talker, ask, busybox_image, forget_kernel_state,
                         hairpin_ports, leave_hairpin, run, serve, succeeds)
from procs import wait_for
from sandbox import ADDRESS, OUTSIDE

HOST_ADDR, CLIENT_ADDR = ADDRESS, OUTSIDE
NETWORK = "berth-pm-net"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not os.access(DRIVER, os.X_OK), reason="BERTH_BUILD has no portmap-driver"),
]


class Container:
    """A container of Docker's; its server runs in its network namespace only."""

    def __init__(self, name, network="bridge", options=()):
        self.name = name
        self.id = run("docker", "run", "-d", "--name", f"berth-pm-{name}", "--network",
                      network, *options, IMAGE, "/bin/busybox", "sleep", "3600")
        self.look()

    def look(self):
        self.pid = run("docker", "inspect", "-f", "{{.State.Pid}}", self.id)
        self.addr = run("docker", "inspect", "-f",
                        "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", self.id)
        self.inside = ["nsenter", "-t", self.pid, "-n"]
        self.server = serve(self.inside, self.name, TCP_PORT, UDP_PORT)

    def restart(self):
        self.stop_server()
        run("docker", "restart", "-t", "0", self.id)
        self.look()

    def stop_server(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def endpoints(self):
        return [f"{self.id} {self.addr} {TCP_PORT} tcp", f"{self.id} {self.addr} {UDP_PORT} udp"]

    def remove(self):
        self.stop_server()
        run("docker", "rm", "-f", self.id)


class PortAnswer(Answer):
    """{(container id, protocol, container port): host port}"""

    def read(self, mappings):
        self.mappings = {(container, protocol, int(target.rsplit(":")[1])): int(port)
                         for protocol, port, container, target in mappings}

    def port(self, container, protocol):
        return self.mappings[container.id, protocol, TCP_PORT if protocol == "tcp" else UDP_PORT]


class PortDriver(Driver):
    answer = PortAnswer


def remove_all():
    forget_kernel_state()
    for name in run("docker", "ps", "-aq", "--filter", "name=berth-pm-").split():
        run("docker", "rm", "-f", name)
    succeeds("docker", "network", "rm", NETWORK)
    succeeds("docker", "rmi", IMAGE)


@pytest.fixture(scope="module")
def host(sandbox):
    """The sandbox, whose FORWARD is closed as Docker closes it, with an image."""
    os.environ["DOCKER_HOST"] = f"unix://{sandbox.docker_socket}"
    remove_all()
    assert "-P FORWARD DROP" in run("iptables", "-S", "FORWARD")
    ELSEWHERE[:] = ["nsenter", "-t", str(sandbox.outside.pid), "--net"]
    run("docker", "network", "create", NETWORK)
    busybox_image()
    yield
    remove_all()
    del os.environ["DOCKER_HOST"]


@pytest.fixture(scope="module")
def containers(host):
    made = [Container("web1"), Container("web2"), Container("web3", NETWORK)]
    yield made
    for container in made:
        container.remove()


@pytest.fixture
def driver(containers):
    drivers = []

    def start(**options):
        drivers.append(PortDriver(**options))
        return drivers[-1]

    forget_kernel_state()
    yield start
    codes = [d.stop() for d in drivers if d.process.returncode is None]
    forget_kernel_state()
    assert not any(codes), "the driver failed"


def everything(containers):
    return [endpoint for container in containers for endpoint in container.endpoints()]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_every_path(driver, containers, protocol):
    web1, web2, web3 = containers
    answer = driver().want(*everything(containers))
    assert answer.ok and not answer.problems
    port1, port3 = answer.port(web1, protocol), answer.port(web3, protocol)
    assert port1 not in (TCP_PORT, UDP_PORT)
    gateway = web2.addr.rsplit(".", 1)[0] + ".1"
    seen = {
        "other host": ask(ELSEWHERE, protocol, HOST_ADDR, port1),
        "other host, other bridge": ask(ELSEWHERE, protocol, HOST_ADDR, port3),
        "host, own address": ask(HERE, protocol, HOST_ADDR, port1).split()[0],
        "host, loopback": ask(HERE, protocol, "127.0.0.1", port1).split()[0],
        "host, loopback, other bridge": ask(HERE, protocol, "127.0.0.1", port3).split()[0],
        "container, host's address": ask(web2.inside, protocol, HOST_ADDR, port1).split()[0],
        "container, gateway": ask(web2.inside, protocol, gateway, port1).split()[0],
        "container on another bridge": ask(web3.inside, protocol, HOST_ADDR, port1).split()[0],
    }
    assert seen == {
        "other host": f"web1 {CLIENT_ADDR}",
        "other host, other bridge": f"web3 {CLIENT_ADDR}",
        "host, own address": "web1",
        "host, loopback": "web1",
        "host, loopback, other bridge": "web3",
        "container, host's address": "web1",
        "container, gateway": "web1",
        "container on another bridge": "web1",
    }


BRIDGE_NF = "/proc/sys/net/bridge/bridge-nf-call-iptables"


@pytest.fixture
def bridge_nf():
    """br_netfilter, on in the sandbox."""
    if not os.path.exists(BRIDGE_NF):
        pytest.skip("this kernel has no br_netfilter")
    with open(BRIDGE_NF, "r+") as f:
        before = f.read()
        f.write("1")
    yield
    with open(BRIDGE_NF, "w") as f:
        f.write(before)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_hairpin(driver, containers, bridge_nf, protocol):
    """A container reaches itself by its host port, and another one by its own."""
    web1, web2, _ = containers
    leave_hairpin()
    d = driver()
    answer = d.want(*web1.endpoints())
    port = answer.port(web1, protocol)
    assert not answer.problems and len(hairpin_ports()) == 1
    assert ask(web1.inside, protocol, HOST_ADDR, port).split()[0] == "web1"
    assert ask(web2.inside, protocol, HOST_ADDR, port).split()[0] == "web1"
    assert ask(ELSEWHERE, protocol, HOST_ADDR, port) == f"web1 {CLIENT_ADDR}"
    assert d.stop() == 0
    leave_hairpin()
    assert "error" in ask(web1.inside, protocol, HOST_ADDR, port, SILENCE), "the test proves something"


def test_hairpin_after_a_restart(driver, host, bridge_nf):
    """The container's cable is new, and nobody tells portmap of a change."""
    web = Container("again")
    try:
        d = driver()
        port = d.want(*web.endpoints()).port(web, "tcp")
        before = hairpin_ports()
        web.restart()
        wait_for(lambda: set(hairpin_ports()) - set(before), "the new bridge port is in order")
        assert ask(web.inside, "tcp", HOST_ADDR, port).split()[0] == "again"
    finally:
        web.remove()


def test_loopback_stays_guarded(driver, containers):
    """route_localnet is on for the bridge; no container reaches the host's 127.0.0.1."""
    intruder = containers[0]
    gateway = intruder.addr.rsplit(".", 1)[0] + ".1"
    d = driver()
    assert d.want(*intruder.endpoints()).ok
    with open("/proc/sys/net/ipv4/conf/docker0/route_localnet") as f:
        assert f.read() == "1\n"
    run(*intruder.inside, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet && "
        f"ip addr del 127.0.0.1/8 dev lo && ip route add 127.0.0.1 via {gateway}")
    with socket.create_server(("127.0.0.1", 0)) as secret:
        secret.settimeout(0.1)

        def intrude():
            ask(intruder.inside, "tcp", "127.0.0.1", secret.getsockname()[1], SILENCE)
            try:
                secret.accept()[0].close()
                return True
            except TimeoutError:
                return False

        try:
            assert not intrude()
            assert d.stop() == 0  # it would put back what goes
            run("nft", "flush", "chain", "ip", "berth", "guard")
            assert intrude(), "the test itself proves something"
        finally:
            run(*intruder.inside, "sh", "-c", "ip route del 127.0.0.1; "
                "ip addr add 127.0.0.1/8 dev lo")


def test_guard_outlives_the_mapping(driver, containers):
    """route_localnet stays on when the last mapping goes, and so does the guard, whoever wipes."""
    d = driver()
    d.want(*everything(containers))
    d.want()
    assert '"docker0"' in run("nft", "list", "set", "ip", "berth", "bridges")
    run("nft", "delete", "table", "ip", "berth")
    assert d.next_pass().ok
    assert '"docker0"' in run("nft", "list", "set", "ip", "berth", "bridges")
    assert "drop" in run("nft", "list", "chain", "ip", "berth", "guard")


def test_restart_keeps_ports(driver, containers):
    web1, web2, _ = containers
    first = driver()
    before = first.want(*web1.endpoints(), *web2.endpoints())
    assert first.stop() == 0
    assert ask(ELSEWHERE, "tcp", HOST_ADDR, before.port(web1, "tcp")).startswith("web1")
    second = driver()
    after = second.want(*everything(containers))
    assert {k: v for k, v in after.mappings.items() if k in before.mappings} == before.mappings
    # A new one comes behind the highest lease.
    assert after.port(containers[2], "tcp") > max(before.mappings.values())


def test_removal_and_retention(driver, containers):
    web1, web2, _ = containers
    d = driver()
    before = d.want(*web1.endpoints(), *web2.endpoints())
    kept = d.want(*web2.endpoints(), in_use=web1.id)
    assert kept.mappings == before.mappings
    after = d.want(*web2.endpoints(), in_use="-")
    assert set(after.mappings) == {k for k in before.mappings if k[0] == web2.id}
    port = before.port(web1, "tcp")
    assert "error" in ask(ELSEWHERE, "tcp", HOST_ADDR, port, SILENCE)
    with socket.create_server(("", port)):  # let go
        pass


def test_address_change(driver, containers):
    """The container comes back with another address: same host port, new target, one step."""
    web1, web2, _ = containers
    d = driver()
    before = d.want(f"{web1.id} {web1.addr} {TCP_PORT} tcp")
    after = d.want(f"{web1.id} {web2.addr} {TCP_PORT} tcp")
    assert after.mappings == before.mappings
    assert ask(ELSEWHERE, "tcp", HOST_ADDR, after.port(web1, "tcp")) == f"web2 {CLIENT_ADDR}"


DAMAGES = [
    ["iptables", "-D", *RULE],
    ["iptables", "-F", "DOCKER-USER"],
    ["iptables", "-I", "DOCKER-USER", "-d", "203.0.113.9", "-j", "ACCEPT"],
    ["nft", "delete", "table", "ip", "berth"],
    ["nft", "flush", "chain", "ip", "berth", "hostports"],
    ["nft", "insert", "rule", "ip", "berth", "prerouting", "accept"],
    ["nft", "add", "table", "ip", "berth", "{ flags dormant; }"],
    ["nft", "flush", "map", "ip", "berth", "ports"],
]


@pytest.mark.parametrize("damage", DAMAGES, ids=" ".join)
def test_repair(driver, containers, damage):
    """Whatever is deleted comes back long before the next look, and the log says it once."""
    web1 = containers[0]
    d = driver()
    before = d.want(*web1.endpoints())
    port = before.port(web1, "tcp")
    run(*damage)
    assert d.next_pass().mappings == before.mappings
    assert ask(ELSEWHERE, "tcp", HOST_ADDR, port) == f"web1 {CLIENT_ADDR}"
    # What berth itself writes is no news: no pass follows.
    assert not d.has_pass(within=1)
    assert len([line for line in d.log().splitlines() if "somebody else" in line]) == 1, d.log()


def test_repair_of_everything(driver, containers):
    """`nft flush ruleset` and Docker's own rules put back by hand, as an admin would."""
    web1 = containers[0]
    d = driver()
    before = d.want(*web1.endpoints())
    rules = run("iptables-save")
    run("nft", "flush", "ruleset")
    run("iptables-restore", data=rules.encode())
    wait_for(lambda: ask(ELSEWHERE, "tcp", HOST_ADDR, before.port(web1, "tcp"), SILENCE) ==
             f"web1 {CLIENT_ADDR}", "the mapping works again")


def test_noise_is_cheap(driver, containers):
    """Others change their own rules all the time: no pass. Ours: a few passes a second."""
    web1 = containers[0]
    d = driver()
    d.want(*web1.endpoints())
    run("iptables", "-N", "berth-pm-noise")
    for _ in range(100):
        run("iptables", "-A", "berth-pm-noise", "-j", "ACCEPT")
    run("iptables", "-F", "berth-pm-noise")
    run("iptables", "-X", "berth-pm-noise")
    assert not d.has_pass(within=0.5)
    start = time.monotonic()
    passes = 0
    while time.monotonic() - start < (2 if passes >= 2 else 30):
        run("iptables", "-D", *RULE, check=False)
        passes += d.count_passes()
    assert 2 <= passes <= 5 * (time.monotonic() - start)
    wait_for(lambda: succeeds("iptables", "-C", *RULE), "the rule is back")
    assert len([line for line in d.log().splitlines() if "DOCKER-USER" in line]) == 1, d.log()


def test_docker_user_rule(driver, containers):
    """Once, first, and in iptables' own words."""
    web1 = containers[0]
    d = driver()
    d.want(*web1.endpoints())
    wanted = f"-A DOCKER-USER -m connmark --mark {MARK} -m comment --comment berth -j ACCEPT"

    def chain():
        return [rule for rule in run("iptables", "-S", "DOCKER-USER").splitlines()
                if rule.startswith("-A")]

    assert chain()[0] == wanted
    assert succeeds("iptables", "-C", *RULE)
    assert "berth" in run("iptables-save", "-t", "filter")
    # Pushed down by somebody, and doubled: one goes first, the others go.
    run("iptables", "-I", *RULE)
    run("iptables", "-I", "DOCKER-USER", "-s", "203.0.113.9", "-j", "DROP")
    wait_for(lambda: chain()[0] == wanted and chain().count(wanted) == 1, "first, and once")
    assert "-A DOCKER-USER -s 203.0.113.9/32 -j DROP" in chain()
    run("iptables", "-D", "DOCKER-USER", "-s", "203.0.113.9", "-j", "DROP")
    listed = run("nft", "-a", "list", "chain", "ip", "filter", "DOCKER-USER")
    d.count_passes()
    d.want(web1.endpoints()[0])
    assert listed.splitlines()[2].split("# handle")[1] == run(
        "nft", "-a", "list", "chain", "ip", "filter", "DOCKER-USER").splitlines()[2].split(
            "# handle")[1], "a rule in its place is left alone"


def test_no_docker_user(driver, containers):
    """A host without Docker's chain needs no rule; one with legacy iptables gets it there."""
    d = driver(where=ELSEWHERE)
    answer = d.want()
    assert answer.ok and not answer.problems
    assert d.stop() == 0
    run(*ELSEWHERE, "iptables-legacy", "-N", "DOCKER-USER")
    try:
        d = driver(where=ELSEWHERE)
        d.want()
        wait_for(lambda: run(*ELSEWHERE, "iptables-legacy", "-S", "DOCKER-USER").splitlines()[1:] ==
                 ["-A " + " ".join(RULE)], "the rule is there, once")
        wait_for(lambda: not d.next_pass().problems, "the rule is seen")
        assert d.stop() == 0, "it would make the table anew"
    finally:
        run(*ELSEWHERE, "iptables-legacy", "-F", "DOCKER-USER")
        run(*ELSEWHERE, "iptables-legacy", "-X", "DOCKER-USER")
        run(*ELSEWHERE, "nft", "delete", "table", "ip", "berth")


def test_without_the_right():
    command = ["setpriv", "--bounding-set", "-net_admin", DRIVER, "28500", "28501", "60", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as d:
        d.stdin.write(b"want\n")
        d.stdin.flush()
        assert d.stdout.readline() == b"wanted\n"
        assert d.stdout.readline().startswith(b"pass failed")
        d.stdin.close()
        assert b"CAP_NET_ADMIN" in d.stderr.read()
        assert d.wait() == 0


def test_foreign_elements_go(driver, containers):
    web1 = containers[0]
    d = driver()
    before = d.want(*web1.endpoints())
    run("nft", "add", "element", "ip", "berth", "ports",
        "{ tcp . 28519 : 192.0.2.7 . 99, sctp . 5 : 192.0.2.7 . 5 }")
    after = d.next_pass()  # berth hears of it
    assert after.mappings == before.mappings
    assert "192.0.2.7" not in run("nft", "list", "map", "ip", "berth", "ports")


def test_table_of_another_make_is_replaced(driver, containers):
    web1 = containers[0]
    run("nft", "add", "table", "ip", "berth")
    run("nft", "add", "map", "ip", "berth", "ports", "{ type inet_service : ipv4_addr; }")
    run("nft", "add", "chain", "ip", "berth", "guard", "{ type filter hook input priority 0; }")
    answer = driver().want(*web1.endpoints())
    assert answer.ok
    assert ask(ELSEWHERE, "tcp", HOST_ADDR, answer.port(web1, "tcp")) == f"web1 {CLIENT_ADDR}"


def test_ports_are_held(driver, containers):
    web1 = containers[0]
    answer = driver().want(*web1.endpoints())
    port = answer.port(web1, "tcp")
    for option in (None, socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        for address in ("0.0.0.0", "127.0.0.1"):
            with socket.socket() as s:
                if option:
                    s.setsockopt(socket.SOL_SOCKET, option, 1)
                with pytest.raises(OSError) as error:
                    s.bind((address, port))
                assert error.value.errno == errno.EADDRINUSE
    assert not succeeds("docker", "run", "--rm", "--name", "berth-pm-late", "-p", f"{port}:1",
                        IMAGE, "/bin/busybox", "true")


def test_taken_ports_are_skipped(driver, containers):
    web1 = containers[0]
    with socket.create_server(("127.0.0.1", POOL[0])):
        answer = driver().want(f"{web1.id} {web1.addr} {TCP_PORT} tcp")
    assert answer.port(web1, "tcp") == POOL[0] + 1


def test_published_ports_are_left_alone(driver, containers):
    """Docker's own -p beside ours, even with a port of the pool."""
    published = Container("published", options=["-p", f"{POOL[0]}:{TCP_PORT}"])
    try:
        web1 = containers[0]
        answer = driver().want(f"{web1.id} {web1.addr} {TCP_PORT} tcp")
        assert answer.port(web1, "tcp") == POOL[0] + 1
        assert ask(ELSEWHERE, "tcp", HOST_ADDR, POOL[0]) == f"published {CLIENT_ADDR}"
        assert ask(ELSEWHERE, "tcp", HOST_ADDR, POOL[0] + 1) == f"web1 {CLIENT_ADDR}"
    finally:
        published.remove()


def test_lease_survives_a_thief(driver, containers):
    """The agent was away and another program took the port: the mapping stays, and it is told."""
    web1 = containers[0]
    first = driver()
    before = first.want(*web1.endpoints())
    first.stop()
    with socket.create_server(("", before.port(web1, "tcp"))):
        d = driver(resync=1)
        after = d.want(*web1.endpoints())
        assert after.mappings == before.mappings
        assert len(after.problems) == 1 and "cannot be held" in after.problems[0]
    wait_for(lambda: not d.next_pass().problems, "the port is held")


def test_exhausted_pool(driver, containers):
    web1, web2, _ = containers
    answer = driver(pool=(28500, 28501)).want(
        *[f"{web1.id} {web1.addr} {port} tcp" for port in (80, 81, 82)],
        f"{web2.id} {web2.addr} 80 udp")
    assert answer.ok and len(answer.mappings) == 3
    assert answer.problems == [
        f"container {web1.id}: port 82/tcp gets no host port: every port of the pool 28500-28501 "
        "is in use or rests; widen it ([portmap] pool)"
    ] or web2.id < web1.id


def test_others_change_rulesets_all_the_time(driver, containers):
    web1 = containers[0]
    d = driver()
    d.want()
    noise = subprocess.Popen(
        ["sh", "-c", "while :; do nft add table ip berth-pm-noise; nft delete table ip "
         "berth-pm-noise; done"])
    try:
        for _ in range(20):
            assert d.want(*web1.endpoints()).ok
            assert d.want().ok
    finally:
        noise.kill()
        noise.wait()
        succeeds("nft", "delete", "table", "ip", "berth-pm-noise")


def test_many(driver, containers):
    """A thousand mappings take several messages and a large transaction."""
    web1 = containers[0]
    d = driver(pool=(28000, 29999))
    ids = [f"{i:064x}" for i in range(1000)]
    answer = d.want(*[f"{i} {web1.addr} {TCP_PORT} tcp" for i in ids],
                    *[f"{i} {web1.addr} {UDP_PORT} udp" for i in ids])
    assert answer.ok and len(answer.mappings) == 2000
    assert ask(ELSEWHERE, "tcp", HOST_ADDR,
               answer.mappings[ids[500], "tcp", TCP_PORT]) == f"web1 {CLIENT_ADDR}"
    empty = d.want()
    assert empty.ok and not empty.mappings
    assert "elements" not in run("nft", "list", "map", "ip", "berth", "ports")


@pytest.mark.parametrize("inside", [False, True], ids=["other host", "this host"])
def test_udp_that_never_pauses(driver, containers, inside):
    """A sender keeps its socket before the mapping is there, and while it moves and goes."""
    web1, web2, _ = containers
    port = POOL[0]
    d = driver(pool=(port, port))
    d.want()
    talker = Talker(HERE if inside else ELSEWHERE, HOST_ADDR, port)
    try:
        assert talker.ask() == "nobody"
        answer = d.want(f"{web1.id} {web1.addr} {UDP_PORT} udp")
        assert answer.port(web1, "udp") == port and not answer.problems
        wait_for(lambda: talker.ask() == "web1", "the sender meets the mapping")
        d.want(f"{web1.id} {web2.addr} {UDP_PORT} udp")
        wait_for(lambda: talker.ask() == "web2", "it moves with the mapping")
        d.want()
        wait_for(lambda: talker.ask() == "nobody", "it ends with the mapping")
    finally:
        talker.stop()


def connections(port):
    return run("conntrack", "-L", "-p", "tcp", "--orig-port-dst", str(port)).splitlines()


@pytest.mark.skipif(not shutil.which("conntrack"), reason="there is no conntrack program")
def test_tcp_is_forgotten(driver, containers):
    """Connections to a mapping that goes or moves; others, and a neighbour's, are left alone."""
    web1, web2, _ = containers
    run("conntrack", "-F")
    d = driver()
    before = d.want(web1.endpoints()[0], web2.endpoints()[0])
    port1, port2 = before.port(web1, "tcp"), before.port(web2, "tcp")
    for port in (port1, port2):
        ask(ELSEWHERE, "tcp", HOST_ADDR, port)
    # Not ours, though it asks for a port of the pool: from a container to another host.
    other = serve(ELSEWHERE, "other", port1, UDP_PORT)
    assert ask(web1.inside, "tcp", CLIENT_ADDR, port1).startswith("other")
    other.kill()
    other.communicate()
    foreign = f"dst={CLIENT_ADDR} "
    assert len(connections(port1)) == 2 and len(connections(port2)) == 1
    d.want(web1.endpoints()[0], web2.endpoints()[0], f"{web1.id} {web1.addr} 81 tcp")
    assert len(connections(port1)) == 2, "nothing has changed for it"
    d.want(f"{web1.id} {web2.addr} {TCP_PORT} tcp", web2.endpoints()[0])
    wait_for(lambda: [foreign in line for line in connections(port1)] == [True], "one is forgotten")
    assert len(connections(port2)) == 1
    d.want()
    wait_for(lambda: not connections(port2), "the other one is, too")


@pytest.mark.skipif(not shutil.which("conntrack"), reason="there is no conntrack program")
def test_connections_that_an_earlier_agent_left(driver, containers):
    web1, web2, _ = containers
    run("conntrack", "-F")
    first = driver()
    port = first.want(web1.endpoints()[0]).port(web1, "tcp")
    ask(ELSEWHERE, "tcp", HOST_ADDR, port)
    first.process.kill()
    first.process.wait()
    run("nft", "flush", "map", "ip", "berth", "ports")
    assert connections(port)
    driver().want(web2.endpoints()[1])
    wait_for(lambda: not connections(port), "what an earlier agent left is forgotten")


def bindable(port):
    with socket.socket() as s:
        try:
            s.bind(("", port))
            return True
        except OSError:
            return False


def test_quarantine(driver, containers):
    """A freed port rests, held, also while the agent is started anew; then others get it."""
    web1, web2, _ = containers
    port = POOL[0]
    first = driver(pool=(port, port), quarantine=10)
    assert first.want(web1.endpoints()[0]).port(web1, "tcp") == port
    freed = time.monotonic()
    answer = first.want(web2.endpoints()[0])
    assert not answer.mappings and "rests" in answer.problems[0]
    assert not bindable(port)
    assert first.stop() == 0
    assert bindable(port)
    second = driver(pool=(port, port), quarantine=10)
    answer = second.want(web2.endpoints()[0])
    assert not answer.mappings and "rests" in answer.problems[0]
    assert not bindable(port)
    run("nft", "delete", "set", "ip", "berth", "quarantine")  # ours all the same
    wait_for(lambda: second.next_pass().mappings, "the port is given at last")
    assert time.monotonic() - freed >= 9.9, "not before it has rested"
    assert ask(ELSEWHERE, "tcp", HOST_ADDR, port) == f"web2 {CLIENT_ADDR}"


def test_quarantine_ends_unused(driver, containers):
    web1 = containers[0]
    d = driver(quarantine=5)
    port = d.want(web1.endpoints()[0]).port(web1, "tcp")
    d.want()
    assert not bindable(port)
    wait_for(lambda: bindable(port), "the port is let go")
    assert "elements" not in run("nft", "list", "set", "ip", "berth", "quarantine")


def test_ports_come_back_to_a_name(driver, containers, tmp_path):
    """A container made anew has its port again: at once, and after the kernel forgot everything."""
    web1, web2, _ = containers
    file = str(tmp_path / "state" / "ports")
    d = driver(quarantine=60, file=file)
    old, other = f"{web1.id} {web1.addr} 80 tcp shop", f"{web2.id} {web2.addr} 80 tcp desk"
    new = f"{'7' * 64} {web1.addr} 80 tcp shop"
    before = d.want(other, old).mappings
    d.want(other)
    again = d.want(other, new)
    assert again.mappings["7" * 64, "tcp", 80] == before[web1.id, "tcp", 80]
    assert "elements" not in run("nft", "list", "set", "ip", "berth", "quarantine")
    assert d.stop() == 0
    forget_kernel_state()
    d = driver(quarantine=60, file=file)
    stranger = f"{'8' * 64} {web2.addr} 80 tcp stranger"
    after = d.want(stranger, new).mappings
    assert after["7" * 64, "tcp", 80] == before[web1.id, "tcp", 80]
    assert after["8" * 64, "tcp", 80] not in before.values()
    assert d.stop() == 0
    with open(file) as f:
        assert len(f.read().splitlines()) == 4  # a comment, shop, desk, stranger


def test_file_that_cannot_be_written(driver, containers, tmp_path):
    (tmp_path / "state").write_text("a file")
    d = driver(file=str(tmp_path / "state" / "ports"))
    assert d.want(containers[0].endpoints()[0]).mappings
    assert "not remembered" in d.next_pass().problems[0]


def test_pool_is_reserved(driver, containers):
    """Beside what others have reserved; and again, once somebody has overwritten it."""
    path = "/proc/sys/net/ipv4/ip_local_reserved_ports"

    def reserve(text):
        with open(path, "w") as f:
            f.write(text)

    def reserved():
        with open(path) as f:
            return f.read().strip()

    reserve("5000,28515-28530")
    d = driver(resync=1)
    d.want()
    assert reserved() == "5000,28500-28530"
    reserve("6000\n")
    wait_for(lambda: reserved() == "6000,28500-28519", "it is reserved again")
