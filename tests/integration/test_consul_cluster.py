"""A Consul of three servers that loses its leader, or most of itself: HAProxy goes on."""

import pytest

import consul as consul_module
from consulcluster import Cluster
from procs import wait_for
from sandbox import ADDRESS
from traffic import Traffic, try_ask

PORT = 8086


@pytest.fixture
def cluster(host, tmp_path):
    if not consul_module.PROGRAM:
        pytest.skip("there is no consul program; ./run-tests fetches one, or set BERTH_CONSUL")
    servers = Cluster(str(tmp_path))
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()


@pytest.fixture
def served(host, agent, cluster):
    """Four foreign instances of "legacy" behind PORT; they are containers of this host. The agent
    reads from a server that does not lead."""
    leader = cluster.wait_for_leader()
    follower = cluster.follower()
    for n in range(4):
        host.serve(f"vm-{n}", "ignored", labels=("SERVICE_IGNORE=1",))
    agent.start(registrator__registry=follower.url)
    ports = agent.wait(lambda s: len(s["mappings"]) == 4, "the containers' ports")["mappings"]
    for n, mapping in enumerate(ports):
        cluster.register("legacy", n, ADDRESS, mapping["host_port"], PORT)
    agent.wait_for_servers("legacy", 4, 60)
    wait_for(lambda: try_ask(PORT), "it answers", 60)
    return {"leader": leader, "follower": follower, "ports": ports}


def wait_for_more(traffic):
    before = traffic.total()
    wait_for(lambda: traffic.total() > before + 100, "more requests are answered", 60)


def register_another(host, agent, cluster, served):
    """A fifth instance comes to be served."""
    port = served["ports"][0]["host_port"]
    cluster.register("legacy", 4, ADDRESS, port, PORT)
    agent.wait_for_servers("legacy", 5, 120)


def test_the_leader_is_lost(host, agent, cluster, served):
    agent.wait(lambda s: s["catalog"]["age"] == 0, "the catalog is up to date")
    with Traffic(PORT) as traffic:
        served["leader"].kill()
        wait_for_more(traffic)
        cluster.wait_for_leader()
        assert len(agent.servers("legacy")) == 4
        register_another(host, agent, cluster, served)
        wait_for_more(traffic)
    traffic.check()


def test_most_servers_are_lost(host, agent, cluster, served):
    """No leader, until one of them is back: what there is stays, and nothing is forgotten."""
    with Traffic(PORT) as traffic:
        lost = [server for server in cluster.servers if server is not served["follower"]]
        for server in lost:
            server.kill()
        wait_for(lambda: served["follower"].get("/v1/status/leader") == "", "there is no leader", 60)
        wait_for_more(traffic)
        assert len(agent.servers("legacy")) == 4
        lost[0].start()
        register_another(host, agent, cluster, served)
        wait_for_more(traffic)
    traffic.check()
