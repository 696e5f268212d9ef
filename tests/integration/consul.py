"""A real Consul, as one development server on 127.0.0.1."""

import json
import os
import shutil
import subprocess
import urllib.request

from procs import die_with_parent, end, wait_for

PROGRAM = os.environ.get("BERTH_CONSUL") or shutil.which("consul")
URL = "http://127.0.0.1:8500"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Consul:
    def __init__(self, directory):
        self.log_path = os.path.join(directory, "consul.log")
        self.process = None

    def start(self):
        """Starts with an empty catalog: -dev keeps its state in memory."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "agent", "-dev", "-bind", "127.0.0.1", "-log-level", "warn"],
                stdout=log, stderr=log, preexec_fn=die_with_parent)
        wait_for(self.has_leader, f"Consul has a leader (log: {self.log_path})", 60)

    def stop(self):
        if self.process:
            end(self.process)

    def get(self, path):
        with OPENER.open(URL + path, timeout=10) as answer:
            return json.load(answer)

    def put(self, path, body=b""):
        request = urllib.request.Request(URL + path, data=body, method="PUT")
        with OPENER.open(request, timeout=10) as answer:
            return answer.read()

    def has_leader(self):
        assert self.process.poll() is None, "consul has ended"
        try:
            return bool(self.get("/v1/status/leader"))
        except OSError:
            return False

    def services(self):
        """What is registered with the agent: {id: service}, berth's own for containers only."""
        return {key: value for key, value in self.get("/v1/agent/services").items()
                if "berth-node" in (value.get("Meta") or {}) and "berth-lb" not in value["Meta"]}

    def announced(self):
        """What load balancers say of themselves: {id: service}."""
        return {key: value for key, value in self.get("/v1/agent/services").items()
                if "berth-lb" in (value.get("Meta") or {})}

    def health(self, service):
        return self.get(f"/v1/health/service/{service}")
