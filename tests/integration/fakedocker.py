#!/usr/bin/python3
"""A Docker endpoint without containers: as many as are asked for, in documents of the real shape.

    fakedocker.py SOCKET [--containers N] [--ports P] [--services S] [--exposed]

serves, on a unix socket, what berth reads of Docker's API: /_ping, /version, /info, /networks,
/containers/json, /containers/ID/json and /events; and to change what there is, as Docker's API
does: POST /containers/create?name=NAME, POST /containers/ID/ with start, stop, kill, pause and
unpause, DELETE /containers/ID. Events come in dockerd's order. It starts with N running
containers "c-0".. of P ports each, which are published, or with --exposed are not.

Documents are made from those that a real dockerd gave (tests/fixtures/docker); the rest of them is
as it was recorded. Nothing runs: addresses lead nowhere.
"""

import argparse
import asyncio
import collections
import copy
import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.parse

from procs import die_with_parent, end
from sandbox import UnixConnection

FIXTURES = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../fixtures/docker")
FIRST_HOST_PORT = 10000
FIRST_PORT = 8080
NEVER = "0001-01-01T00:00:00Z"
HISTORY_MAX = 20000  # events that "since" can ask for
BODY_MAX = 1 << 20


def recorded(name):
    with open(os.path.join(FIXTURES, f"{name}.json")) as f:
        return json.load(f)


def timestamp(ns):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


def long_id(*words):
    return hashlib.sha256("/".join(words).encode()).hexdigest()


# ---- containers, as values ----

