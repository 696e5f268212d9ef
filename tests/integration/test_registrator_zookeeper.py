"""zookeeper:// against a real ZooKeeper."""

import json
import signal

import image
import pytest

from procs import wait_for
from registrator import Registrator
from sandbox import ADDRESS


@pytest.fixture
def registrator(host, tmp_path):
    program = Registrator(str(tmp_path), f"unix://{host.docker_socket}")
    yield program
    program.clean_up()


def publish(host, name, port, *options):
    return host.docker("run", "-d", "--name", name, "--hostname", name, "-p", f"{port}:8080",
                       *options, image.NAME)


def becomes(zk, wanted, timeout=60):
    """Waits until the nodes below /services are 'wanted', a list of names below it."""
    def nodes():
        return sorted(path[len("/services/"):] for path in zk.tree("/services")
                      if ":" in path)
    wait_for(lambda: nodes() == sorted(wanted), f"ZooKeeper has {wanted}", timeout)


def test_nodes_come_and_go(host, zk, registrator):
    web = publish(host, "web", 8000, "--label", "SERVICE_NAME=www", "--label",
                  "SERVICE_REGION=us2", "--label", "SERVICE_TAGS=a,b")
    publish(host, "db", 8001)
    registrator.start(f"zookeeper://{zk.address}/services")
    becomes(zk, [f"www/{ADDRESS}:8000", f"berth-test/{ADDRESS}:8001"])
    data, stat = zk.client.get(f"/services/www/{ADDRESS}:8000")
    assert data.decode() == (
        f'{{"Name":"www","IP":"{ADDRESS}","PublicPort":8000,"PrivatePort":8080,'
        f'"ContainerID":"{web[:12]}","Tags":["a","b"],"Attrs":{{"region":"us2"}}}}')
    assert stat.ephemeralOwner
    assert json.loads(zk.client.get(f"/services/berth-test/{ADDRESS}:8001")[0])["Attrs"] == {}
    host.docker("rm", "-f", "web")
    becomes(zk, [f"berth-test/{ADDRESS}:8001"])
    wait_for(lambda: not zk.client.exists("/services/www"), "the empty folder goes, too")
    registrator.wait_for_log(f"removed: {web[:12]}")


def test_what_a_stranger_does_is_mended(host, zk, registrator):
    path = f"/services/berth-test/{ADDRESS}:8000"
    publish(host, "web", 8000)
    registrator.start(f"zookeeper://{zk.address}/services")
    becomes(zk, [f"berth-test/{ADDRESS}:8000"])
    data = zk.client.get(path)[0]
    zk.client.delete(path)
    becomes(zk, [f"berth-test/{ADDRESS}:8000"])
    zk.client.set(path, b"nonsense")
    wait_for(lambda: zk.tree("/services").get(path) == data.decode(), "it says what it did", 60)


def test_a_strangers_node_is_waited_for(host, zk, registrator):
    path = f"/services/berth-test/{ADDRESS}:8000"
    zk.client.create(path, b"somebody else's", ephemeral=True, makepath=True)
    publish(host, "web", 8000)
    publish(host, "db", 8001)
    registrator.start(f"zookeeper://{zk.address}/services")
    becomes(zk, [f"berth-test/{ADDRESS}:8000", f"berth-test/{ADDRESS}:8001"])
    registrator.wait_for_log("is somebody else's")
    assert zk.client.get(path)[0] == b"somebody else's"
    zk.client.delete(path)
    wait_for(lambda: '"PublicPort":8000' in zk.tree("/services").get(path, ""), "it is ours", 60)


def test_a_restart_is_not_seen(host, zk, registrator):
    """Killed and started again within the session: the node is never missing."""
    path = f"/services/berth-test/{ADDRESS}:8000"
    publish(host, "web", 8000)
    registrator.start(f"zookeeper://{zk.address}/services")
    becomes(zk, [f"berth-test/{ADDRESS}:8000"])
    for end in (registrator.kill, registrator.stop):
        before = zk.owner(path)
        registrator.wait_for_log(f"session={before & (2 ** 64 - 1):x}")
        end()
        assert zk.owner(path) == before
        registrator.start(f"zookeeper://{zk.address}/services")
        wait_for(lambda: zk.owner(path) != before, "the new process has taken it over", 60)
    becomes(zk, [f"berth-test/{ADDRESS}:8000"])


def test_deregister_on_exit(host, zk, registrator):
    publish(host, "web", 8000)
    registrator.start("-on-exit=deregister", f"zookeeper://{zk.address}/services")
    becomes(zk, [f"berth-test/{ADDRESS}:8000"])
    registrator.stop()
    assert f"/services/berth-test/{ADDRESS}:8000" not in zk.tree("/services")


def test_zookeeper_restarts(host, zk, registrator):
    publish(host, "web", 8000)
    registrator.start(f"zookeeper://{zk.address}/services")
    becomes(zk, [f"berth-test/{ADDRESS}:8000"])
    zk.kill()
    publish(host, "db", 8001)
    zk.start()
    becomes(zk, [f"berth-test/{ADDRESS}:8000", f"berth-test/{ADDRESS}:8001"], 90)
    assert not registrator.has_ended()


def test_a_session_that_expired(host, zk, registrator):
    """ZooKeeper closes the session: everything is registered again by the next one."""
    path = f"/services/berth-test/{ADDRESS}:8000"
    zk.kill()
    zk.session = 4000
    zk.start()
    publish(host, "web", 8000)
    registrator.start(f"zookeeper://{zk.address}/services")
    becomes(zk, [f"berth-test/{ADDRESS}:8000"])
    before = zk.owner(path)
    registrator.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: not zk.client.exists(path), "the session times out", 90)
    registrator.process.send_signal(signal.SIGCONT)
    becomes(zk, [f"berth-test/{ADDRESS}:8000"], 90)
    registrator.wait_for_log("the session has expired")
    assert zk.owner(path) != before


def test_zookeeper_does_not_come(host, zk, registrator):
    zk.kill()
    registrator.start(f"zookeeper://{zk.address}/services")
    assert registrator.wait_for_end() == 1
    registrator.wait_for_log(f"ZooKeeper does not answer at {zk.address}")
