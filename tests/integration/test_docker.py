"""Docker misbehaves: the stream breaks, events get lost, documents are no JSON, the socket goes."""

import os

import pytest

from procs import wait_for
from traffic import ask, try_ask

LABELS = ("SERVICE_8080_SERVICE_PORT=8081",)


def start_one(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)


def test_stream_cut(host, agent, docker_proxy):
    start_one(host, agent)
    docker_proxy.deaf = True
    docker_proxy.cut_streams()
    host.serve("web-2", "web", labels=LABELS)
    host.docker("kill", "web-1")
    docker_proxy.deaf = False
    docker_proxy.cut_streams()
    agent.wait(lambda s: [c["name"] for c in s["containers"]] == ["web-2"], "caught up")
    agent.wait_for_servers("web", 1)
    assert ask(8081) == "web-2"


def test_stream_cut_within_a_line(host, agent, docker_proxy):
    start_one(host, agent)
    first = docker_proxy.streams()
    docker_proxy.cut_in_next_line()
    host.serve("web-2", "web", labels=LABELS)
    agent.wait_for_servers("web", 2)
    assert docker_proxy.streams() != first
    host.serve("web-3", "web", labels=LABELS)
    agent.wait_for_servers("web", 3)


def test_lost_events_are_found_by_the_resync(host, agent, docker_proxy):
    agent.options["agent.resync"] = "2"
    start_one(host, agent)
    docker_proxy.deaf = True
    host.serve("web-2", "web", labels=LABELS)
    agent.wait_for_servers("web", 2)


def test_docker_goes_away_and_comes_back(host, agent, docker_proxy):
    start_one(host, agent)
    docker_proxy.close()
    host.serve("web-2", "web", labels=LABELS)
    agent.wait(lambda s: s["sources"]["docker"]["error"], "the lost daemon is reported")
    assert ask(8081) == "web-1"
    docker_proxy.open()
    agent.wait_for_servers("web", 2)


def test_missing_socket_is_said_once(host, agent, tmp_path):
    path = str(tmp_path / "absent.sock")
    agent.start(wait=False, docker__socket=path)
    agent.poll(lambda: agent.get("/health")[0] == 503, "the agent answers, and is not healthy")
    agent.wait(lambda s: s["sources"]["docker"]["errors"] >= 4, "it tries again and again")
    about = [line for line in agent.log().splitlines() if path in line]
    assert len(about) == 1, about
    os.symlink(host.docker_socket, path)
    agent.wait_until_healthy()


def test_quarantine(host, agent, docker_proxy):
    """A document that is no JSON costs its own container only."""
    start_one(host, agent)
    host.docker("create", "--name", "bad-1", "--label", "SERVICE_NAME=bad", "--expose", "8080",
                "berth-test")
    bad = host.api("/containers/bad-1/json")["Id"]
    docker_proxy.broken = {bad}
    host.docker("start", "bad-1")
    state = agent.wait(lambda s: s["problems"], "the bad container is reported")
    [problem] = state["problems"]
    assert bad[:12] in problem["subject"] + problem["text"]
    host.serve("web-2", "web", labels=LABELS)
    agent.wait_for_servers("web", 2)
    assert "bad" not in {i["service"] for i in agent.state()["instances"]}


@pytest.mark.parametrize("how", ["pause", "rename"])
def test_other_events(host, agent, how):
    """A container that goes on must not be lost."""
    start_one(host, agent)
    if how == "pause":
        host.docker("pause", "web-1")
        host.docker("unpause", "web-1")
    else:
        host.docker("rename", "web-1", "web-one")
        agent.wait(lambda s: [c["name"] for c in s["containers"]] == ["web-one"], "the new name")
    agent.wait_for_servers("web", 1)
    wait_for(lambda: try_ask(8081) == "web-1", "it answers")
