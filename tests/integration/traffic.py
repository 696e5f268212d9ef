"""Clients: one request, or a stream of them that remembers every failure."""

import http.client
import socket
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


class Traffic:
    """Sends requests through HAProxy from threads, for as long as the block lasts.

        with Traffic(8081) as traffic:
            ...
        traffic.check()

    Half of the threads keep their connection, the others open one a request.
    """

    def __init__(self, port, vhost=None, threads=4, pause=0.005):
        self.port, self.vhost, self.pause = port, vhost, pause
        self.failures = []
        self.answers = {}
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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.over.wait(self.pause):
            begin = time.monotonic()
            try:
                answer = ask(self.port, self.vhost, connection=connection)
                with self.lock:
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
        return sum(self.answers.values())

    def check(self, at_least=1):
        assert not self.failures, (f"{len(self.failures)} of {self.total()} requests failed:\n" +
                                   "\n".join(self.failures[:20]))
        assert self.total() >= at_least, f"only {self.total()} requests were sent"
