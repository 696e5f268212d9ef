"""A stand-in for a running agent: answers at the admin address as the real one does, so that what
its readers do can be brought about exactly."""

import http.server
import json
import queue
import threading


class FakeAgent:
    """state: the document of /v1/state; set it with change()."""

    def __init__(self, state):
        self.state = state
        self.stamp = 1
        self.changes = []
        self.explained = []  # subjects that were asked about
        self.asked = 0  # how often the state was
        self.readers = []  # a queue for each open stream
        self.lock = threading.Lock()
        agent = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                agent.answer(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.break_streams()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, request):
        path, _, query = request.path.partition("?")
        if path == "/v1/events":
            self.stream(request)
        elif path == "/v1/state":
            self.asked += 1
            self.reply(request, 200, self.state)
        elif path == "/v1/changes":
            self.reply(request, 200, {"next": len(self.changes), "changes": self.changes})
        elif path == "/v1/explain":
            self.explained.append(query)
            self.reply(request, 200, {"subject": query, "found": True, "parts": [
                {"title": f"container {query}", "steps": [
                    {"step": "network", "text": "bridge, 172.17.0.2"},
                    {"step": "host port", "text": "28000, assigned by berth"}]}]})
        else:
            self.reply(request, 404, {})

    @staticmethod
    def reply(request, status, document):
        body = json.dumps(document).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def stream(self, request):
        events = queue.Queue()
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.send_header("Connection", "close")
        request.end_headers()
        request.close_connection = True
        with self.lock:
            self.readers.append(events)
            events.put(self.event("state", {"stamp": self.stamp}))
        try:
            request.wfile.write(b"retry: 2000\n\n")
            while True:
                event = events.get()
                if event is None:
                    return
                request.wfile.write(event)
                request.wfile.flush()
        except OSError:
            pass
        finally:
            with self.lock:
                if events in self.readers:
                    self.readers.remove(events)

    @staticmethod
    def event(name, data):
        return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()

    def send(self, event):
        with self.lock:
            for reader in self.readers:
                reader.put(event)

    def change(self, state):
        """The state is another one from now on; readers are told."""
        self.state = state
        self.stamp += 1
        self.send(self.event("state", {"stamp": self.stamp}))

    def happen(self, area, text, **fields):
        """One more change for the list; readers are told."""
        change = {"n": len(self.changes) + 1, "time": 1763712000.5, "level": "info", "area": area,
                  "text": text, "fields": fields}
        self.changes.append(change)
        self.send(self.event("change", change))

    def break_streams(self):
        self.send(None)
