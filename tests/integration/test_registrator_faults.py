"""Consul that refuses, breaks or keeps silent, and containers that say too much."""

import pytest

from consulproxy import ConsulProxy
from test_registrator_consul import NODE, WEB, Driver, consul, wait_for  # noqa: F401 (fixture)

WEB_ID = f"{NODE}:web-1:80"
WEB_2 = "endpoint 2 web-2 nginx:1 80/tcp 30082"
BOTH = {WEB_ID: "30080", f"{NODE}:web-2:80": "30082"}


@pytest.fixture
def proxy(consul):
    relay = ConsulProxy(consul.http)
    yield relay
    relay.close()


@pytest.fixture
def driver(proxy, tmp_path):
    program = Driver(proxy.url, str(tmp_path))
    try:
        yield program
        program.end()
    finally:
        program.process.kill()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_refused_writes_are_tried_again(consul, proxy, driver, status):
    proxy.refuse(status, "PUT", "/register")
    driver.want(WEB)
    wait_for(lambda: len(proxy.seen) >= 3, "three tries")
    assert driver.log().count("berth keeps trying") == 1, "the same failure is said once"
    proxy.behave()
    consul.becomes({WEB_ID: "30080"})


@pytest.mark.parametrize("status, body", [(429, b""), (500, b"no leader"), (200, b"{"), (200, b"[]")])
def test_a_listing_that_fails_is_tried_again(consul, proxy, driver, status, body):
    proxy.refuse(status, "GET", "/v1/agent/services", body)
    driver.want(WEB)
    wait_for(lambda: len(proxy.seen) >= 3, "three tries")
    assert consul.state() == {}, "nothing is written before it is known what is there"
    proxy.behave()
    consul.becomes({WEB_ID: "30080"})


def test_silence_about_one_does_not_hold_up_the_others(consul, proxy, driver):
    """The id is in the body of a registration, and in the path of what follows."""
    driver.want(WEB, WEB_2)
    consul.becomes(BOTH)
    proxy.hold("PUT", "/maintenance/node-a%3Aweb-1")
    driver.want(WEB + " draining", WEB_2)
    wait_for(lambda: proxy.holding, "the first one waits")
    driver.want(WEB + " draining", WEB_2.replace("30082", "30083"))
    wait_for(lambda: consul.state().get(f"{NODE}:web-2:80") == "30083", "the other one goes on")
    proxy.behave()
    proxy.held.set()
    consul.becomes({WEB_ID: "30080 draining", f"{NODE}:web-2:80": "30083"})


def test_one_that_consul_refuses_among_good_ones(consul, driver):
    driver.want(WEB + " SERVICE_CHECK_CMD=alive", WEB_2)
    consul.becomes({f"{NODE}:web-2:80": "30082"})
    wait_for(lambda: "Scripts are disabled" in driver.log(), "the reason is said")
    driver.want(WEB, WEB_2)
    consul.becomes(BOTH)


def test_what_labels_may_not_say_is_left_out(consul, driver):
    many = " ".join(f"SERVICE_KEY_{i}=v SERVICE_CHECK_{i}_TTL=1h SERVICE_BAD.{i}=v "
                    f"SERVICE_80_LONG_{i}={'x' * 513}" for i in range(700))
    driver.want(f"{WEB} {many} SERVICE_NAME={'n' * 300} SERVICE_WEIGHT=heavy SERVICE_PORTS=80,x")
    wait_for(lambda: consul.services().get(WEB_ID), "it is registered all the same")
    service = consul.services()[WEB_ID]
    assert len(service["Meta"]) == 64
    assert len(service["Service"]) == 128
    assert len(consul.get("/v1/agent/checks")) == 16
    assert int(driver.show().split("problems=")[1].split()[0]) > 1000


def test_500_ports(consul, driver):
    ports = [f"endpoint 1 web-1 nginx:1 {1000 + i}/tcp {20000 + i}" for i in range(500)]
    driver.want(*ports)
    wait_for(lambda: "registered=500" in driver.show(), "500 instances")
    assert len(consul.services()) == 500
    driver.want(*ports[1:])
    wait_for(lambda: len(consul.services()) == 499, "one less")


def test_double_ids(consul, driver):
    driver.want(WEB + " SERVICE_ID=same", WEB_2 + " SERVICE_ID=same")
    consul.becomes({"same": "30080"})
    assert "problems=1" in driver.show()
    driver.want(WEB_2 + " SERVICE_ID=same")
    consul.becomes({"same": "30082"})
