"""portmap alone: IPv6, host ports at one address, and SCTP, with the real kernel and Docker.

Needs what test_portmap.py needs.
"""

import os
import shutil
import socket
import struct
import subprocess

import pytest

from portmapping import (DRIVER, ELSEWHERE, HERE, IMAGE, MARK, POOL, SILENCE, TCP_PORT, UDP_PORT,
                         Answer, Driver, Talker, ask, busybox_image, forget_kernel_state,
                         hairpin_ports, leave_hairpin, run, serve, succeeds)
from procs import wait_for
from sandbox import ADDRESS, OUTSIDE

HOST6, CLIENT6 = "fd99::1", "fd99::2"
OTHER, OTHER6 = "10.99.0.9", "fd99::9"  # further addresses of the host
NETWORKS = {"berth-pm-six": "fd00:6::/64", "berth-pm-seven": "fd00:7::/64"}
BRIDGE_NF6 = "/proc/sys/net/bridge/bridge-nf-call-ip6tables"
FORWARD = "/proc/sys/net/ipv6/conf/all/forwarding"
PLENTY = 20  # seconds until something that must happen counts as missing

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not os.access(DRIVER, os.X_OK), reason="BERTH_BUILD has no portmap-driver"),
    pytest.mark.skipif(not os.path.exists(FORWARD), reason="this kernel has no IPv6"),
]


