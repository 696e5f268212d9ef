"""The main job: a container starts without -p, and is served through HAProxy."""

from agent import berth
from procs import run
from sandbox import ADDRESS
from traffic import ask, try_ask


def web_labels(service, port):
    return (f"HAPROXY_0_VHOST={service}.localhost", f"SERVICE_8080_SERVICE_PORT={port}")


def start_three(host):
    host.serve("web-1", "web", labels=web_labels("web", 8081))
    host.serve("web-2", "web", labels=web_labels("web", 8081))
    host.serve("api-1", "api", labels=web_labels("api", 8082))


def answers(port, vhost=None, requests=6):
    return sorted({try_ask(port, vhost) for _ in range(requests)}, key=str)


def wait_for_chain(agent):
    agent.wait_for_servers("web", 2)
    agent.wait_for_servers("api", 1)


def test_vhost_and_service_port(host, agent):
    agent.start()
    start_three(host)
    wait_for_chain(agent)
    got = {"web by vhost": answers(80, "web.localhost"), "web by port": answers(8081),
           "api by vhost": answers(80, "api.localhost"), "api by port": answers(8082)}
    assert got == {"web by vhost": ["web-1", "web-2"], "web by port": ["web-1", "web-2"],
                   "api by vhost": ["api-1"], "api by port": ["api-1"]}
    assert try_ask(80, "nobody.localhost") is None


def test_containers_that_were_there_first(host, agent):
    start_three(host)
    agent.start()
    wait_for_chain(agent)
    assert answers(8081) == ["web-1", "web-2"]


def test_state_document(host, agent):
    agent.start()
    container = host.serve("web-1", "web", labels=web_labels("web", 8081))
    state = agent.wait_for_servers("web", 1)
    inside = host.api(f"/containers/{container}/json")["NetworkSettings"]["IPAddress"]

    [mapping] = state["mappings"]
    port = mapping["host_port"]
    assert 28000 <= port <= 29999
    assert mapping == {"protocol": "tcp", "host_address": mapping["host_address"],
                       "host_port": port, "container_address": inside,
                       "container_address6": None, "container_port": 8080,
                       "container_id": container, "owner": "berth"}
    [instance] = state["instances"]
    assert {key: instance[key] for key in ("id", "service", "container_id", "address", "port",
                                           "container_address", "container_port", "protocol",
                                           "service_port", "state", "registered")} == {
        "id": "it-node:web-1:8080", "service": "web", "container_id": container,
        "address": ADDRESS, "port": port, "container_address": inside, "container_port": 8080,
        "protocol": "tcp", "service_port": 8081, "state": "passing", "registered": True}
    [backend] = state["backends"]
    assert (backend["service"], backend["vhosts"], backend["service_ports"]) == (
        "web", ["web.localhost"], [8081])
    [server] = backend["servers"]
    assert (server["instance_id"], server["state"]) == ("it-node:web-1:8080", "up")
    assert state["problems"] == []
    # The kernel has what the document says.
    assert f"tcp . {port} " in run("nft", "list", "map", "ip", "berth", "ports")


def test_status_text(host, agent):
    agent.start()
    container = host.serve("web-1", "web", labels=web_labels("web", 8081))
    state = agent.wait_for_servers("web", 1)
    inside = host.api(f"/containers/{container}/json")["NetworkSettings"]["IPAddress"]
    status, out, err = berth("status")
    assert (status, err) == (0, "")
    [row] = [line.split() for line in out.splitlines() if "web-1" in line]
    for cell in ("web-1", f"{inside}:8080/tcp", f"{ADDRESS}:{state['mappings'][0]['host_port']}",
                 "web", "8081", "web.localhost", "up"):
        assert cell in row, (cell, out)


def test_everything_goes_with_the_container(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=web_labels("web", 8081))
    agent.wait_for_servers("web", 1)
    host.docker("rm", "-f", "web-1")
    agent.wait(lambda s: not s["instances"] and not s["mappings"] and not agent.servers("web", s),
               "instance, mapping and server are gone")
    assert try_ask(8081, timeout=2) is None


def test_adopted_port(host, agent):
    """A port published with -p is registered as it is, and nothing is programmed for it."""
    agent.start()
    host.serve("web-1", "web", "-p", "18080:8080", labels=web_labels("web", 8081))
    state = agent.wait_for_servers("web", 1)
    # Docker binds it for IPv6, too.
    assert {(m["owner"], m["host_port"]) for m in state["mappings"]} == {("docker", 18080)}
    assert state["instances"][0]["port"] == 18080
    assert ask(8081) == "web-1"
    assert "18080" not in run("nft", "list", "table", "ip", "berth")


def test_host_network(host, agent):
    agent.start()
    host.serve("web-1", "web", "--network", "host", env=("PORT=18081",), expose=(18081,),
               labels=("SERVICE_18081_SERVICE_PORT=8081",))
    state = agent.wait(lambda s: s["mappings"], "the host's port is known")
    assert [(m["owner"], m["host_port"], m["container_address"]) for m in state["mappings"]] == [
        ("host", 18081, None)]
    agent.wait_for_servers("web", 1)
    assert ask(8081) == "web-1"


def test_admin_endpoints(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=web_labels("web", 8081))
    agent.wait_for_servers("web", 1)
    assert agent.get("/health")[0] == 200
    assert agent.get("/nothing-here")[0] == 404
    status, text = agent.get("/metrics")
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
    assert status == 200
    assert (values["berth_containers"], values["berth_mappings"], values["berth_instances"],
            values["berth_lb_servers"]) == ("1", "1", "1", "1")


def test_status_without_an_agent(sandbox):
    status, out, err = berth("status", "--admin", "127.0.0.1:1")
    assert (status, out) == (1, "")
    assert err.startswith("berth: ") and "127.0.0.1:1" in err and len(err.splitlines()) == 1
