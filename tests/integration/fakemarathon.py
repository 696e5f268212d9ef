"""A Marathon of our own: REST and events of a cluster of nodes, with tasks that a test directs.

    with FakeMarathon(nodes=2) as marathon:
        marathon.put(app("/shop/web", ports=[8080]), instances=3)
        marathon.scale("/shop/web", 6)

Any node answers; one that does not lead sends /v2/events on to the leader, as Marathon does. Tasks
come from a runner: Nowhere() invents their addresses, DockerRunner() starts real containers with
the arguments that a Mesos agent gives to docker. Deployments run in threads of their own, one task
at a time. What is to go wrong is set from outside: 'trouble', 'credentials', 'heartbeat'.
"""

import base64
import copy
import http.server
import itertools
import json
import os
import ssl
import threading
import time
import urllib.parse
import uuid

import image
from procs import run, wait_for
from traffic import try_ask

FIRST_NODE = 18080
FIRST_HOST_PORT = 31000
FIRST_SERVICE_PORT = 10000
LOCKED = {"message": "App is locked by one or more deployments"}


def now():
    seconds = time.time()
    return (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) +
            f".{int(seconds * 1000) % 1000:03d}Z")


def app(app_id, ports=(8080,), mode="container/bridge", checks=(), service_ports=None, **more):
    """A definition in the form of Marathon 1.5. service_ports: None: Marathon chooses."""
    named = service_ports or [0] * len(ports)
    definition = {"id": app_id, "instances": 0, "labels": {}, "env": {},
                  "healthChecks": list(checks), "networks": [{"mode": mode}], **more}
    if mode == "host":
        definition["portDefinitions"] = [{"port": port, "protocol": "tcp"} for port in named]
    else:
        mappings = [{"containerPort": port, "protocol": "tcp", "servicePort": service}
                    for port, service in zip(ports, named)]
        for mapping in mappings:
            mapping.update({"hostPort": 0} if mode == "container/bridge" else {})
        definition["container"] = {"type": "DOCKER", "docker": {"image": image.NAME},
                                   "portMappings": mappings}
    return definition


def tcp_check(index=0):
    return {"protocol": "TCP", "portIndex": index, "gracePeriodSeconds": 5, "intervalSeconds": 1,
            "timeoutSeconds": 1, "maxConsecutiveFailures": 3}


def slots(definition):
    """The ports of a definition for which a task gets a host port."""
    if definition["networks"][0]["mode"] == "host":
        return definition["portDefinitions"]
    return [m for m in definition["container"]["portMappings"] if "hostPort" in m]


# ---- runners ----

class Nowhere:
    """Tasks that are only said to run: at 'host', or at an address of their own."""

    def __init__(self, host="127.0.0.1"):
        self.host = host
        self.addresses = itertools.count(1)

    def start(self, definition, task):
        task["host"] = self.host
        task["ipAddresses"] = [{"ipAddress": f"10.32.0.{next(self.addresses)}", "protocol": "IPv4"}]

    def stop(self, task):
        pass

    def is_alive(self, definition, task):
        return True


class DockerRunner:
    """Tasks are containers of the sandbox, named and started as by a Mesos agent."""

    def __init__(self, sandbox, host, grace=20):
        self.sandbox, self.host, self.grace = sandbox, host, grace

    def start(self, definition, task):
        task["host"] = self.host
        task["container"] = name = f"mesos-{uuid.uuid4()}"
        self.sandbox.docker("run", "-d", *self.arguments(definition, task, name),
                            definition["container"]["docker"]["image"])
        networks = self.sandbox.api(f"/containers/{name}/json")["NetworkSettings"]["Networks"]
        address = next(iter(networks.values()))["IPAddress"]
        task["ipAddresses"] = [{"ipAddress": address, "protocol": "IPv4"}] if address else []

    def arguments(self, definition, task, name):
        """In the order of Mesos' Docker::RunOptions."""
        mode = definition["networks"][0]["mode"]
        argv = ["--cpu-shares", "102", "--memory", str(64 << 20)]
        for key, value in environment(definition, task, name).items():
            argv += ["-e", f"{key}={value}"]
        argv += ["--net", {"host": "host", "container/bridge": "bridge"}.get(mode, mode),
                 "--hostname", task["id"].split(".")[1][-12:]]
        if mode == "container/bridge":
            for mapping, port in zip(slots(definition), task["ports"]):
                argv += ["-p", f"{port}:{mapping['containerPort']}/{mapping['protocol']}"]
        return [*argv, f"--label=MESOS_TASK_ID={task['id']}", "--name", name]

    def stop(self, task):
        self.sandbox.docker("stop", "-t", str(self.grace), task["container"])
        self.sandbox.docker("rm", "-f", task["container"])

    def is_alive(self, definition, task):
        return try_ask(task["ports"][0], address=self.host, timeout=1) is not None


