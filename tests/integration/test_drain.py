"""docker stop: the server gets nothing new before the process is gone."""

import threading

from procs import wait_for
from traffic import Traffic, ask

LABELS = ("SERVICE_8080_SERVICE_PORT=8081",)


def is_running(host, name):
    return host.api(f"/containers/{name}/json")["State"]["Running"]


def test_docker_stop_drains_first(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=LABELS, env=("GRACE=60",))
    host.serve("web-2", "web", labels=LABELS)
    state = agent.wait_for_servers("web", 2)
    address = {i["id"]: f"{i['address']}:{i['port']}" for i in state["instances"]}
    slow = []

    def request():
        slow.append(ask(8081, path="/cgi-bin/slow?2"))

    # Two requests in flight: the balancer gives one to each server.
    in_flight = [threading.Thread(target=request) for _ in range(2)]
    for thread in in_flight:
        thread.start()
    wait_for(lambda: sum(int(line.split(",")[4]) for line in
                         agent.haproxy.command("show stat -1 4 -1").splitlines()
                         if line and line[0] != "#") >= 2, "both are in flight")
    with Traffic(8081) as traffic:
        stopping = threading.Thread(target=host.docker, args=("stop", "-t", "60", "web-1"))
        stopping.start()
        wait_for(lambda: address["it-node:web-1:8080"] in agent.haproxy.draining(),
                 "the server is drained", 30)
        assert is_running(host, "web-1"), "the process was gone before the drain"
        traffic.look_again()
        total = traffic.total()
        wait_for(lambda: traffic.total() > total + 50, "traffic goes on")
        assert "web-1" not in traffic.answers
        for thread in in_flight:
            thread.join()
        host.docker("kill", "web-1")
        stopping.join()
        agent.wait_for_servers("web", 1)
    traffic.check()
    assert sorted(slow) == ["web-1", "web-2"]


def test_a_restarted_agent_goes_on_draining(host, agent):
    """Docker tells the signal again: it is in its events since the longest drain."""
    agent.start()
    host.serve("web-1", "web", labels=LABELS, env=("GRACE=60",))
    host.serve("web-2", "web", labels=LABELS)
    state = agent.wait_for_servers("web", 2)
    address = {i["id"]: f"{i['address']}:{i['port']}" for i in state["instances"]}
    first = {address["it-node:web-1:8080"]}
    stopping = threading.Thread(target=host.docker, args=("stop", "-t", "60", "web-1"))
    stopping.start()
    wait_for(lambda: agent.haproxy.draining() == first, "the server is drained", 30)
    agent.stop()
    agent.start()
    agent.wait(lambda s: {i["id"]: i["state"] for i in s["instances"]} == {
        "it-node:web-1:8080": "draining", "it-node:web-2:8080": "passing"}, "it is known again", 30)
    wait_for(lambda: agent.haproxy.draining() == first, "the server is drained still", 30)
    with Traffic(8081) as traffic:
        wait_for(lambda: traffic.total() > 50, "traffic goes on")
        assert "web-1" not in traffic.answers
    assert agent.haproxy.draining() == first
    host.docker("kill", "web-1")
    stopping.join()
    agent.wait_for_servers("web", 1)


def test_signal_that_does_not_stop(host, agent):
    """docker kill --signal=HUP reloads a program: it must not be drained for good."""
    agent.start(docker__drain_max="2")
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    host.docker("exec", "web-1", "sh", "-c", "trap '' HUP")
    host.docker("kill", "--signal=WINCH", "web-1")
    assert ask(8081) == "web-1"
    agent.wait_for_servers("web", 1)
