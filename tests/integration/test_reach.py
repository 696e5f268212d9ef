"""An assigned host port leads to the container from everywhere, beside FORWARD policy DROP."""

import pytest

from procs import run
from sandbox import ADDRESS, OUTSIDE
from traffic import ask, ask_udp

GATEWAY = "172.17.0.1"

UDP_CLIENT = ("import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
              "s.settimeout(3); s.connect((sys.argv[1], int(sys.argv[2]))); s.send(b'who'); "
              "print(s.recv(1000).decode().strip())")
TCP_CLIENT = ("import sys, urllib.request as u; print(u.build_opener(u.ProxyHandler({})).open("
              "f'http://{sys.argv[1]}:{sys.argv[2]}/', timeout=3).read().decode().strip())")


@pytest.fixture
def served(host, agent):
    """One container with a TCP and a UDP port; gives their host ports."""
    agent.start()
    host.serve("web-1", "web", expose=("8080", "9090/udp"), env=("UDP_PORT=9090",))
    state = agent.wait(lambda s: len(s["mappings"]) == 2, "both ports are mapped")
    return {m["protocol"]: m["host_port"] for m in state["mappings"]}


def test_forward_policy_is_drop(served):
    assert "-P FORWARD DROP" in run("iptables", "-S", "FORWARD")


def test_from_outside(host, served):
    for protocol, client in (("tcp", TCP_CLIENT), ("udp", UDP_CLIENT)):
        assert host.from_outside("/usr/bin/python3", "-c", client, ADDRESS,
                                 str(served[protocol])) == "web-1", protocol


@pytest.mark.parametrize("address", ["127.0.0.1", ADDRESS, GATEWAY])
def test_from_the_host(served, address):
    assert ask(served["tcp"], address=address, timeout=3) == "web-1"
    assert ask_udp(served["udp"], address=address) == "web-1"


def from_container(host, name, protocol, address, port):
    if protocol == "tcp":
        command = ["wget", "-q", "-T", "3", "-O", "-", f"http://{address}:{port}/"]
    else:
        command = ["sh", "-c", f"echo who | nc -u -w 2 {address} {port}"]
    # busybox nc -u -w ends with an error when its time is over, after it has printed the answer.
    return host.docker("exec", name, *command, check=protocol == "tcp")


@pytest.mark.parametrize("address", [ADDRESS, GATEWAY])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_from_another_container(host, served, protocol, address):
    host.serve("other", "other")
    assert from_container(host, "other", protocol, address, served[protocol]) == "web-1"


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_from_a_container_on_another_network(host, served, protocol):
    host.docker("network", "create", "it-other")
    try:
        host.serve("far", "far", "--network", "it-other")
        assert from_container(host, "far", protocol, ADDRESS, served[protocol]) == "web-1"
    finally:
        host.docker("rm", "-f", "far")
        host.docker("network", "rm", "it-other")


def test_from_itself(host, served):
    assert from_container(host, "web-1", "tcp", ADDRESS, served["tcp"]) == "web-1"


def test_the_client_address_is_seen(host, served):
    """Nothing is masqueraded for clients from outside."""
    host.from_outside("/usr/bin/python3", "-c", TCP_CLIENT, ADDRESS, str(served["tcp"]))
    with open("/proc/net/nf_conntrack") as f:
        flows = [line for line in f if f"dport={served['tcp']} " in line and f"src={OUTSIDE}" in line]
    assert flows and all(f"dst={OUTSIDE} " in line.split("src=", 2)[2] for line in flows), flows


def test_published_elsewhere_is_not_shadowed(host, served, agent):
    """docker run -p with a port that berth has assigned is refused by the kernel, not stolen."""
    with pytest.raises(AssertionError, match="address already in use"):
        host.serve("thief", "thief", "-p", f"{served['tcp']}:8080")
    assert ask(served["tcp"], timeout=3) == "web-1"
