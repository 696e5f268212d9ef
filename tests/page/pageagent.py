#!/usr/bin/python3
"""An agent that only answers the status page: any state, as large or as odd as a test wants it.

    pageagent.py PAGE [--port N] [--containers N] [--services N]

serves what `make` made of agent/page/ (PAGE.html, PAGE.csp) and, as the agent's contracts have
it, /v1/state, /v1/events, /v1/changes, /v1/explain and /health."""

import argparse
import hashlib
import http.server
import json
import threading
import time
import urllib.parse


# ---- states ----

def container_id(name):
    return hashlib.sha256(name.encode()).hexdigest()


def address_of(n):
    return f"172.17.{n >> 8}.{n & 255}"


class Fleet:
    """A state document of 'n' containers in 'services' services, each with one port."""

    def __init__(self, n, services, node="node-1"):
        self.n, self.services, self.node = n, services, node
        self.containers, self.mappings, self.instances, self.problems = [], [], [], []
        self.backends = [self.backend(f"service-{s}", s) for s in range(services)]
        self.by_name = {}
        for k in range(n):
            self.add(k, f"service-{k % services}")

    @staticmethod
    def backend(service, s):
        return {"name": service, "service": service, "mode": "http", "servers": [],
                "vhosts": [f"{service}.example.com"] if s % 3 else
                [f"{service}.example.com", f"www.{service}.example.com"],
                "service_ports": [20000 + s] if s % 2 else []}

    def add(self, k, service, name=None):
        name = name or f"{service}-{k // self.services}"
        ident = container_id(name)
        inside, host_port = address_of(k + 2), 28000 + k
        self.containers.append({
            "id": ident, "name": name, "image": f"registry.example.com/{service}:1.{k % 9}",
            "state": "running", "trace": ident[:8],
            "networks": [{"name": "bridge", "address": inside}],
            "ports": [{"port": 8080, "protocol": "tcp", "reach": "assigned", "network": "bridge"}]})
        self.mappings.append({
            "protocol": "tcp", "host_address": "0.0.0.0", "host_port": host_port,
            "container_address": inside, "container_address6": None, "container_port": 8080,
            "container_id": ident, "owner": "berth" if k % 4 else "docker"})
        instance = f"{self.node}:{name}:8080"
        self.instances.append({
            "id": instance, "service": service, "node": self.node, "container_id": ident,
            "address": "10.0.0.1", "address6": None, "port": host_port,
            "container_address": inside, "container_port": 8080, "protocol": "tcp",
            "network": "bridge", "service_port": None, "vhost": f"{service}.example.com",
            "tags": [], "weight": 1, "checks": 0, "state": "passing", "registered": True})
        server = {"name": instance, "instance_id": instance, "address": "10.0.0.1",
                  "port": host_port, "weight": 100, "state": "up"}
        next(b for b in self.backends if b["service"] == service)["servers"].append(server)
        self.by_name[name] = (self.containers[-1], self.instances[-1], server)

    def set(self, name, container=None, instance=None, server=None, registered=True):
        """States of a container's parts; None: as it is."""
        for part, state in zip(self.by_name[name], (container, instance, server)):
            if state:
                part["state"] = state
        self.by_name[name][1]["registered"] = registered

    def document(self):
        source = {"passes": 12, "errors": 0, "last_ok_age": 1.5, "resync": 60,
                  "error": None}
        return {"version": "0.1.0", "node": self.node, "address": "10.0.0.1", "registry": "local",
                "ready": True, "resync": 60, "containers": self.containers,
                "mappings": self.mappings, "instances": self.instances, "machines": [],
                "catalog": None, "dubbo": [], "backends": self.backends,
                "problems": self.problems, "marathon": None,
                "sources": {"docker": {**source, "connected": True}, "portmap": dict(source),
                            "registrator": dict(source), "lb": dict(source)}}


def troubled(fleet):
    """The same with one of each trouble; it wants ten containers and two services."""
    names = list(fleet.by_name)
    fleet.set(names[0], "draining", "draining", "drain")
    fleet.set(names[1], instance="critical", server="down")
    fleet.set(names[2], instance="starting", registered=False)
    fleet.set(names[3], instance="warning")
    fleet.set(names[4], instance="paused", server="maint")
    fleet.containers.append({"id": container_id("odd"), "name": "odd-1", "image": "odd:1",
                             "state": "quarantined", "why": "its document is no JSON",
                             "networks": [], "ports": []})
    fleet.containers.append({
        "id": container_id("shy"), "name": "shy-1", "image": "shy:1", "state": "running",
        "networks": [{"name": "none", "address": None}],
        "ports": [{"port": 9000, "protocol": "tcp", "reach": "none", "network": None,
                   "why": "it has no network"}]})
    fleet.problems += [
        {"area": "docker", "subject": "container odd-1",
         "text": f"left out: its document is no JSON; see docker inspect {container_id('odd')[:12]}"},
        {"area": "portmap", "subject": "pool",
         "text": "only 3 of 2000 host ports are free: widen [portmap] pool, or remove containers"}]
    return fleet


