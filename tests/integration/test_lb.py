"""The load balancer's room with a real HAProxy, through tests/integration/lb-driver."""

import http.client
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

BUILD = os.environ.get("BERTH_BUILD", os.path.join(os.path.dirname(__file__), "..", ".."))
DRIVER = os.path.join(BUILD, "tests", "integration", "lb-driver")
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"
GOLDEN = os.path.join(os.path.dirname(__file__), "..", "golden", "lb-template")
PATIENCE = 20

pytestmark = pytest.mark.skipif(not os.access(HAPROXY, os.X_OK), reason="there is no haproxy here")


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Backend:
    """A web server that answers with its own port, or at /from with who is said to ask; 'hold'
    keeps requests for /slow waiting."""

    def __init__(self):
        self.hold = threading.Event()
        self.slow = threading.Semaphore(0)
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path == "/slow":
                    backend.slow.release()
                    backend.hold.wait(PATIENCE)
                body = str(backend.port).encode()
                if self.path == "/from":
                    body = ", ".join(self.headers.get_all("X-Forwarded-For", [])).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request, client_address):
                pass  # HAProxy resets connections that it does not need any more

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()


class Driver:
    def __init__(self, directory, options):
        self.directory = directory
        self.options = options
        self.process = None
        self.states = None

    def start(self):
        arguments = [f"{k}={v}" for k, v in self.options.items()]
        self.process = subprocess.Popen(
            [DRIVER, f"dir={self.directory}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=1"},
        )
        self.states = queue.Queue()
        threading.Thread(target=self.read, args=(self.process, self.states), daemon=True).start()

    @staticmethod
    def read(process, states):
        for line in process.stdout:
            states.put(json.loads(line))

    def send(self, catalog):
        self.process.stdin.write(json.dumps(catalog) + "\n")
        self.process.stdin.flush()

    def refresh(self):
        self.process.stdin.write("refresh\n")
        self.process.stdin.flush()

    def until(self, condition, what):
        """The first state that satisfies the condition."""
        end = time.monotonic() + PATIENCE
        last = None
        while time.monotonic() < end:
            try:
                last = self.states.get(timeout=0.1)
            except queue.Empty:
                assert self.process.poll() is None, "the driver has ended"
                continue
            if condition(last):
                return last
        raise AssertionError(f"waited in vain for {what}; last state: {json.dumps(last)}")

    def stop(self):
        """Ends it as an agent ends; sanitizers have their say."""
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()


