"""The catalog's reader alone, for bench-lb: tests/bench/catalog-watch against the node's Consul."""

import os
import subprocess
import threading
import time

import report
import watch
from catalog import CHANGING
from procs import die_with_parent, end, wait_for

PAUSE = 0.1  # seconds between changes


class Reader:
    def __init__(self, node):
        self.node = node
        self.lines = []
        self.process = None

    def __enter__(self):
        """Waits until it has read everything; 'settled' is how long that took, in s."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [report.built("tests/bench/catalog-watch"), self.node.consul_url(),
             os.path.join(self.node.folder.name, "catalog.json")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=die_with_parent)
        threading.Thread(target=self.read, daemon=True).start()
        wait_for(lambda: self.lines, "the catalog is read", 300)
        self.settled = time.monotonic() - began
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        end(self.process)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.split())

    def change(self, instance, come):
        """One comes or goes; ms from the request to Consul until the reader knows."""
        before, began = len(self.lines), time.time_ns()
        (self.node.catalog.add if come else self.node.catalog.remove)(instance)
        seen = wait_for(lambda: next((line for line in self.lines[before:] if line[0] == "change" and
                                      line[2] == CHANGING), None), "the change is seen", 60, 0.001)
        return (int(seen[1]) - began) / 1e6

    def measure(self, rounds):
        """Times of changes in ms, and the CPU time of one in ms."""
        times, before = [], watch.cpu([self.process.pid])
        for n in range(2 * rounds):
            times.append(self.change(150 + n // 2 % 50, n % 2 == 0))
            time.sleep(PAUSE)
        return times, (watch.cpu([self.process.pid]) - before) * 1000 / len(times)
