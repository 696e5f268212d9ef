"""Names in Consul's own DNS that lead to HAProxy, asked for with dig."""

import shutil

import pytest

from agent import Agent
from consul import URL
from procs import run, wait_for
from sandbox import ADDRESS

LABELS = ("SERVICE_8080_SERVICE_PORT=8081", "HAPROXY_0_VHOST=web.example.com")
OTHER = "127.0.0.2"


def dig(name, kind="A"):
    """What Consul's DNS says: the lines of the answer, sorted."""
    out = run("dig", "+short", "+tries=2", "+time=5", "@127.0.0.1", "-p", "8600", name, kind)
    return sorted(line for line in out.splitlines() if not line.startswith(";"))


def wait_for_dig(wanted, name, kind="A"):
    """A change of a check's state takes Consul a while."""
    wait_for(lambda: dig(name, kind) == wanted, f"{name} {kind} is {wanted}", 60, 0.2)


@pytest.fixture
def web(host, agent, consul):
    if not shutil.which("dig"):
        pytest.skip("there is no dig here")
    agent.start(registrator__registry=URL, lb__bind=ADDRESS)
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)


@pytest.fixture
def other(host, agent, tmp_path):
    """A second load balancer without containers, on an address of its own."""
    directory = tmp_path / "other"
    directory.mkdir()
    program = Agent(str(directory), host.docker_socket)
    program.options.update({"agent.node": "other", "agent.admin": "", "docker.enabled": "no",
                            "portmap.enabled": "no", "registrator.enabled": "no",
                            "registrator.registry": URL, "lb.bind": OTHER,
                            "lb.address": OTHER})
    yield program
    program.clean_up()


def test_names_lead_to_haproxy(consul, web):
    wait_for_dig([ADDRESS], "web.berth-lb.service.consul")
    wait_for_dig([ADDRESS], "berth-lb.service.consul")
    wait_for_dig([ADDRESS], "web-lb.service.consul")
    [srv] = dig("web-lb.service.consul", "SRV")
    assert srv.split()[2] == "8081", srv
    assert {key: (s["Service"], s["Tags"], s["Address"], s["Port"])
            for key, s in consul.announced().items()} == {
        "it-node.berth-lb": ("berth-lb", ["web"], ADDRESS, 80),
        "it-node.berth-lb.web.8081": ("web-lb", [], ADDRESS, 8081)}


def test_a_service_that_goes_takes_its_names_along(host, agent, consul, web):
    wait_for_dig([ADDRESS], "web-lb.service.consul")
    host.docker("rm", "-f", "web-1")
    wait_for(lambda: list(consul.announced()) == ["it-node.berth-lb"], "the alias is gone", 60)
    wait_for_dig([], "web.berth-lb.service.consul")
    wait_for_dig([ADDRESS], "berth-lb.service.consul")
    agent.wait(lambda s: not s["problems"], "nothing is left to mend")


def test_the_balancer_is_no_backend(agent, consul, web):
    """It is not served by HAProxy, and the registrator of its host does not take it out."""
    wait_for(lambda: len(consul.announced()) == 2, "it is announced", 60)
    agent.kill()
    agent.start()
    state = agent.wait_for_servers("web", 1)
    assert [b["service"] for b in state["backends"]] == ["web"]
    assert len(consul.announced()) == 2


def test_what_somebody_removes_comes_back(consul, web):
    wait_for(lambda: len(consul.announced()) == 2, "it is announced", 60)
    consul.put("/v1/agent/service/deregister/it-node.berth-lb")
    wait_for(lambda: len(consul.announced()) == 2, "it is announced again", 60)


def test_withdrawn_without_a_load_balancer(agent, consul, web):
    wait_for(lambda: len(consul.announced()) == 2, "it is announced", 60)
    agent.stop()
    assert len(consul.announced()) == 2, "a stopped berth leaves HAProxy and its names"
    agent.haproxy.stop()
    agent.start(lb__enabled="no")
    wait_for(lambda: not consul.announced(), "it is withdrawn", 60)
    assert list(consul.services()) == ["it-node:web-1:8080"]


def test_two_load_balancers(agent, consul, web, other):
    wait_for_dig([ADDRESS], "web.berth-lb.service.consul")
    other.start(wait=False)
    wait_for_dig(sorted([ADDRESS, OTHER]), "web.berth-lb.service.consul")
    wait_for_dig(sorted([ADDRESS, OTHER]), "web-lb.service.consul")
    other.stop()
    other.haproxy.stop()
    wait_for_dig([ADDRESS], "web.berth-lb.service.consul")
