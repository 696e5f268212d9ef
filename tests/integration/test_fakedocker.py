"""The fake Docker endpoint answers as the real one does, and berth cannot tell."""

import json
import os
import time
import urllib.parse

import pytest

from fakedocker import FakeDocker
from sandbox import UnixConnection

FIXTURES = os.path.join(os.path.dirname(__file__), "../fixtures")
# Objects whose keys are names that somebody chose.
MAPS = ("Ports", "PortBindings", "ExposedPorts", "Labels", "Networks", "Attributes")
PUBLISHED = {"Labels": {"SERVICE_NAME": "web"}, "Env": ["SERVICE_TAGS=a,b"],
             "ExposedPorts": {"8080/tcp": {}, "9100/tcp": {}},
             "HostConfig": {"PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": "26080"}]}}}


def shape(value, name=""):
    """The value with types instead of values; what may be null is just that."""
    if isinstance(value, dict):
        inner = {key: shape(v, key) for key, v in value.items()}
        if name in MAPS:
            return {"*": next(iter(inner.values()))} if inner else {}
        return inner
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def differences(real, fake, path=""):
    """Where 'fake' lacks what 'real' has, or has another type there."""
    if isinstance(real, dict) and isinstance(fake, dict):
        for key in real:
            if key not in fake:
                yield f"{path}.{key} is missing"
            else:
                yield from differences(real[key], fake[key], f"{path}.{key}")
    elif isinstance(real, list) and isinstance(fake, list):
        if real and fake:
            yield from differences(real[0], fake[0], f"{path}[]")
    elif real != fake and "NoneType" not in (real, fake):
        yield f"{path}: {real} there, {fake} here"


def compare(real, fake):
    found = list(differences(shape(real), shape(fake)))
    assert not found, "\n".join(found)


def recorded(name):
    with open(os.path.join(FIXTURES, "inspect", f"{name}.json")) as f:
        return json.load(f)


@pytest.fixture
def fake(tmp_path):
    docker = FakeDocker(str(tmp_path / "fake.sock"))
    yield docker
    docker.end()


@pytest.mark.parametrize("name", ["published", "bridge", "exited"])
def test_inspect_has_the_recorded_shape(fake, name):
    more = {"HostConfig": {}, "StopSignal": "SIGINT"} if name == "bridge" else {}
    fake.run("one", **{**PUBLISHED, **more})
    if name == "exited":
        fake.do("stop", "one")
    document = fake.get("/v1.41/containers/one/json")
    compare(recorded(name), document)
    assert document["State"]["Running"] == (name != "exited")


def test_every_answer_has_the_shape_of_dockerds(host, fake):
    host.docker("run", "-d", "--name", "one", "--label", "SERVICE_NAME=web", "--env",
                "SERVICE_TAGS=a,b", "--expose", "9100", "-p", "26080:8080", "berth-test")
    fake.run("one", **PUBLISHED)
    for path in ("/containers/one/json", "/containers/json", "/networks", "/version"):
        compare(host.api("/v1.41" + path), fake.get("/v1.41" + path))


def events_since(socket, since, number):
    """The first 'number' events of containers and networks since then."""
    connection = UnixConnection(socket)
    filters = urllib.parse.quote(json.dumps({"type": ["container", "network"]}))
    connection.request("GET", f"/v1.41/events?since={since:.6f}&filters={filters}")
    answer = connection.getresponse()
    events = [json.loads(answer.readline()) for _ in range(number)]
    connection.close()
    return events


def of_type(kind, events):
    return [(e["Action"], shape(e)) for e in events if e["Type"] == kind]


def test_events_come_as_dockerds(host, fake):
    since = time.time()
    host.docker("create", "--name", "one", "--label", "SERVICE_NAME=web", "berth-test")
    fake.create("one", **PUBLISHED)
    for verb in ("start", "pause", "unpause", "kill"):
        host.docker(verb, "one")
        fake.do(verb, "one")
    host.docker("wait", "one")
    host.docker("rm", "one")
    fake.remove("one")
    # create, connect, start, pause, unpause, kill, die, disconnect, destroy
    theirs, ours = (events_since(socket, since, 9) for socket in (host.docker_socket, fake.socket))
    for kind in ("container", "network"):
        assert of_type(kind, ours) == of_type(kind, theirs)


def test_berth_follows_it(fake, agent):
    for n in range(30):
        fake.run(f"web-{n}", **{**PUBLISHED, "HostConfig": {
            "PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": str(26000 + n)}]}}})
    agent.start(docker__socket=fake.socket, portmap__enabled="no", lb__enabled="no")
    agent.wait(lambda s: len(s["containers"]) == 30, "all are there")
    fake.do("stop", "web-0")
    fake.do("kill", "web-1")
    fake.remove("web-2")
    fake.run("late", **PUBLISHED)
    names = {f"web-{n}" for n in range(3, 30)} | {"late"}
    agent.wait(lambda s: {c["name"] for c in s["containers"]} == names, "berth has followed")
