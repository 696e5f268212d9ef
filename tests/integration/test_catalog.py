"""Reading a large or odd catalog from a real Consul, through tests/integration/registrator-driver."""

import os
import re

import pytest

from consulproxy import ConsulProxy
from test_registrator_consul import (  # noqa: F401: 'consul' and 'driver' are fixtures
    Driver, consul, driver, wait_for)

MANY = 300
SWEEP = "all services are read again"


def register(consul, name, instance, port=80, **more):
    """An instance on a node of its own, as somebody else than berth registers it."""
    consul.put("/v1/catalog/register",
               {"Node": f"vm-{instance}", "Address": f"10.1.0.{instance}",
                "SkipNodeUpdate": False,
                "Service": {"ID": f"{name}-{instance}", "Service": name, "Port": port}, **more})


def names(driver):
    return {entry.split("=")[0] for entry in driver.catalog() or []}


@pytest.fixture
def many(consul, driver):
    """A driver that watches more services than it has connections for."""
    for i in range(MANY):
        register(consul, f"s{i:03}", 1, 1000 + i)
    driver.say("watch")
    wait_for(lambda: len(driver.catalog() or []) == MANY, "the catalog")
    wait_for(lambda: "the others are read when there is a sign of change" in driver.log(),
             "it is said")
    return driver


def test_a_change_of_ours_shows_at_once(consul, many):
    many.want("endpoint 1 web-1 s250:1 80/tcp 30080")
    wait_for(lambda: "s250=192.0.2.7:30080/passing" in many.catalog(), "the instance")
    many.want("endpoint 1 web-1 s250:1 80/tcp 30080 draining")
    wait_for(lambda: "s250=192.0.2.7:30080/draining" in many.catalog(), "the drain")
    many.want()
    wait_for(lambda: "s250=192.0.2.7:30080/draining" not in many.catalog(), "its end")
    many.want("endpoint 1 web-1 s250:1 80/tcp 30080")
    wait_for(lambda: "s250=192.0.2.7:30080/passing" in many.catalog(), "it again")
    many.want()  # this time no maintenance gives a sign before
    wait_for(lambda: "s250=192.0.2.7:30080/passing" not in many.catalog(), "its end")
    assert "s250=10.1.0.1:1250/passing" in many.catalog()
    assert SWEEP not in many.log()


def test_what_a_stranger_registers_shows_soon(consul, many):
    register(consul, "s251", 2, 2000)
    wait_for(lambda: "s251=10.1.0.2:2000/passing" in many.catalog(), "the instance")
    assert SWEEP in many.log()


def test_a_new_service_shows_at_once(consul, many):
    register(consul, "zz", 1)
    wait_for(lambda: "zz" in names(many), "the service")
    consul.put("/v1/catalog/deregister", {"Node": "vm-1", "ServiceID": "zz-1"})
    wait_for(lambda: "zz" not in names(many), "its end")


def test_health_shows_at_once(consul, many):
    check = {"Node": "vm-1", "CheckID": "one", "Name": "one", "ServiceID": "s252-1"}
    register(consul, "s252", 1, 1252, Check={**check, "Status": "critical"})
    wait_for(lambda: "s252=10.1.0.1:1252/critical" in many.catalog(), "the failure")
    register(consul, "s252", 1, 1252, Check={**check, "Status": "passing"})
    wait_for(lambda: "s252=10.1.0.1:1252/passing" in many.catalog(), "the recovery")
    # A check of the node speaks for all of its services.
    node = {"Node": "vm-1", "CheckID": "alive", "Name": "alive", "Status": "critical"}
    consul.put("/v1/catalog/register", {"Node": "vm-1", "Address": "10.1.0.1", "Check": node})
    wait_for(lambda: all(entry.endswith("/critical") for entry in many.catalog()), "the node's end")


def test_a_warning_shows_at_once(consul, many):
    """It makes an instance lighter. No service moves with it."""
    for status in ("warning", "passing"):
        consul.put("/v1/catalog/register",
                   {"Node": "vm-1", "Address": "10.1.0.1",
                    "Check": {"Node": "vm-1", "CheckID": "one", "Name": "one",
                              "ServiceID": "s253-1", "Status": status}})
        wait_for(lambda: f"s253=10.1.0.1:1253/{status}" in many.catalog(), status)
    assert SWEEP not in many.log()


def test_connections_are_few(consul, many):
    fds = f"/proc/{many.process.pid}/fd"
    inodes = set()
    for fd in os.listdir(fds):
        match = re.match(r"socket:\[(\d+)\]", os.readlink(f"{fds}/{fd}"))
        if match:
            inodes.add(match.group(1))
    with open(f"/proc/{many.process.pid}/net/tcp", encoding="ascii") as f:
        remote = [line.split() for line in f][1:]
    mine = [fields for fields in remote
            if fields[9] in inodes and int(fields[2].split(":")[1], 16) == consul.http]
    assert 0 < len(mine) <= 64


def test_consul_that_lost_its_state(consul, many):
    consul.kill()
    wait_for(lambda: any(line.startswith("catalog-error") for line in list(many.lines)), "an error")
    consul.start()
    for i in range(MANY):
        register(consul, f"s{i:03}", 1, 3000 + i)
    wait_for(lambda: "s299=10.1.0.1:3299/passing" in many.catalog(), "the new state")
    # Nothing was believed to be gone meanwhile.
    lengths = {len(line.split()) - 1 for line in list(many.lines) if line.startswith("catalog ")}
    assert min(lengths) == MANY


@pytest.fixture
def proxy(consul):  # noqa: F811
    server = ConsulProxy(consul.http)
    yield server
    server.close()


