"""Which host port a container gets, and what is said where it gets none."""

import json
import os
import socket
import struct
import subprocess

import pytest

from agent import BERTH, berth
from procs import die_with_parent, run
from sandbox import ADDRESS
from traffic import try_ask

POOL = "28500-28519"
PORT = 28505


def asking(port):
    return (f"berth.8080.host-port={port}",)


def port_of(state, name):
    """The first port of the container as /v1/state lists it, or None."""
    found = [c for c in state["containers"] if c["name"] == name and c["ports"]]
    return found[0]["ports"][0] if found else None


def host_ports(state, container):
    return [m["host_port"] for m in state["mappings"] if m["container_id"] == container]


def wait_for_port(agent, container, port):
    agent.wait(lambda s: host_ports(s, container) == [port], f"the container has port {port}")


def wait_for_refusal(agent, name, *words):
    """Waits until the container's port says why it is not reached; a problem says the same."""
    def refused(state):
        port = port_of(state, name)
        return port and all(word in port.get("why", "") for word in words)
    state = agent.wait(refused, f"{name} is refused with {words}")
    why = port_of(state, name)["why"]
    [problem] = [p for p in state["problems"] if p["subject"] == f"container {name}"]
    assert problem["text"] == f"port 8080/tcp gets no host port: {why}"
    [container] = [c["id"] for c in state["containers"] if c["name"] == name]
    assert host_ports(state, container) == []
    assert not [i for i in state["instances"] if i["container_id"] == container]


def test_asked_port(host, agent):
    agent.start(portmap__pool=POOL)
    container = host.serve("web-1", "web", labels=asking(PORT))
    wait_for_port(agent, container, PORT)
    agent.poll(lambda: try_ask(PORT) == "web-1", "it answers")
    # The variable says the same; it is there for those who cannot set labels.
    other = host.serve("web-2", "web", env=(f"berth.8080.host-port={PORT + 2}",))
    wait_for_port(agent, other, PORT + 2)


def test_asked_address(host, agent):
    """The label binds the port to one address of the host, with a number of its own or without."""
    agent.start(portmap__pool=POOL)
    container = host.serve("web-1", "web",
                           labels=(*asking(PORT), f"berth.8080.host-ip={ADDRESS}"))
    wait_for_port(agent, container, PORT)
    agent.poll(lambda: try_ask(PORT, address=ADDRESS) == "web-1", "it answers there")
    assert try_ask(PORT, timeout=1) is None
    state = agent.wait(lambda s: s["instances"], "it is registered")
    assert [(i["address"], i["port"]) for i in state["instances"]] == [(ADDRESS, PORT)]
    assert [m["host_address"] for m in listed(agent)["mappings"]] == [ADDRESS]


def test_asked_port_of_another_container(host, agent):
    agent.start(portmap__pool=POOL)
    first = host.serve("web-1", "web", labels=asking(PORT))
    wait_for_port(agent, first, PORT)
    second = host.serve("web-2", "web", labels=asking(PORT))
    wait_for_refusal(agent, "web-2", f"it asks for {PORT}, which container web-1 has")
    # The port does not rest for who asks for it.
    host.docker("rm", "-f", "web-1")
    wait_for_port(agent, second, PORT)
    agent.poll(lambda: try_ask(PORT) == "web-2", "it answers")


def test_asked_port_of_a_program(host, agent):
    agent.start(portmap__pool=POOL, agent__resync="1")
    with socket.create_server(("0.0.0.0", PORT)):
        container = host.serve("web-1", "web", labels=asking(PORT))
        wait_for_refusal(agent, "web-1", f"it asks for {PORT}, which", "(pid ", "has open")
        free = host.serve("web-2", "web")
        agent.wait(lambda s: host_ports(s, free), "another container is served")
    wait_for_port(agent, container, PORT)
    agent.wait(lambda s: not s["problems"], "nothing is left to mend")


@pytest.mark.parametrize("asked, words", [
    ("28520", "it asks for 28520, which is outside of the pool 28500-28519"),
    ("eighty", "berth.8080.host-port=eighty is no port"),
])
def test_asked_port_that_cannot_be(host, agent, asked, words):
    agent.start(portmap__pool=POOL)
    host.serve("web-1", "web", labels=asking(asked))
    wait_for_refusal(agent, "web-1", words)
    free = host.serve("web-2", "web")
    agent.wait(lambda s: host_ports(s, free), "another container is served")