class Lb:
    """A driver, its HAProxy, and backends; all taken away afterwards."""

    def __init__(self, directory):
        self.directory = directory
        self.port = free_port()
        self.backends = []
        self.driver = Driver(
            directory, {"haproxy": HAPROXY, "http_port": self.port, "resync": 60}
        )

    def backend(self):
        backend = Backend()
        self.backends.append(backend)
        return backend

    def master(self):
        """The pid in the pid file: a daemon writes it some time after its starter returned."""
        def written():
            with open(os.path.join(self.directory, "haproxy.pid"), encoding="ascii") as f:
                return f.read().split()

        return int(wait_for(written, "a pid in haproxy.pid")[0])

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE)
            s.connect(os.path.join(self.directory, "haproxy.sock"))
            s.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: s.recv(65536), b"")).decode()

    def worker(self):
        return int(re.search(r"^Pid: (\d+)", self.ask("show info"), re.M).group(1))

    def get(self, host="web.example", path="/", port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def seen(self, n, **where):
        """Which backends answer, over 'n' requests."""
        return {self.get(**where)[1] for _ in range(n)}

    def clean_up(self):
        if self.driver.process and self.driver.process.poll() is None:
            self.driver.stop()
        try:
            os.kill(self.master(), signal.SIGTERM)
        except (FileNotFoundError, ProcessLookupError):
            pass
        for backend in self.backends:
            backend.close()


def instance(backend, n=1, service="web", state="passing", vhost="web.example", **meta):
    meta = {key.replace("_", "-"): str(value) for key, value in meta.items()}
    if vhost:
        meta["vhost"] = vhost
    port = backend if isinstance(backend, int) else backend.port
    return {
        "id": f"node:c{n}:80",
        "service": service,
        "node": "node",
        "address": "127.0.0.1",
        "port": port,
        "state": state,
        "meta": meta,
    }


def servers(state, service="web"):
    """instance id -> state of the server; None for servers of no instance."""
    for b in state["backends"]:
        if b["service"] == service:
            return {s["instance_id"]: s["state"] for s in b["servers"]}
    return None


def settled(state):
    return state["error"] is None


@pytest.fixture
def lb(tmp_path):
    # Socket paths are short: pytest's own directories may be too long.
    directory = f"/tmp/berth-lb-{os.getpid()}-{tmp_path.name[-12:]}"
    shutil.rmtree(directory, ignore_errors=True)
    box = Lb(directory)
    try:
        yield box
    finally:
        box.clean_up()
        shutil.rmtree(directory, ignore_errors=True)


def start(lb, catalog):
    lb.driver.start()
    lb.driver.send(catalog)
    return lb.driver.until(settled, "HAProxy to start")


def test_first_service_is_served(lb):
    web = lb.backend()
    state = start(lb, [instance(web)])
    assert state["backends"][0]["name"] == "web"
    assert state["counters"]["reloads"] == 0
    assert lb.get() == (200, str(web.port))
    assert lb.get(host="WEB.Example.:8080") == (200, str(web.port))
    assert lb.get(host="other.example")[0] == 503


def test_the_client_is_named(lb):
    start(lb, [instance(lb.backend())])
    assert lb.get(path="/from") == (200, "127.0.0.1")


def test_scaling_needs_no_reload(lb):
    a, b, c = lb.backend(), lb.backend(), lb.backend()
    start(lb, [instance(a, 1)])
    worker = lb.worker()
    lb.driver.send([instance(a, 1), instance(b, 2), instance(c, 3)])
    lb.driver.until(lambda s: len(servers(s)) == 3, "three servers")
    wait_for(lambda: lb.seen(6) == {str(a.port), str(b.port), str(c.port)}, "traffic to all three")
    lb.driver.send([instance(b, 2)])
    state = lb.driver.until(lambda s: list(servers(s)) == ["node:c2:80"], "two servers gone")
    assert lb.seen(6) == {str(b.port)}
    assert lb.worker() == worker
    assert state["counters"]["reloads"] == 0
    assert state["counters"]["runtime_failures"] == 0
    with open(os.path.join(lb.directory, "haproxy.cfg"), encoding="ascii") as f:
        assert re.findall(r"^ +server \S+ (\S+)", f.read(), re.M) == [f"127.0.0.1:{b.port}"]


def test_new_service_reloads(lb):
    web, db = lb.backend(), lb.backend()
    port = free_port()
    start(lb, [instance(web)])
    worker = lb.worker()
    lb.driver.send([instance(web), instance(db, 2, "db", vhost=None, service_port=port)])
    state = lb.driver.until(lambda s: s["counters"]["reloads"] == 1 and settled(s), "a reload")
    assert lb.worker() != worker
    assert lb.get(port=port) == (200, str(db.port))
    assert lb.get() == (200, str(web.port))
    assert [(b["name"], b["mode"], b["service_ports"]) for b in state["backends"]] == [
        ("db", "tcp", [port]),
        ("web", "http", []),
    ]


def test_changed_address_and_mode_of_a_vhost(lb):
    a, b = lb.backend(), lb.backend()
    start(lb, [instance(a, 1)])
    worker = lb.worker()
    lb.driver.send([instance(a, 1, vhost="new.example,web.example")])
    lb.driver.until(lambda s: s["backends"][0]["vhosts"] == ["new.example", "web.example"], "map")
    assert lb.get(host="new.example") == (200, str(a.port))
    lb.driver.send([instance(a, 1, vhost="new.example"), instance(b, 2, vhost="new.example")])
    lb.driver.until(lambda s: len(servers(s)) == 2, "two servers")
    assert lb.get()[0] == 503
    assert lb.worker() == worker


def test_draining_takes_nothing_new(lb):
    a, b = lb.backend(), lb.backend()
    start(lb, [instance(a, 1), instance(b, 2)])
    lb.driver.send([instance(a, 1, state="draining"), instance(b, 2)])
    lb.driver.until(lambda s: servers(s)["node:c1:80"] == "drain", "the drain")
    assert lb.seen(10) == {str(b.port)}
    lb.driver.send([instance(a, 1), instance(b, 2)])
    lb.driver.until(lambda s: servers(s)["node:c1:80"] == "up", "the end of the drain")
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "traffic to both")


def test_removal_lets_requests_finish(lb):
    a, b = lb.backend(), lb.backend()
    start(lb, [instance(a, 1)])
    answers = []
    slow = threading.Thread(target=lambda: answers.append(lb.get(path="/slow")))
    slow.start()
    assert a.slow.acquire(timeout=PATIENCE)
    lb.driver.send([instance(b, 2)])
    state = lb.driver.until(lambda s: "node:c2:80" in servers(s), "the new server")
    assert servers(state)[None] == "drain"
    # The leaver is looked at more than once while its request lasts.
    passes = state["passes"]
    state = lb.driver.until(lambda s: s["passes"] >= passes + 3, "looks at the leaver")
    assert servers(state)[None] == "drain"
    a.hold.set()
    slow.join(PATIENCE)
    assert answers == [(200, str(a.port))]
    lb.driver.until(lambda s: list(servers(s)) == ["node:c2:80"], "the removal")