class Container:
    """One container: what makes its documents differ from the recorded ones."""

    template = recorded("container")
    summary = recorded("list")[0]

    def __init__(self, number, config):
        self.number, self.config = number, config
        self.name = config["name"]
        self.id = long_id("container", self.name)
        self.status = "created"
        self.created = self.started = time.time_ns()
        self.finished = 0
        self.exit_code = 0
        self.text = None  # the inspect document, while nothing has changed

    @property
    def running(self):
        return self.status in ("running", "paused")

    @property
    def address(self):
        n = self.number + 2
        return f"172.{17 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"

    def become(self, status):
        self.status, self.text = status, None

    def bindings(self):
        """{"8080/tcp": [{HostIp, HostPort}] or None} as NetworkSettings.Ports has them."""
        wanted = self.config.get("HostConfig", {}).get("PortBindings") or {}
        ports = {}
        for key in self.config.get("ExposedPorts") or {}:
            host_ports = [b["HostPort"] for b in wanted.get(key, [])]
            ports[key] = [{"HostIp": ip, "HostPort": port}
                          for port in host_ports for ip in ("0.0.0.0", "::")] or None
        return ports

    def inspect(self):
        if not self.text:
            self.text = json.dumps(self.document()).encode()
        return self.text

    def document(self):
        d = copy.deepcopy(self.template)
        d["Id"], d["Name"] = self.id, "/" + self.name
        d["Created"] = timestamp(self.created)
        d["State"].update(
            Status=self.status, Running=self.running, Paused=self.status == "paused",
            Pid=100000 + self.number if self.running else 0, ExitCode=self.exit_code,
            StartedAt=timestamp(self.started) if self.status != "created" else NEVER,
            FinishedAt=timestamp(self.finished) if self.finished else NEVER)
        for key in ("ResolvConfPath", "HostnamePath", "HostsPath", "LogPath"):
            d[key] = d[key].replace(self.template["Id"], self.id)
        d["HostConfig"]["PortBindings"] = self.config.get("HostConfig", {}).get("PortBindings", {})
        config = d["Config"]
        config["Hostname"] = self.id[:12]
        for key in ("Labels", "Env", "ExposedPorts"):
            config[key] = self.config.get(key) or type(config[key])()
        if "StopSignal" in self.config:
            config["StopSignal"] = self.config["StopSignal"]
        self.set_network(d["NetworkSettings"])
        return d

    def set_network(self, settings):
        network = settings["Networks"]["bridge"]
        running = self.running
        settings["Ports"] = self.bindings() if running else {}
        settings["SandboxID"] = long_id("sandbox", self.name) if running else ""
        for where in (settings, network):
            where["EndpointID"] = long_id("endpoint", self.name) if running else ""
            where["IPAddress"] = self.address if running else ""
            where["Gateway"] = where["Gateway"] if running else ""
            where["IPPrefixLen"] = 16 if running else 0
            where["MacAddress"] = f"02:42:ac:11:{self.number >> 8 & 255:02x}:" \
                f"{self.number & 255:02x}" if running else ""

    def list_item(self):
        d = copy.deepcopy(self.summary)
        ports = [{"IP": b["HostIp"], "PrivatePort": int(key.split("/")[0]),
                  "PublicPort": int(b["HostPort"]), "Type": key.split("/")[1]}
                 for key, bindings in self.bindings().items() for b in bindings or []]
        ports += [{"PrivatePort": int(key.split("/")[0]), "Type": key.split("/")[1]}
                  for key, bindings in self.bindings().items() if not bindings]
        d.update(Id=self.id, Names=["/" + self.name], Labels=self.config.get("Labels") or {},
                 Created=self.created // 10**9, Ports=ports, State=self.status)
        network = d["NetworkSettings"]["Networks"]["bridge"]
        network.update(IPAddress=self.address, EndpointID=long_id("endpoint", self.name))
        return d


def numbered(n, ports, services, exposed):
    """What create is told for the n-th container of the crowd."""
    keys = [f"{FIRST_PORT + k}/tcp" for k in range(ports)]
    bindings = {key: [{"HostIp": "", "HostPort": str(FIRST_HOST_PORT + n * ports + k)}]
                for k, key in enumerate(keys)}
    return {"name": f"c-{n}", "Labels": {"SERVICE_NAME": f"service-{n % services}"},
            "Env": ["PATH=/usr/bin:/bin", "SERVICE_TAGS=bench"],
            "ExposedPorts": {key: {} for key in keys},
            "HostConfig": {"PortBindings": {} if exposed else bindings}}


# ---- the daemon: containers and events ----

class Daemon:
    def __init__(self):
        self.containers = {}  # by name
        self.ids = {}
        self.history = collections.deque(maxlen=HISTORY_MAX)
        self.streams = set()  # queues of those who listen
        self.network = next(n["Id"] for n in recorded("networks") if n["Name"] == "bridge")
        Container.template["NetworkSettings"]["Networks"]["bridge"]["NetworkID"] = self.network

    def find(self, key):
        found = self.containers.get(key) or self.ids.get(key)
        if not found and len(key) >= 12:
            found = next((c for c in self.ids.values() if c.id.startswith(key)), None)
        return found

    def create(self, config):
        container = Container(len(self.ids), config)
        self.containers[container.name] = self.ids[container.id] = container
        self.emit("create", container)
        return container

    def start(self, container, _):
        container.started = time.time_ns()
        container.become("running")
        self.emit_network("connect", container)
        self.emit("start", container)

    def stop(self, container, _):
        self.end(container, 15, 0)
        self.emit("stop", container)

    def kill(self, container, query):
        signal = {"SIGTERM": 15, "TERM": 15, "15": 15}.get(query.get("signal", "KILL"), 9)
        if signal == 15:
            self.emit("kill", container, signal="15")  # and it goes on
        else:
            self.end(container, 9, 137)

    def end(self, container, signal, exit_code):
        self.emit("kill", container, signal=str(signal))
        container.finished = time.time_ns()
        container.exit_code = exit_code
        container.become("exited")
        self.emit("die", container, exitCode=str(exit_code))
        self.emit_network("disconnect", container)

    def pause(self, container, _):
        container.become("paused")
        self.emit("pause", container)

    def unpause(self, container, _):
        container.become("running")
        self.emit("unpause", container)

    def remove(self, container):
        if container.running:
            self.end(container, 9, 137)
        del self.containers[container.name], self.ids[container.id]
        self.emit("destroy", container)

    def emit(self, action, container, **more):
        attributes = {**container.config.get("Labels", {}), "image": Container.summary["Image"],
                      "name": container.name, **more}
        self.publish({"status": action, "id": container.id, "from": Container.summary["Image"],
                      "Type": "container", "Action": action,
                      "Actor": {"ID": container.id, "Attributes": attributes}})

    def emit_network(self, action, container):
        self.publish({"Type": "network", "Action": action,
                      "Actor": {"ID": self.network,
                                "Attributes": {"container": container.id, "name": "bridge",
                                               "type": "bridge"}}})

    def publish(self, event):
        now = time.time_ns()
        event.update(scope="local", time=now // 10**9, timeNano=now)
        self.history.append(event)
        for queue in self.streams:
            queue.put_nowait(event)


# ---- HTTP ----

def chosen(filters):
    """A function that says whether an event passes Docker's filters, in either of their forms."""
    wanted = {key: set(values) for key, values in (filters or {}).items()}

    def passes(event):
        return (event["Type"] in wanted.get("type", {event["Type"]}) and
                event["Action"] in wanted.get("event", {event["Action"]}) and
                event["Actor"]["ID"] in wanted.get("container", {event["Actor"]["ID"]}))
    return passes


class Server:
    """Requests come one after the other on each connection, as clients of Docker send them."""

    verbs = {"start": "start", "stop": "stop", "kill": "kill", "pause": "pause",
             "unpause": "unpause"}

    def __init__(self, daemon):
        self.daemon = daemon

    async def serve(self, reader, writer):
        try:
            while request := await self.read_request(reader):
                await self.answer(writer, *request)
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # the client has gone, or speaks no HTTP
        finally:
            writer.close()

    async def read_request(self, reader):
        line = await reader.readline()
        if not line:
            return None
        method, target, _ = line.decode().split()
        length = 0
        while (header := (await reader.readline()).strip()):
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = min(int(value), BODY_MAX)
        body = await reader.readexactly(length) if length else b""
        url = urllib.parse.urlsplit(target)
        query = dict(urllib.parse.parse_qsl(url.query))
        parts = [urllib.parse.unquote(p) for p in url.path.split("/") if p]
        if parts and parts[0].startswith("v1."):
            parts = parts[1:]
        return method, parts, query, body

    async def answer(self, writer, method, parts, query, body):
        if method == "GET" and parts == ["events"]:
            await self.stream(writer, query)
            return
        status, content = self.look(method, parts, query, body)
        kind = "application/json" if status != 200 or content[:1] in b"[{" else "text/plain"
        writer.write(b"HTTP/1.1 %d X\r\nApi-Version: 1.41\r\nContent-Type: %s\r\n"
                     b"Content-Length: %d\r\n\r\n%s"
                     % (status, kind.encode(), len(content), content))
        await writer.drain()

    def look(self, method, parts, query, body):
        """Status and body of the answer."""
        if method == "GET" and len(parts) == 1 and parts[0] in ("version", "info", "networks"):
            return 200, json.dumps(recorded(parts[0])).encode()
        if parts == ["_ping"]:
            return 200, b"OK"
        if parts == ["containers", "json"]:
            return 200, json.dumps(self.list(query)).encode()
        if method == "POST" and parts == ["containers", "create"]:
            container = self.daemon.create({**json.loads(body), "name": query["name"]})
            return 201, json.dumps({"Id": container.id, "Warnings": []}).encode()
        if len(parts) < 2 or parts[0] != "containers":
            return 404, b'{"message":"page not found"}'
        return self.look_at_container(method, parts[1:], query)

    def look_at_container(self, method, parts, query):
        container = self.daemon.find(parts[0])
        if not container:
            return 404, json.dumps({"message": f"No such container: {parts[0]}"}).encode()
        if method == "GET" and parts[1:] == ["json"]:
            return 200, container.inspect()
        if method == "DELETE":
            self.daemon.remove(container)
            return 204, b""
        if method == "POST" and len(parts) == 2 and parts[1] in self.verbs:
            getattr(self.daemon, self.verbs[parts[1]])(container, query)
            return 204, b""
        return 404, b'{"message":"page not found"}'

    def list(self, query):
        everything = query.get("all") in ("1", "true")
        return [c.list_item() for c in reversed(self.daemon.ids.values())
                if c.running or everything]

    async def stream(self, writer, query):
        passes = chosen(json.loads(query.get("filters", "{}")))
        since, until = float(query.get("since") or "inf"), float(query.get("until") or "inf")
        queue = asyncio.Queue()
        past = [e for e in self.daemon.history if since * 1e9 <= e["timeNano"] <= until * 1e9]
        self.daemon.streams.add(queue)
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n"
                         b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            for event in past:
                self.write_event(writer, event, passes)
            while until > time.time():
                await writer.drain()
                self.write_event(writer, await queue.get(), passes)
            writer.write(b"0\r\n\r\n")
        finally:
            self.daemon.streams.discard(queue)

    @staticmethod
    def write_event(writer, event, passes):
        if passes(event):
            line = json.dumps(event).encode() + b"\n"
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))


