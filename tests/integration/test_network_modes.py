"""Every way of Docker's to give a container a network, and what berth makes of it."""

import json
import socket
import subprocess

import pytest

from procs import die_with_parent, run, wait_for
from sandbox import ADDRESS, Sandbox
from test_reach import TCP_CLIENT, UDP_SERVER
from traffic import ask, try_ask

LABELS = ("SERVICE_8080_SERVICE_PORT=8081",)


@pytest.fixture
def networks(host):
    """Makes user-defined bridges; they go with the test."""
    made = []

    def make(*names):
        for name in names:
            host.docker("network", "create", name)
            made.append(name)

    yield make
    host.remove_containers()
    for name in made:
        host.docker("network", "rm", name)


def address(host, name, network):
    """A container's address in a network; None: it is not in it."""
    document = host.api(f"/containers/{name}/json")["NetworkSettings"]["Networks"]
    return document[network]["IPAddress"] if network in document else None


def port_of(state, name, port=8080):
    """How a container's port is reached, as /v1/state tells it."""
    [container] = [c for c in state["containers"] if c["name"] == name] or [None]
    return next((p for p in container["ports"] if p["port"] == port), {}) if container else {}


def instances(state, service):
    return [i for i in state["instances"] if i["service"] == service]


def wait_for_target(agent, wanted):
    """Waits until every mapping of ours and every instance is at that address; the state."""
    def settled(state):
        ours = [m for m in state["mappings"] if m["owner"] == "berth"]
        return (ours and all(m["container_address"] == wanted for m in ours) and
                state["instances"] and
                all(i["container_address"] == wanted for i in state["instances"]))
    return agent.wait(settled, f"everything leads to {wanted}")


# ---- several networks ----

def test_the_first_by_name(host, agent, networks):
    networks("it-b", "it-a")
    agent.start()
    host.serve("web-1", "web", "--network", "it-b")
    wait_for_target(agent, address(host, "web-1", "it-b"))
    host.docker("network", "connect", "it-a", "web-1")
    state = wait_for_target(agent, address(host, "web-1", "it-a"))
    assert ask(state["mappings"][0]["host_port"]) == "web-1"


def test_the_order_of_sections(host, agent, networks):
    networks("it-a", "it-b", "it-c")
    agent.options.update({"network.it-c.reach": "auto", "network.it-b.reach": "assigned"})
    agent.start()
    host.serve("web-1", "web", "--network", "it-a")
    wait_for_target(agent, address(host, "web-1", "it-a"))
    host.docker("network", "connect", "it-b", "web-1")
    wait_for_target(agent, address(host, "web-1", "it-b"))
    host.docker("network", "connect", "it-c", "web-1")
    state = wait_for_target(agent, address(host, "web-1", "it-c"))
    assert ask(state["mappings"][0]["host_port"]) == "web-1"


def test_the_label(host, agent, networks):
    networks("it-a", "it-b")
    agent.options["network.it-a.reach"] = "direct"
    agent.start()
    host.serve("web-1", "web", "--network", "it-a", labels=("berth.network=it-b",))
    state = agent.wait(lambda s: s["problems"], "a network that is not there is a problem")
    [problem] = state["problems"]
    assert problem["subject"] == "container web-1"
    assert problem["text"].endswith("only in: it-a")
    host.docker("network", "connect", "it-b", "web-1")
    state = wait_for_target(agent, address(host, "web-1", "it-b"))
    assert not state["problems"]
    assert ask(state["mappings"][0]["host_port"]) == "web-1"


# ---- connect and disconnect ----

def start_udp_server(host, name):
    server = subprocess.Popen(
        ["nsenter", "-t", str(host.pid(name)), "--net", "/usr/bin/python3", "-c", UDP_SERVER],
        stdout=subprocess.PIPE, preexec_fn=die_with_parent)
    assert server.stdout.readline() == b"ready\n"
    return server