class Container:
    """A container of Docker's in an IPv6 network; its server runs in its network namespace only."""

    def __init__(self, name, network="berth-pm-six"):
        self.name = name
        self.id = run("docker", "run", "-d", "--name", f"berth-pm-{name}", "--network",
                      network, IMAGE, "/bin/busybox", "sleep", "3600")
        self.pid = run("docker", "inspect", "-f", "{{.State.Pid}}", self.id)
        self.addr, self.addr6 = run(
            "docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}"
            "{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}", self.id).split()
        self.inside = ["nsenter", "-t", self.pid, "-n"]
        self.server = serve(self.inside, name, TCP_PORT, UDP_PORT, ("0.0.0.0", "::"))

    def endpoint(self, protocol="tcp", addresses=None, host=""):
        port = {"tcp": TCP_PORT, "udp": UDP_PORT, "sctp": 9}[protocol]
        addresses = addresses or f"{self.addr},{self.addr6}"
        return f"{self.id} {addresses} {port} {protocol} {self.name} {host}".strip()

    def endpoints(self):
        return [self.endpoint("tcp"), self.endpoint("udp")]

    def remove(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()
        run("docker", "rm", "-f", self.id)


class Answer6(Answer):
    """{(container id, protocol): (host port, targets)}"""

    def read(self, mappings):
        self.mappings = {(container, protocol): (port, targets)
                         for protocol, port, container, targets in mappings}

    def port(self, container, protocol="tcp"):
        return int(self.mappings[container.id, protocol][0].rsplit(":", 1)[-1])


class Driver6(Driver):
    answer = Answer6


def forget_all():
    forget_kernel_state()
    succeeds("nft", "delete", "table", "ip6", "berth")
    succeeds("ip6tables", "-P", "FORWARD", "ACCEPT")
    succeeds("ip6tables", "-F", "FORWARD")


def remove_all():
    forget_all()
    for name in run("docker", "ps", "-aq", "--filter", "name=berth-pm-").split():
        run("docker", "rm", "-f", name)
    for network in NETWORKS:
        succeeds("docker", "network", "rm", network)
    succeeds("docker", "rmi", IMAGE)
    for address in (f"{HOST6}/64", f"{OTHER6}/64", f"{OTHER}/24"):
        succeeds("ip", "address", "del", address, "dev", "cable")
    succeeds(*ELSEWHERE, "ip", "address", "del", f"{CLIENT6}/64", "dev", "eth0")


@pytest.fixture(scope="module")
def host(sandbox):
    """The sandbox with IPv6 on its cable, an image and two IPv6 networks."""
    os.environ["DOCKER_HOST"] = f"unix://{sandbox.docker_socket}"
    ELSEWHERE[:] = ["nsenter", "-t", str(sandbox.outside.pid), "--net"]
    remove_all()
    for address in (f"{HOST6}/64", f"{OTHER6}/64"):
        run("ip", "address", "add", address, "dev", "cable", "nodad")
    run("ip", "address", "add", f"{OTHER}/24", "dev", "cable")
    run(*ELSEWHERE, "ip", "address", "add", f"{CLIENT6}/64", "dev", "eth0", "nodad")
    for network, subnet in NETWORKS.items():
        run("docker", "network", "create", "--ipv6", "--subnet", subnet, network)
    with open(FORWARD, "r+") as f:
        before = f.read()
        f.write("1")
    busybox_image()
    yield
    remove_all()
    with open(FORWARD, "w") as f:
        f.write(before)
    del os.environ["DOCKER_HOST"]


@pytest.fixture(scope="module")
def containers(host):
    made = [Container("six1"), Container("six2"), Container("seven", "berth-pm-seven")]
    for container in made:
        wait_for(lambda: succeeds("ping", "-c1", "-W1", container.addr6)
                 if shutil.which("ping") else
                 "error" not in ask(HERE, "tcp", container.addr6, TCP_PORT, SILENCE),
                 "the container's IPv6 address answers", PLENTY)
    yield made
    for container in made:
        container.remove()


@pytest.fixture
def driver(containers):
    drivers = []

    def start(**options):
        drivers.append(Driver6(**options))
        return drivers[-1]

    forget_all()
    yield start
    codes = [d.stop() for d in drivers if d.process.returncode is None]
    forget_all()
    assert not any(codes), "the driver failed"


def everything(containers):
    return [endpoint for container in containers for endpoint in container.endpoints()]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_every_path(driver, containers, protocol):
    six1, six2, seven = containers
    answer = driver().want(*everything(containers))
    assert answer.ok and not answer.problems
    port, port7 = answer.port(six1, protocol), answer.port(seven, protocol)
    seen = {
        "other host": ask(ELSEWHERE, protocol, HOST6, port),
        "other host, IPv4, the same port": ask(ELSEWHERE, protocol, ADDRESS, port),
        "other host, other bridge": ask(ELSEWHERE, protocol, HOST6, port7),
        "host, own address": ask(HERE, protocol, HOST6, port).split()[0],
        "host, loopback, IPv4": ask(HERE, protocol, "127.0.0.1", port).split()[0],
        "container, host's address": ask(six2.inside, protocol, HOST6, port).split()[0],
        "container, gateway": ask(six2.inside, protocol, "fd00:6::1", port).split()[0],
        "container on another bridge": ask(seven.inside, protocol, HOST6, port).split()[0],
    }
    assert seen == {
        "other host": f"six1 {CLIENT6}",
        "other host, IPv4, the same port": f"six1 {OUTSIDE}",
        "other host, other bridge": f"seven {CLIENT6}",
        "host, own address": "six1",
        "host, loopback, IPv4": "six1",
        "container, host's address": "six1",
        "container, gateway": "six1",
        "container on another bridge": "six1",
    }


def test_loopback6_is_refused_at_once(driver, containers):
    """Nothing leads from ::1 into a network: whoever tries that first goes on to 127.0.0.1."""
    six1 = containers[0]
    port = driver().want(*six1.endpoints()).port(six1)
    assert ask(HERE, "tcp", "::1", port) == "error ConnectionRefusedError"


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_hairpin(driver, containers, protocol):
    """A container reaches itself by its host port while bridged frames pass the firewall."""
    six1, six2, _ = containers
    if not os.path.exists(BRIDGE_NF6):
        pytest.skip("this kernel has no br_netfilter")
    with open(BRIDGE_NF6, "r+") as f:
        before = f.read()
        f.write("1")
    try:
        leave_hairpin()
        d = driver()
        answer = d.want(*six1.endpoints())
        port = answer.port(six1, protocol)
        assert not answer.problems and len(hairpin_ports()) == 1
        assert ask(six1.inside, protocol, HOST6, port).split()[0] == "six1"
        assert ask(six2.inside, protocol, HOST6, port).split()[0] == "six1"
        assert d.stop() == 0
        leave_hairpin()
        assert "error" in ask(six1.inside, protocol, HOST6, port, SILENCE), \
            "the test proves something"
    finally:
        with open(BRIDGE_NF6, "w") as f:
            f.write(before)


def test_no_table_without_need(driver, containers):
    """A host whose containers have no IPv6 does not track IPv6 connections."""
    six1 = containers[0]
    d = driver()
    assert d.want(six1.endpoint(addresses=six1.addr)).ok
    assert "ip6 berth" not in run("nft", "list", "tables")
    port = d.want(six1.endpoint()).port(six1)
    assert "ip6 berth" in run("nft", "list", "tables")
    assert ask(ELSEWHERE, "tcp", HOST6, port) == f"six1 {CLIENT6}"
    # And without it again: the element goes, IPv4 stays.
    d.want(six1.endpoint(addresses=six1.addr))
    assert ask(ELSEWHERE, "tcp", HOST6, port) == "error ConnectionRefusedError"
    assert ask(ELSEWHERE, "tcp", ADDRESS, port) == f"six1 {OUTSIDE}"


def test_only_ipv6(driver, containers):
    """A container without an IPv4 address has its port in ip6 berth alone."""
    six1 = containers[0]
    answer = driver().want(six1.endpoint(addresses=six1.addr6))
    port = answer.port(six1)
    assert not answer.problems
    assert ask(ELSEWHERE, "tcp", HOST6, port) == f"six1 {CLIENT6}"
    assert "elements" not in run("nft", "list", "map", "ip", "berth", "ports")
    assert ask(ELSEWHERE, "tcp", ADDRESS, port) == "error ConnectionRefusedError"


DAMAGES = [
    ["nft", "delete", "table", "ip6", "berth"],
    ["nft", "flush", "chain", "ip6", "berth", "hostports"],
    ["nft", "flush", "map", "ip6", "berth", "ports"],
    ["nft", "flush", "map", "ip", "berth", "ports"],
]


def reaches(port, name="six1"):
    return (ask(ELSEWHERE, "tcp", HOST6, port, SILENCE) == f"{name} {CLIENT6}" and
            ask(ELSEWHERE, "tcp", ADDRESS, port, SILENCE) == f"{name} {OUTSIDE}")


@pytest.mark.parametrize("damage", DAMAGES, ids=" ".join)
def test_repair(driver, containers, damage):
    six1 = containers[0]
    d = driver()
    before = d.want(*six1.endpoints())
    run(*damage)
    assert d.next_pass().mappings == before.mappings
    assert reaches(before.port(six1))
    assert len([line for line in d.log().splitlines() if "somebody else" in line]) == 1, d.log()


def test_repair_of_everything(driver, containers):
    """`nft flush ruleset` and Docker's own rules put back by hand, as an admin would."""
    six1 = containers[0]
    d = driver()
    port = d.want(*six1.endpoints()).port(six1)
    rules = run("iptables-save")
    run("nft", "flush", "ruleset")
    run("iptables-restore", data=rules.encode())
    wait_for(lambda: reaches(port), "both families work again", PLENTY)


@pytest.mark.parametrize("family", ["ip", "ip6"])
def test_half_a_lease_is_a_lease(driver, containers, family):
    """While no agent ran, one table was wiped: the ports stay, and what is missing comes back."""
    six1, six2, _ = containers
    first = driver()
    before = first.want(*six2.endpoints(), *six1.endpoints())
    assert first.stop() == 0
    run("nft", "flush", "map", family, "berth", "ports")
    after = driver().want(*six1.endpoints())
    assert after.mappings == {k: v for k, v in before.mappings.items() if k[0] == six1.id}
    assert reaches(after.port(six1))
    for table in ("ip", "ip6"):
        assert six2.id not in run("nft", "list", "map", table, "berth", "ports")


FORWARD_RULE = f"-A FORWARD -m connmark --mark {MARK} -m comment --comment berth -j ACCEPT"


def test_closed_forward(driver, containers):
    """ip6tables drops what is forwarded: our rule comes first there, and comes back."""
    six1 = containers[0]
    run("ip6tables", "-P", "FORWARD", "DROP")
    d = driver()
    port = d.want(*six1.endpoints()).port(six1)
    assert ask(ELSEWHERE, "tcp", HOST6, port) == f"six1 {CLIENT6}"
    assert FORWARD_RULE in run("ip6tables", "-S", "FORWARD").splitlines()
    assert d.stop() == 0
    run("ip6tables", "-F", "FORWARD")
    assert "error" in ask(ELSEWHERE, "tcp", HOST6, port, SILENCE), "the test proves something"
    again = driver()
    again.want(*six1.endpoints())
    run("ip6tables", "-F", "FORWARD")
    wait_for(lambda: ask(ELSEWHERE, "tcp", HOST6, port, SILENCE) == f"six1 {CLIENT6}",
             "the rule is back", PLENTY)


def test_open_forward_is_left_alone(driver, containers):
    six1 = containers[0]
    run("ip6tables", "-P", "FORWARD", "ACCEPT")
    d = driver()
    d.want(*six1.endpoints())
    assert "berth" not in run("ip6tables", "-S", "FORWARD")
    run("ip6tables", "-P", "FORWARD", "DROP")
    wait_for(lambda: FORWARD_RULE in run("ip6tables", "-S", "FORWARD").splitlines(),
             "closing it is noticed", PLENTY)


def test_table_of_somebody_else(driver, containers):
    """`ip6 berth` cannot be programmed: IPv4 goes on, and it is told; later IPv6 comes, too."""
    six1 = containers[0]
    owner = subprocess.Popen(["nft", "-i"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        owner.stdin.write(b"add table ip6 berth { flags owner; }\n")
        owner.stdin.flush()
        wait_for(lambda: "ip6 berth" in run("nft", "list", "tables"), "the table is taken", PLENTY)
        d = driver(resync=1)
        answer = d.want(*six1.endpoints())
        assert answer.ok and len(answer.problems) == 1 and "IPv4 only" in answer.problems[0]
        port = answer.port(six1)
        assert ask(ELSEWHERE, "tcp", ADDRESS, port) == f"six1 {OUTSIDE}"
        assert six1.addr6 not in answer.mappings[six1.id, "tcp"][1]
    finally:
        owner.communicate()
    wait_for(lambda: not d.next_pass().problems, "the table is ours", PLENTY)
    assert reaches(port)


def test_udp_that_never_pauses(driver, containers):
    """A sender keeps its socket before the mapping is there, and while it moves and goes."""
    six1, six2, _ = containers
    port = POOL[0]
    d = driver(pool=(port, port))
    d.want()
    talker = Talker(ELSEWHERE, HOST6, port)
    try:
        assert talker.ask() == "nobody"
        assert d.want(six1.endpoint("udp")).port(six1, "udp") == port
        wait_for(lambda: talker.ask() == "six1", "the sender meets the mapping", PLENTY)
        d.want(six1.endpoint("udp", f"{six2.addr},{six2.addr6}"))
        wait_for(lambda: talker.ask() == "six2", "it moves with the mapping", PLENTY)
        d.want()
        wait_for(lambda: talker.ask() == "nobody", "it ends with the mapping", PLENTY)
    finally:
        talker.stop()


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("at, other", [(ADDRESS, OTHER), (HOST6, OTHER6)], ids=["ip", "ip6"])
def test_one_address(driver, containers, protocol, at, other):
    """A port at one address of the host is open there, and nowhere else."""
    six1 = containers[0]
    d = driver()
    before = d.want(six1.endpoint(protocol, host=at))
    port = before.port(six1, protocol)
    client = CLIENT6 if ":" in at else OUTSIDE
    assert not before.problems
    assert ask(ELSEWHERE, protocol, at, port) == f"six1 {client}"
    assert ask(HERE, protocol, at, port).split()[0] == "six1"
    assert "error" in ask(ELSEWHERE, protocol, other, port, SILENCE)
    assert d.stop() == 0
    again = driver()
    assert again.want(six1.endpoint(protocol, host=at)).mappings == before.mappings
    # From one address to every one: the same port.
    everywhere = again.want(six1.endpoint(protocol))
    assert everywhere.port(six1, protocol) == port
    assert ask(ELSEWHERE, protocol, other, port) == f"six1 {client}"
    run("nft", "flush", "map", "ip", "berth", "ports")
    assert again.next_pass().mappings == everywhere.mappings


def test_one_address_is_held_there_only(driver, containers):
    six1 = containers[0]
    port = driver().want(six1.endpoint(host=ADDRESS)).port(six1)
    listen = "import socket, sys; socket.create_server((sys.argv[1], int(sys.argv[2])))"
    for address, free in ((ADDRESS, False), (OTHER, True)):
        assert succeeds("/usr/bin/python3", "-c", listen, address, str(port)) == free


def test_two_containers_at_two_addresses(driver, containers):
    six1, six2, _ = containers
    port = POOL[0]
    answer = driver(pool=(port, port)).want(six1.endpoint(host=ADDRESS), six2.endpoint(host=OTHER))
    assert not answer.problems
    assert ask(ELSEWHERE, "tcp", ADDRESS, port) == f"six1 {OUTSIDE}"
    assert ask(ELSEWHERE, "tcp", OTHER, port) == f"six2 {OUTSIDE}"


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_loopback_only(driver, containers, protocol):
    """Bound to 127.0.0.1: for this host alone."""
    six1, six2, _ = containers
    port = driver().want(six1.endpoint(protocol, host="127.0.0.1")).port(six1, protocol)
    assert ask(HERE, protocol, "127.0.0.1", port).split()[0] == "six1"
    assert "error" in ask(ELSEWHERE, protocol, ADDRESS, port, SILENCE)
    assert "error" in ask(six2.inside, protocol, ADDRESS, port, SILENCE)


def test_address_that_is_not_ours(driver, containers):
    six1, six2, _ = containers
    answer = driver().want(six1.endpoint(host="192.0.2.1"), six2.endpoint())
    assert answer.ok and list(answer.mappings) == [(six2.id, "tcp")]
    assert len(answer.problems) == 1 and "Cannot assign requested address" in answer.problems[0]


# Waits for a packet of SCTP and says which port it is for.
SCTP_LISTEN = r"""
import select, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
print("ready", flush=True)
while select.select([s], [], [], float(sys.argv[1]))[0]:
    packet = s.recv(2000)
    head = (packet[0] & 15) * 4
    print(struct.unpack("!H", packet[head + 2:head + 4])[0], socket.inet_ntoa(packet[12:16]))
    break
"""
SCTP_SEND = r"""
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
s.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 0))
"""


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def sctp_init(source, target):
    """An INIT chunk, with which an association begins."""
    chunk = struct.pack("!BBHIIHHI", 1, 0, 20, 0x12345678, 65536, 1, 1, 1)
    ports = struct.pack("!HHI", source, target, 0)
    return ports + struct.pack("<I", crc32c(ports + b"\0\0\0\0" + chunk)) + chunk


def test_sctp(driver, containers):
    """The kernel here may lack SCTP sockets: a raw packet shows where it is sent."""
    six1 = containers[0]
    d = driver()
    answer = d.want(six1.endpoint("sctp"))
    assert answer.ok and not answer.problems
    port = answer.port(six1, "sctp")
    assert f"sctp . {port}" in run("nft", "list", "map", "ip", "berth", "ports")
    assert f"sctp . {port}" in run("nft", "list", "map", "ip6", "berth", "ports")
    listener = subprocess.Popen([*six1.inside, "/usr/bin/python3", "-c", SCTP_LISTEN, str(PLENTY)],
                                text=True, stdout=subprocess.PIPE)
    try:
        assert listener.stdout.readline() == "ready\n"
        run(*ELSEWHERE, "/usr/bin/python3", "-c", SCTP_SEND, ADDRESS, sctp_init(4711, port).hex())
        assert listener.stdout.readline() == f"9 {OUTSIDE}\n"
    finally:
        listener.kill()
        listener.communicate()
    again = d.want(six1.endpoint("sctp"), six1.endpoint("tcp"))
    assert again.port(six1, "sctp") == port
    assert d.log().count("SCTP sockets") <= 1
