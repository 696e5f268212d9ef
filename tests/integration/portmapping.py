"""portmap's room alone in the sandbox: its driver, servers that say who asks, bridge ports.

For test_portmap.py and its neighbours. Everything it makes is named berth-pm-*, and goes again.
"""

import io
import json
import os
import re
import select
import shutil
import subprocess
import tarfile
import tempfile

POOL = (28500, 28519)
MARK = "0x4000000/0x4000000"
RULE = ["DOCKER-USER", "-m", "connmark", "--mark", MARK, "-m", "comment", "--comment", "berth",
        "-j", "ACCEPT"]
IMAGE = "berth-pm-image"
TCP_PORT, UDP_PORT = 8080, 5353
PATIENCE = 30  # seconds until something that must happen counts as missing
SILENCE = 1.5  # seconds without an answer that count as "does not get through"

# Answers with its name and the address it sees, with a socket for each family. Asks over a connected
# socket, so that an answer from a wrong address is none.
SCRIPT = r"""
import selectors, socket, sys
def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET
def open_server(wait, kind, host, port):
    s = socket.socket(family_of(host), kind)
    if family_of(host) == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if kind == socket.SOCK_STREAM:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, port))
    if kind == socket.SOCK_STREAM:
        s.listen()
    wait.register(s, selectors.EVENT_READ)
def serve(name, tcp_port, udp_port, hosts):
    wait = selectors.DefaultSelector()
    for host in hosts:
        open_server(wait, socket.SOCK_STREAM, host, tcp_port)
        open_server(wait, socket.SOCK_DGRAM, host, udp_port)
    print("ready", flush=True)
    while True:
        for key, _ in wait.select():
            if key.fileobj.type == socket.SOCK_STREAM:
                connection, peer = key.fileobj.accept()
                connection.sendall(f"{name} {peer[0]}".encode())
                connection.close()
            else:
                _, peer = key.fileobj.recvfrom(100)
                key.fileobj.sendto(f"{name} {peer[0]}".encode(), peer)
def ask(protocol, host, port, patience):
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family_of(host), kind) as s:
        s.settimeout(patience)
        try:
            s.connect((host, port))
            if protocol == "udp":
                s.send(b"who")
            print(s.recv(100).decode())
        except OSError as error:
            print(f"error {error.__class__.__name__}")
def talk(host, port):
    # One socket, and so one connection of conntrack's: each line it reads is a question.
    s = socket.socket(family_of(host), socket.SOCK_DGRAM)
    s.settimeout(0.5)
    s.connect((host, port))
    for _ in sys.stdin:
        try:
            s.send(b"who")
            print(s.recv(100).decode().split()[0], flush=True)
        except OSError:
            print("nobody", flush=True)
if sys.argv[1] == "serve":
    serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
elif sys.argv[1] == "talk":
    talk(sys.argv[2], int(sys.argv[3]))
else:
    ask(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
"""

BUILD = os.environ.get("BERTH_BUILD", "")
DRIVER = os.path.join(BUILD, "tests/integration/portmap-driver")


def run(*command, check=True, data=None):
    done = subprocess.run(command, input=data, capture_output=True)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stderr.decode()}")
    return done.stdout.decode().strip()


def succeeds(*command):
    return subprocess.run(command, capture_output=True).returncode == 0


def ask(where, protocol, host, port, patience=PATIENCE):
    """What the server at host:port answers to somebody at 'where', a command prefix."""
    return run(*where, "/usr/bin/python3", "-c", SCRIPT, "ask", protocol, host, str(port),
               str(patience))


def serve(where, name, tcp_port, udp_port, hosts=("0.0.0.0",)):
    """A server in the network of 'where', once it listens at each of 'hosts'."""
    server = subprocess.Popen([*where, "/usr/bin/python3", "-c", SCRIPT, "serve", name,
                               str(tcp_port), str(udp_port), *hosts], stdout=subprocess.PIPE)
    assert server.stdout.readline() == b"ready\n"
    return server


HERE = []
ELSEWHERE = []  # filled in once there is a world outside


class Talker:
    """Somebody at 'where' who keeps one UDP socket, and so one connection of conntrack's."""

    def __init__(self, where, host, port):
        self.process = subprocess.Popen(
            [*where, "/usr/bin/python3", "-c", SCRIPT, "talk", host, str(port)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self):
        """The name of who answers, or "nobody"."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stop(self):
        self.process.communicate()


class Answer:
    """What the driver printed after one pass. 'mappings' are the words of each of its lines."""

    def __init__(self, lines):
        self.ok = lines[-1].startswith("pass ok")
        self.microseconds = int(lines[-1].split()[2])
        self.problems = [line[8:] for line in lines if line.startswith("problem ")]
        self.read([line.split()[1:] for line in lines if line.startswith("mapping ")])

    def read(self, mappings):
        """For a test's own view of them."""
        self.mappings = mappings


class Driver:
    answer = Answer  # what a pass becomes

    def __init__(self, pool=POOL, resync=3600, quarantine=0, file=None, where=()):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*where, DRIVER, str(pool[0]), str(pool[1]), str(resync),
                                         str(quarantine), *([file] if file else [])],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors)
        self.rest = b""

    def log(self):
        """What it has said so far, the machine's noise aside."""
        self.errors.seek(0)
        return self.errors.read().decode()

    def want(self, *endpoints, in_use=None):
        lines = list(endpoints) + ([f"in-use {in_use}"] if in_use else []) + ["want", ""]
        self.process.stdin.write("\n".join(lines).encode())
        self.process.stdin.flush()
        self.read_to(rb"^wanted\n")  # a pass before that knows nothing of it
        return self.next_pass()

    def next_pass(self):
        return self.answer(self.read_to(rb"^pass .*\n").splitlines())

    def read_to(self, line):
        while not (match := re.search(line, self.rest, re.M)):
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            assert ready, "no pass"
            chunk = os.read(self.process.stdout.fileno(), 65536)
            assert chunk, "the driver has died"
            self.rest += chunk
        text, self.rest = self.rest[:match.end()], self.rest[match.end():]
        return text.decode()

    def has_pass(self, within):
        """Does it pass within that many seconds, unasked?"""
        return bool(select.select([self.process.stdout], [], [], within)[0])

    def count_passes(self):
        """How many passes are over of which nobody has read yet?"""
        count = 0
        while self.has_pass(0):
            count += os.read(self.process.stdout.fileno(), 65536).count(b"pass ")
        return count

    def stop(self):
        """Its exit code: not 0 where a sanitizer found something."""
        self.process.stdin.close()
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        if code:
            print(self.log())
        self.errors.close()
        return code


def forget_kernel_state():
    succeeds("nft", "delete", "table", "ip", "berth")
    while succeeds("iptables", "-D", *RULE):
        pass


def busybox_image():
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.add(shutil.which("busybox"), arcname="bin/busybox")
    run("docker", "import", "-", IMAGE, data=tar.getvalue())


def hairpin_ports():
    """Bridge ports in hairpin mode."""
    links = json.loads(run("ip", "-d", "-j", "link", "show", "type", "veth"))
    return [link["ifname"] for link in links
            if link.get("linkinfo", {}).get("info_slave_data", {}).get("hairpin")]


def leave_hairpin():
    for port in hairpin_ports():
        run("bridge", "link", "set", "dev", port, "hairpin", "off")