class Talker:
    """Asks a UDP port from one socket for ever: one flow, which conntrack remembers."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(0.5)
        self.socket.connect((ADDRESS, port))

    def hears(self):
        try:
            self.socket.send(b"who\n")
            return self.socket.recv(100) == b"web-1"
        except OSError:
            return False


def test_connect_and_disconnect_are_followed(host, agent, networks):
    networks("it-one", "it-two")
    agent.start()
    host.serve("web-1", "web", "--network", "it-one", labels=LABELS,
               expose=("8080", "9090/udp"))
    server = start_udp_server(host, "web-1")
    state = wait_for_target(agent, address(host, "web-1", "it-one"))
    ports = {m["protocol"]: m["host_port"] for m in state["mappings"]}
    talker = Talker(ports["udp"])
    wait_for(talker.hears, "the UDP flow is answered")

    host.docker("network", "connect", "it-two", "web-1")
    host.docker("network", "disconnect", "it-one", "web-1")
    state = wait_for_target(agent, address(host, "web-1", "it-two"))
    assert {m["protocol"]: m["host_port"] for m in state["mappings"]} == ports
    wait_for(talker.hears, "the UDP flow has moved")
    assert ask(ports["tcp"]) == "web-1"
    wait_for(lambda: try_ask(8081) == "web-1", "HAProxy has followed")

    host.docker("network", "disconnect", "it-two", "web-1")
    state = agent.wait(lambda s: not s["mappings"] and not s["instances"],
                       "without a network nothing is left")
    port = port_of(state, "web-1")
    assert (port["reach"], port["why"]) == ("none", "it has no address in any network")

    host.docker("network", "connect", "it-one", "web-1")
    state = wait_for_target(agent, address(host, "web-1", "it-one"))
    assert {m["protocol"]: m["host_port"] for m in state["mappings"]} == ports, "other ports"
    assert ask(ports["tcp"]) == "web-1"
    wait_for(talker.hears, "the UDP flow is back")
    wait_for(lambda: try_ask(8081) == "web-1", "HAProxy is back")
    talker.socket.close()
    server.kill()
    server.wait()


def test_published_ports_move_with_the_network(host, agent, networks):
    networks("it-one", "it-two")
    agent.start()
    host.serve("web-1", "web", "--network", "it-one", "-p", "8085:8080")
    state = agent.wait(lambda s: len(instances(s, "web")) == 1, "it is registered")
    host.docker("network", "connect", "it-two", "web-1")
    host.docker("network", "disconnect", "it-one", "web-1")
    wanted = address(host, "web-1", "it-two")
    state = agent.wait(lambda s: [i["container_address"] for i in instances(s, "web")] == [wanted],
                       "the new address is registered")
    assert [i["port"] for i in instances(state, "web")] == [8085]
    wait_for(lambda: try_ask(8085) == "web-1", "Docker's port leads there")


# ---- modes without a network of their own ----

def test_host(host, agent):
    agent.start()
    host.serve("web-1", "web", "--network", "host", env=("PORT=8095",), labels=LABELS,
               expose=(8095,))
    state = agent.wait(lambda s: instances(s, "web"), "it is registered")
    [instance] = instances(state, "web")
    assert (instance["address"], instance["port"]) == (state["address"], 8095)
    assert port_of(state, "web-1", 8095)["reach"] == "host"
    assert not [m for m in state["mappings"] if m["owner"] == "berth"]


def test_none(host, agent):
    agent.start()
    host.docker("run", "-d", "--name", "web-1", "--network", "none", "--expose", "8080",
                "berth-test")
    state = agent.wait(lambda s: port_of(s, "web-1"), "it is known")
    assert port_of(state, "web-1")["why"] == "it has no network (--network none)"
    assert not state["mappings"] and not state["instances"]


def test_another_containers(host, agent):
    """It is reached where the other one is, by a host port of its own, and goes when that goes."""
    agent.start()
    host.serve("pod", "pod")
    # Docker refuses --expose here: the port is the image's, beside that of the first container.
    host.docker("commit", "--change", "EXPOSE 8086", "pod", "berth-test-side")
    host.docker("run", "-d", "--name", "side", "--network", "container:pod", "--env", "PORT=8086",
                "--label", "SERVICE_8086_NAME=side", "--label", "SERVICE_8080_IGNORE=1",
                "berth-test-side")
    state = agent.wait(lambda s: instances(s, "side"), "it is registered")
    [instance] = instances(state, "side")
    assert instance["container_address"] == address(host, "pod", "bridge")
    assert port_of(state, "side", 8086)["reach"] == "assigned"
    # Both have one hostname, Docker's for the network's owner.
    wait_for(lambda: try_ask(instance["port"], address=instance["address"]), "it answers")
    host.docker("kill", "pod")
    state = agent.wait(lambda s: not s["instances"] and not s["mappings"], "both are gone")
    assert port_of(state, "side", 8086)["why"] == ("the container whose network it shares does not "
                                                   "run")


# ---- drivers ----

def test_macvlan_is_direct(host, agent):
    """Its address is one of the network outside, and is what others dial."""
    if "Unknown device type" in run("sh", "-c", "ip link add it-mac link cable type macvlan 2>&1; "
                                    "ip link delete it-mac 2>&1", check=False):
        pytest.skip("this kernel has no macvlan")
    host.docker("network", "create", "-d", "macvlan", "-o", "parent=cable", "--subnet",
                "10.99.0.0/24", "--ip-range", "10.99.0.128/25", "it-lan")
    try:
        agent.start()
        # Not from here: a macvlan does not talk to the interface that it sits on.
        host.docker("run", "-d", "--name", "web-1", "--hostname", "web-1", "--network", "it-lan",
                    "--expose", "8080", "--label", "SERVICE_NAME=web", "berth-test")
        state = agent.wait(lambda s: instances(s, "web"), "it is registered")
        [instance] = instances(state, "web")
        assert (instance["address"], instance["port"]) == (address(host, "web-1", "it-lan"), 8080)
        assert port_of(state, "web-1")["reach"] == "direct" and not state["mappings"]
        wait_for(lambda: outside_hears(host, instance["address"], 8080) == "web-1",
                 "the world outside reaches it")
    finally:
        host.remove_containers()
        host.docker("network", "rm", "it-lan")


def outside_hears(box, address_, port):
    return box.from_outside("/usr/bin/python3", "-c", TCP_CLIENT, address_, str(port), check=False)


@pytest.mark.parametrize("reach", ["auto", "assigned", "direct", "none"])
def test_a_driver_that_berth_does_not_know(host, agent, docker_proxy, networks, reach):
    networks("it-odd")
    listing = host.api("/networks")
    for network in listing:
        if network["Name"] == "it-odd":
            network["Driver"] = "calico"
    docker_proxy.answers["/networks"] = json.dumps(listing).encode()
    agent.start(driver__calico__reach=reach)
    host.serve("web-1", "web", "--network", "it-odd")
    host.serve("web-2", "pub", "--network", "it-odd", "-p", "8085:8080")
    state = agent.wait(lambda s: port_of(s, "web-1") and instances(s, "pub") and
                       (reach in ("auto", "none") or instances(s, "web")), "both are known")
    assert [i["port"] for i in instances(state, "pub")] == [8085], "a published port is adopted"
    port = port_of(state, "web-1")
    assert port["reach"] == ("none" if reach == "auto" else reach)
    if reach == "direct":
        assert [(i["address"], i["port"]) for i in instances(state, "web")] == [
            (address(host, "web-1", "it-odd"), 8080)]
    elif reach == "assigned":
        assert ask(instances(state, "web")[0]["port"]) == "web-1"
    else:
        assert not instances(state, "web")
        assert ('[network "it-odd"] reach = direct or assigned' if reach == "auto" else
                '[driver "calico"] reach = none says so') in port["why"]


# ---- overlay, in a swarm of one ----

@pytest.fixture(scope="module")
def swarm(sandbox):
    """A host that is a swarm, with the attachable overlay network "mesh"."""
    box = Sandbox()
    try:
        box.start()
        run("docker", "-H", f"unix://{box.docker_socket}", "swarm", "init", "--advertise-addr",
            ADDRESS)
        reason = run("sh", "-c", f"docker -H unix://{box.docker_socket} network create -d overlay "
                     f"--attachable mesh 2>&1 >/dev/null", check=False)
        if reason:
            pytest.skip(f"there is no overlay network here: {reason}")
        yield box
    finally:
        box.stop()


class TestOverlay:
    @pytest.fixture
    def host(self, swarm):
        yield swarm
        swarm.remove_containers()

    @pytest.fixture(autouse=True)
    def starts(self, host):
        """Docker builds the overlay with the first container; the kernel may have no vxlan."""
        done = subprocess.run(["docker", "-H", f"unix://{host.docker_socket}", "run", "-d",
                               "--network", "mesh", "berth-test"], capture_output=True, text=True,
                              timeout=60)
        if done.returncode:
            pytest.skip(f"no container starts in an overlay network: {done.stderr.strip()}")
        host.remove_containers()

    def run(self, host, name, *options):
        host.docker("run", "-d", "--name", name, "--hostname", name, "--network", "mesh",
                    "--expose", "8080", "--label", f"SERVICE_NAME={name}", *options, "berth-test")

    def test_is_not_reached(self, host, agent):
        agent.start()
        self.run(host, "web")
        state = agent.wait(lambda s: port_of(s, "web"), "it is known")
        port = port_of(state, "web")
        assert port["reach"] == "none" and '[network "mesh"] reach = direct' in port["why"]
        assert not state["instances"] and not state["mappings"]

    def test_published_ports_are_adopted(self, host, agent):
        agent.start()
        self.run(host, "web", "-p", "8085:8080")
        state = agent.wait(lambda s: instances(s, "web"), "it is registered")
        [instance] = instances(state, "web")
        assert (instance["port"], port_of(state, "web")["reach"]) == (8085, "published")
        wait_for(lambda: outside_hears(host, ADDRESS, 8085) == "web", "it answers")

    def test_direct_by_its_section(self, host, agent):
        """What is registered is reached by the other members."""
        agent.start(network__mesh__reach="direct")
        self.run(host, "web")
        self.run(host, "other")
        state = agent.wait(lambda s: len(s["instances"]) == 2, "both are registered")
        [instance] = instances(state, "web")
        assert (instance["address"], instance["port"]) == (address(host, "web", "mesh"), 8080)
        wait_for(lambda: self.member_hears(host, instance) == "web", "a member reaches it")

    def member_hears(self, host, instance):
        return run("nsenter", "-t", str(host.pid("other")), "--net", "/usr/bin/python3", "-c",
                   TCP_CLIENT, instance["address"], str(instance["port"]), check=False)

    def test_a_bridge_beside_it_is_chosen(self, host, agent):
        agent.start()
        self.run(host, "web")
        host.docker("network", "connect", "bridge", "web")
        wait_for_target(agent, address(host, "web", "bridge"))