async def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("socket")
    parser.add_argument("--containers", type=int, default=0)
    parser.add_argument("--ports", type=int, default=1)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--exposed", action="store_true")
    options = parser.parse_args()
    daemon = Daemon()
    for n in range(options.containers):
        container = daemon.create(numbered(n, options.ports, options.services, options.exposed))
        daemon.start(container, {})
        container.inspect()  # made now: a benchmark is not to wait for it
    server = await asyncio.start_unix_server(Server(daemon).serve, options.socket)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


# ---- for those who use it ----

class FakeDocker:
    """The endpoint as a process of its own, so that it does not share a CPU's turn with us."""

    def __init__(self, socket, *options):
        self.socket = socket
        self.process = subprocess.Popen(
            [sys.executable, os.path.realpath(__file__), socket, *options],
            stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        assert self.process.stdout.readline() == b"ready\n", "the fake Docker does not get ready"

    def ask(self, method, path, body=None):
        connection = UnixConnection(self.socket)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, f"{method} {path}: {answer.status} {text[:200]}"
        return json.loads(text) if text[:1] in b"[{" and text else text.decode()

    def get(self, path):
        return self.ask("GET", path)

    def create(self, name, **config):
        return self.ask("POST", f"/containers/create?name={name}", config)["Id"]

    def do(self, verb, name):
        """start, stop, kill, pause or unpause."""
        self.ask("POST", f"/containers/{name}/{verb}")

    def run(self, name, **config):
        identity = self.create(name, **config)
        self.do("start", name)
        return identity

    def remove(self, name):
        self.ask("DELETE", f"/containers/{name}")

    def end(self):
        end(self.process)


if __name__ == "__main__":
    asyncio.run(main())
