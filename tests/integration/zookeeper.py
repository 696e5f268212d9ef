"""A real ZooKeeper, as one server on 127.0.0.1 with a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess

from procs import die_with_parent, end, wait_for

try:
    from kazoo.client import KazooClient
    from kazoo.exceptions import KazooException, NoNodeError
    from kazoo.handlers.threading import KazooTimeoutError
except ImportError:
    KazooClient = None

JAR = "/usr/share/java/zookeeper.jar"


def missing():
    if not shutil.which("java"):
        return "there is no java here"
    if not os.path.exists(JAR):
        return f"there is no {JAR} (Debian's package zookeeper)"
    if not KazooClient:
        return "there is no kazoo for Python (Debian's package python3-kazoo)"
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ZooKeeper:
    def __init__(self, directory):
        self.directory = directory
        self.log_path = os.path.join(directory, "zookeeper.log")
        self.address = f"127.0.0.1:{free_port()}"
        self.session = 60000  # milliseconds that a session lasts, whatever its client asks for
        self.bind = "127.0.0.1"
        self.main = "ZooKeeperServerMain"
        self.quorum = ""  # lines of its configuration
        self.process = None
        self.client = None

    def start(self, wait=True):
        """Starts it with the data that it had."""
        config = os.path.join(self.directory, "zoo.cfg")
        with open(config, "w") as f:
            f.write(f"tickTime=1000\ndataDir={self.directory}/data\n"
                    f"minSessionTimeout={self.session}\nmaxSessionTimeout={self.session}\n"
                    f"clientPortAddress={self.bind}\nclientPort={self.address.split(':')[1]}\n"
                    f"admin.enableServer=false\nmaxClientCnxns=0\n{self.quorum}")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                ["java", "-Xmx128m", "-cp", JAR,
                 f"org.apache.zookeeper.server.{self.main}", config],
                stdout=log, stderr=log, cwd=self.directory, preexec_fn=die_with_parent)
        if wait:
            self.wait()

    def wait(self):
        wait_for(self.answers, f"ZooKeeper answers (log: {self.log_path})", 90)

    def answers(self):
        assert self.process.poll() is None, f"ZooKeeper has ended, see {self.log_path}"
        if not self.client:
            client = KazooClient(hosts=self.address, timeout=20)
            try:
                client.start(timeout=5)
            except KazooTimeoutError:
                client.stop()
                client.close()
                return False
            self.client = client
        try:
            return self.client.exists("/") is not None
        except KazooException:
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.client:
            self.client.stop()
            self.client.close()
        if self.process:
            end(self.process)

    def tree(self, path):
        """{path: data} of every node without children below 'path'; a node that goes while we
        look is left out."""
        found = {}
        try:
            children = self.client.get_children(path)
            if not children:
                return {path: self.client.get(path)[0].decode()}
            for child in children:
                found.update(self.tree(f"{path}/{child}"))
        except NoNodeError:
            pass
        return found

    def owner(self, path):
        return self.client.get(path)[1].ephemeralOwner


def ensemble(directory):
    """Three servers that elect a leader; not started."""
    servers = []
    for number in (1, 2, 3):
        own = os.path.join(directory, str(number))
        os.makedirs(os.path.join(own, "data"))
        with open(os.path.join(own, "data", "myid"), "w") as f:
            f.write(f"{number}\n")
        servers.append(ZooKeeper(own))
    lines = "".join(f"server.{number}=127.0.0.1:{free_port()}:{free_port()}\n"
                    for number in (1, 2, 3))
    for server in servers:
        server.main = "quorum.QuorumPeerMain"
        server.quorum = f"initLimit=20\nsyncLimit=10\n{lines}"
    return servers
