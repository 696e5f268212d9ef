"""A host for the tests: a network namespace with a dockerd of its own.

Nothing of the machine is touched: the nft table, Docker's chains and every sysctl lie in the
namespace, and containers, images and sockets in a temporary folder. A second namespace, joined by
a cable, is the world outside.

    outside 10.99.0.2 ---- 10.99.0.1 the tests, dockerd, berth, HAProxy ---- 172.17.0.0/16 docker0
"""

import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
import tempfile

import image
from procs import (die_with_parent, end, leave_network, return_to_network, run, stop_with_parent,
                   wait_for)
from traffic import try_ask

ADDRESS = "10.99.0.1"
OUTSIDE = "10.99.0.2"


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


NUMBERS = itertools.count(1)


class Sandbox:
    """There may be one within another: from start() to stop() the tests live in the inner one.

    dockerd_options: what dockerd is started with besides. path: a folder before those of PATH, with
    the iptables that dockerd is to find."""

    def __init__(self, dockerd_options=(), path=None):
        self.dir = tempfile.mkdtemp(prefix="berth-it-")
        self.name = f"{os.getpid()}-{next(NUMBERS)}"
        self.dockerd_options = dockerd_options
        self.path = path
        self.before = None
        self.docker_socket = os.path.join(self.dir, "docker.sock")
        self.outside = None
        self.dockerd = None

    def start(self):
        self.before = leave_network()
        run("ip", "link", "set", "lo", "up")
        # dockerd sets the FORWARD policy to DROP where it has to turn forwarding on itself.
        with open("/proc/sys/net/ipv4/ip_forward", "w") as f:
            f.write("0")
        self.connect_outside()
        self.start_dockerd()
        image.build(self)

    def connect_outside(self):
        self.outside = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo ready; exec sleep infinity"],
            stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        assert self.outside.stdout.readline() == b"ready\n"
        pid = str(self.outside.pid)
        run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "eth0", "netns", pid)
        run("ip", "address", "add", f"{ADDRESS}/24", "dev", "cable")
        run("ip", "link", "set", "cable", "up")
        self.from_outside("ip", "link", "set", "lo", "up")
        self.from_outside("ip", "address", "add", f"{OUTSIDE}/24", "dev", "eth0")
        self.from_outside("ip", "link", "set", "eth0", "up")
        run("ip", "route", "add", "default", "via", OUTSIDE)

    def from_outside(self, *argv, **kwargs):
        """Runs a command in the namespace outside and returns its stdout."""
        return run("nsenter", "-t", str(self.outside.pid), "--net", *argv, **kwargs)

    def from_container(self, name, *argv):
        """Runs a command of the host in a container's network and returns its stdout."""
        return run("nsenter", "-t", str(self.pid(name)), "--net", *argv)

    def pid(self, name):
        return self.api(f"/containers/{name}/json")["State"]["Pid"]

    def start_dockerd(self):
        with open(os.path.join(self.dir, "daemon.json"), "w") as f:
            f.write("{}")  # the machine's own settings are not for this one
        log = open(os.path.join(self.dir, "dockerd.log"), "ab")
        # In a mount namespace of its own: what it mounts goes with it.
        self.dockerd = subprocess.Popen(
            ["unshare", "--mount", "dockerd", "-H", f"unix://{self.docker_socket}",
             "--data-root", f"{self.dir}/data", "--exec-root", f"{self.dir}/exec",
             "--pidfile", f"{self.dir}/dockerd.pid", "--config-file", f"{self.dir}/daemon.json",
             # A containerd of the machine may be shared: keep to a corner of it.
             "--containerd-namespace", f"berth-it-{self.name}",
             "--containerd-plugins-namespace", f"berth-it-plugins-{self.name}",
             *self.dockerd_options],
            stdout=log, stderr=log, env=self.dockerd_environment(), preexec_fn=stop_with_parent)
        wait_for(self.dockerd_answers, "dockerd answers", 60)

    def dockerd_environment(self):
        if not self.path:
            return None
        return {**os.environ, "PATH": f"{self.path}:{os.environ['PATH']}"}

    def restart_dockerd(self):
        end(self.dockerd)
        self.start_dockerd()

    def dockerd_answers(self):
        if self.dockerd.poll() is not None:
            with open(os.path.join(self.dir, "dockerd.log")) as f:
                raise AssertionError("dockerd has ended:\n" + "".join(f.readlines()[-20:]))
        try:
            return self.api("/_ping") == "OK"
        except OSError:
            return False

    def api(self, path):
        """GET from Docker's API: the decoded JSON, or the text where it is none."""
        connection = UnixConnection(self.docker_socket)
        try:
            connection.request("GET", path)
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        return json.loads(text) if text[:1] in "[{" else text

    def docker(self, *argv, **kwargs):
        """Runs the docker command and returns its stdout."""
        return run("docker", "-H", f"unix://{self.docker_socket}", *argv, **kwargs)

    def serve(self, name, service=None, *options, labels=(), env=(), expose=(8080,)):
        """Starts a container that answers with its own name, and waits until it does. Its id."""
        argv = ["run", "-d", "--name", name, "--hostname", name]
        if service:
            argv += ["--label", f"SERVICE_NAME={service}"]
        for port in expose:
            argv += ["--expose", str(port)]
        for label in labels:
            argv += ["--label", label]
        for pair in env:
            argv += ["--env", pair]
        container = self.docker(*argv, *options, image.NAME)
        wait_for(lambda: self.answers(name, env), f"{name} answers by itself")
        return container

    def answers(self, name, env):
        document = self.api(f"/containers/{name}/json")
        networks = document["NetworkSettings"]["Networks"].values()
        address = next(iter(networks))["IPAddress"] or "127.0.0.1"
        port = next((int(pair[5:]) for pair in env if pair.startswith("PORT=")), 8080)
        assert document["State"]["Running"], self.docker("logs", name)
        return try_ask(port, address=address, timeout=1) == name

    def remove_containers(self):
        ids = self.docker("ps", "-aq").split()
        if ids:
            self.docker("rm", "-f", *ids)

    def stop(self):
        if self.dockerd and self.dockerd.poll() is None:
            self.remove_containers()
            end(self.dockerd)
        if self.outside:
            self.outside.kill()
            self.outside.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
        if self.before is not None:
            return_to_network(self.before)
