"""HTTP load of about a given rate, for bench-lb: by wrk, with a pause before each request."""

import os
import re
import subprocess

from lb_node import HTTP, VHOST
from procs import die_with_parent

DELAY = """function delay() return {ms} end
wrk.headers["Host"] = "{host}"
{close}
"""


class Load:
    """Two wrks with a pause before each request, one of them with a connection a request."""

    def __init__(self, node, rate, seconds):
        self.processes = []
        for name, close in (("kept", ""), ("close", 'wrk.headers["Connection"] = "close"')):
            path = os.path.join(node.folder.name, f"{name}.lua")
            with open(path, "w") as f:
                f.write(DELAY.format(ms=10, host=VHOST, close=close))
            self.processes.append(subprocess.Popen(
                ["wrk", "-t", "1", "-c", str(max(1, rate // 200)), "-d", f"{seconds}s", "--latency",
                 "-s", path, f"http://127.0.0.1:{HTTP}/"],
                stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent))

    def result(self):
        """Requests, failures, and the p99 of both in ms."""
        requests, failed, p99 = 0, 0, []
        for process in self.processes:
            text = process.communicate(timeout=120)[0]
            requests += int(re.search(r"(\d+) requests in", text)[1])
            for pattern in (r"connect (\d+), read (\d+), write (\d+), timeout (\d+)",
                            r"Non-2xx or 3xx responses: (\d+)"):
                found = re.search(pattern, text)
                failed += sum(map(int, found.groups())) if found else 0
            p99.append(milliseconds(re.search(r"99% +([\d.]+)(us|ms|s)", text)))
        return requests, failed, p99


def milliseconds(found):
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]
