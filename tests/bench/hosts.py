"""Hosts for the benches: network namespaces and cables between them. All of it goes with its end.

    client 10.98.0.2.. ---- 10.98.0.1 host 172.17.0.1 (docker0) ---- 172.17.0.2 container
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../integration"))

from procs import die_with_parent, run  # noqa: E402

HOST, CLIENT = "10.98.0.1", "10.98.0.2"
BRIDGE, CONTAINER = "172.17.0.1", "172.17.0.2"
SOURCES = [f"10.98.0.{n}" for n in range(2, 10)]  # of the client: more 4-tuples than one has

# A client on a CPU of its own, as on another machine: where both ends meet is not the scheduler's
# choice, which would be worth more than the difference between two ways.
CLIENT_CPU, HOST_CPU = (0, 1) if os.cpu_count() > 1 else (None, None)


class Namespace:
    """One network, held by a process that does nothing."""

    def __init__(self, cpu=None):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo ready; exec sleep infinity"],
            stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        assert self.holder.stdout.readline() == b"ready\n", "no network namespace"
        self.enter = ["nsenter", "-t", str(self.holder.pid), "--net", "--"]
        if cpu is not None:
            self.enter += ["taskset", "-c", str(cpu)]
        self.children = []
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *argv, **kwargs):
        """Runs a command inside and returns its stdout."""
        return run(*self.enter, *argv, **kwargs)

    def start(self, *argv, **kwargs):
        """Starts a process inside that ends with the namespace."""
        child = subprocess.Popen([*self.enter, *argv], preexec_fn=die_with_parent, **kwargs)
        self.children.append(child)
        return child

    def start_ready(self, *argv):
        """The same with a program that says "ready"."""
        child = self.start(*argv, stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"ready\n", f"{argv[0]} does not get ready"
        return child

    def sysctl(self, name, value):
        """Sets it where there is one; says whether."""
        return self.run("sysctl", "-qw", f"{name}={value}", check=False) is not None

    def cable(self, name, other, other_name):
        run("ip", "link", "add", name, "netns", str(self.holder.pid), "type", "veth",
            "peer", "name", other_name, "netns", str(other.holder.pid))

    def address(self, device, *addresses):
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", device)
        self.run("ip", "link", "set", device, "up")

    def stop(self):
        for child in self.children:
            child.kill()
            child.wait()
        self.holder.kill()
        self.holder.wait()


class World:
    """A client on another host, a host with a bridge, and a container behind it."""

    def __init__(self):
        self.client = Namespace(CLIENT_CPU)
        self.host, self.container = Namespace(HOST_CPU), Namespace(HOST_CPU)
        self.all = [self.client, self.host, self.container]
        self.host.cable("cable", self.client, "eth0")
        self.host.address("cable", f"{HOST}/24")
        self.client.address("eth0", *(f"{source}/24" for source in SOURCES))
        self.client.run("ip", "route", "add", "default", "via", HOST)
        self.client.sysctl("net.ipv4.ip_local_port_range", "1024 65535")
        self.host.run("ip", "link", "add", "docker0", "type", "bridge")
        self.host.address("docker0", f"{BRIDGE}/16")
        self.host.cable("veth0", self.container, "eth0")
        self.host.run("ip", "link", "set", "veth0", "master", "docker0", "up")
        self.container.address("eth0", f"{CONTAINER}/16")
        self.container.run("ip", "route", "add", "default", "via", BRIDGE)
        self.host.sysctl("net.ipv4.ip_forward", "1")
        self.forget_fast()

    def forget_fast(self):
        """Closed connections leave conntrack's table at once: thousands a second would fill it."""
        for state in ("close", "time_wait", "fin_wait", "last_ack", "close_wait"):
            self.host.sysctl(f"net.netfilter.nf_conntrack_tcp_timeout_{state}", "1")

    def namespace(self):
        """One more, which goes with the others."""
        self.all.append(Namespace(HOST_CPU))
        return self.all[-1]

    def stop(self):
        for namespace in self.all:
            namespace.stop()


def need_conntrack(host):
    """Has the kernel follow connections, with a rule that changes nothing."""
    host.run("nft", "add table ip track; add chain ip track forward "
             "{ type filter hook forward priority 0; }; "
             "add rule ip track forward ct state established accept")


def container_id(n):
    return f"{n:064x}"


def container_address(n):
    """Of the n-th container that is not there: any but CONTAINER."""
    return f"172.17.{1 + n // 250}.{1 + n % 250}"
