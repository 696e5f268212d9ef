"""Fixtures. One sandbox for the session, in which every test runs, whether it asks for it or not;
each test gets an agent of its own in it."""

import os
import pathlib
import shutil
import tempfile

import pytest

import consul as consul_module
import zookeeper
from agent import BERTH, Agent, berth
from dockerproxy import DockerProxy
from machine import Machine
from sandbox import Sandbox


def missing():
    if os.geteuid():
        return "network namespaces and nftables need root"
    for program in ("dockerd", "docker", "haproxy", "nft", "iptables", "ip", "busybox", "unshare"):
        if not shutil.which(program):
            return f"there is no {program} here"
    return None


@pytest.fixture(scope="session", autouse=True)
def sandbox():
    reason = missing()
    if reason:
        pytest.skip(reason)
    assert os.access(BERTH, os.X_OK), f"{BERTH} is not built; say where it is with BERTH_BUILD"
    box = Sandbox()
    try:
        box.start()
        os.environ["DOCKER_HOST"] = f"unix://{box.docker_socket}"
        yield box
    finally:
        box.stop()


@pytest.fixture
def tmp_path():
    """In pytest's own place: sockets lie in it, and a socket's path must be short."""
    directory = tempfile.mkdtemp(prefix="berth-t-")
    yield pathlib.Path(directory)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def host(sandbox):
    """The sandbox without any container, before and after."""
    yield sandbox
    sandbox.remove_containers()


@pytest.fixture
def agent(host, tmp_path):
    """An agent that the test starts; ended and checked afterwards."""
    program = Agent(str(tmp_path), host.docker_socket)
    yield program
    program.clean_up()


@pytest.fixture
def docker_proxy(host, agent, tmp_path):
    """The agent reaches dockerd through this."""
    proxy = DockerProxy(str(tmp_path / "proxy.sock"), host.docker_socket)
    proxy.open()
    agent.options["docker.socket"] = proxy.path
    yield proxy
    proxy.close()


@pytest.fixture
def consul(host, tmp_path):
    if not consul_module.PROGRAM:
        pytest.skip("there is no consul program; ./run-tests fetches one, or set BERTH_CONSUL")
    server = consul_module.Consul(str(tmp_path))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def machine(host, tmp_path):
    """A virtual machine that answers, beside the host."""
    server = Machine(host, str(tmp_path), "machine-1", 9100)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def zk(host, tmp_path):
    reason = zookeeper.missing()
    if reason:
        pytest.skip(reason)
    status, _, errors = berth("check", "-c", "/dev/null", "-o", "lb.enabled=no", "-o",
                              "registrator.registry=zookeeper://127.0.0.1:1/x")
    if "built without ZooKeeper" in errors:
        pytest.skip("berth is built without ZooKeeper (libzookeeper-st-dev)")
    assert status == 0, errors
    directory = tmp_path / "zk"
    directory.mkdir()
    server = zookeeper.ZooKeeper(str(directory))
    try:
        server.start()
        yield server
    finally:
        server.stop()