def environment(definition, task, name):
    """What Marathon and Mesos put into a task's environment."""
    env = {"MESOS_TASK_ID": task["id"], "MARATHON_APP_ID": definition["id"],
           "MARATHON_APP_VERSION": definition["version"],
           "MARATHON_APP_DOCKER_IMAGE": definition["container"]["docker"]["image"],
           "MESOS_SANDBOX": "/mnt/mesos/sandbox", "MESOS_CONTAINER_NAME": name,
           "HOST": task["host"], "PORTS": ",".join(map(str, task["ports"]))}
    labels = {}
    for key, value in definition["labels"].items():
        if len(key) + len(value) < 512:
            labels["".join(c if c.isalnum() else "_" for c in key).upper()] = value
    env["MARATHON_APP_LABELS"] = " ".join(labels)
    env.update({f"MARATHON_APP_LABEL_{key}": value for key, value in labels.items()})
    for i, port in enumerate(task["ports"]):
        env[f"PORT{i}"] = str(port)
    return {**env, "PORT": str(task["ports"][0]) if task["ports"] else "", **definition["env"]}


# ---- the cluster ----

class FakeMarathon:
    def __init__(self, runner=None, nodes=1, first_port=FIRST_NODE, certificate=None):
        """'certificate' is a PEM file with its key: the nodes speak TLS."""
        self.runner = runner or Nowhere()
        self.scheme = "https" if certificate else "http"
        self.lock = threading.RLock()
        self.apps, self.tasks, self.versions = {}, {}, {}
        self.host_ports = itertools.count(FIRST_HOST_PORT)
        self.leader = 0
        self.streams = []       # open event streams: [node, list of events to send, wake-up]
        self.requests = []      # (node, method, path with query, Authorization)
        self.credentials = None  # the Authorization that is asked for
        self.trouble = {}       # path's beginning: how it is answered: see Handler.misbehave()
        self.heartbeat = 0.5
        self.over = False
        self.deployments = []   # threads
        self.held = set()       # apps whose deployments do not go on
        self.servers = [http.server.ThreadingHTTPServer(("127.0.0.1", first_port + n), Handler)
                        for n in range(nodes)]
        for n, server in enumerate(self.servers):
            server.daemon_threads = True
            server.marathon, server.node = self, n
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate)
                server.socket = context.wrap_socket(server.socket, server_side=True,
                                                    do_handshake_on_connect=False)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.over = True
        self.close_streams()
        for server in self.servers:
            server.shutdown()
            server.server_close()
        for thread in self.deployments:
            thread.join(60)

    @property
    def url(self):
        return ",".join(self.address(n) for n in range(len(self.servers)))

    def address(self, node):
        return f"{self.scheme}://127.0.0.1:{self.servers[node].server_address[1]}"

    # -- what a test does --

    def put(self, definition, instances=None, wait=True):
        """Creates or changes an app; tasks of an older version are replaced one by one."""
        with self.lock:
            known = self.apps.get(definition["id"], {})
            defaults = {} if known else {"instances": 1, "labels": {}, "env": {}, "healthChecks": []}
            new = {**defaults, **copy.deepcopy(known), **copy.deepcopy(definition),
                   "version": self.new_version()}
            if instances is not None:
                new["instances"] = instances
            self.number(new, known)
            self.apps[new["id"]] = new
            self.versions[new["id"], new["version"]] = new
            self.tasks.setdefault(new["id"], [])
            only_scaled = known and set(definition) <= {"id", "instances"}
            new["configured"] = known["configured"] if only_scaled else new["version"]
            self.emit("api_post_event", clientIp="127.0.0.1", uri=f"/v2/apps/{new['id']}",
                      appDefinition=self.document(new, ()))
        return self.deploy(new["id"], wait)

    def scale(self, app_id, instances, wait=True):
        return self.put({"id": app_id, "instances": instances}, wait=wait)

    def remove(self, app_id, wait=True):
        with self.lock:
            self.apps[app_id]["instances"] = 0
        return self.deploy(app_id, wait, remove=True)

    def kill(self, task_ids, scale=False, wait=True):
        """Kills tasks; unless 'scale', others take their place."""
        with self.lock:
            found = [t for tasks in self.tasks.values() for t in tasks if t["id"] in task_ids]
            for task in found:
                task["doomed"] = True
                if scale:
                    self.apps[task["appId"]]["instances"] -= 1
        for app_id in {t["appId"] for t in found}:
            self.deploy(app_id, wait)
        return [t["id"] for t in found]

    def set_alive(self, task, alive):
        with self.lock:
            task["alive"] = alive
            self.emit("health_status_changed_event", appId=task["appId"],
                      instanceId=task["id"].rsplit("._app", 1)[0], version=task["version"],
                      alive=alive)

    def lead(self, node):
        """Another node leads: every stream ends."""
        with self.lock:
            self.leader = node
        self.close_streams()

    def running(self, app_id):
        with self.lock:
            return [t for t in self.tasks.get(app_id, ()) if t["state"] == "TASK_RUNNING"]

    def asked(self, beginning):
        """Requests whose path begins so."""
        return [r for r in list(self.requests) if r[2].startswith(beginning)]

    # -- deployments --

    def new_version(self):
        time.sleep(0.002)  # versions are times: each is another millisecond
        return now()

    def number(self, new, known):
        """Gives service ports where 0 asks for one: the old ones, or the lowest that are free."""
        used = {p for a in self.apps.values() for p in self.service_ports(a)}
        before = self.service_ports(known) if known else []
        for i, port in enumerate(self.ports(new)):
            key = "port" if "port" in port else "servicePort"
            if not port.get(key):
                port[key] = before[i] if i < len(before) else next(
                    n for n in itertools.count(FIRST_SERVICE_PORT) if n not in used)
                used.add(port[key])

    @staticmethod
    def ports(definition):
        if definition["networks"][0]["mode"] == "host":
            return definition["portDefinitions"]
        return definition["container"]["portMappings"]

    def service_ports(self, definition):
        return [p.get("servicePort", p.get("port")) for p in self.ports(definition)]

    def deploy(self, app_id, wait, remove=False):
        thread = threading.Thread(target=self.run_deployment, args=(app_id, remove), daemon=True)
        deployment = {"id": str(uuid.uuid4())}
        with self.lock:
            self.apps[app_id].setdefault("deployments", []).append(deployment)
            self.deployments.append(thread)
        thread.deployment = deployment
        thread.start()
        if wait:
            thread.join(60)
            assert not thread.is_alive(), f"the deployment of {app_id} has not ended"
        return deployment["id"]

    def run_deployment(self, app_id, remove):
        deployment = threading.current_thread().deployment
        while not self.over and self.goes_on(app_id, deployment) and self.step(app_id):
            pass
        with self.lock:
            definition = self.apps.get(app_id)
            if definition and deployment in definition["deployments"]:
                definition["deployments"].remove(deployment)
            if remove and definition and not definition["instances"]:
                del self.apps[app_id]
                self.emit("app_terminated_event", appId=app_id)
            steps = [{"actions": [{"action": "ScaleApplication", "app": app_id}]}]
            self.emit("deployment_success", id=deployment["id"],
                      plan={"id": deployment["id"], "steps": steps})

    def goes_on(self, app_id, deployment):
        """Waits while it is held, as where no agent has room; false where it was overridden."""
        wait_for(lambda: app_id not in self.held or not self.is_on(app_id, deployment) or self.over,
                 f"the deployment of {app_id} is let go", 120)
        return self.is_on(app_id, deployment)

    def is_on(self, app_id, deployment):
        with self.lock:
            return deployment in self.apps.get(app_id, {}).get("deployments", ())

    def override(self, app_id):
        """Another deployment takes the place of those that are under way, as force=true asks."""
        with self.lock:
            self.held.discard(app_id)
            self.apps[app_id]["deployments"].clear()

    def step(self, app_id):
        """One task more or less; false where the app is as it should be."""
        with self.lock:
            definition = self.apps.get(app_id)
            if not definition:
                return False
            tasks = [t for t in self.tasks[app_id] if t["state"] in ("TASK_RUNNING", "TASK_STAGING")]
            doomed = [t for t in tasks if t.get("doomed")]
            old = [t for t in tasks if t["version"] < definition["configured"]]
            good = [t for t in tasks if t not in doomed and t not in old]
            victim = None
            if len(good) < definition["instances"] and not doomed:
                task = self.new_task(definition)
            elif doomed or old or len(good) > definition["instances"]:
                victim = (doomed or old or good)[-1]
                victim["state"] = "TASK_KILLING"
                self.emit_task(victim)
            else:
                return False
        if victim:
            self.end_task(victim)
        else:
            self.start_task(definition, task)
        return True

    def new_task(self, definition):
        safe = definition["id"].strip("/").replace("/", "_")
        task = {"id": f"{safe}.instance-{uuid.uuid1()}._app.1", "appId": definition["id"],
                "host": getattr(self.runner, "host", "127.0.0.1"), "ipAddresses": [],
                "ports": [next(self.host_ports) for _ in slots(definition)],
                "servicePorts": self.service_ports(definition), "state": "TASK_STAGING",
                "version": definition["version"], "stagedAt": now(), "alive": None}
        self.tasks[definition["id"]].append(task)
        self.emit_task(task)
        return task

    def start_task(self, definition, task):
        self.runner.start(definition, task)
        with self.lock:
            task["state"], task["startedAt"] = "TASK_RUNNING", now()
            self.emit_task(task)
        if definition["healthChecks"]:
            wait_for(lambda: self.over or self.runner.is_alive(definition, task),
                     f"{task['id']} is well", 60)
            self.set_alive(task, True)

    def end_task(self, task):
        self.runner.stop(task)
        with self.lock:
            task["state"] = "TASK_KILLED"
            self.tasks[task["appId"]].remove(task)
            self.emit_task(task)

    # -- what is said --

    def document(self, definition, embed=("app.tasks",)):
        shown = {k: v for k, v in definition.items() if k != "configured"}
        if not any("tasks" in e for e in embed):
            return shown
        return {**shown, "tasks": [self.task_document(t) for t in self.tasks[definition["id"]]]}

    @staticmethod
    def task_document(task):
        shown = {k: v for k, v in task.items() if k not in ("alive", "container", "doomed")}
        if task["alive"] is not None:
            shown["healthCheckResults"] = [{"alive": task["alive"], "consecutiveFailures": 0,
                                            "instanceId": task["id"].rsplit("._app", 1)[0]}]
        return shown

    def emit_task(self, task):
        self.emit("status_update_event", appId=task["appId"], taskId=task["id"],
                  taskStatus=task["state"], host=task["host"], ports=task["ports"],
                  ipAddresses=task["ipAddresses"], version=task["version"])

    def emit(self, name, **fields):
        data = json.dumps({**fields, "eventType": name, "timestamp": now()})
        self.emit_raw(f"event: {name}\r\ndata: {data}\r\n\r\n".encode())

    def emit_raw(self, data):
        with self.lock:
            for stream in self.streams:
                stream[1].append(data)
                stream[2].set()

    def close_streams(self):
        with self.lock:
            streams, self.streams = self.streams, []
        for stream in streams:
            stream[0] = None
            stream[2].set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    @property
    def marathon(self):
        return self.server.marathon

    def do_GET(self):
        self.route("GET")

    def do_POST(self):
        self.route("POST")

    def do_PUT(self):
        self.route("PUT")

    def do_DELETE(self):
        self.route("DELETE")

    def route(self, method):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        given = self.headers.get("Authorization")
        self.marathon.requests.append((self.server.node, method, self.path, given))
        if self.marathon.credentials and given != self.marathon.credentials:
            self.answer(401, {"message": "Invalid username or password."})
            return
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        kind = next((t for p, t in self.marathon.trouble.items() if url.path.startswith(p)), None)
        if kind and self.misbehave(kind):
            return
        if url.path == "/v2/events":
            self.events()
        elif url.path == "/v2/leader":
            leader = self.marathon.address(self.marathon.leader).removeprefix("http://")
            self.answer(200, {"leader": leader})
        elif url.path.startswith("/v2/apps") or url.path.startswith("/v2/tasks"):
            with self.marathon.lock:
                status, answer = self.apps(method, url.path, query, json.loads(body or "null"))
            self.answer(status, answer)
        else:
            self.answer(404, {"message": "not here"})

    def misbehave(self, kind):
        """True where that was the answer."""
        if kind == "html":
            self.send(200, b"<html><body>Bad gateway</body></html>", "text/html")
        elif kind == "half":
            self.send(200, b'{"apps": [{"id": "/half", "instan')
        elif kind == "away":
            self.close_connection = True
        elif kind.startswith("to "):  # a redirect
            self.send(302, b"", location=kind[3:] + self.path)
        else:
            self.send(int(kind), b'{"message": "so it is"}')
        return True

    def apps(self, method, path, query, body):
        m = self.marathon
        if path == "/v2/tasks/delete":
            return self.kill(query, body)
        if path == "/v2/apps":
            if method == "POST":
                if body["id"] in m.apps:
                    return 409, {"message": "An app with that id exists"}
                deployment = m.put(body, wait=False)
                return 201, {**m.document(m.apps[body["id"]], ()), "deployments": [{"id": deployment}]}
            embed = query.get("embed", [])
            return 200, {"apps": [m.document(a, embed) for a in m.apps.values()]}
        app_id, _, version = path[len("/v2/apps/"):].partition("/versions/")
        if version:
            found = m.versions.get((app_id, version))
            return (200, m.document(found, ())) if found else (404, {"message": "no such version"})
        if app_id not in m.apps:
            return 404, {"message": f"App '{app_id}' does not exist"}
        if method == "GET":
            return 200, {"app": m.document(m.apps[app_id], query.get("embed", []))}
        if m.apps[app_id]["deployments"]:
            if "force" not in query:
                return 409, LOCKED
            m.override(app_id)
        if method == "DELETE":
            return 200, {"deploymentId": m.remove(app_id, wait=False)}
        return 200, {"deploymentId": m.put({**body, "id": app_id}, wait=False)}

    def kill(self, query, body):
        m = self.marathon
        of = {i for i, tasks in m.tasks.items() if any(t["id"] in body["ids"] for t in tasks)}
        for app_id in of:
            if m.apps[app_id]["deployments"] and "force" not in query:
                return 409, LOCKED
            m.override(app_id)
        return 200, {"tasks": m.kill(body["ids"], "scale" in query, wait=False)}

    def events(self):
        m = self.marathon
        if self.server.node != m.leader:
            self.send(302, b"", location=m.address(m.leader) + self.path)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        hello = json.dumps({"remoteAddress": "127.0.0.1", "eventType": "event_stream_attached"})
        stream = [self.server.node, [f"event: event_stream_attached\r\ndata: {hello}\r\n\r\n".encode()],
                  threading.Event()]
        with m.lock:
            m.streams.append(stream)
        stream[2].set()
        try:
            while stream[0] is not None and not m.over:
                if stream[2].wait(m.heartbeat or 0.2):
                    stream[2].clear()
                elif m.heartbeat:
                    self.wfile.write(b"\r\n")
                while stream[1]:
                    self.wfile.write(stream[1].pop(0))
        except OSError:
            pass

    def answer(self, status, document):
        self.send(status, json.dumps(document).encode())

    def send(self, status, body, kind="application/json", location=None):
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


def basic(user):
    return "Basic " + base64.b64encode(user.encode()).decode()