def test_two_ranges(host, agent):
    agent.start(portmap__pool="28500,28510-28511")
    containers = [host.serve(f"web-{n}", "web") for n in (1, 2, 3)]
    agent.wait(lambda s: sorted(m["host_port"] for m in s["mappings"]) == [28500, 28510, 28511],
               "every port of both ranges is in use")
    host.serve("web-4", "web")
    wait_for_refusal(agent, "web-4", "every port of the pool 28500,28510-28511 is in use or rests")
    assert len(containers) == 3


# The commands. They take the options of the test's agent, whether that runs or not.

RESERVED = "/proc/sys/net/ipv4/ip_local_reserved_ports"
LOOPBACK = "/proc/sys/net/ipv4/conf/docker0/route_localnet"


def read(path):
    with open(path) as f:
        return f.read().strip()


def write(path, text):
    with open(path, "w") as f:
        f.write(text + "\n")


def options(agent):
    return [word for key, value in agent.options.items() for word in ("-o", f"{key}={value}")]


def command(agent, *argv):
    return berth("portmap", *argv, "-c", "/dev/null", *options(agent))


def rules():
    return run("iptables", "-S", "DOCKER-USER")


def tables():
    return run("nft", "list", "tables")


@pytest.fixture
def sysctls(host):
    """The host's settings as nobody has touched them, and again afterwards."""
    write(RESERVED, "27000")
    write(LOOPBACK, "0")
    yield
    write(RESERVED, "")


@pytest.fixture
def served(host, agent, sysctls):
    """An agent that has given a container a port, and has ended; the container's id and port."""
    agent.start(portmap__pool=POOL)
    container = host.serve("web-1", "web")
    state = agent.wait(lambda s: host_ports(s, container), "it has a port")
    [port] = host_ports(state, container)
    agent.poll(lambda: try_ask(port) == "web-1", "it answers")
    agent.stop()
    return container, port