def test_name_that_comes_back(lb):
    a, b = lb.backend(), lb.backend()
    start(lb, [instance(a, 1), instance(b, 2)])
    slow = threading.Thread(target=lambda: lb.get(path="/slow"))
    for backend in (a, b):
        backend.hold.clear()
    slow.start()
    wait_for(lambda: a.slow.acquire(blocking=False) or b.slow.acquire(blocking=False), "a request")
    lb.driver.send([instance(b, 2)])
    lb.driver.until(lambda s: None in servers(s) or "node:c1:80" not in servers(s), "leaving")
    lb.driver.send([instance(a, 1), instance(b, 2)])
    lb.driver.until(lambda s: servers(s).get("node:c1:80") == "up", "the return")
    for backend in (a, b):
        backend.hold.set()
    slow.join(PATIENCE)
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "traffic to both")


def test_killed_driver_leaves_haproxy_alone(lb):
    a, b = lb.backend(), lb.backend()
    start(lb, [instance(a, 1)])
    worker, master = lb.worker(), lb.master()
    lb.driver.kill()
    assert lb.get() == (200, str(a.port))
    state = start(lb, [instance(a, 1)])
    assert (lb.worker(), lb.master()) == (worker, master)
    assert state["counters"]["runtime_commands"] == 0
    lb.driver.kill()
    # What changed while nobody looked is made up for at run time.
    state = start(lb, [instance(b, 2)])
    assert set(servers(state)) == {None, "node:c2:80"}
    lb.driver.until(lambda s: list(servers(s)) == ["node:c2:80"], "the removal")
    assert lb.seen(4) == {str(b.port)}
    assert (lb.worker(), lb.master()) == (worker, master)


def test_dead_haproxy_is_started_again(lb):
    a = lb.backend()
    state = start(lb, [instance(a, 1)])
    master, worker = lb.master(), lb.worker()
    for pid in (master, worker):
        os.kill(pid, signal.SIGKILL)
    lb.driver.until(
        lambda s: settled(s) and s["passes"] > state["passes"] and lb.master() != master,
        "another master",
    )
    assert lb.get() == (200, str(a.port))
    assert lb.worker() != worker


def test_dead_worker_alone(lb):
    a = lb.backend()
    state = start(lb, [instance(a, 1)])
    worker = lb.worker()
    os.kill(worker, signal.SIGKILL)
    lb.driver.until(lambda s: settled(s) and s["passes"] > state["passes"], "HAProxy again")
    assert lb.get() == (200, str(a.port))
    assert lb.worker() != worker


def poisoned(lb, tmp_path, pattern):
    """A haproxy program whose check refuses a file that has the pattern, and names no line."""
    program = tmp_path / "haproxy"
    program.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = -c ] && grep -q "{pattern}" "$3"; then\n'
        "    echo '[NOTICE]   (1) : haproxy version is 2.6.12'\n"
        "    echo '[ALERT]    (1) : config : the poison is refused'\n"
        "    exit 1\n"
        "fi\n"
        f'exec {HAPROXY} "$@"\n'
    )
    program.chmod(0o755)
    lb.driver.options["haproxy"] = str(program)


def test_refused_configuration_keeps_the_last_good_one(lb, tmp_path):
    """What is refused stands in the part that is nobody's."""
    a, b = lb.backend(), lb.backend()
    poisoned(lb, tmp_path, "^ *bind .* ssl crt")
    certs = tmp_path / "certs"
    certs.mkdir()
    lb.driver.options.update(https_port=free_port(), certs=certs)
    state = start(lb, [instance(a, 1)])
    worker = lb.worker()
    # The first certificate makes the frontend: no piece of a service is to blame.
    (certs / "site.pem").write_text("none")
    lb.driver.send([instance(a, 1)])
    state = lb.driver.until(lambda s: s["counters"]["reload_failures"] == 1, "the refusal")
    assert state["problems"] == [
        "HAProxy configuration: HAProxy refuses the configuration: config : the poison is refused; "
        "the last good one stays"
    ]
    # Servers still come and go at run time, and the refused input is not tried again.
    lb.driver.send([instance(a, 1), instance(b, 2)])
    state = lb.driver.until(lambda s: servers(s).get("node:c2:80") == "up", "a new server")
    assert state["counters"]["reload_failures"] == 1
    assert lb.worker() == worker
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "traffic to both")
    # It even comes back after a crash.
    os.kill(lb.master(), signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    lb.driver.until(lambda s: s["passes"] > state["passes"] and settled(s), "the last good one")
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "traffic to both")
    (certs / "site.pem").unlink()
    lb.driver.send([instance(a, 1), instance(b, 2)])
    lb.driver.until(lambda s: not any("refuses" in p for p in s["problems"]), "the end of it")


