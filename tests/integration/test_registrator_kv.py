"""Consul's key-value store as the registry: consulkv://"""

import base64
import json

import image
import pytest

from procs import wait_for
from registrator import NODE, Registrator
from sandbox import ADDRESS

URI = "consulkv://127.0.0.1:8500/services"


@pytest.fixture
def registrator(host, tmp_path):
    program = Registrator(str(tmp_path), f"unix://{host.docker_socket}")
    yield program
    program.clean_up()


def publish(host, name, port, *options):
    return host.docker("run", "-d", "--name", name, "-p", f"{port}:8080", *options, image.NAME)


def entries(consul, prefix="services"):
    """The decoded answer to a recursive read."""
    try:
        return {e["Key"]: e for e in consul.get(f"/v1/kv/{prefix}/?recurse")}
    except OSError:  # 404: there is no key
        return {}


def keys(consul):
    return {key: base64.b64decode(e["Value"] or "").decode()
            for key, e in entries(consul).items()}


def becomes(consul, wanted):
    wait_for(lambda: keys(consul) == wanted, f"the store has {wanted}", 40)


def test_keys_come_and_go(host, consul, registrator):
    web, db = f"services/shop/{NODE}:web:8080", f"services/berth-test/{NODE}:db:8080"
    publish(host, "web", 8000, "--label", "SERVICE_NAME=shop")
    publish(host, "db", 8001)
    registrator.start(URI)
    becomes(consul, {web: f"{ADDRESS}:8000", db: f"{ADDRESS}:8001"})
    registrator.wait_for_log(f"{NODE}:web:8080")
    assert all(e["Flags"] for e in entries(consul).values())
    host.docker("rm", "-f", "web")
    becomes(consul, {db: f"{ADDRESS}:8001"})
    publish(host, "web", 8002, "--label", "SERVICE_NAME=store")
    becomes(consul, {f"services/store/{NODE}:web:8080": f"{ADDRESS}:8002",
                     db: f"{ADDRESS}:8001"})


def test_addresses_of_ipv6_stand_in_brackets(host, consul, registrator):
    publish(host, "web", 8000)
    registrator.start("-ip", "2001:db8::7", URI)
    becomes(consul, {f"services/berth-test/{NODE}:web:8080": "[2001:db8::7]:8000"})


def test_a_restart_writes_nothing(host, consul, registrator):
    key = f"services/berth-test/{NODE}:web:8080"
    publish(host, "web", 8000)
    registrator.start(URI)
    becomes(consul, {key: f"{ADDRESS}:8000"})
    before = entries(consul)[key]["ModifyIndex"]
    registrator.kill()
    publish(host, "db", 8001)
    registrator.start(URI)
    wait_for(lambda: len(keys(consul)) == 2, "the new one is there", 40)
    registrator.wait_for_log(f"added: {host.api('/containers/db/json')['Id'][:12]}")
    assert entries(consul)[key]["ModifyIndex"] == before
    host.docker("rm", "-f", "web", "db")
    becomes(consul, {})


def test_what_died_meanwhile_is_removed(host, consul, registrator):
    publish(host, "web", 8000)
    registrator.start(URI)
    wait_for(lambda: keys(consul), "it is there", 40)
    registrator.kill()
    host.docker("rm", "-f", "web")
    registrator.start(URI)
    becomes(consul, {})


def test_strangers_keys_stay(host, consul, registrator):
    """Other nodes' keys, hand-made ones, and a registrator's unless -cleanup is said."""
    strangers = {"services/web/other:web:8080": "192.0.2.9:1", "services/web/mine": "by hand",
                 "services/note": "x", "elsewhere/web/reg-node:web:1": "192.0.2.9:2"}
    left = {f"services/web/{NODE}:gone:80": "192.0.2.9:3"}
    for key, value in {**strangers, **left}.items():
        consul.put(f"/v1/kv/{key}", value.encode())
    seen = {key: value for key, value in strangers.items() if key.startswith("services/")}
    own = {f"services/berth-test/{NODE}:web:8080": f"{ADDRESS}:8000"}
    publish(host, "web", 8000)
    registrator.start(URI)
    becomes(consul, {**seen, **left, **own})
    registrator.stop()
    registrator.start("-cleanup", URI)
    becomes(consul, {**seen, **own})
    host.docker("rm", "-f", "web")
    becomes(consul, seen)
    assert len(entries(consul, "elsewhere")) == 1


def test_what_a_stranger_changes_is_mended(host, consul, registrator):
    key = f"services/berth-test/{NODE}:web:8080"
    publish(host, "web", 8000)
    registrator.start(URI)
    becomes(consul, {key: f"{ADDRESS}:8000"})
    flags = entries(consul)[key]["Flags"]
    registrator.wait_for_log("added: ")
    consul.put(f"/v1/kv/{key}?flags={flags}", b"192.0.2.9:9")
    becomes(consul, {key: f"{ADDRESS}:8000"})
    consul.put("/v1/txn", json.dumps([{"KV": {"Verb": "delete", "Key": key}}]).encode())
    becomes(consul, {key: f"{ADDRESS}:8000"})
    consul.put(f"/v1/kv/services/old/{NODE}:web:8080?flags={flags}", b"192.0.2.9:9")
    becomes(consul, {key: f"{ADDRESS}:8000"})


def test_a_container_that_is_told_to_stop_has_no_key(host, consul, registrator):
    host.serve("web", None, "-p", "8000:8080", env=("GRACE=60",), expose=())
    registrator.start(URI)
    wait_for(lambda: keys(consul), "it is there", 40)
    host.docker("kill", "--signal", "TERM", "web")
    becomes(consul, {})
    assert host.api("/containers/web/json")["State"]["Running"]


@pytest.mark.parametrize("how", ["deregister", "maintenance"])
def test_on_exit(host, consul, registrator, how):
    publish(host, "web", 8000)
    registrator.start("-on-exit", how, URI)
    wait_for(lambda: keys(consul), "it is there", 40)
    registrator.stop()
    assert keys(consul) == {}
