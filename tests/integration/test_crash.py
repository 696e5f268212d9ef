"""kill -9 while containers start by the hundred, and others who want a port that berth holds."""

import errno
import re
import socket
import threading

import pytest

from procs import run
from traffic import ask

STARTS = 200
STARTERS = 4  # docker commands at a time


@pytest.fixture
def names(host):
    """Names of containers that do not run yet."""
    def create(part):
        for name in part:
            host.docker("create", "--name", name, "--hostname", name, "--expose", "8080",
                        "--label", f"SERVICE_NAME={name}", "berth-test")

    def remove(part):
        for name in part:
            host.docker("rm", "-f", name)

    made = [f"web-{n}" for n in range(STARTS)]
    in_parallel(create, made)
    yield made
    in_parallel(remove, made)


def in_parallel(work, items):
    """Calls 'work' with a share of the items in each of a few threads, and waits for them."""
    failures = []

    def guarded(part):
        try:
            work(part)
        except Exception as error:  # told to the test's own thread below
            failures.append(error)
    threads = [threading.Thread(target=guarded, args=(items[n::STARTERS],))
               for n in range(STARTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


def kernel_ports():
    """Host port and container address of each element in the kernel."""
    text = run("nft", "list", "map", "ip", "berth", "ports")
    return sorted((int(port), address) for port, address in
                  re.findall(r"tcp \. (\d+)[^:]*: ([0-9.]+) \. 8080", text))


def test_kill_9_in_the_middle_of_200_starts(host, agent, names):
    agent.start(portmap__pool="20000-20999")
    half_way, killed = threading.Event(), threading.Event()

    def start(part):
        for n, name in enumerate(part):
            if n == len(part) - 1:
                killed.wait()  # so that it was not over before
            host.docker("start", name)
            if n == len(part) // 2:
                half_way.set()

    starter = threading.Thread(target=in_parallel, args=(start, names))
    starter.start()
    try:
        assert half_way.wait(120)
        agent.wait(lambda s: s["mappings"], "some are mapped")
        agent.kill()
        mapped_before = dict(kernel_ports())
    finally:
        killed.set()
        starter.join()
    assert 0 < len(mapped_before) < STARTS

    agent.start()
    state = agent.wait(lambda s: len(s["mappings"]) >= STARTS and
                       len(s["instances"]) >= STARTS, "all are mapped and registered", 60)
    check(state, names, mapped_before)


def check(state, names, mapped_before):
    """One mapping for each container, in the kernel and in what is told; each of them answers."""
    known = {c["id"]: c["name"] for c in state["containers"]}
    ports = {known[m["container_id"]]: m["host_port"] for m in state["mappings"]}
    assert len(state["mappings"]) == STARTS and sorted(ports) == sorted(names)
    assert len(set(ports.values())) == STARTS, "one port was given twice"
    assert kernel_ports() == sorted((m["host_port"], m["container_address"])
                                    for m in state["mappings"])
    assert sorted(i["service"] for i in state["instances"]) == sorted(names)
    moved = {port for port, address in mapped_before.items()
             if (port, address) not in kernel_ports()}
    assert not moved, "ports of containers that went on running have moved"
    for name, port in ports.items():
        assert ask(port) == name


@pytest.fixture
def held(host, agent):
    """The host port of web-1."""
    agent.start()
    host.serve("web-1", "web")
    return agent.wait(lambda s: s["mappings"], "it is mapped")["mappings"][0]["host_port"]


def test_docker_run_is_refused_a_held_port(host, held):
    with pytest.raises(AssertionError, match="address already in use"):
        host.docker("run", "-d", "--name", "thief", "-p", f"{held}:8080", "berth-test")
    assert ask(held) == "web-1"


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "10.99.0.1"])
@pytest.mark.parametrize("options", [(), (socket.SO_REUSEADDR,), (socket.SO_REUSEPORT,)])
def test_a_daemon_is_refused_a_held_port(host, held, address, options):
    with socket.socket() as s:
        for option in options:
            s.setsockopt(socket.SOL_SOCKET, option, 1)
        with pytest.raises(OSError) as refusal:
            s.bind((address, held))
        assert refusal.value.errno == errno.EADDRINUSE
    assert ask(held) == "web-1"


def test_the_port_is_held_after_a_crash(host, agent, held):
    """Nobody holds it while no agent runs, but the next one does again."""
    agent.kill()
    agent.start()
    with socket.socket() as s, pytest.raises(OSError) as refusal:
        s.bind(("0.0.0.0", held))
    assert refusal.value.errno == errno.EADDRINUSE
    assert ask(held) == "web-1"
