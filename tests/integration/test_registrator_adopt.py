"""What registrator left in Consul: taken over in place, cleaned up where that is asked for, and
nothing of anybody else is touched."""

import json
import subprocess

import pytest

from agent import BERTH
from consul import URL
from procs import wait_for
from sandbox import ADDRESS

PATIENCE = 40


@pytest.fixture(autouse=True)
def unannounced(agent):
    """What is in Consul is compared whole: without the load balancer's own entry."""
    agent.options["lb.announce"] = ""


def leave(consul, instance, name, port, **more):
    """Registers as registrator would: no mark."""
    consul.put("/v1/agent/service/register", json.dumps(
        {"ID": instance, "Name": name, "Address": ADDRESS, "Port": port, **more}).encode())


def services(consul):
    """{id: port} of everything that Consul's agent has."""
    return {key: value["Port"] for key, value in consul.get("/v1/agent/services").items()}


def dry_run(agent, *argv):
    options = [text for key, value in agent.options.items() for text in ("-o", f"{key}={value}")]
    return subprocess.run([BERTH, "agent", "-c", "/dev/null", *options, "--consul", URL,
                           "--adopt", "dry-run", *argv],
                          capture_output=True, text=True, timeout=120, check=False)


def leave_everything(host, consul):
    """One running container, published; what registrator, and others, have left."""
    host.serve("web-1", "web", "-p", "30080:8080")
    leave(consul, "it-node:web-1:8080", "web", 30080, Check={"TTL": "1h"}, Tags=["old"])
    leave(consul, "it-node:gone:8080", "web", 30081)
    leave(consul, "it-node:gone:53:udp", "dns", 30053)
    leave(consul, "other-node:gone:8080", "web", 1)
    leave(consul, "it-node:marked:8080", "web", 2, Meta={"berth-node": "other-node"})
    leave(consul, "by-hand", "legacy", 3)
    return services(consul)


def test_taken_over_in_place(host, agent, consul):
    before = leave_everything(host, consul)
    agent.start(registrator__registry=URL)
    wait_for(lambda: list(consul.services()) == ["it-node:marked:8080", "it-node:web-1:8080"],
             "it has berth's mark", PATIENCE)
    assert services(consul) == before
    service = consul.services()["it-node:web-1:8080"]
    assert service["Tags"] == []
    assert service["Meta"]["container-port"] == "8080"
    wait_for(lambda: consul.get("/v1/agent/checks") == {}, "registrator's check is gone", PATIENCE)
    wait_for(lambda: [e["Service"]["ID"] for e in consul.health("web")
                      if e["Service"]["Port"] == 30080] == ["it-node:web-1:8080"], "one instance",
             PATIENCE)


def test_cleaned_up(host, agent, consul):
    before = leave_everything(host, consul)
    agent.start(registrator__registry=URL, registrator__adopt="yes")
    del before["it-node:gone:8080"], before["it-node:gone:53:udp"]
    wait_for(lambda: services(consul) == before, "two are gone, the rest is there", PATIENCE)
    agent.stop()
    assert services(consul) == before


def test_an_id_of_somebody_else(host, agent, consul):
    """A container asks for an id that a service has which is none of ours."""
    leave(consul, "by-hand", "legacy", 3)
    agent.start(registrator__registry=URL)
    host.serve("web-1", "web", labels=("SERVICE_ID=by-hand",))
    agent.wait(lambda s: any("somebody else's" in p["text"] for p in s["problems"]),
               "the conflict is a problem", PATIENCE)
    assert services(consul) == {"by-hand": 3}
    consul.put("/v1/agent/service/deregister/by-hand")
    wait_for(lambda: "by-hand" in consul.services(), "its container has the id now", PATIENCE)


def test_dry_run(host, agent, consul):
    before = leave_everything(host, consul)
    index = consul.get("/v1/agent/services")
    text = dry_run(agent)
    assert text.returncode == 0, text.stderr
    for what in ("asking Docker for its containers", "asking the registry for its services"):
        assert f"{what}: done in" in text.stderr
    assert [line.split()[:3] for line in text.stdout.splitlines() if line[0] != " "] == [
        ["clean", "up", "it-node:gone:53:udp"],
        ["clean", "up", "it-node:gone:8080"],
        ["take", "over", "it-node:web-1:8080"]]
    for_machines = dry_run(agent, "--json")
    document = json.loads(for_machines.stdout)
    assert "done in" not in for_machines.stderr
    assert [(a["action"], a["id"], a["port"]) for a in document["adoptions"]] == [
        ("clean up", "it-node:gone:53:udp", 30053), ("clean up", "it-node:gone:8080", 30081),
        ("take over", "it-node:web-1:8080", 30080)]
    assert services(consul) == before
    assert consul.get("/v1/agent/services") == index
