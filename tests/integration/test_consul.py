"""The chain with a real Consul as the registry."""

import json
import threading

import pytest

from consul import URL
from sandbox import ADDRESS
from procs import wait_for
from traffic import Traffic, ask, try_ask

LABELS = ("SERVICE_8080_SERVICE_PORT=8081", "SERVICE_TAGS=a,b", "SERVICE_OWNER=me")


@pytest.fixture
def served(host, agent, consul):
    agent.start(registrator__registry=URL)
    container = host.serve("web-1", "web", labels=LABELS, env=("GRACE=60",))
    state = agent.wait_for_servers("web", 1)
    return {"container": container, "state": state}


def test_registration(host, consul, served):
    [mapping] = served["state"]["mappings"]
    [entry] = consul.health("web")
    service = entry["Service"]
    inside = host.api("/containers/web-1/json")["NetworkSettings"]["IPAddress"]
    assert {key: service[key] for key in ("ID", "Service", "Tags", "Address", "Port", "Meta")} == {
        "ID": "it-node:web-1:8080", "Service": "web", "Tags": ["a", "b"],
        "Address": ADDRESS, "Port": mapping["host_port"],
        "Meta": {"berth-node": "it-node", "container-id": served["container"],
                 "berth-trace": served["state"]["containers"][0]["trace"],
                 "container-port": "8080", "host-port": str(mapping["host_port"]),
                 "service-port": "8081", "protocol": "tcp", "network": "bridge", "owner": "me"}}
    assert service["TaggedAddresses"]["container"] == {"Address": inside, "Port": 8080}
    assert ask(8081) == "web-1"


def test_stop_is_maintenance_then_gone(host, agent, consul, served):
    host.serve("web-2", "web", labels=LABELS)
    agent.wait_for_servers("web", 2)

    def statuses():
        return {e["Service"]["ID"]: {c["Status"] for c in e["Checks"] if c["ServiceID"]}
                for e in consul.health("web")}

    with Traffic(8081) as traffic:
        stopping = threading.Thread(target=host.docker, args=("stop", "-t", "60", "web-1"))
        stopping.start()
        wait_for(lambda: "critical" in statuses().get("it-node:web-1:8080", ()), "maintenance", 30)
        assert host.api("/containers/web-1/json")["State"]["Running"]
        wait_for(agent.haproxy.draining, "HAProxy lets it drain", 30)
        host.docker("kill", "web-1")
        stopping.join()
        wait_for(lambda: list(consul.services()) == ["it-node:web-2:8080"], "deregistered")
    traffic.check()


def test_lost_state(host, agent, consul, served):
    """Consul forgets everything: HAProxy keeps serving, and the service is registered again."""
    with Traffic(8081) as traffic:
        consul.stop()
        consul.start()
        wait_for(lambda: list(consul.services()) == ["it-node:web-1:8080"], "registered again", 40)
        agent.wait_for_servers("web", 1)
    traffic.check()


def test_what_is_gone_after_an_interruption_stays_for_a_while(host, agent, consul, served):
    """A Consul without its state says less than there is: who else is registered keeps traffic."""
    def register_legacy():
        consul.put("/v1/agent/service/register", json.dumps({
            "ID": "legacy-1", "Name": "legacy", "Address": served["state"]["address"],
            "Port": served["state"]["mappings"][0]["host_port"],
            "Meta": {"service-port": "8085"}}).encode())

    register_legacy()
    agent.wait_for_servers("legacy", 1)
    wait_for(lambda: try_ask(8085) == "web-1", "the legacy service answers")
    with Traffic(8085) as traffic:
        consul.stop()
        consul.start()
        agent.wait_for_log("gone after an interruption", 60)
        traffic.look_again()
    traffic.check()
    wait_for(lambda: not [b for b in agent.state()["backends"] if b["service"] == "legacy"],
             "in the end it is believed", 90)


def test_deregistered_by_somebody(consul, served, agent):
    consul.put("/v1/agent/service/deregister/it-node:web-1:8080")
    agent.wait_for_servers("web", 1)
    wait_for(lambda: list(consul.services()) == ["it-node:web-1:8080"], "registered again", 90)


def test_foreign_services_are_left_alone(host, consul, served, agent):
    consul.put("/v1/agent/service/register",
               b'{"ID": "legacy-1", "Name": "legacy", "Address": "10.99.0.1", "Port": 1234}')
    host.docker("rm", "-f", "web-1")
    wait_for(lambda: not consul.services(), "ours is deregistered")
    assert "legacy-1" in consul.get("/v1/agent/services")


def test_agent_restart_writes_nothing(consul, served, agent):
    index = consul.health("web")[0]["Service"]["ModifyIndex"]
    agent.kill()
    agent.start()
    agent.wait_for_servers("web", 1)
    assert consul.health("web")[0]["Service"]["ModifyIndex"] == index


def test_consul_is_away_at_the_start(host, agent, consul):
    consul.stop()
    agent.start(wait=False, registrator__registry=URL)
    host.serve("web-1", "web", labels=LABELS)
    agent.wait(lambda s: any(source["error"] for source in s["sources"].values()),
               "the failure is reported")
    consul.start()
    agent.wait_for_servers("web", 1, 60)
