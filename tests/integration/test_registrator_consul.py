"""The registrator against a real Consul agent, through tests/integration/registrator-driver.

CONSUL is the path of the consul program, BERTH_BUILD the build directory."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

import pytest

BUILD = os.environ.get("BERTH_BUILD", os.getcwd())
DRIVER = os.path.join(BUILD, "tests/integration/registrator-driver")
PROGRAM = (os.environ.get("CONSUL") or os.environ.get("BERTH_CONSUL") or shutil.which("consul"))
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
NODE = "node-a"
WEB = "endpoint 1 web-1 nginx:1 80/tcp 30080"
PATIENCE = 30


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.02)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Consul:
    """A development server: it forgets everything when it ends."""

    def __init__(self, directory):
        self.log = os.path.join(directory, "consul.log")
        self.http, self.server, self.lan, self.wan = free_ports(4)
        self.url = f"http://127.0.0.1:{self.http}"
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "agent", "-dev", "-bind=127.0.0.1", "-node=consul-node",
                 f"-http-port={self.http}", f"-server-port={self.server}",
                 f"-serf-lan-port={self.lan}", f"-serf-wan-port={self.wan}",
                 "-dns-port=-1", "-grpc-port=-1", "-log-level=warn"],
                stdout=log, stderr=log)
        wait_for(self.has_leader, f"Consul has a leader, see {self.log}")

    def has_leader(self):
        assert self.process.poll() is None, f"consul has ended, see {self.log}"
        try:
            return self.get("/v1/status/leader") and self.get("/v1/catalog/service/consul")
        except OSError:
            return None

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def get(self, path):
        with OPENER.open(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def put(self, path, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        request = urllib.request.Request(self.url + path, data=data, method="PUT")
        OPENER.open(request, timeout=10).close()

    def services(self):
        return self.get("/v1/agent/services")

    def state(self):
        """{id: "port" or "port draining"} of everything that the agent has."""
        checks = self.get("/v1/agent/checks")
        return {key: f"{value['Port']}" +
                (" draining" if f"_service_maintenance:{key}" in checks else "")
                for key, value in self.services().items()}

    def becomes(self, wanted):
        def same():
            try:
                return self.state() == wanted
            except OSError:
                return False
        wait_for(same, f"Consul has {wanted}")


class Driver:
    def __init__(self, url, directory, token="", *more):
        self.error_path = os.path.join(directory, "driver.log")
        with open(self.error_path, "ab") as errors:
            self.process = subprocess.Popen(
                [DRIVER, url, NODE, token, *more],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def say(self, *commands):
        self.process.stdin.write("".join(f"{command}\n" for command in commands))
        self.process.stdin.flush()

    def want(self, *endpoints):
        self.say(*endpoints, "want")

    def show(self):
        count = len(self.lines)
        self.say("show")
        return wait_for(lambda: next((line for line in self.lines[count:]
                                      if line.startswith("shown ")), None), "the driver shows")

    def log(self):
        with open(self.error_path, encoding="utf-8") as errors:
            return errors.read()

    def catalog(self):
        """The last catalog that was handed over, without the word."""
        catalogs = [line for line in list(self.lines) if line.split(" ")[0] == "catalog"]
        return catalogs[-1][len("catalog "):].split() if catalogs else None

    def end(self):
        """The sanitizers' verdict is in the exit status."""
        self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        assert status == 0, self.log()


@pytest.fixture
def consul(tmp_path):
    if not PROGRAM:
        pytest.skip("there is no consul program; say where it is with CONSUL")
    assert os.access(DRIVER, os.X_OK), f"{DRIVER} is not built"
    server = Consul(str(tmp_path))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def driver(consul, tmp_path):
    program = Driver(consul.url, str(tmp_path))
    try:
        yield program
        program.end()
    finally:
        program.process.kill()


