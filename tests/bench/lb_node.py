"""A load balancer's node for bench-lb: berth with HAProxy, Consul, and a catalog of many services.

One process stands for all instances: it answers with the port that was asked.
"""

import glob
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import report
from catalog import CHANGING, Catalog

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../integration"))

from agent import Agent  # noqa: E402
from consul import URL, Consul  # noqa: E402
from fakedocker import FakeDocker  # noqa: E402
from procs import Timeout, die_with_parent, wait_for  # noqa: E402

HTTP = 8080
FIRST, LAST = 21000, 21200  # ports of the services; those from LATE on come and go
LATE = 100
VHOST = f"{CHANGING}.bench"
CONSUL_PORT = 8500
EARLIER = 2  # intervals of Consul's telemetry that began before the question

SERVER = """global
    nbthread 1
    maxconn 4000
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
frontend answer
    bind 127.0.0.1:{first}-{last}
    http-request return status 200 content-type text/plain lf-string %[dst_port]
"""


TEMPLATE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../conf/haproxy.ctmpl")
CHECKS = re.compile(r" check inter .* on-error mark-down")


class Node:
    def __init__(self, options, size):
        self.options, self.size = options, size
        self.folder = tempfile.TemporaryDirectory(prefix="berth-bench-")
        directory = self.folder.name
        path = os.path.join(directory, "docker.sock")
        self.docker = FakeDocker(path)
        self.consul = Consul(directory)
        self.agent = Agent(directory, path)
        self.agent.options.update({"agent.address": "127.0.0.1", "registrator.registry": URL,
                                   "portmap.enabled": "no", "lb.http_port": str(HTTP),
                                   "lb.bind": "127.0.0.1", "agent.log_level": "warn"})
        self.server = None

    def __enter__(self):
        try:
            self.start_server()
            self.consul.start()
            self.catalog = Catalog(FIRST)
            self.servers = self.catalog.fill(self.size, self.options.instances)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        self.agent.clean_up()
        self.consul.stop()
        self.docker.end()
        if self.server:
            self.server.kill()
            self.server.wait()
        self.folder.cleanup()

    def start_server(self):
        """One process stands for all instances: it answers with the port that was asked."""
        path = os.path.join(self.folder.name, "server.cfg")
        with open(path, "w") as f:
            f.write(SERVER.format(first=FIRST, last=LAST))
        self.server = subprocess.Popen([report.find_program("haproxy"), "-db", "-f", path],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       preexec_fn=die_with_parent)
        wait_for(lambda: ask(FIRST, VHOST) == str(FIRST), "the instances answer")

    def leave_out_checks(self):
        """HAProxy takes a descriptor for each server that it checks, and may not have so many."""
        path = os.path.join(self.folder.name, "unchecked.ctmpl")
        with open(TEMPLATE) as template, open(path, "w") as f:
            text, n = CHECKS.subn("", template.read())
            assert n == 1, "the template has other server lines than expected"
            f.write(text)
        self.agent.options["lb.template"] = path

    def start_agent(self):
        """Seconds until HAProxy has every server; None where that does not come about."""
        began = time.monotonic()
        self.agent.start(wait=False)
        try:
            wait_for(lambda: self.configured() >= self.servers, "all are configured",
                     self.options.patience, 0.05)
            wait_for(lambda: ask(HTTP, VHOST), "the last service answers",
                     self.options.patience, 0.05)
        except Timeout:
            return None
        return time.monotonic() - began

    def last_words(self):
        """The newest warning or error of the agent."""
        lines = [line for line in self.agent.log().splitlines()
                 if " warn " in line or " err " in line]
        return lines[-1] if lines else "none"

    def configured(self):
        try:
            return len(re.findall(r"^ +server ", self.agent.haproxy.config(), re.MULTILINE))
        except FileNotFoundError:
            return 0

    def haproxies(self):
        """Pids of the master and its workers."""
        master = self.agent.haproxy.master()
        with open(f"/proc/{master}/task/{master}/children") as f:
            return [master] + [int(pid) for pid in f.read().split()]

    def consul_url(self):
        return URL

    def connections(self, pid):
        """How many the process has to Consul."""
        with open("/proc/net/tcp") as f:
            rows = [line.split() for line in f][1:]
        inodes = {row[9] for row in rows
                  if int(row[2].split(":")[1], 16) == CONSUL_PORT and row[3] == "01"}
        links = set()
        for path in glob.glob(f"/proc/{pid}/fd/*"):
            try:
                links.add(os.readlink(path))
            except FileNotFoundError:
                pass
        return len({f"socket:[{inode}]" for inode in inodes} & links)

    def requests_per_minute(self):
        """What Consul counts while nobody changes anything: telemetry of 10 s intervals, of which
        it tells the last that is over. Our own questions are left out."""
        counts, deadline = {}, time.monotonic() + self.options.idle + 40
        wanted = max(1, self.options.idle // 10)
        while len(counts) < wanted + EARLIER and time.monotonic() < deadline:
            answer = self.consul.get("/v1/agent/metrics")
            counts[answer["Timestamp"]] = sum(
                sample["Count"] for sample in answer["Samples"]
                if sample["Name"].startswith("consul.http.")
                and not sample["Name"].endswith("agent.metrics"))
            time.sleep(2)
        quiet = list(counts.values())[EARLIER:]
        return sum(quiet) * 6 / len(quiet) if quiet else None


def ask(port, vhost):
    """The answer's body to one request over a connection of its own, or "" for none."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {vhost}\r\nConnection: close\r\n\r\n"
                               .encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
    except OSError:
        return ""
    head, _, body = answer.partition(b"\r\n\r\n")
    return body.decode() if b" 200 " in head.split(b"\r\n")[0] else ""
