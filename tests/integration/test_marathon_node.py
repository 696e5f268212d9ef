"""A node that runs Marathon's tasks, as containers that were started as a Mesos agent does it."""

import threading

import pytest

from consul import URL
from fakemarathon import DockerRunner, FakeMarathon, app, tcp_check
from procs import wait_for
from sandbox import ADDRESS
from traffic import Traffic, ask, resolve


@pytest.fixture
def marathon(host):
    with FakeMarathon(DockerRunner(host, ADDRESS), nodes=2) as cluster:
        yield cluster


@pytest.fixture
def node(agent, marathon):
    """An agent on the node, with HAProxy; the test starts it."""
    agent.options["marathon.url"] = marathon.url
    return agent


def web(app_id, env=(), **more):
    """An app of the test image: on a bridge it listens where it always does, not at PORT."""
    return app(app_id, env={"PORT": "8080", **dict(env)}, **more)


def instances(node, service):
    return [i for i in node.state()["instances"] if i["service"] == service]


def wait_for_service_port(node, service, port, count=1):
    return node.wait(lambda s: [i["service_port"] for i in s["instances"]
                                if i["service"] == service] == [port] * count,
                     f"{service} has service port {port}")


def test_a_task_becomes_a_service(node, marathon):
    """Named after its app, at its host port, with the service port that Marathon chose."""
    node.start()
    marathon.put(web("/shop/web", labels={"HAPROXY_0_VHOST": "web.localhost"}), instances=2)
    wait_for_service_port(node, "web", 10000, 2)
    node.wait_for_servers("web", 2)
    tasks = {t["ports"][0] for t in marathon.running("/shop/web")}
    got = instances(node, "web")
    assert {i["port"] for i in got} == tasks
    assert {i["address"] for i in got} == {ADDRESS}
    assert {m["owner"] for m in node.state()["mappings"]} <= {"docker"}
    [backend] = node.state()["backends"]
    assert (backend["vhosts"], backend["service_ports"]) == (["web.localhost"], [10000])
    assert ask(10000) and ask(80, "web.localhost")
    # One definition, asked for once.
    assert len(marathon.asked("/v2/apps//shop/web/versions/")) == 1


def test_labels_that_the_environment_lacks(node, marathon):
    """Marathon leaves a long one out of it."""
    tags = [f"{n:03}-{'x' * 20}" for n in range(40)]
    node.start()
    marathon.put(web("/web", service_ports=[8081], labels={"SERVICE_TAGS": ",".join(tags)}),
                 instances=1)
    node.poll(lambda: any(set(tags) <= set(i["tags"]) for i in instances(node, "web")),
              "the label of Marathon's definition counts")
    marathon.put({"id": "/web", "labels": {"SERVICE_TAGS": "short"}})
    node.poll(lambda: [i["tags"] for i in instances(node, "web")] == [["short"]],
              "so does that of the next version")


def test_host_mode_and_two_ports(node, marathon):
    node.start(marathon__service_name="path")
    marathon.put(web("/shop/two", ports=[8080, 9090], service_ports=[8081, 8082]), instances=1)
    marathon.put(app("/shop/host", mode="host", service_ports=[8083], env={"PORT": "31999"},
                     container={"docker": {"image": "berth-test"}}), instances=1)
    wait_for_service_port(node, "shop-two-8080", 8081)
    wait_for_service_port(node, "shop-two-9090", 8082)
    wait_for_service_port(node, "shop-host", 8083)
    [host] = instances(node, "shop-host")
    assert host["port"] == marathon.running("/shop/host")[0]["ports"][0]


def test_marathon_away(node, marathon):
    """What it said counts on, also for an agent that starts meanwhile; a new task is served."""
    node.start()
    marathon.put(web("/web", service_ports=[8081]), instances=1)
    wait_for_service_port(node, "web", 8081)
    for path in ("/v2/apps", "/v2/events", "/v2/leader"):
        marathon.trouble[path] = "away"
    node.stop()
    node.start()
    wait_for_service_port(node, "web", 8081)
    marathon.put(web("/other", labels={"HAPROXY_0_PORT": "8082"}), instances=1)
    wait_for_service_port(node, "other", 8082)
    marathon.put(web("/third", service_ports=[8083]), instances=1)
    node.wait(lambda s: any(i["service"] == "third" for i in s["instances"]), "it is registered")
    marathon.trouble.clear()
    node.poll(lambda: instances(node, "third")[0]["service_port"] == 8083,
              "its service port is learnt when Marathon is back", 90)


def test_marathons_health_checks(node, marathon):
    node.start()
    marathon.put(web("/web", service_ports=[8081], checks=[tcp_check()]), instances=2)
    node.wait_for_servers("web", 2)
    bad = marathon.running("/web")[0]
    marathon.set_alive(bad, False)
    node.wait(lambda s: sorted(i["state"] for i in s["instances"]) == ["critical", "passing"],
              "its check fails in the registry, too")
    marathon.set_alive(bad, True)
    node.wait(lambda s: {i["state"] for i in s["instances"]} == {"passing"}, "it is well again")


def test_a_killed_task_is_drained_first(node, marathon):
    node.start()
    marathon.put(web("/web", service_ports=[8081], env={"GRACE": "4"}), instances=2)
    node.wait_for_servers("web", 2)
    wait_for_service_port(node, "web", 8081, 2)
    victim = marathon.running("/web")[0]
    with Traffic(8081) as traffic:
        wait_for(lambda: traffic.total() > 20, "traffic flows")
        killing = threading.Thread(target=marathon.kill, args=([victim["id"]], True))
        killing.start()
        wait_for(lambda: f"{ADDRESS}:{victim['ports'][0]}" in node.haproxy.draining(),
                 "the server is drained")
        state = marathon.runner.sandbox.api(f"/containers/{victim['container']}/json")["State"]
        assert state["Running"], "the process was gone before the drain"
        killing.join(60)
        node.wait_for_servers("web", 1)
    traffic.check()


def test_rolling_deployment_by_a_name_through_haproxy(node, marathon, consul):
    """3 tasks, then 6, then another version, then one is killed: no request of a client fails that
    finds HAProxy by its name in Consul's DNS."""
    def balancer():
        return resolve("web.berth-lb.service.consul", ("127.0.0.1", 8600))

    def found():
        try:
            return balancer()
        except OSError:
            return None

    node.start(registrator__registry=URL, lb__bind=ADDRESS)
    marathon.put(web("/shop/web", service_ports=[8081], checks=[tcp_check()], env={"GRACE": "2"}),
                 instances=3)
    node.wait_for_servers("web", 3)
    wait_for_service_port(node, "web", 8081, 3)
    wait_for(lambda: found() == ADDRESS, "the name leads to HAProxy", 60)
    with Traffic(8081, address=balancer) as traffic:
        wait_for(lambda: traffic.total() > 20, "traffic flows")
        marathon.scale("/shop/web", 6)
        node.wait_for_servers("web", 6, 60)
        old = {t["id"] for t in marathon.running("/shop/web")}
        marathon.scale("/shop/web", 3)
        marathon.put({"id": "/shop/web", "env": {"PORT": "8080", "GRACE": "2", "VERSION": "2"}},
                     instances=3)
        assert not old & {t["id"] for t in marathon.running("/shop/web")}
        marathon.kill([marathon.running("/shop/web")[0]["id"]])
        node.wait_for_servers("web", 3, 60)
    traffic.check(100)
