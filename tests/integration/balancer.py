"""A load balancer in marathon-lb's manner, for `berth deploy`: a real HAProxy whose configuration
follows the fake Marathon. Two apps of one HAPROXY_DEPLOYMENT_GROUP share a backend; as many tasks
of the older one are disabled as the newer one replaces. Names and statistics are marathon-lb's."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request

from procs import die_with_parent, end, wait_for
from traffic import try_ask

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

HEAD = """global
    maxconn 1000
    description number {number}
    stats socket {dir}/lb.sock mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option redispatch
    retries 3
    option idle-close-on-response
listen stats
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /haproxy?stats
"""


def group_of(definition):
    return definition["labels"].get("HAPROXY_DEPLOYMENT_GROUP", definition["id"])


def is_well(definition, task):
    return task["state"] == "TASK_RUNNING" and (task["alive"] or not definition["healthChecks"])


def draining(old, old_tasks, new, new_tasks):
    """Tasks of the older app that the newer one replaces."""
    ready = sum(is_well(new, t) for t in new_tasks)
    target = int(new["labels"]["HAPROXY_DEPLOYMENT_TARGET_INSTANCES"])
    count = max(0, min(ready, len(old_tasks), ready + len(old_tasks) - target))
    return {t["id"] for t in old_tasks[:count]}


class Balancer:
    def __init__(self, marathon, directory, stats=9090):
        self.marathon, self.dir, self.stats = marathon, directory, stats
        self.config = os.path.join(directory, "lb.cfg")
        self.text, self.process = None, None
        self.number, self.told = 0, 0.0  # of the text; when HAProxy was told of it
        self.fewest = None  # servers that took traffic at the worst moment, once there are some
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.follow, daemon=True)

    def __enter__(self):
        self.write(self.render())
        self.process = subprocess.Popen(["haproxy", "-W", "-f", self.config],
                                        stderr=open(os.path.join(self.dir, "lb.log"), "ab"),
                                        preexec_fn=die_with_parent)
        wait_for(lambda: self.csv() is not None, "the load balancer answers")
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.over.set()
        self.thread.join(30)
        end(self.process)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.stats}"

    def csv(self):
        try:
            return OPENER.open(f"{self.url}/haproxy?stats;csv", timeout=5).read().decode()
        except OSError:
            return None

    def follow(self):
        while not self.over.wait(0.05):
            text = self.render()
            if text != self.text:
                self.write(text)
                self.tell()
            elif time.monotonic() - self.told > 2 and self.running() != self.number:
                self.tell()  # a master that is reloading may lose a signal

    def tell(self):
        self.told = time.monotonic()
        self.process.send_signal(signal.SIGUSR2)

    def running(self):
        """The number of the text that HAProxy runs; None: it does not say."""
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(5)
                s.connect(os.path.join(self.dir, "lb.sock"))
                s.sendall(b"show info\n")
                answer = b"".join(iter(lambda: s.recv(65536), b"")).decode()
        except OSError:
            return None
        found = re.search(r"^description: number (\d+)$", answer, re.MULTILINE)
        return int(found.group(1)) if found else None

    def write(self, text):
        self.text, self.number = text, self.number + 1
        with open(self.config + ".new", "w") as f:
            f.write(HEAD.format(dir=self.dir, stats=self.stats, number=self.number) + text)
        os.rename(self.config + ".new", self.config)

    def render(self):
        with self.marathon.lock:
            groups = {}
            for definition in self.marathon.apps.values():
                groups.setdefault(group_of(definition), []).append(definition)
            sections = [self.section(name, apps) for name, apps in sorted(groups.items())]
        return "".join(sections)

    def section(self, name, apps):
        apps.sort(key=lambda a: a["labels"].get("HAPROXY_DEPLOYMENT_STARTED_AT", ""))
        tasks = [[t for t in self.marathon.tasks[a["id"]]
                  if t["state"] in ("TASK_RUNNING", "TASK_KILLING")] for a in apps]
        off = {t["id"] for group in tasks for t in group if t["state"] == "TASK_KILLING"}
        if len(apps) == 2:
            off |= draining(apps[0], tasks[0], apps[1], tasks[1])
        port = apps[0]["labels"]["HAPROXY_0_PORT"]
        lines = [f"frontend {name}_{port}\n    bind 127.0.0.1:{port}\n"
                 f"    default_backend {name}_{port}\nbackend {name}_{port}\n"]
        serving = 0
        for definition, group in zip(apps, tasks):
            for t in group:
                if not is_well(definition, t) and t["id"] not in off:
                    continue
                server = f"{t['host']}_{t['ports'][0]}".replace(".", "_")
                serving += t["id"] not in off
                lines.append(f"    server {server} {t['host']}:{t['ports'][0]}"
                             f"{' disabled' if t['id'] in off else ''}\n")
        self.count(serving)
        return "".join(lines)

    def count(self, serving):
        if self.fewest is None:
            self.fewest = serving or None
        else:
            self.fewest = min(self.fewest, serving)

    def answers(self, port):
        return try_ask(port)
