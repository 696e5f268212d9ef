"""Which host port a container gets, and what is said where it gets none."""

import socket

import pytest

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
