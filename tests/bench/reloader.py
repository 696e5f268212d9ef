"""The other way, for bench-lb: a script that writes the configuration anew and reloads HAProxy."""

import http.client
import os
import re
import signal
import threading
import time

from lb_node import CONSUL_PORT, FIRST
from catalog import CHANGING
from procs import Timeout, wait_for

RELOAD_LOST = 15  # seconds after which a signal has surely been lost
RELOAD_PAUSE = 0.1  # seconds after which the master surely takes signals


class Reloader(threading.Thread):
    """Keeps the first service in step as a program does that renders and reloads. Each change of
    the service writes berth's last configuration anew with that service's servers."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.haproxy = node.agent.haproxy
        self.path = self.haproxy.path("haproxy.cfg")
        with open(self.path) as f:
            self.text = f.read()
        # The service has one server now: its line is the pattern.
        self.line = re.search(rf"^( +server )(\S+)( 127\.0\.0\.1:){FIRST}\b(.*)$", self.part(),
                              re.MULTILINE)
        assert self.line, "the backend has no server at its first port"
        self.reloads = 0
        self.over = False
        self.ports = None

    def part(self):
        """The backend of the first service."""
        with_backend = re.search(rf"^backend [^\n]*{CHANGING}\n(?:[ \t][^\n]*\n|\n)*", self.text,
                                 re.MULTILINE)
        assert with_backend, "berth's configuration has no backend for it"
        return with_backend[0]

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", CONSUL_PORT)
        index = 0
        while not self.over:
            try:
                connection.request("GET", f"/v1/health/service/{CHANGING}?index={index}&wait=60s")
                answer = connection.getresponse()
                text = answer.read().decode()
            except (OSError, http.client.HTTPException):
                return  # Consul has ended, and so has the measurement
            index = answer.headers["X-Consul-Index"]
            self.apply(sorted({int(port) for port in re.findall(r'"Port":\s*(2\d{4})', text)}))

    def apply(self, ports):
        if ports == self.ports or self.over:
            return
        first, self.ports = self.ports is None, ports
        if first:
            return
        lines = [self.line[1] + self.line[2] + (f"-{port}" if port != FIRST else "") +
                 self.line[3] + str(port) + re.sub(r"\bid \d+", f"id {port}", self.line[4])
                 for port in ports]
        part = self.part()
        new = self.text.replace(part, part.replace(self.line[0], "\n".join(lines)))
        with open(self.path + ".new", "w") as f:
            f.write(new)
        os.rename(self.path + ".new", self.path)
        self.reload()

    def reload(self):
        """A signal that comes while the master starts anew is lost. systemd waits for the master's
        word; here, the new worker has to answer, and the master gets a moment after that. On a
        busy machine that may be too short: then the signal is sent again."""
        old = wait_for(self.worker, "a worker answers", 60, 0.005)
        self.reloads += 1
        while not self.over:
            os.kill(self.haproxy.master(), signal.SIGUSR2)
            try:
                wait_for(lambda: self.worker() not in (None, old), "a new worker answers",
                         RELOAD_LOST, 0.005)
                break
            except Timeout:
                pass
        time.sleep(RELOAD_PAUSE)

    def worker(self):
        try:
            return self.haproxy.worker()
        except (OSError, KeyError):
            return None
