"""berth in registrator's place: started with registrator's flags, stopped by pid."""

import os
import signal
import subprocess

from agent import BERTH, SANITIZER
from procs import die_with_parent, end, wait_for

NODE = "reg-node"


class Registrator:
    def __init__(self, directory, docker_host):
        self.directory = directory
        self.log_path = os.path.join(directory, "registrator.log")
        self.link = os.path.join(directory, "registrator")
        os.symlink(BERTH, self.link)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith(("CONSUL_", "DOCKER_"))}
        self.environment["DOCKER_HOST"] = docker_host
        self.process = None

    def start(self, *arguments, **environment):
        """Starts it with its options and URI; keywords are environment variables."""
        own = ("-o", f"agent.node={NODE}", "-o", f"agent.state_dir={self.directory}/state",
               "-o", f"agent.run_dir={self.directory}/run")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.link, *own, *arguments], stderr=log, stdin=subprocess.DEVNULL,
                env={**self.environment, **environment}, preexec_fn=die_with_parent)

    def run(self, *arguments):
        """Runs it to its end; returns exit status, stdout and stderr."""
        done = subprocess.run([self.link, *arguments], capture_output=True, text=True, timeout=60,
                              env=self.environment)
        return done.returncode, done.stdout, done.stderr

    def log(self):
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def wait_for_log(self, text, timeout=30):
        wait_for(lambda: text in self.log() or self.has_ended(), f"the log says '{text}'", timeout)
        assert text in self.log(), self.log()

    def has_ended(self):
        return self.process.poll() is not None

    def wait_for_end(self, timeout=60):
        """Waits until it ends by itself; returns the exit status."""
        return self.process.wait(timeout)

    def stop(self):
        status = end(self.process)
        assert status == 0, f"exit status {status}\n{self.log()}"

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def clean_up(self):
        if self.process and self.process.poll() is None:
            self.stop()
        assert not SANITIZER.search(self.log()), self.log()
