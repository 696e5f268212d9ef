"""The HAProxy that berth manages, asked directly over its own socket."""

import os
import signal
import socket

from procs import wait_for


class Haproxy:
    def __init__(self, directory):
        self.dir = directory

    def path(self, name):
        return os.path.join(self.dir, name)

    def command(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(self.path("haproxy.sock"))
            s.sendall(line.encode() + b"\n")
            answer = b""
            while chunk := s.recv(65536):
                answer += chunk
        return answer.decode()

    def info(self, key):
        for line in self.command("show info").splitlines():
            name, _, value = line.partition(": ")
            if name == key:
                return value
        raise KeyError(key)

    def worker(self):
        """Pid of the worker: another one means that HAProxy was reloaded or restarted."""
        return int(self.info("Pid"))

    def servers(self):
        """{(backend, server): {column: value}} from show servers state."""
        lines = self.command("show servers state").splitlines()
        columns = lines[1].lstrip("# ").split()
        rows = [dict(zip(columns, line.split())) for line in lines[2:] if line]
        return {(row["be_name"], row["srv_name"]): row for row in rows}

    def draining(self):
        """Addresses "host:port" of the servers that get nothing new."""
        return {f"{s['srv_addr']}:{s['srv_port']}" for s in self.servers().values()
                if int(s["srv_admin_state"]) or s["srv_uweight"] == "0"}

    def config(self):
        with open(self.path("haproxy.cfg")) as f:
            return f.read()

    def master(self):
        """Pid of the master process, or None."""
        try:
            with open(self.path("haproxy.pid")) as f:
                pid = int(f.readline())
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def stop(self):
        pid = self.master()
        if pid:
            os.kill(pid, signal.SIGTERM)
            wait_for(lambda: not self.master(), "HAProxy ends", 30)
