"""The program under test: started with files of its own, stopped by pid, its log searched."""

import glob
import json
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request

import haproxy
from procs import Timeout, die_with_parent, end, run, wait_for

BUILD = os.environ.get("BERTH_BUILD", os.path.join(os.path.dirname(__file__), "../../build-tests"))
BERTH = os.path.join(BUILD, "berth")
ADMIN = "127.0.0.1:7707"
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|SUMMARY: \w*Sanitizer")

# Nothing on the way may see the tests' requests.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def berth(*argv):
    """Runs a berth command; returns exit status, stdout, stderr."""
    done = subprocess.run([BERTH, *argv], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


class Agent:
    def __init__(self, directory, docker_socket):
        self.run_dir = os.path.join(directory, "run")
        self.log_path = os.path.join(directory, "agent.log")
        self.options = {"agent.run_dir": self.run_dir,
                        "agent.state_dir": os.path.join(directory, "state"),
                        "agent.node": "it-node",
                        "registrator.services_dir": os.path.join(directory, "services.d"),
                        "docker.socket": docker_socket}
        self.haproxy = haproxy.Haproxy(os.path.join(self.run_dir, "haproxy"))
        self.prefix = []  # a command that becomes the agent
        self.config = "/dev/null"  # its file; what 'options' has counts more
        self.program = BERTH
        self.process = None
        self.token = None  # of [agent] admin_token_file

    def start(self, wait=True, **options):
        """Starts berth agent; keywords are options with '__' for the dot. Waits for /health."""
        self.options.update({key.replace("__", "."): value for key, value in options.items()})
        argv = [*self.prefix, self.program, "agent", "-c", self.config]
        for key, value in self.options.items():
            argv += ["-o", f"{key}={value}"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(argv, stderr=log, stdin=subprocess.DEVNULL,
                                            preexec_fn=die_with_parent)
        if wait:
            self.wait_until_healthy()

    def wait_until_healthy(self):
        self.poll(lambda: self.get("/health")[0] == 200, "the agent is healthy", 30)

    def get(self, path):
        """Asks the admin server; returns status and body. Status 0: nobody answers."""
        assert self.process.poll() is None, f"the agent has ended:\n{self.log_tail()}"
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = urllib.request.Request(f"http://{ADMIN}{path}", headers=headers)
        try:
            with OPENER.open(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def state(self):
        status, body = self.get("/v1/state")
        assert status == 200, (status, body)
        return json.loads(body)

    def wait(self, condition, what, timeout=20.0):
        """Waits until condition(state) is true; returns the state."""
        def look():
            state = self.state()
            return state if condition(state) else None
        return self.poll(look, what, timeout)

    def poll(self, condition, what, timeout=20.0):
        try:
            return wait_for(condition, what, timeout)
        except Timeout as error:
            raise Timeout(f"{error}\n{self.log_tail()}") from None

    def wait_for_log(self, text, timeout=20.0):
        self.poll(lambda: text in self.log(), f"the log says '{text}'", timeout)

    def servers(self, service, state=None):
        """Servers of a service in HAProxy, as /v1/state tells them."""
        current = state or self.state()
        return [s for b in current["backends"] if b["service"] == service for s in b["servers"]]

    def wait_for_servers(self, service, count, timeout=20.0):
        """Waits until exactly 'count' servers of the service are up and no other one is left."""
        def settled(state):
            servers = self.servers(service, state)
            return len(servers) == count and all(s["state"] == "up" for s in servers)
        return self.wait(settled, f"{count} servers of {service} are up", timeout)

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def log_tail(self):
        return "agent's log:\n" + "\n".join(self.log().splitlines()[-40:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM; the agent must end well, leak checker included."""
        status = end(self.process)
        assert status == 0, f"exit status {status}\n{self.log_tail()}"

    def clean_up(self):
        """Ends agent and HAProxy, removes what they leave, and reads the log for sanitizers."""
        if self.process and self.process.poll() is None:
            self.stop()
        self.haproxy.stop()
        for family in ("ip", "ip6"):
            run("nft", "delete", "table", family, "berth", check=False)
        for rule in run("iptables", "-S", "DOCKER-USER", check=False).splitlines():
            if "--comment berth" in rule.replace('"', ""):
                run("iptables", "-D", *rule.replace('"', "").split()[1:])
        # berth leaves it on, beside the guard that has just been removed.
        for path in glob.glob("/proc/sys/net/ipv4/conf/*/route_localnet"):
            with open(path, "w") as f:
                f.write("0")
        if os.path.exists(self.log_path):
            assert not SANITIZER.search(self.log()), self.log()
