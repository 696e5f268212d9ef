"""A virtual machine for the tests: a web server in the network namespace outside."""

import os
import subprocess

from procs import die_with_parent, end, wait_for
from sandbox import OUTSIDE
from traffic import try_ask


class Machine:
    def __init__(self, host, directory, name, port):
        self.host, self.name, self.port = host, name, port
        self.www = os.path.join(directory, name)
        self.process = None
        os.makedirs(self.www)
        for page in ("index.html", "health"):
            with open(os.path.join(self.www, page), "w") as f:
                f.write(name)

    def start(self):
        self.process = subprocess.Popen(
            ["nsenter", "-t", str(self.host.outside.pid), "--net", "busybox", "httpd", "-f",
             "-p", f"{OUTSIDE}:{self.port}", "-h", self.www], preexec_fn=die_with_parent)
        wait_for(lambda: try_ask(self.port, address=OUTSIDE, timeout=5) == self.name,
                 f"{self.name} answers by itself")

    def stop(self):
        if self.process:
            end(self.process)
            self.process = None


class Files:
    """services.d: files that are replaced as editors do it."""

    def __init__(self, path):
        self.path = path
        os.makedirs(path, exist_ok=True)

    def write(self, name, text):
        hidden = os.path.join(self.path, f".{name}.new")
        with open(hidden, "w") as f:
            f.write(text)
        os.rename(hidden, os.path.join(self.path, name))

    def remove(self, name):
        os.unlink(os.path.join(self.path, name))