def listed(agent):
    status, out, err = command(agent, "list", "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_list(host, agent, served):
    container, port = served
    address = host.api("/containers/web-1/json")["NetworkSettings"]["IPAddress"]
    assert listed(agent)["mappings"] == [{
        "protocol": "tcp", "host_address": "0.0.0.0", "host_port": port,
        "container_address": address, "container_address6": None, "container_port": 8080,
        "container_id": container, "container_name": "web-1"}]
    status, out, err = command(agent, "list")
    assert (status, err) == (0, "")
    assert out.splitlines()[1].split() == [f"{port}/tcp", "web-1", f"{address}:8080"]
    # Without Docker the id stands for the name.
    agent.options["docker.socket"] = "/nonexistent/docker.sock"
    status, out, err = command(agent, "list")
    assert (status, err) == (0, "") and out.splitlines()[1].split()[1] == container[:12]


def test_list_of_nothing(host, agent):
    assert listed(agent) == {"mappings": [], "resting": []}


def test_flush(host, agent, served):
    _, port = served
    assert read(RESERVED) == "27000,28500-28519" and read(LOOPBACK) == "1"
    wanted = ["1 host port", "the rule in chain DOCKER-USER", "route_localnet of interface docker0",
              "table ip berth", "the reservation of ports 28500-28519"]

    def mine(lines):
        """Connections depend on what was asked before, the other table on the build."""
        return [line for line in lines if "connection" not in line and line != "table ip6 berth"]

    status, out, err = command(agent, "flush", "-n", "--json")
    assert (status, err) == (0, "")
    plan = json.loads(out)
    assert plan["dry_run"] and mine(plan["removed"]) == wanted
    assert try_ask(port) == "web-1"
    # Nobody is there to ask.
    status, out, err = command(agent, "flush")
    assert (status, out) == (2, "") and "--yes" in err
    assert try_ask(port) == "web-1"

    status, out, err = command(agent, "flush", "--yes")
    assert (status, err) == (0, "")
    assert mine(line.removeprefix("removed: ") for line in out.splitlines()) == wanted
    assert try_ask(port, timeout=1) != "web-1"
    assert "berth" not in tables() and "berth" not in rules()
    assert read(RESERVED) == "27000" and read(LOOPBACK) == "0"
    status, out, err = command(agent, "flush", "--yes")
    assert (status, out, err) == (0, "nothing of berth's is in the kernel\n", "")


def test_flush_leaves_what_others_have_set(host, agent, sysctls):
    """Ports that were reserved before, and route_localnet that was on: no record, no change."""
    write(RESERVED, "27000,28500-28509")
    write(LOOPBACK, "1")
    agent.start(portmap__pool=POOL)
    container = host.serve("web-1", "web")
    agent.wait(lambda s: host_ports(s, container), "it has a port")
    agent.stop()
    assert command(agent, "flush", "--yes")[0] == 0
    assert read(RESERVED) == "27000,28500-28509" and read(LOOPBACK) == "1"


def test_flush_without_the_record(host, agent, served):
    os.remove(os.path.join(agent.options["agent.state_dir"], "undo"))
    assert command(agent, "flush", "--yes")[0] == 0
    assert "berth" not in tables()
    assert read(RESERVED) == "27000,28500-28519" and read(LOOPBACK) == "1"


def test_flush_in_iptables_legacy(host, agent):
    """In the namespace outside, where nothing else is; each rule of ours goes, others stay."""
    rule = ["DOCKER-USER", "-m", "connmark", "--mark", "0x4000000/0x4000000", "-m", "comment",
            "--comment", "berth", "-j", "ACCEPT"]
    foreign = "-A DOCKER-USER -s 203.0.113.9/32 -j DROP"

    def legacy(*argv):
        return host.from_outside("iptables-legacy", *argv)

    def flush(*argv):
        return host.from_outside(BERTH, "portmap", "flush", *argv, "-c", "/dev/null",
                                 *options(agent))

    legacy("-N", "DOCKER-USER")
    try:
        legacy("-A", *rule)
        legacy("-A", *foreign.split()[1:])
        legacy("-A", *rule)
        text = "the rule in chain DOCKER-USER of iptables-legacy"
        assert flush("-n") == f"would remove: {text}"
        assert legacy("-S", "DOCKER-USER").count("--comment berth") == 2
        assert flush("--yes") == f"removed: {text}"
        assert legacy("-S", "DOCKER-USER").splitlines()[1:] == [foreign]
        assert flush("--yes") == "nothing of berth's is in the kernel"
    finally:
        legacy("-F", "DOCKER-USER")
        legacy("-X", "DOCKER-USER")


def test_flush_beside_an_agent(host, agent):
    agent.start(portmap__pool=POOL)
    container = host.serve("web-1", "web")
    agent.wait(lambda s: host_ports(s, container), "it has a port")
    for argv in (("flush", "--yes"), ("sync", "--once")):
        status, out, err = command(agent, *argv)
        assert (status, out) == (1, "") and len(err.splitlines()) == 1
        assert f"(pid {agent.process.pid} has locked" in err and "stop it first" in err
    assert "table ip berth" in tables()
    # Looking is free.
    assert command(agent, "flush", "-n")[0] == 0
    assert len(listed(agent)["mappings"]) == 1


def test_second_agent(host, agent):
    agent.start()
    status, out, err = berth("agent", "-c", "/dev/null", *options(agent))
    assert (status, out) == (1, "") and len(err.splitlines()) == 1
    assert f"berth runs on this host already (pid {agent.process.pid} has locked" in err
    # The lock goes with its process, however that ends.
    agent.kill()
    agent.start()


def test_sync_once(host, agent):
    agent.options["portmap.pool"] = POOL
    container = host.serve("web-1", "web", labels=asking(PORT))
    assert command(agent, "sync")[0] == 2
    status, out, err = command(agent, "sync", "--once")
    assert (status, out) == (0, ""), err
    assert [m["container_id"] for m in listed(agent)["mappings"]] == [container]
    assert try_ask(PORT) == "web-1"
    # Another one asks for the same port; the first has gone meanwhile.
    host.docker("rm", "-f", "web-1")
    second = host.serve("web-2", "web", labels=asking(PORT))
    host.serve("web-3", "web", labels=asking(27999))
    status, out, err = command(agent, "sync", "--once")
    assert (status, out) == (1, "")
    assert "container web-3: port 8080/tcp gets no host port: it asks for 27999" in err
    assert [m["container_id"] for m in listed(agent)["mappings"]] == [second]


def test_sync_once_without_docker(host, agent):
    agent.options["docker.socket"] = "/nonexistent/docker.sock"
    status, out, err = command(agent, "sync", "--once")
    assert (status, out) == (1, "") and "/nonexistent/docker.sock" in err


def check(*settings):
    return berth("check", "-c", "/dev/null", *(word for s in settings for word in ("-o", s)))


def test_check_looks_at_the_host(host):
    pool = f"portmap.pool={POOL}"
    assert check(pool) == (0, "the configuration is good: /dev/null\n", "")
    with socket.create_server(("127.0.0.1", PORT)), \
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
        udp.bind(("::", PORT + 1))
        status, out, err = check(pool)
        assert (status, out) == (2, "")
        lines = err.splitlines()
        assert len(lines) == 2
        for line, port in zip(lines, (f"{PORT}/tcp", f"{PORT + 1}/udp")):
            assert line.startswith(f"berth: [portmap] pool = {POOL}: ")
            assert f"(pid {os.getpid()}) has port {port} open: give it another port" in line
        assert check(pool, "portmap.enabled=no")[0] == 0
    status, out, err = check("portmap.pool=32000-33000")
    assert (status, out) == (2, "") and "32000-33000 meets 32768-60999" in err


def test_check_beside_an_agent(host, agent):
    """What the agent holds is no reason to refuse its own configuration."""
    agent.start(portmap__pool=POOL)
    container = host.serve("web-1", "web", "--expose", "53/udp")
    agent.wait(lambda s: len(host_ports(s, container)) == 2, "it has two ports")
    assert check(f"portmap.pool={POOL}") == (0, "the configuration is good: /dev/null\n", "")


MESOS = "import sys, time; print(1, flush=True); time.sleep(600)"


@pytest.fixture
def mesos(tmp_path):
    """Starts something that /proc shows as a Mesos agent; ended afterwards."""
    started = []

    def start(*argv, environment=None):
        program = subprocess.Popen(["mesos-agent", "-c", MESOS, *argv],
                                   executable="/usr/bin/python3", stdout=subprocess.PIPE,
                                   env={**os.environ, **(environment or {})},
                                   preexec_fn=die_with_parent)
        started.append(program)
        assert program.stdout.readline()
        return program.pid

    yield start
    for program in started:
        program.kill()
        program.communicate()


RESOURCES = [{"name": "ports", "type": "RANGES",
              "ranges": {"range": [{"begin": 20005, "end": 20006}]}}]


@pytest.mark.parametrize("how", ["argument", "environment", "file", "file-in-environment"])
def test_mesos_resources(mesos, tmp_path, how):
    path = tmp_path / "resources"
    path.write_text(json.dumps(RESOURCES))
    text = f"file://{path}" if how.startswith("file") else "cpus:4;ports(*):[20005-20006]"
    if how in ("argument", "file"):
        pid = mesos(f"--resources={text}")
    else:
        pid = mesos(environment={"MESOS_RESOURCES": text})
    status, out, err = check("portmap.pool=20000-20010,20100-20110")
    assert (status, out) == (2, "")
    assert err == ("berth: [portmap] pool = 20000-20010,20100-20110 meets 20005-20006, the ports that "
                   f"the Mesos agent with pid {pid} gives to its tasks (--resources): choose a pool "
                   "outside it\n")
    assert check("portmap.pool=20007-20010")[0] == 0


def test_mesos_resources_in_no_file(mesos, tmp_path):
    """Anybody can be called so and name anything: a pipe is not waited for, the default counts."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pid = mesos(f"--resources=file://{pipe}")
    assert check("portmap.pool=20000-20010")[0] == 0
    status, out, err = check("portmap.pool=31990-32010")
    assert status == 2 and f"the Mesos agent with pid {pid} gives" in err


@pytest.mark.parametrize("argv", [
    (), ("fly",), ("list", "extra"), ("list", "--nonsense"), ("list", "--yes"), ("list", "-n"),
    ("list", "--once"), ("flush", "--once", "-n"), ("sync", "--once", "--json"),
    ("sync", "--once", "--yes")])
def test_usage(argv):
    status, out, err = berth("portmap", *argv)
    assert (status, out) == (2, "") and "berth portmap --help" in err


def test_help():
    status, out, err = berth("portmap", "--help")
    assert (status, err) == (0, "") and out.startswith("usage: berth portmap list")
    assert berth("portmap", "list", "--help")[:2] == (0, out)


# A kernel that refuses. What needs no host port of berth's goes on, and each container that would
# have one says why it has none.

# Becomes the program in its arguments, for which there are no sockets of nf_tables.
WITHOUT_NF_TABLES = r"""
import ctypes, os, platform, struct, sys
ARCH, SOCKET = {"x86_64": (0xc000003e, 41), "aarch64": (0xc00000b7, 198)}[platform.machine()]
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7fff0000, 0x00050000 | 93  # EPROTONOSUPPORT
AF_NETLINK, NETLINK_NETFILTER = 16, 12
program = [(LOAD, 0, 0, 4), (JUMP_EQUAL, 0, 7, ARCH), (LOAD, 0, 0, 0), (JUMP_EQUAL, 0, 5, SOCKET),
           (LOAD, 0, 0, 16), (JUMP_EQUAL, 0, 3, AF_NETLINK), (LOAD, 0, 0, 32),
           (JUMP_EQUAL, 0, 1, NETLINK_NETFILTER), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, ctypes.byref(Program(len(program), ctypes.addressof(code)))):
    sys.exit("no seccomp: " + os.strerror(ctypes.get_errno()))
os.execv(sys.argv[1], sys.argv[1:])
"""


class Owner:
    """A program that has table ip berth for itself, for as long as its socket is open."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.socket.settimeout(10)
        self.socket.bind((0, 0))
        flags_owner = struct.pack(">I", 2)
        table = self.attribute(1, b"berth\0") + self.attribute(2, flags_owner)
        self.socket.send(self.message(0x10, 1, 0, 0, 10) +
                         self.message(10 << 8, 1 | 4 | 0x400, socket.AF_INET, 1, 0, table) +
                         self.message(0x11, 1, 0, 2, 10))
        answer = self.socket.recv(4096)
        kind, = struct.unpack_from("H", answer, 4)
        error, = struct.unpack_from("i", answer, 16)
        assert (kind, error) == (2, 0), os.strerror(-error)

    @staticmethod
    def attribute(kind, value):
        return struct.pack("HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)

    @staticmethod
    def message(kind, flags, family, sequence, resource, attributes=b""):
        body = struct.pack(">BBH", family, 0, resource) + attributes
        return struct.pack("IHHII", 16 + len(body), kind, flags, sequence, 0) + body

    def close(self):
        self.socket.close()


@pytest.fixture
def owner(host):
    table = Owner()
    yield table
    table.close()


def goes_on(host, agent, *words):
    """A published port is served, another one says why not, and the log says it."""
    agent.start(wait=False, portmap__pool=POOL)
    published = host.serve("pub-1", "pub", "-p", "18080:8080",
                           labels=("SERVICE_8080_SERVICE_PORT=8081",))
    host.serve("web-1", "web")
    agent.poll(lambda: agent.get("/v1/state")[0] == 200, "the agent answers")

    def refused(state):
        port = port_of(state, "web-1")
        return port and all(word in port.get("why", "") for word in words)
    state = agent.wait(refused, f"web-1 says {words}")
    assert len([p for p in state["problems"] if all(w in p["text"] for w in words)]) == 1
    agent.wait(lambda s: [i for i in s["instances"]
                          if i["container_id"] == published and i["registered"]],
               "the other one is registered")
    agent.poll(lambda: try_ask(8081) == "pub-1", "... and served")
    assert [line for line in agent.log().splitlines() if all(word in line for word in words)]


def test_without_the_right(host, agent):
    agent.prefix = ["setpriv", "--bounding-set", "-net_admin"]
    goes_on(host, agent, "berth lacks CAP_NET_ADMIN", "run it as root")
    assert agent.get("/health")[0] == 503


def test_without_nf_tables(host, agent):
    agent.prefix = ["/usr/bin/python3", "-c", WITHOUT_NF_TABLES]
    goes_on(host, agent, "this kernel has no nf_tables", "modprobe nf_tables")


def test_table_of_another_program(host, agent, owner):
    goes_on(host, agent, "table ip berth belongs to another program", "end that program")
    for argv in (("flush", "--yes"), ("sync", "--once")):
        assert command(agent, *argv)[0] == 1
    owner.close()
    state = agent.wait(lambda s: not s["problems"] and port_of(s, "web-1"), "it is mended", 60)
    assert "why" not in port_of(state, "web-1")
    [container] = [c["id"] for c in state["containers"] if c["name"] == "web-1"]
    [port] = host_ports(state, container)
    agent.poll(lambda: try_ask(port) == "web-1", "it answers")
    agent.wait_until_healthy()


def test_commands_without_the_right(host, agent):
    for argv in (("list",), ("flush", "--yes"), ("sync", "--once")):
        done = subprocess.run(["setpriv", "--bounding-set", "-net_admin", BERTH, "portmap", *argv,
                               "-c", "/dev/null", *options(agent)],
                              capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (1, ""), done
        assert "berth lacks CAP_NET_ADMIN" in done.stderr