def test_registers_changes_and_deletes(consul, driver):
    driver.want(WEB + " SERVICE_TAGS=a,b SERVICE_REGION=eu SERVICE_CHECK_HTTP=/ "
                "HAPROXY_0_PORT=8080 HAPROXY_0_VHOST=www.example")
    consul.becomes({"node-a:web-1:80": "30080"})
    service = consul.services()["node-a:web-1:80"]
    assert {key: service[key] for key in ("Service", "Tags", "Meta", "Port", "Address")} == {
        "Service": "nginx",
        "Tags": ["a", "b"],
        "Port": 30080,
        "Address": "192.0.2.7",
        "Meta": {
            "berth-checks": "1.714edd8257d8d884",
            "berth-node": "node-a",
            "container-id": "1" * 64,
            "container-port": "80",
            "host-port": "30080",
            "network": "bridge",
            "protocol": "tcp",
            "region": "eu",
            "service-port": "8080",
            "vhost": "www.example",
        },
    }
    assert service["TaggedAddresses"]["container"] == {"Address": "172.17.0.9", "Port": 80}
    driver.want(WEB.replace("30080", "30081"), "endpoint 2 dns dns 53/udp 30053")
    consul.becomes({"node-a:web-1:80": "30081", "node-a:dns:53:udp": "30053"})
    assert consul.services()["node-a:dns:53:udp"]["Tags"] == ["udp"]
    driver.want()
    consul.becomes({})
    for line in ("added: 111111111111 node-a:web-1:80", "changed: 111111111111 node-a:web-1:80",
                 "removed: 222222222222 node-a:dns:53:udp"):
        wait_for(lambda: line in driver.log(), f"the log says: {line}")


def test_a_renamed_service_keeps_its_id(consul, driver):
    driver.want(WEB)
    consul.becomes({"node-a:web-1:80": "30080"})
    driver.want(WEB + " SERVICE_NAME=shop")
    wait_for(lambda: len(consul.get("/v1/health/service/shop")) == 1, "it has its new name")
    assert consul.state() == {"node-a:web-1:80": "30080"}
    wait_for(lambda: not consul.get("/v1/health/service/nginx"), "and not the old one")


def test_drains_and_resumes_without_registering_again(consul, driver):
    driver.want(WEB)
    consul.becomes({"node-a:web-1:80": "30080"})
    before = consul.get("/v1/health/service/nginx")[0]["Service"]["ModifyIndex"]
    driver.want(WEB + " draining")
    consul.becomes({"node-a:web-1:80": "30080 draining"})
    wait_for(lambda: len(consul.get("/v1/health/service/nginx")[0]["Checks"]) == 2,
             "the catalog has the maintenance, too")
    driver.want(WEB)
    consul.becomes({"node-a:web-1:80": "30080"})
    assert consul.get("/v1/health/service/nginx")[0]["Service"]["ModifyIndex"] == before
    wait_for(lambda: "drained: 111111111111 node-a:web-1:80" in driver.log(), "the drain is said")
    wait_for(lambda: "resumed: 111111111111 node-a:web-1:80" in driver.log(), "so is its end")


def test_a_draining_one_is_registered_as_draining(consul, driver):
    driver.want(WEB + " draining")
    consul.becomes({"node-a:web-1:80": "30080 draining"})
    driver.want(WEB.replace("30080", "30081") + " draining")
    consul.becomes({"node-a:web-1:80": "30081 draining"})
    driver.want()
    consul.becomes({})
    assert consul.get("/v1/agent/checks") == {}


def test_only_what_is_ours_is_touched(consul, driver):
    consul.put("/v1/agent/service/register", {"Name": "legacy", "ID": "vm", "Port": 1})
    consul.put("/v1/agent/service/register",
               {"Name": "nginx", "ID": "node-b:web:80", "Port": 2, "Meta": {"berth-node": "node-b"}})
    consul.put("/v1/agent/service/register",
               {"Name": "nginx", "ID": "node-a:gone:80", "Port": 3, "Meta": {"berth-node": "node-a"}})
    driver.want(WEB)
    consul.becomes({"vm": "1", "node-b:web:80": "2", "node-a:web-1:80": "30080"})


def test_ids_that_need_escaping(consul, driver):
    driver.want(WEB + " SERVICE_ID=a%2f?b#c;d")
    consul.becomes({"a%2f?b#c;d": "30080"})
    driver.want(WEB + " draining SERVICE_ID=a%2f?b#c;d")
    consul.becomes({"a%2f?b#c;d": "30080 draining"})
    driver.want()
    consul.becomes({})


