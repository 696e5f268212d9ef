"""Who waits for what: Docker's start events, Consul's blocking queries, a client that only PUTs."""

import http.client
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../integration"))

from procs import wait_for  # noqa: E402
from sandbox import UnixConnection  # noqa: E402


class Starts(threading.Thread):
    """Reads Docker's events: {container name: time of its start, in ns since 1970}."""

    def __init__(self, path, on_start=lambda name: None):
        super().__init__(daemon=True)
        self.times = {}
        self.on_start = on_start
        connection = UnixConnection(path)
        connection.timeout = None
        connection.request("GET", '/events?filters={"event":["start"]}')
        self.answer = connection.getresponse()

    def run(self):
        for line in self.answer:
            event = json.loads(line)
            name = event["Actor"]["Attributes"]["name"]
            self.on_start(name)
            self.times[name] = event["timeNano"]

    def of(self, name):
        return wait_for(lambda: self.times.get(name), f"the start of {name}")


class Watcher(threading.Thread):
    """A blocking query on one service: when was an instance seen first?"""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service = service
        self.seen = {}
        self.connection = http.client.HTTPConnection("127.0.0.1", 8500)
        self.index = self.ask(0)

    def ask(self, index):
        self.connection.request("GET", f"/v1/health/service/{self.service}?index={index}&wait=300s")
        answer = self.connection.getresponse()
        entries = json.load(answer)
        now = time.time_ns()
        for entry in entries:
            self.seen.setdefault(entry["Service"]["ID"], now)
        return int(answer.headers["X-Consul-Index"])

    def run(self):
        try:
            while True:
                self.index = self.ask(self.index)
        except (OSError, ValueError, http.client.HTTPException):
            pass  # Consul has ended, and so has the measurement

    def first(self, instance):
        return wait_for(lambda: self.seen.get(instance), f"{instance} is visible", pause=0.001)


class BareClient:
    """Registers over a kept connection, and knows nothing."""

    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", 8500)

    def register(self, instance):
        """Returns when the PUT was sent."""
        body = json.dumps({"ID": instance, "Name": "floor", "Address": "10.99.0.1",
                           "Port": 1000, "Meta": {"container-port": "8080"}})
        sent = time.time_ns()
        self.connection.request("PUT", "/v1/agent/service/register", body)
        self.connection.getresponse().read()
        return sent


def memory(pid):
    """Resident and anonymous memory in MB."""
    with open(f"/proc/{pid}/status") as f:
        fields = dict(line.split(":", 1) for line in f)
    return tuple(int(fields[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon"))


def cpu(pids):
    """Seconds of CPU time of the processes and of those of their children that have ended."""
    ticks = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as f:
                ticks += sum(int(word) for word in f.read().rsplit(")", 1)[1].split()[11:15])
        except FileNotFoundError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")
