"""Three Consul servers on loopback, each with an address of its own."""

import json
import os
import subprocess
import urllib.request

from consul import OPENER, PROGRAM
from procs import die_with_parent, wait_for

ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")


class Server:
    def __init__(self, directory, address):
        self.address = address
        self.url = f"http://{address}:8500"
        self.directory = os.path.join(directory, f"consul-{address}")
        self.log_path = f"{self.directory}.log"
        self.process = None

    def start(self):
        """With the state that it had, where it ran before."""
        join = [f"-retry-join={address}" for address in ADDRESSES if address != self.address]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "agent", "-server", f"-bootstrap-expect={len(ADDRESSES)}",
                 f"-node=consul-{self.address}", f"-bind={self.address}", f"-client={self.address}",
                 f"-data-dir={self.directory}", "-dns-port=-1", "-log-level=warn",
                 "-retry-interval=1s", "-hcl=performance { raft_multiplier = 1 }", *join],
                stdout=log, stderr=log, preexec_fn=die_with_parent)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def get(self, path):
        """None where it has no answer."""
        try:
            with OPENER.open(self.url + path, timeout=10) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None

    def put(self, path, body):
        """Whether it was taken."""
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode(),
                                         method="PUT")
        try:
            OPENER.open(request, timeout=10).close()
        except OSError:
            return False
        return True


class Cluster:
    def __init__(self, directory):
        self.servers = [Server(directory, address) for address in ADDRESSES]

    def start(self):
        for server in self.servers:
            server.start()
        self.wait_for_leader()

    def stop(self):
        for server in self.servers:
            server.kill()

    def leader(self):
        """The server that all others that run take for their leader, or None."""
        running = [server for server in self.servers if server.process]
        told = {server.get("/v1/status/leader") for server in running}
        address = (told.pop() or "").partition(":")[0] if len(told) == 1 else ""
        return next((server for server in running if server.address == address), None)

    def wait_for_leader(self):
        """Waits until there is one that takes writes, and returns it."""
        def look():
            leader = self.leader()
            return leader if leader and leader.put("/v1/kv/test", "it takes writes") else None
        return wait_for(look, "Consul's servers have a leader", 120, 0.2)

    def follower(self):
        leader = self.wait_for_leader()
        return next(s for s in self.servers if s.process and s is not leader)

    def register(self, service, instance, address, port, service_port):
        """As somebody else than berth does, until it is taken."""
        body = {"Node": f"vm-{instance}", "Address": address,
                "Service": {"ID": f"{service}-{instance}", "Service": service, "Port": port,
                            "Meta": {"service-port": str(service_port)}}}
        wait_for(lambda: self.follower().put("/v1/catalog/register", body),
                 f"{service}-{instance} is registered", 120, 0.2)
