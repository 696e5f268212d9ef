"""Clients: one request, or a stream of them that remembers every failure."""

import http.client
import socket
import struct
import threading
import time


def ask(port, vhost=None, path="/", address="127.0.0.1", timeout=10, connection=None):
    """One GET; returns the answer's text. Anything but 200 raises."""
    own = connection or http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        own.request("GET", path, headers={"Host": vhost} if vhost else {})
        answer = own.getresponse()
        text = answer.read().decode().strip()
    finally:
        if not connection:
            own.close()
    if answer.status != 200:
        raise http.client.HTTPException(f"status {answer.status}: {text[:80]}")
    return text


def try_ask(*args, **kwargs):
    """As ask(), but None instead of an exception."""
    try:
        return ask(*args, **kwargs)
    except (OSError, http.client.HTTPException):
        return None


def ask_udp(port, address="127.0.0.1", timeout=3):
    """One datagram; the answer's text, from a connected socket: a reply from elsewhere is lost."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.connect((address, port))
        s.send(b"who\n")
        return s.recv(1000).decode().strip()


def resolve(name, server, tries=3):
    """The first IPv4 address that the name server at (address, port) gives for 'name'."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, 1, 1)
    for _ in range(tries):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.connect(server)
            s.send(query)
            try:
                answer = s.recv(4096)
            except socket.timeout:
                continue
        if not struct.unpack(">H", answer[6:8])[0]:
            raise OSError(f"{name} has no address")
        record = answer[len(query):]  # its name is a pointer to the question
        kind, length = struct.unpack(">2xH6xH", record[:12])
        if (kind, length) != (1, 4):
            raise OSError(f"{name} has no address at first: {answer!r}")
        return socket.inet_ntoa(record[12:16])
    raise OSError(f"the name server at {server} does not answer")


class Traffic:
    """Sends requests through HAProxy from threads, for as long as the block lasts.

        with Traffic(8081) as traffic:
            ...
        traffic.check()

    Half of the threads keep their connection, the others open one a request: to 'address', which
    may be a function that says it each time.
    """

    def __init__(self, port, vhost=None, threads=4, pause=0.005, address="127.0.0.1"):
        self.address = address if callable(address) else lambda: address
        self.port, self.vhost, self.pause = port, vhost, pause
        self.failures = []
        self.answers = {}
        self.answered = 0
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n % 2 == 0,), daemon=True)
                        for n in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def run(self, keep):
        connection = http.client.HTTPConnection("", self.port, timeout=20)
        while not self.over.wait(self.pause):
            begin = time.monotonic()
            try:
                if not connection.sock:
                    connection.host = self.address()
                answer = ask(self.port, self.vhost, connection=connection)
                with self.lock:
                    self.answered += 1
                    self.answers[answer] = self.answers.get(answer, 0) + 1
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                with self.lock:
                    self.failures.append(f"{time.strftime('%T')} after "
                                         f"{time.monotonic() - begin:.3f} s: {error!r}")
            if not keep:
                connection.close()
        connection.close()

    def total(self):
        """Requests answered so far."""
        return self.answered

    def look_again(self):
        """Forgets who has answered so far; what is counted stays."""
        with self.lock:
            self.answers = {}

    def check(self, at_least=1):
        assert not self.failures, (f"{len(self.failures)} of {self.total()} requests failed:\n" +
                                   "\n".join(self.failures[:20]))
        assert self.total() >= at_least, f"only {self.total()} requests were sent"
