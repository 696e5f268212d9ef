"""A unix socket between berth and dockerd that misbehaves on demand."""

import os
import select
import socket
import threading

GARBAGE = b'{"Id": "no end to this'


class Connection(threading.Thread):
    """Relays one connection. Only what comes from dockerd on an event stream is ever tampered
    with, and the answers to an inspect of a broken container and to a path of 'answers'."""

    def __init__(self, proxy, client):
        super().__init__(daemon=True)
        self.proxy = proxy
        self.client = client
        self.server = socket.socket(socket.AF_UNIX)
        self.is_stream = False
        self.cut_in_line = False

    def run(self):
        try:
            self.server.connect(self.proxy.upstream)
            self.relay()
        except OSError:
            pass
        finally:
            self.client.close()
            self.server.close()
            self.proxy.forget(self)

    def relay(self):
        while True:
            ready, _, _ = select.select([self.client, self.server], [], [])
            if self.client in ready and not self.from_client():
                return
            if self.server in ready and not self.from_server():
                return

    def from_client(self):
        data = self.client.recv(65536)
        line = data.split(b"\r\n", 1)[0].decode()
        if "/events" in line:
            self.is_stream = True
        if any(f"/containers/{name}" in line for name in self.proxy.broken):
            return self.answer(GARBAGE)
        for path, body in self.proxy.answers.items():
            if line.split(" ")[1:2] and line.split(" ")[1].endswith(path):
                return self.answer(body)
        self.server.sendall(data)
        return bool(data)

    def answer(self, body):
        self.client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                            b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return True

    def from_server(self):
        data = self.server.recv(65536)
        if self.is_stream and self.proxy.deaf and b"HTTP/1.1" not in data:
            return bool(data)
        if self.is_stream and self.cut_in_line and b'"Action"' in data:
            self.client.sendall(data[:len(data) // 2])
            return False
        self.client.sendall(data)
        return bool(data)

    def cut(self):
        self.client.shutdown(socket.SHUT_RDWR)


class DockerProxy:
    """deaf: events are swallowed. broken: ids whose inspect document is no JSON. answers: what is
    answered instead of dockerd, by the end of the path."""

    def __init__(self, path, upstream):
        self.path, self.upstream = path, upstream
        self.deaf = False
        self.broken = set()
        self.answers = {}
        self.connections = set()
        self.lock = threading.Lock()
        self.listener = None

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            connection = Connection(self, client)
            with self.lock:
                self.connections.add(connection)
            connection.start()

    def forget(self, connection):
        with self.lock:
            self.connections.discard(connection)

    def streams(self):
        with self.lock:
            return [c for c in self.connections if c.is_stream]

    def cut_streams(self):
        """Ends the event streams now."""
        for stream in self.streams():
            stream.cut()

    def cut_in_next_line(self):
        """The event streams end in the middle of their next line."""
        for stream in self.streams():
            stream.cut_in_line = True

    def close(self):
        """Docker is away: no socket, no connection."""
        if self.listener:
            os.unlink(self.path)
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        with self.lock:
            left = list(self.connections)
        for connection in left:
            try:
                connection.cut()
            except OSError:
                pass
