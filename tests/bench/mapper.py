"""berth's own portmap room in a namespace, by tests/integration/portmap-driver."""

import resource
import subprocess
import threading

from hosts import CONTAINER, container_address, container_id
from report import built

FILES = 65536
FILES_EACH = 2   # descriptors that the room holds for each mapping
FILES_OTHER = 64
PATIENCE = 60  # seconds until a pass counts as failed


def most_mappings():
    """Raises the limit of open files as far as it goes; how many mappings that allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(FILES, soft), max(FILES, hard)))
    except ValueError:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FILES_OTHER) // FILES_EACH


TARGET = "f" * 64


class Mapper:
    """want() hands over a list of containers; the pass of the room is timed by itself."""

    def __init__(self, host, first, last):
        self.process = host.start(
            built("tests/integration/portmap-driver"), str(first), str(last), "3600", "0",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.ports = {}  # (id, container port): host port

    def want(self, endpoints):
        """'endpoints' are (id, address, port). Microseconds from then to the committed mapping."""
        lines = "".join(f"{id} {address} {port} tcp\n" for id, address, port in endpoints)
        patience = threading.Timer(PATIENCE, self.process.kill)
        patience.start()
        try:
            self.process.stdin.write(lines + "want\n")
            self.process.stdin.flush()
            return self.read_passes(len(endpoints))
        finally:
            patience.cancel()

    def read_passes(self, expected):
        """Up to the first that has them all; those before it count, too."""
        spent, ports, problems = 0, {}, []
        for line in self.process.stdout:
            words = line.split()
            if words[0] == "mapping":
                target = words[4].rsplit(":", 1)
                ports[words[3], int(target[1])] = int(words[2].rsplit(":", 1)[-1])
            elif words[0] == "problem":
                problems.append(line.strip())
            elif words[0] == "wanted":  # what came before belongs to an earlier list
                spent, ports, problems = 0, {}, []
            elif words[0] == "pass":
                spent += int(words[2])
                if words[1] == "ok" and len(ports) == expected:
                    self.ports = ports
                    return spent
                ports = {}
        raise AssertionError(f"not within {PATIENCE} s: {expected} mappings; {problems[:3]}")


def crowd(n):
    """'n' containers that are not there; their mappings lead nowhere."""
    return [(container_id(k), container_address(k), 80) for k in range(n)]


def target(port):
    """The container that is there. Its id comes last."""
    return (TARGET, CONTAINER, port)