def test_taken_port_is_left_out(lb):
    a, b = lb.backend(), lb.backend()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        lb.driver.options["resync"] = 1
        state = start(
            lb, [instance(a, 1), instance(b, 2, "db", vhost=None, service_port=port)]
        )
        assert state["problems"] == [
            f"service db: cannot open port {port}: Address already in use: stop the program that "
            "listens there, or give the service another port"
        ]
        assert lb.get() == (200, str(a.port))
    lb.driver.until(lambda s: not s["problems"] and settled(s), "the port to be free")
    wait_for(lambda: lb.get(port=port) == (200, str(b.port)), "the service port")


def test_taken_http_port_leaves_the_others(lb):
    a, b = lb.backend(), lb.backend()
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", lb.port))
        taken.listen()
        state = start(
            lb, [instance(a, 1), instance(b, 2, "db", vhost=None, service_port=port)]
        )
        assert state["problems"] == [
            f"port {lb.port}: cannot open port {lb.port}: Address already in use: stop the program "
            "that listens there, or set [lb] http_port to another port"
        ]
        assert lb.get(port=port) == (200, str(b.port))


def test_gone_service_lingers(lb):
    a, b = lb.backend(), lb.backend()
    start(lb, [instance(a, 1), instance(b, 2, "other", vhost="other.example")])
    worker = lb.worker()
    lb.driver.send([instance(b, 2, "other", vhost="other.example")])
    lb.driver.until(lambda s: servers(s) == {}, "an empty backend")
    assert lb.get()[0] == 503
    lb.driver.send([instance(a, 1), instance(b, 2, "other", vhost="other.example")])
    lb.driver.until(lambda s: servers(s) == {"node:c1:80": "up"}, "the service again")
    assert lb.get() == (200, str(a.port))
    assert lb.worker() == worker
    lb.driver.send([instance(a, 1)])
    lb.driver.until(lambda s: s["counters"]["reloads"] == 1, "the end of its time")
    assert lb.get(host="other.example")[0] == 503


def test_refresh_reads_the_states(lb):
    a = lb.backend()
    start(lb, [instance(a, 1)])
    lb.ask("set server web/node:c1:80:%d state maint" % a.port)
    lb.driver.refresh()
    state = lb.driver.until(lambda s: servers(s)["node:c1:80"] != "up", "the state")
    assert servers(state) == {"node:c1:80": "maint"}
    # The catalog is the authority: the next pass takes it out of maintenance.
    lb.driver.send([instance(a, 1)])
    lb.driver.until(lambda s: servers(s) == {"node:c1:80": "up"}, "the server again")


