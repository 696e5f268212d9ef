"""An assigned host port leads to the container from everywhere, beside FORWARD policy DROP."""

import subprocess

import pytest

from procs import die_with_parent, run
from sandbox import ADDRESS, OUTSIDE
from traffic import ask, ask_udp

GATEWAY = "172.17.0.1"

UDP_CLIENT = ("import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
              "s.settimeout(3); s.connect((sys.argv[1], int(sys.argv[2]))); s.send(b'who'); "
              "print(s.recv(1000).decode().strip())")
TCP_CLIENT = ("import sys, urllib.request as u; "
              "a, p, path = (sys.argv[1:] + ['/'])[:3]; "
              "print(u.build_opener(u.ProxyHandler({})).open(f'http://{a}:{p}{path}', timeout=3)"
              ".read().decode().strip())")


def client(served, protocol, address):
    """The command of a client: a short program that prints the answer."""
    program = TCP_CLIENT if protocol == "tcp" else UDP_CLIENT
    return "/usr/bin/python3", "-c", program, address, str(served[protocol])


UDP_SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 9090))
print("ready", flush=True)
while True:
    s.sendto(b"web-1", s.recvfrom(1000)[1])
"""


@pytest.fixture
def served(host, agent):
    """One container with a TCP and a UDP port; gives their host ports."""
    agent.start()
    container = host.serve("web-1", "web", expose=("8080", "9090/udp"))
    # busybox has no UDP server that is of use here.
    server = subprocess.Popen(
        ["nsenter", "-t", str(host.pid(container)), "--net", "/usr/bin/python3", "-c", UDP_SERVER],
        stdout=subprocess.PIPE, preexec_fn=die_with_parent)
    assert server.stdout.readline() == b"ready\n"
    state = agent.wait(lambda s: len(s["mappings"]) == 2, "both ports are mapped")
    yield {m["protocol"]: m["host_port"] for m in state["mappings"]}
    server.kill()
    server.wait()


def test_forward_policy_is_drop(served):
    assert "-P FORWARD DROP" in run("iptables", "-S", "FORWARD")


def test_from_outside(host, served):
    for protocol in ("tcp", "udp"):
        assert host.from_outside(*client(served, protocol, ADDRESS)) == "web-1", protocol


@pytest.mark.parametrize("address", ["127.0.0.1", ADDRESS, GATEWAY])
def test_from_the_host(served, address):
    assert ask(served["tcp"], address=address, timeout=20) == "web-1"
    assert ask_udp(served["udp"], address=address) == "web-1"


@pytest.mark.parametrize("address", [ADDRESS, GATEWAY])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_from_another_container(host, served, protocol, address):
    host.serve("other", "other")
    assert host.from_container("other", *client(served, protocol, address)) == "web-1"


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_from_a_container_on_another_network(host, served, protocol):
    host.docker("network", "create", "it-other")
    try:
        host.serve("far", "far", "--network", "it-other")
        assert host.from_container("far", *client(served, protocol, ADDRESS)) == "web-1"
    finally:
        host.docker("rm", "-f", "far")
        host.docker("network", "rm", "it-other")


def test_the_client_address_is_seen(host, served):
    """Nothing is masqueraded for clients from outside."""
    seen = host.from_outside(*client(served, "tcp", ADDRESS), "/cgi-bin/client")
    assert seen.strip("[]").split(":")[-1] == OUTSIDE


def test_published_elsewhere_is_not_shadowed(host, served, agent):
    """docker run -p with a port that berth has assigned is refused by the kernel, not stolen."""
    with pytest.raises(AssertionError, match="address already in use"):
        host.serve("thief", "thief", "-p", f"{served['tcp']}:8080")
    assert ask(served["tcp"], timeout=20) == "web-1"
