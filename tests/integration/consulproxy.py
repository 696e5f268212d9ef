"""An HTTP proxy between berth and Consul that misbehaves on demand."""

import http.client
import http.server
import select
import socket
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def relay(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.proxy.fault(self.command, self.path)
        if fault:
            self.answer(*fault)
            return
        self.server.proxy.asked.append(self.path)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.proxy.upstream)
        try:
            connection.request(self.command, self.path, body)
            answer = connection.getresponse()
            body = self.server.proxy.lie(self.path, answer.read())
            if "index=" in self.path and self.is_alone():
                self.server.proxy.dropped.append(self.path)
            self.answer(answer.status, body, answer.headers.get("X-Consul-Index"))
        except OSError:
            self.close_connection = True
        finally:
            connection.close()

    def is_alone(self):
        """Has the client closed the connection, and waits no more?"""
        ready, _, _ = select.select([self.connection], [], [], 0)
        return ready and not self.connection.recv(1, socket.MSG_PEEK)

    def answer(self, status, body, index=None):
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if index:
                self.send_header("X-Consul-Index", index)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    do_GET = do_PUT = relay

    def log_message(self, *_):
        pass


class ConsulProxy:
    """'faults' are functions of method and path that give (status, body), or None for no fault.
    'seen' are the requests that got one, 'asked' the paths of those that did not, 'dropped' those
    of watches that had gone when Consul answered them."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.faults = []
        self.seen = []
        self.asked = []
        self.dropped = []
        self.empty = None  # beginning of the paths that have nothing in their answers
        self.garble = None  # beginning of the paths whose answers make no sense
        self.holding = 0  # requests that hold() has kept
        self.held = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.proxy = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def fault(self, method, path):
        for fault in list(self.faults):
            answer = fault(method, path)
            if answer:
                self.seen.append(f"{method} {path}")
                return answer
        return None

    def lie(self, path, body):
        """What is answered in place of 'body': nonsense, or nothing but for the leader's word."""
        if self.garble and path.startswith(self.garble):
            return b'[{"Service": {"ID": ' + body
        if not self.empty or not path.startswith(self.empty) or "consistent" in path:
            return body
        return b"{}" if body.startswith(b"{") else b"[]"

    def refuse(self, status, method, part, body=b"as the test wants it"):
        """Requests with that method and that part in their path get 'status'."""
        self.faults.append(lambda m, path: (status, body) if m == method and part in path else None)

    def hold(self, method, part):
        """They get no answer before release()."""
        def fault(m, path):
            if m != method or part not in path:
                return None
            self.holding += 1
            self.held.wait(300)
            return 500, b"held back"
        self.faults.append(fault)

    def behave(self):
        self.faults.clear()
        self.empty = self.garble = None

    def close(self):
        self.behave()
        self.held.set()
        self.server.shutdown()
        self.server.server_close()