def catalogs(driver):
    return [line.split(" ")[1:] for line in list(driver.lines) if line.split(" ")[0] == "catalog"]


def test_a_loss_is_confirmed(consul, proxy, tmp_path):
    for i in range(1, 7):
        register(consul, "web", i)
    program = Driver(proxy.url, str(tmp_path))
    try:
        program.say("watch")
        wait_for(lambda: len(program.catalog() or []) == 6, "the catalog")
        proxy.empty = "/v1/health/service/web"
        register(consul, "web", 7)
        wait_for(lambda: len(program.catalog()) == 7, "the leader's word")
        assert "6 of the 6 instances of web are gone at once" in program.log()
        proxy.empty = None
        for i in range(2, 8):
            consul.put("/v1/catalog/deregister", {"Node": f"vm-{i}"})
        wait_for(lambda: len(program.catalog()) == 1, "what is really gone")
        assert min(len(c) for c in catalogs(program)) == 1
        program.end()
    finally:
        program.process.kill()


def test_the_loss_of_services_is_confirmed(consul, proxy, tmp_path):
    for i in range(6):
        register(consul, f"s{i}", 1)
    program = Driver(proxy.url, str(tmp_path))
    try:
        program.say("watch")
        wait_for(lambda: len(program.catalog() or []) == 6, "the catalog")
        proxy.empty = "/v1/catalog/services"
        register(consul, "s6", 1)
        wait_for(lambda: "s6" in names(program), "the leader's word")
        assert "6 of 6 services are gone at once" in program.log()
        assert min(len(c) for c in catalogs(program)) == 6
        program.end()
    finally:
        program.process.kill()


@pytest.fixture
def watcher(consul, proxy, tmp_path):  # noqa: F811
    """A driver that reads "api" and "web" through the proxy."""
    for name in ("api", "web"):
        register(consul, name, 1)
    program = Driver(proxy.url, str(tmp_path))
    try:
        program.say("watch")
        wait_for(lambda: len(program.catalog() or []) == 2, "the catalog")
        yield program
        proxy.behave()
        program.end()
    finally:
        program.process.kill()


def errors(driver):  # noqa: F811
    return [line for line in list(driver.lines) if line.startswith("catalog-error ")]


@pytest.mark.parametrize("status, body, word", [
    (500, b"no leader", "HTTP status 500: no leader"),
    (403, b"", "HTTP status 403"),
    (200, b"[{", "the answer has no X-Consul-Index"),
])
def test_an_answer_that_is_none(consul, proxy, watcher, status, body, word):  # noqa: F811
    """It is told once, the last catalog stays, and what comes later is seen."""
    wait_for(lambda: any("web?stale&index=" in path for path in list(proxy.asked)), "a query waits")
    proxy.refuse(status, "GET", "/v1/health/service/web", body)
    register(consul, "web", 2)  # ends it
    wait_for(lambda: "web=10.1.0.2:80/passing" in watcher.catalog(), "the last good answer")
    wait_for(lambda: len(proxy.seen) >= 3, "it is asked again")
    assert len(errors(watcher)) == 1 and word in errors(watcher)[0]
    register(consul, "api", 2)
    wait_for(lambda: "api=10.1.0.2:80/passing" in watcher.catalog(), "others go on")
    assert "web=10.1.0.1:80/passing" in watcher.catalog()
    register(consul, "web", 3)
    proxy.behave()
    wait_for(lambda: "web=10.1.0.3:80/passing" in watcher.catalog(), "what has changed meanwhile")
    assert min(len(c) for c in catalogs(watcher)[1:]) >= 2


def test_garbage(consul, proxy, watcher):  # noqa: F811
    """Answers with an index, and without any sense."""
    proxy.garble = "/v1/health/service/web"
    register(consul, "web", 2)
    wait_for(lambda: errors(watcher), "it is told")
    assert "the service's health" in errors(watcher)[0]
    assert "web=10.1.0.1:80/passing" in watcher.catalog()
    proxy.behave()
    wait_for(lambda: "web=10.1.0.2:80/passing" in watcher.catalog(), "sense")


def test_silence_about_one_service(consul, proxy, watcher):  # noqa: F811
    proxy.hold("GET", "/v1/health/service/web")
    register(consul, "web", 2)
    wait_for(lambda: proxy.holding, "the next question is not answered")
    register(consul, "api", 2)
    wait_for(lambda: "api=10.1.0.2:80/passing" in watcher.catalog(), "others are")
    register(consul, "web", 3)
    proxy.behave()
    proxy.held.set()
    wait_for(lambda: "web=10.1.0.3:80/passing" in watcher.catalog(), "it is asked again")


def test_the_last_good_catalog_serves_without_consul(consul, tmp_path):
    file = str(tmp_path / "state" / "catalog.json")
    register(consul, "web", 1, 8080)
    program = Driver(consul.url, str(tmp_path), "", file)
    try:
        program.say("watch")
        wait_for(lambda: os.path.exists(file), "the file")
        program.end()
    finally:
        program.process.kill()
    consul.kill()
    program = Driver(consul.url, str(tmp_path), "", file)
    try:
        program.say("watch")
        wait_for(lambda: program.catalog() == ["web=10.1.0.1:8080/passing"], "the last good catalog")
        assert "the last good catalog serves until the registry can be read" in program.log()
        consul.start()
        register(consul, "web", 2, 8081)
        wait_for(lambda: "web=10.1.0.2:8081/passing" in program.catalog(), "the new one")
        program.end()
    finally:
        program.process.kill()
