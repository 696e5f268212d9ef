"""The agent may end at any time: the node goes on serving, and nothing moves."""

import signal

from procs import run, wait_for
from traffic import Traffic, ask

LABELS = ("SERVICE_8080_SERVICE_PORT=8081",)


def start_two(host, agent):
    agent.start()
    for n in (1, 2):
        host.serve(f"web-{n}", "web", labels=LABELS)
    return agent.wait_for_servers("web", 2)


def ports(state):
    return {m["container_id"]: m["host_port"] for m in state["mappings"]}


def more_traffic(traffic, count=100):
    total = traffic.total()
    wait_for(lambda: traffic.total() >= total + count, "traffic goes on")


def test_kill_9_in_the_middle_of_traffic(host, agent):
    before = ports(start_two(host, agent))
    worker = agent.haproxy.worker()
    with Traffic(8081) as traffic:
        for _ in range(3):
            more_traffic(traffic)
            agent.kill()
            more_traffic(traffic)
            agent.start()
            state = agent.wait_for_servers("web", 2)
            assert ports(state) == before
        more_traffic(traffic)
    traffic.check(600)
    assert agent.haproxy.worker() == worker, "HAProxy was reloaded"


def test_changes_while_the_agent_is_away(host, agent):
    before = ports(start_two(host, agent))
    agent.kill()
    host.docker("kill", "web-1")
    kept = host.api("/containers/web-2/json")["Id"]
    host.serve("web-3", "web", labels=LABELS)
    agent.start()
    state = agent.wait(lambda s: len(ports(s)) == 2 and len(agent.servers("web", s)) == 2,
                       "web-2 and web-3 are served")
    assert ports(state)[kept] == before[kept]
    agent.wait_for_servers("web", 2)
    assert {ask(8081) for _ in range(6)} == {"web-2", "web-3"}


def test_sighup_ends_nothing(host, agent):
    start_two(host, agent)
    worker = agent.haproxy.worker()
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for_log("reloaded file=/dev/null changed=none")
    host.serve("web-3", "web", labels=LABELS)
    agent.wait_for_servers("web", 3)
    wait_for(lambda: {ask(8081) for _ in range(9)} == {"web-1", "web-2", "web-3"}, "all three")
    assert agent.haproxy.worker() == worker


def test_sigterm_leaves_the_node_serving(host, agent):
    start_two(host, agent)
    table = run("nft", "list", "map", "ip", "berth", "ports")
    agent.stop()
    assert {ask(8081) for _ in range(6)} == {"web-1", "web-2"}
    assert run("nft", "list", "map", "ip", "berth", "ports") == table
