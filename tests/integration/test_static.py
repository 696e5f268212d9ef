"""The static berth, in an empty directory as its root: what an image FROM scratch has."""

import os
import shutil

import pytest

from consul import URL
from sandbox import ADDRESS

STATIC = os.environ.get("BERTH_STATIC")

# What `docker run` gives a container: /proc and /dev, and the socket as a volume.
ENTER = """
cd "$0" && mkdir -p proc dev run var/lib/berth && : >docker.sock || exit
mount --bind /proc proc && mount --bind /dev dev && mount --bind "$DOCKER" docker.sock || exit
exec chroot . "$@"
"""


@pytest.fixture
def scratch(host, agent, tmp_path, monkeypatch):
    if not STATIC:
        pytest.skip("./run-tests static builds it, or say where it is with BERTH_STATIC")
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy(STATIC, root / "berth")
    monkeypatch.setenv("DOCKER", host.docker_socket)
    agent.prefix = ["unshare", "--mount", "sh", "-c", ENTER, str(root)]
    agent.program = "/berth"
    agent.options.update({"docker.socket": "unix:///docker.sock", "agent.run_dir": "/run",
                          "agent.state_dir": "/var/lib/berth", "lb.enabled": "no"})
    return root


def test_containers_are_registered_in_consul(host, agent, consul, scratch):
    agent.start(registrator__registry=URL)
    host.serve("web-1", "web")
    state = agent.wait(lambda s: len(s["mappings"]) == 1, "web-1 has a host port")
    agent.poll(lambda: consul.health("web"), "web is registered")
    [entry] = consul.health("web")
    assert (entry["Service"]["Address"], entry["Service"]["Port"]) == \
        (ADDRESS, state["mappings"][0]["host_port"])
    loaded = {line.split()[-1] for line in open(f"/proc/{agent.process.pid}/maps")
              if ".so" in line}
    assert not loaded, loaded


def test_host_names_are_resolved(host, agent, consul, scratch):
    """By c-ares, from the file that Docker puts there; glibc would want libraries for it."""
    (scratch / "etc").mkdir()
    (scratch / "etc/hosts").write_text("127.0.0.1 registry.example\n")
    agent.start(registrator__registry="http://registry.example:8500")
    host.serve("web-1", "web")
    agent.poll(lambda: consul.health("web"), "web is registered")