def test_what_a_stranger_deletes_comes_back(consul, driver):
    driver.want(WEB)
    consul.becomes({"node-a:web-1:80": "30080"})
    for _ in range(3):
        consul.put("/v1/agent/service/deregister/node-a:web-1:80")
        consul.becomes({"node-a:web-1:80": "30080"})
    consul.put("/v1/agent/service/register", {
        "Name": "nginx", "ID": "node-a:web-1:80", "Port": 1, "Meta": {"berth-node": "node-a"}})
    consul.becomes({"node-a:web-1:80": "30080"})


def test_a_consul_that_lost_its_state(consul, driver):
    driver.say("watch")
    driver.want(WEB, "endpoint 2 web-2 nginx:1 80/tcp 30082")
    wanted = {"node-a:web-1:80": "30080", "node-a:web-2:80": "30082"}
    consul.becomes(wanted)
    catalog = ["nginx=192.0.2.7:30080/passing", "nginx=192.0.2.7:30082/passing"]
    wait_for(lambda: driver.catalog() == catalog, "the catalog has both")
    consul.kill()
    wait_for(lambda: any(line.startswith("catalog-error") for line in driver.lines),
             "the catalog's reader hears that Consul is away")
    assert driver.catalog() == catalog
    consul.start()
    consul.becomes(wanted)
    wait_for(lambda: "registered=2" in driver.show(), "the driver knows")
    wait_for(lambda: driver.catalog() == catalog, "the catalog has both again")
    errors = [line for line in driver.lines if line.startswith("catalog-error")]
    assert len(errors) == 1


def test_a_consul_that_comes_later(consul, tmp_path, driver):
    consul.kill()
    driver.want(WEB)
    wait_for(lambda: "berth keeps trying" in driver.log(), "it is said that Consul is away")
    assert "registered=0" in driver.show()
    consul.start()
    consul.becomes({"node-a:web-1:80": "30080"})


def test_the_catalog(consul, driver):
    driver.say("watch")
    wait_for(lambda: driver.catalog() == [], "an empty catalog; Consul itself is not in it")
    consul.put("/v1/agent/service/register",
               {"Name": "db", "ID": "db-1", "Address": "10.0.0.5", "Port": 5432,
                "Check": {"TTL": "1h", "Status": "critical"}})
    consul.put("/v1/agent/service/register", {"Name": "api/v1 x", "ID": "api", "Port": 80})
    driver.want(WEB)
    wait_for(lambda: driver.catalog() == ["api/v1", "x=127.0.0.1:80/passing",
                                          "db=10.0.0.5:5432/critical",
                                          "nginx=192.0.2.7:30080/passing"], "all services")
    consul.put("/v1/agent/check/pass/service:db-1")
    driver.want(WEB + " draining")
    wait_for(lambda: driver.catalog()[2:] == ["db=10.0.0.5:5432/passing",
                                              "nginx=192.0.2.7:30080/draining"], "their states")
    consul.put("/v1/agent/maintenance?enable=true")
    wait_for(lambda: driver.catalog()[2:] == ["db=10.0.0.5:5432/draining",
                                              "nginx=192.0.2.7:30080/draining"], "the node's state")
    consul.put("/v1/agent/maintenance?enable=false")
    consul.put("/v1/agent/service/deregister/db-1")
    consul.put("/v1/agent/service/deregister/api")
    driver.want()
    wait_for(lambda: driver.catalog() == [], "an empty catalog again")


def test_the_token_is_sent_and_not_shown(consul, tmp_path):
    secret = "8f1c0a52-secret"
    seen = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(PATIENCE)
    program = Driver(f"http://127.0.0.1:{listener.getsockname()[1]}", str(tmp_path), secret)
    try:
        program.want(WEB)
        connection, _ = listener.accept()
        seen.append(connection.recv(65536).decode())
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\nPermission denied")
        wait_for(lambda: "Permission denied" in program.log(), "the refusal is logged")
        program.end()
    finally:
        program.process.kill()
        listener.close()
    assert f"X-Consul-Token: {secret}\r\n" in seen[0]
    assert secret not in program.log()


def test_many_at_once(consul, driver):
    endpoints = [f"endpoint {i % 10} web-{i} nginx:1 {1000 + i}/tcp {20000 + i} SERVICE_NAME=web"
                 for i in sorted(range(300), key=lambda i: (i % 10, i))]
    driver.want(*endpoints)
    wait_for(lambda: "registered=300" in driver.show(), "300 instances")
    assert len(consul.get("/v1/agent/services")) == 300
    driver.want()
    consul.becomes({})
