"""A Dubbo consumer and a Dubbo provider that nobody here wrote, from npm, through berth.

The consumer lives outside and reaches the host's address alone. Providers are two bridged
containers, with an image made from scratch, and a virtual machine that services.d declares."""

import collections
import io
import os
import shutil
import subprocess
import tarfile

import pytest

from dubbo import GREETER
from machine import Files
from procs import die_with_parent, end, run, wait_for
from sandbox import ADDRESS, OUTSIDE

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dubbo-npm")
IMAGE = "berth-dubbo"
LABEL = f"berth.dubbo.20880={GREETER}:1.0.0"
PATIENCE = 60


@pytest.fixture
def packages(host, tmp_path):
    """The folder with the packages."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            pytest.skip(f"there is no {program} here")
    folder = str(tmp_path / "npm")
    shutil.copytree(SOURCES, folder)
    # Out of the sandbox, which has no way to a package registry.
    done = subprocess.run(["nsenter", f"--net=/proc/{os.getpid()}/fd/{host.before}", "npm", "ci",
                           "--ignore-scripts", "--no-audit", "--no-fund"],
                          cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"npm gives no packages: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def build_image(host, packages):
    """node, what it is linked with, the packages and the provider, and nothing else."""
    node = os.path.realpath(shutil.which("node"))
    files = {"/bin/node": node}
    for word in run("ldd", node).split():
        if word.startswith("/"):
            files[word] = os.path.realpath(word)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, path in files.items():
            tar.add(path, name.lstrip("/"))
        tar.add(packages, "app")
    subprocess.run(["docker", "-H", f"unix://{host.docker_socket}", "import", "-c", "EXPOSE 20880",
                    "-c", "WORKDIR /app", "-", IMAGE],
                   input=out.getvalue(), capture_output=True, check=True, timeout=120)


class Consumer:
    """Runs outside and counts answers by who gave them."""

    def __init__(self, host, packages, zookeeper):
        self.path = os.path.join(packages, "consumer.log")
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(
                ["nsenter", "-t", str(host.outside.pid), "--net", "node", "consumer.js", zookeeper],
                cwd=packages, stdout=log, stderr=log, preexec_fn=die_with_parent)

    def lines(self):
        assert self.process.poll() is None, self.tail()
        with open(self.path, errors="replace") as f:
            return f.read().split("\n")[:-1]

    def answers(self, since=0):
        return collections.Counter(line.split()[0] for line in self.lines()[since:]
                                   if line.endswith(" greets consumer"))

    def errors(self, since=0):
        return [line for line in self.lines()[since:] if line.startswith("ERROR")]

    def tail(self):
        with open(self.path, errors="replace") as f:
            return "consumer:\n" + f.read()[-2000:]

    def stop(self):
        end(self.process)


@pytest.fixture
def fleet(host, agent, zk, packages, tmp_path):
    """berth, two containers, a machine; and the consumer."""
    zk.kill()
    zk.bind = "0.0.0.0"
    zk.start()
    build_image(host, packages)
    files = Files(str(tmp_path / "services.d"))
    files.write("legacy.conf", f"[greeter]\naddress = {OUTSIDE}\nport = 20880\ncheck = tcp\n"
                f"dubbo = {GREETER}:1.0.0\n")
    machine = subprocess.Popen(
        ["nsenter", "-t", str(host.outside.pid), "--net", "node", "provider.js", "machine", "20880"],
        cwd=packages, preexec_fn=die_with_parent)
    agent.start(lb__enabled="no", dubbo__registry=f"zookeeper://{zk.address}")
    for name in ("one", "two"):
        host.docker("run", "-d", "--name", name, "--label", LABEL,
                    IMAGE, "/bin/node", "provider.js", name, "20880")
    agent.wait(lambda s: sum(d["state"] == "registered" for d in s["dubbo"]) == 3,
               "all are registered", PATIENCE)
    consumer = Consumer(host, packages, f"{ADDRESS}:{zk.address.split(':')[1]}")
    yield consumer
    consumer.stop()
    machine.kill()
    machine.wait()


def test_nobody_notices_that_a_container_stops(host, agent, fleet):
    def all_answer():
        return set(fleet.answers(-50)) == {"one", "two", "machine"}
    wait_for(all_answer, "two containers and the machine answer", PATIENCE)
    start = len(fleet.lines())
    host.docker("stop", "-t", "30", "one")
    stopped = len(fleet.lines())
    wait_for(lambda: len(fleet.lines()) > stopped + 200, "the consumer goes on", PATIENCE)
    assert set(fleet.answers(stopped + 50)) == {"two", "machine"}, fleet.tail()
    assert fleet.errors(start) == [], fleet.tail()
