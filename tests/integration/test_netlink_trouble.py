"""The kernel's answers get lost, dumps are interrupted, rulesets change between look and deed: the
mappings are right in the end. Each fault comes about once at every place where it can; the driver
brings it about by itself (tests/integration/trouble.c)."""

import errno
import itertools
import re
import signal
import subprocess
import threading
import time

import pytest

from portmapping import ELSEWHERE, RULE, TCP_PORT, ask, run, succeeds
from procs import wait_for
from test_portmap import HOST_ADDR, containers, driver, host  # noqa: F401 (fixtures)

NOISE = "berth-pm-noise"


def kernel_map():
    """What the kernel's map has: {(protocol, port): target}."""
    text = run("nft", "list", "map", "ip", "berth", "ports", check=False)
    return {(protocol, int(port)): target.replace(" . ", ":") for protocol, port, target in
            re.findall(r"(tcp|udp) \. (\d+)[^:,]*: (\S+ \. \d+)", text)}


def targets(endpoints):
    return sorted(f"{address}:{port}" for _, address, port, _ in
                  (endpoint.split() for endpoint in endpoints))


def settle(d, endpoints, answer=None):
    """Passes until one is good and without a problem; then the kernel comes to have the mappings:
    the last change may have come after that pass."""
    answer = answer or d.want(*endpoints)
    while not (answer.ok and not answer.problems and len(answer.mappings) == len(endpoints)):
        answer = d.next_pass()
    wait_for(lambda: sorted(kernel_map().values()) == targets(endpoints), "the kernel's map")


def troubled(driver, trouble):
    succeeds("nft", "delete", "table", "ip", "berth")
    return driver(where=["env", f"BERTH_TROUBLE={trouble}"])


@pytest.mark.parametrize("whats", [(errno.ENOBUFS, errno.EAGAIN), ("dump",)])
def test_each_answer(driver, containers, whats):
    endpoints = containers[0].endpoints()
    for n in itertools.count(1):
        d = troubled(driver, f"answer:{n}:{whats[n % len(whats)]}")
        settle(d, endpoints)
        settle(d, [])
        hit = "trouble" in d.log()
        assert d.stop() == 0
        if not hit:
            break
    assert n > 20, "hardly anything was asked"


class Hand(threading.Thread):
    """Waits until the program has stopped itself, does something, and lets it go on."""

    def __init__(self, process, deed):
        super().__init__(daemon=True)
        self.process, self.deed = process, deed
        self.did = False
        self.start()

    def run(self):
        while not self.did and self.process.poll() is None:
            if self.has_stopped():
                succeeds(*self.deed)
                self.did = True
                self.process.send_signal(signal.SIGCONT)
            time.sleep(0.005)

    def has_stopped(self):
        try:
            with open(f"/proc/{self.process.pid}/stat") as f:
                return f.read().rsplit(")", 1)[1].split()[0] == "T"
        except OSError:
            return False


@pytest.mark.parametrize("deed", [("delete", "table", "ip", "berth"), ("add", "table", "ip", NOISE),
                                  ("flush", "chain", "ip", "filter", "DOCKER-USER")])
def test_changes_before_each_request(driver, containers, deed):
    """The ruleset changes after a look and before what follows, whatever that is."""
    endpoints = containers[0].endpoints()
    try:
        for n in itertools.count(1):
            d = troubled(driver, f"send:{n}:stop")
            hand = Hand(d.process, ["nft", *deed])
            settle(d, endpoints)
            wait_for(lambda: first_rule() == "-A " + " ".join(RULE), "our rule is the first")
            succeeds("nft", "delete", "table", "ip", NOISE)
            assert d.stop() == 0
            hand.join()
            if not hand.did:
                break
        assert n > 10, "hardly anything was asked"
    finally:
        succeeds("nft", "delete", "table", "ip", NOISE)
        if "RETURN" not in run("iptables", "-S", "DOCKER-USER"):
            run("iptables", "-A", "DOCKER-USER", "-j", "RETURN")


def first_rule():
    return (run("iptables", "-S", "DOCKER-USER").splitlines() + [""])[1]


def test_lost_notifications(driver, containers):
    """The kernel says only that some were lost; the table is looked at, and repaired."""
    endpoints = containers[0].endpoints()
    d = troubled(driver, f"notice:0:{errno.ENOBUFS}")
    settle(d, endpoints)
    run("nft", "delete", "table", "ip", "berth")
    wait_for(lambda: sorted(kernel_map().values()) == targets(endpoints), "the table is back")
    assert "trouble notice" in d.log()


def test_others_change_rulesets_while_mappings_come_and_go(driver, containers):
    """A hundred at a time, beside somebody who never stops; and each of them answers at last."""
    web1 = containers[0]
    many = [f"{web1.id} {web1.addr} {port} tcp" for port in range(1, 101)]
    served = f"{web1.id} {web1.addr} {TCP_PORT} tcp"
    d = driver(pool=(28500, 28650))
    noise = subprocess.Popen(
        ["sh", "-c", f"while :; do nft add table ip {NOISE}; nft add set ip {NOISE} s "
         f"'{{ type ipv4_addr; }}'; nft delete table ip {NOISE}; done"],
        stderr=subprocess.DEVNULL)
    try:
        for _ in range(5):
            settle(d, [*many, served])
            settle(d, many[:50])
            settle(d, [*many[50:], served])
            settle(d, [])
        settle(d, [*many, served])
        assert noise.poll() is None
    finally:
        noise.kill()
        noise.wait()
        succeeds("nft", "delete", "table", "ip", NOISE)
    [port] = [port for (_, port), target in kernel_map().items()
              if target == f"{web1.addr}:{TCP_PORT}"]
    assert ask(ELSEWHERE, "tcp", HOST_ADDR, port).startswith("web1 ")


def test_a_table_that_another_process_owns(driver, containers):
    """It is left alone and told; once that process is gone, and the table with it, all is well."""
    endpoints = containers[0].endpoints()
    owner = subprocess.Popen(["nft", "-i"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        owner.stdin.write(b"add table ip berth { flags owner; }\n")
        owner.stdin.flush()
        wait_for(lambda: succeeds("nft", "list", "table", "ip", "berth"), "the table is there")
        d = driver()
        assert not d.want(*endpoints).ok
        assert "another process owns the table" in d.log()
    finally:
        owner.kill()
        owner.wait()
        owner.stdin.close()
    settle(d, endpoints, d.next_pass())