def test_unmanaged_haproxy(lb):
    a = lb.backend()
    lb.driver.options["manage"] = "no"
    lb.driver.start()
    lb.driver.send([instance(a, 1)])
    state = lb.driver.until(lambda s: s["error"], "the complaint")
    assert "does not answer" in state["error"]
    assert not os.path.exists(os.path.join(lb.directory, "haproxy.pid"))
    d = lb.directory
    subprocess.run(
        [HAPROXY, "-W", "-S", f"{d}/master.sock", "-D", "-p", f"{d}/haproxy.pid", "-f",
         f"{d}/haproxy.cfg"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    master = lb.master()
    lb.driver.until(settled, "the HAProxy of somebody else")
    assert lb.get() == (200, str(a.port))
    b = lb.backend()
    lb.driver.send([instance(a, 1), instance(b, 2, "b", vhost="b.example")])
    lb.driver.until(lambda s: s["counters"]["reloads"] == 1 and settled(s), "a reload")
    assert lb.get(host="b.example") == (200, str(b.port))
    assert lb.master() == master


def test_foreign_changes_are_made_good(lb):
    a, b = lb.backend(), lb.backend()
    lb.driver.options["resync"] = 1
    start(lb, [instance(a, 1), instance(b, 2)])
    worker = lb.worker()
    name = f"web/node:c1:80:{a.port}"
    lb.ask(f"set server {name} state maint")
    assert "Server deleted." in lb.ask(f"del server {name}")
    lb.ask(f"del map {lb.directory}/hosts.map web.example")
    wait_for(lambda: lb.get()[0] == 200, "the host name again")
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "both servers again")
    assert lb.worker() == worker


class Client(threading.Thread):
    """Asks without a pause, on kept and on new connections; notes what fails."""

    def __init__(self, port, keep):
        super().__init__(daemon=True)
        self.port, self.keep = port, keep
        self.ending = threading.Event()
        self.requests, self.failures = 0, []

    def run(self):
        connection = None
        while not self.ending.is_set():
            try:
                connection = connection or http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=PATIENCE
                )
                connection.request("GET", "/", headers={"Host": "web.example"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failures.append(answer.status)
                self.requests += 1
                if not self.keep or answer.will_close:
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as e:
                self.failures.append(repr(e))
                connection = None


def test_no_request_fails_over_changes_and_reloads(lb):
    backends = [lb.backend() for _ in range(4)]
    fixed = lb.backend()
    catalog = [instance(fixed, 9)]
    start(lb, catalog)
    clients = [Client(lb.port, keep) for keep in (True, False, True, False)]
    for client in clients:
        client.start()
    reloads = 0
    for turn in range(4):
        catalog = [instance(fixed, 9)]
        catalog += [instance(b, i) for i, b in enumerate(backends) if i != turn]
        wanted = {i["id"] for i in catalog}
        lb.driver.send(catalog)
        lb.driver.until(lambda s, w=wanted: set(servers(s)) == w and settled(s), "the change")
        # A new service each turn: a reload.
        catalog.append(instance(fixed, 9, f"extra{turn}", vhost=f"extra{turn}.example"))
        lb.driver.send(catalog)
        state = lb.driver.until(
            lambda s, r=reloads: s["counters"]["reloads"] > r and settled(s), "a reload"
        )
        reloads = state["counters"]["reloads"]
    for client in clients:
        client.ending.set()
    for client in clients:
        client.join(PATIENCE)
    assert [c.failures for c in clients] == [[], [], [], []]
    assert sum(c.requests for c in clients) > 100
    assert reloads >= 4


def test_fifty_scale_events_and_twenty_new_services(lb):
    """Under constant load no request fails, and scaling alone reloads nothing."""
    fixed, others = lb.backend(), [lb.backend() for _ in range(4)]
    base = [instance(fixed, 9)]
    start(lb, base)
    worker = lb.worker()
    clients = [Client(lb.port, keep) for keep in (True, False, True, False)]
    for client in clients:
        client.start()
    up = set()
    for event in range(50):
        up ^= {event % 4 if event % 3 else (event + 1) % 4}
        catalog = base + [instance(others[n], n) for n in sorted(up)]
        wanted = {i["id"] for i in catalog}
        lb.driver.send(catalog)
        state = lb.driver.until(
            lambda s, w=wanted: set(servers(s)) - {None} == w and settled(s), "the change")
    assert state["counters"]["reloads"] == 0 and lb.worker() == worker
    assert not any(c.failures for c in clients)
    for n in range(20):
        catalog = catalog + [instance(fixed, n, f"new{n}", vhost=f"new{n}.example")]
        lb.driver.send(catalog)
        lb.driver.until(lambda s, n=n: len(s["backends"]) >= n + 2, "the service to be seen")
    state = lb.driver.until(
        lambda s: {b["name"] for b in s["backends"]} == {"web", *(f"new{n}" for n in range(20))}
        and s["counters"]["reloads"] and settled(s), "all services")
    for n in range(20):
        wait_for(lambda n=n: lb.get(host=f"new{n}.example") == (200, str(fixed.port)), "a service")
    total = sum(c.requests for c in clients)
    wait_for(lambda: sum(c.requests for c in clients) > total + 50, "the load to go on")
    for client in clients:
        client.ending.set()
    for client in clients:
        client.join(PATIENCE)
    assert [c.failures for c in clients] == [[], [], [], []]


def test_haproxy_takes_the_golden_files(tmp_path):
    names = sorted(n for n in os.listdir(GOLDEN) if n.endswith(".cfg"))
    assert names
    for name in names:
        with open(os.path.join(GOLDEN, name), encoding="ascii") as f:
            text = f.read().replace("/run/berth", str(tmp_path))
        (tmp_path / "hosts.map").write_text(
            open(os.path.join(GOLDEN, name[:-4] + ".map"), encoding="ascii").read()
        )
        (tmp_path / name).write_text(text)
        check = subprocess.run(
            [HAPROXY, "-c", "-f", str(tmp_path / name)], capture_output=True, text=True, check=False
        )
        assert check.returncode == 0, f"{name}: {check.stderr}"
        assert "WARNING" not in check.stderr, f"{name}: {check.stderr}"
