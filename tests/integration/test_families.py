"""The agent with containers in an IPv6 network, and with host ports at one address."""

import os

import pytest

from agent import berth
from procs import run, wait_for
from sandbox import ADDRESS

HOST6, CLIENT6 = "fd98::1", "fd98::2"
OTHER = "10.99.0.8"  # a further address of the host
NETWORK = "berth-it-six"
FORWARD = "/proc/sys/net/ipv6/conf/all/forwarding"

pytestmark = pytest.mark.skipif(not os.path.exists(FORWARD), reason="this kernel has no IPv6")

CLIENT = ("import sys, urllib.request as u; "
          "print(u.build_opener(u.ProxyHandler({})).open(sys.argv[1], timeout=3)"
          ".read().decode().strip())")


@pytest.fixture
def six(host):
    """The sandbox with IPv6 on its cable, one more IPv4 address, and an IPv6 network."""
    addresses = [(f"{HOST6}/64", "nodad"), (f"{OTHER}/24",)]
    for address in addresses:
        run("ip", "address", "add", *address, "dev", "cable")
    host.from_outside("ip", "address", "add", f"{CLIENT6}/64", "dev", "eth0", "nodad")
    host.docker("network", "create", "--ipv6", "--subnet", "fd00:98::/64", NETWORK)
    with open(FORWARD, "r+") as f:
        before = f.read()
        f.write("1")
    yield host
    with open(FORWARD, "w") as f:
        f.write(before)
    host.remove_containers()
    host.docker("network", "rm", NETWORK)
    host.from_outside("ip", "address", "del", f"{CLIENT6}/64", "dev", "eth0")
    for address in addresses:
        run("ip", "address", "del", address[0], "dev", "cable")


def answers(host, address, port, name):
    """Does the container answer somebody outside at that address of the host?"""
    return host.from_outside("/usr/bin/python3", "-c", CLIENT, f"http://{address}:{port}/",
                             check=False) == name


def test_both_families(six, agent):
    agent.start()
    six.serve("web-1", "web", "--network", NETWORK)
    state = agent.wait(lambda s: s["mappings"] and s["instances"], "it is mapped and registered")
    mapping = state["mappings"][0]
    inside = six.api("/containers/web-1/json")["NetworkSettings"]["Networks"][NETWORK]
    assert mapping["container_address"] == inside["IPAddress"]
    assert mapping["container_address6"] == inside["GlobalIPv6Address"]
    assert mapping["host_address"] == "0.0.0.0"
    for address in (ADDRESS, f"[{HOST6}]"):
        wait_for(lambda: answers(six, address, mapping["host_port"], "web-1"),
                 f"it answers at {address}", 20)
    assert "\nberth_mappings_ipv6 1\n" in agent.get("/metrics")[1]
    assert f"{mapping['container_address']}:8080/tcp" in berth("status")[1]
    # The host port outlives the agent, in both tables.
    agent.kill()
    agent.start()
    again = agent.wait(lambda s: s["mappings"], "it is mapped again")
    assert again["mappings"] == state["mappings"]
    assert answers(six, f"[{HOST6}]", mapping["host_port"], "web-1")


def test_bound_to_one_address(six, agent):
    agent.start(portmap__bind=ADDRESS)
    six.serve("web-1", "web")
    state = agent.wait(lambda s: s["mappings"] and s["instances"], "it is mapped and registered")
    mapping, instance = state["mappings"][0], state["instances"][0]
    port = mapping["host_port"]
    assert mapping["host_address"] == ADDRESS
    assert (instance["address"], instance["port"]) == (ADDRESS, port)
    wait_for(lambda: answers(six, ADDRESS, port, "web-1"), "it answers there", 20)
    assert not answers(six, OTHER, port, "web-1")


def test_sctp_is_mapped(six, agent):
    agent.start()
    six.serve("sig-1", "sig", expose=("9/sctp", "8080"))
    agent.wait(lambda s: {m["protocol"] for m in s["mappings"]} == {"sctp", "tcp"},
               "both ports are mapped")
    assert "sctp . " in run("nft", "list", "map", "ip", "berth", "ports")