# ---- changes ----

def change(n, text="mapping added", level="info", area="portmap", when=None, **fields):
    return {"n": n, "time": when or time.time(), "level": level, "area": area, "text": text,
            "fields": {key.replace("_", "-"): str(value) for key, value in fields.items()}}


# ---- the server ----

class FakeAgent:
    def __init__(self, page, port=0):
        self.page, self.document, self.changes, self.stamp = page, Fleet(0, 0).document(), [], 1
        self.condition = threading.Condition()
        self.asked = []         # paths, in order
        self.streams = 0        # that are open
        self.refuse = False     # every question gets status 503
        self.cut = 0            # streams of an older number end
        self.explain = None     # an answer to every question; None: a plain one
        self.token = None       # that reads need; None: they need none
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def set(self, document):
        with self.condition:
            self.document, self.stamp = document, self.stamp + 1
            self.condition.notify_all()

    def add(self, text="mapping added", **fields):
        with self.condition:
            n = self.changes[-1]["n"] + 1 if self.changes else 1
            self.changes.append(change(n, text, **fields))
            self.condition.notify_all()

    def forget(self):
        """Counts its changes anew, as an agent that has been restarted."""
        with self.condition:
            self.changes, self.cut = [], self.cut + 1
            self.condition.notify_all()

    def count(self, path):
        with self.condition:
            return self.asked.count(path)

    def go_silent(self, silent=True):
        """Refuses everything and ends the streams, as an agent that is down does, or no more."""
        with self.condition:
            self.refuse, self.cut = silent, self.cut + 1
            self.condition.notify_all()

    def stop(self):
        self.go_silent()
        self.server.shutdown()
        self.server.server_close()

    def since(self, n):
        return [c for c in self.changes if c["n"] > n][-1000:]

    def last(self):
        return self.changes[-1]["n"] if self.changes else 0

    def explanation(self, subject):
        if self.explain:
            return self.explain
        return {"subject": subject, "found": True, "parts": [
            {"title": f"explanation of {subject}", "steps": [
                {"step": "host port", "text": "28001, assigned by berth: the port is not published"},
                {"step": "problem", "text": "none really"}]}]}

    def answer(self, path, query):
        """Content type and body, or None where there is nothing."""
        with self.condition:
            self.asked.append(path)
            if path == "/":
                with open(f"{self.page}.html", "rb") as f:
                    return "text/html; charset=utf-8", f.read()
            documents = {
                "/v1/state": lambda: self.document,
                "/health": lambda: {"status": "ok", "sources": self.document["sources"]},
                "/v1/explain": lambda: self.explanation(query["subject"][0]),
                "/v1/changes": lambda: {"next": self.last(),
                                        "changes": self.since(int(query["since"][0]))}}
            document = documents.get(path)
            return document and ("application/json", json.dumps(document()).encode())

    def stream(self, write):
        """Events until the page goes away or the stream is cut."""
        with self.condition:
            self.streams += 1
            try:
                self.follow(write, self.cut, 0, self.last())
            finally:
                self.streams -= 1

    def follow(self, write, cut, stamp, last):
        """As stream(), with the lock held."""
        write("retry: 2000\n\n")
        while cut == self.cut:
            if stamp != self.stamp:
                stamp = self.stamp
                write(f'event: state\ndata: {{"stamp": {stamp}}}\n\n')
            for one in self.since(last):
                write(f"event: change\ndata: {json.dumps(one)}\n\n")
            last = self.last()
            if not self.condition.wait(0.2):
                write(": alive\n\n")

    def handler(self):
        agent = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                if agent.refuse:
                    self.give(503, "text/plain", b"no")
                elif agent.token and url.path not in ("/", "/health") and \
                        self.headers["Authorization"] != f"Bearer {agent.token}":
                    self.give(401, "text/plain", b"a token, please")
                elif url.path == "/v1/events":
                    self.follow()
                else:
                    found = agent.answer(url.path, urllib.parse.parse_qs(url.query))
                    self.give(200 if found else 404, *(found or ("text/plain", b"no")))

            def give(self, status, content_type, body):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                if content_type.startswith("text/html"):
                    with open(f"{agent.page}.csp") as f:
                        self.send_header("Content-Security-Policy", f.read())
                self.end_headers()
                self.wfile.write(body)

            def follow(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                try:
                    agent.stream(lambda text: self.wfile.write(text.encode()))
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("page")
    parser.add_argument("--port", type=int, default=7708)
    parser.add_argument("--containers", type=int, default=40)
    parser.add_argument("--services", type=int, default=8)
    options = parser.parse_args()
    agent = FakeAgent(options.page, options.port)
    agent.set(troubled(Fleet(options.containers, options.services)).document())
    for k in range(30):
        agent.add("mapping added", host_port=28000 + k, container=f"service-0-{k}",
                  trace=container_id(str(k))[:8])
    print(agent.url, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
