"""`berth marathon-lb` in marathon-lb's place: a Marathon, web servers as its tasks, a real HAProxy."""

import http.client
import http.server
import os
import re
import signal
import socket
import ssl
import subprocess
import threading

import pytest

from agent import BERTH
from fakemarathon import FakeMarathon, Nowhere, app, tcp_check
from haproxy import Haproxy
from procs import die_with_parent, end, run, wait_for
from traffic import Traffic, ask, try_ask

ADMIN = 7717


class WebTasks(Nowhere):
    """Tasks are web servers in this process that answer with their port; requests are kept."""

    def __init__(self):
        super().__init__()
        self.servers, self.requests = {}, []

    def start(self, definition, task):
        super().start(definition, task)
        runner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                runner.requests.append((self.path, dict(self.headers)))
                body = str(self.server.server_address[1]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        for port in task["ports"]:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self.servers[port] = server

    def stop(self, task):
        for port in task["ports"]:
            server = self.servers.pop(port)
            server.shutdown()
            server.server_close()

    def is_alive(self, definition, task):
        return True

    def stop_all(self):
        for port in list(self.servers):
            self.stop({"ports": [port]})


class MarathonLb:
    """The program, with HAProxy's files in 'directory'."""

    def __init__(self, directory, url):
        self.dir = directory
        self.haproxy = Haproxy(directory)
        self.log_path = os.path.join(directory, "log")
        self.certificate = os.path.join(directory, "cert.pem")
        self.arguments = ["--marathon", url, "--group", "external", "--sse",
                          "--haproxy-config", os.path.join(directory, "haproxy.cfg"),
                          "--ssl-certs", self.certificate,
                          "-o", f"agent.admin=127.0.0.1:{ADMIN}"]
        self.environment = {}
        self.process = None

    def make_certificate(self):
        key = os.path.join(self.dir, "key")
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", "/CN=test", "-days", "2", "-keyout", key, "-out", self.certificate)
        with open(key) as source, open(self.certificate, "a") as target:
            target.write(source.read())

    def start(self, *more):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [BERTH, "marathon-lb", *self.arguments, *more], stderr=log, stdout=log,
                preexec_fn=die_with_parent, cwd=self.dir, env={**os.environ, **self.environment})
        return self

    def stop(self):
        if self.process:
            end(self.process)
            assert self.process.returncode == 0, self.log()

    def log(self):
        with open(self.log_path) as f:
            return f.read()

    def backends(self):
        """name: sorted ports of its servers that take traffic; {} while HAProxy is not there."""
        result = {}
        try:
            servers = self.haproxy.servers()
        except (OSError, IndexError):
            return {}
        for (backend, _), server in servers.items():
            if server["srv_uweight"] != "0" and not int(server["srv_admin_state"]):
                result.setdefault(backend, []).append(int(server["srv_port"]))
        return {name: sorted(ports) for name, ports in result.items()}

    def worker(self):
        """None while HAProxy is not there."""
        try:
            return self.haproxy.worker()
        except (OSError, KeyError):
            return None


@pytest.fixture
def tasks(host):
    runner = WebTasks()
    yield runner
    runner.stop_all()


@pytest.fixture
def marathon(tasks):
    with FakeMarathon(tasks) as cluster:
        yield cluster


@pytest.fixture
def mlb(marathon, tmp_path):
    program = MarathonLb(str(tmp_path), marathon.url)
    program.make_certificate()
    yield program
    try:
        program.stop()
    finally:
        program.haproxy.stop()


def web(app_id, service_port, **labels):
    named = {f"HAPROXY_0_{key}": value for key, value in labels.items()}
    return app(app_id, labels={"HAPROXY_GROUP": "external", **named}, service_ports=[service_port])


def ports(marathon, app_id):
    return sorted(t["ports"][0] for t in marathon.running(app_id))


def served(mlb, marathon, app_id, backend):
    wait_for(lambda: mlb.backends().get(backend) == ports(marathon, app_id),
             f"HAProxy has the tasks of {app_id}")


def get(host, path="/", port=80, **headers):
    """(status, headers, body) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": host, **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def test_labels(mlb, marathon, tasks):
    password = run("openssl", "passwd", "-6", "open sesame").strip()
    marathon.put(web("/web", 10101, VHOST="a.localhost,b.localhost"), instances=2)
    marathon.put(web("/api", 10102, VHOST="a.localhost", PATH="/api",
                     HTTP_BACKEND_PROXYPASS_PATH="/api"), instances=1)
    marathon.put(web("/staff", 10103, VHOST="staff.localhost", AUTH=f"Staff only:joe:{password}"),
                 instances=1)
    marathon.put(web("/moved", 10104, VHOST="moved.localhost", REDIRECT_TO_HTTPS="true",
                     USE_HSTS="true"), instances=1)
    marathon.put(web("/sticky", 10105, MODE="http", STICKY="true"), instances=2)
    marathon.put(web("/closed", 10106, MODE="http", BACKEND_NETWORK_ALLOWED_ACL="192.0.2.0/24"),
                 instances=1)
    marathon.put({**web("/elsewhere", 10107), "labels": {"HAPROXY_GROUP": "internal"}}, instances=1)
    marathon.put(web("/raw", 10108, MODE="http",
                     BACKEND_HTTP_OPTIONS="  rspadd X-Said:\\ old\n"), instances=1)
    mlb.start()
    for name, port in (("web", 10101), ("api", 10102), ("staff", 10103), ("sticky", 10105)):
        served(mlb, marathon, f"/{name}", f"{name}_{port}")
    assert "elsewhere_10107" not in mlb.backends()

    web_ports = [str(p) for p in ports(marathon, "/web")]
    assert ask(80, "a.localhost") in web_ports and ask(80, "B.localhost") in web_ports
    assert ask(10101) in web_ports
    assert get("a.localhost", "/api/users?x=1")[2] == str(ports(marathon, "/api")[0])
    assert tasks.requests[-1][0] == "/users?x=1"
    assert get("nowhere.localhost")[0] == 503

    assert get("staff.localhost")[0] == 401
    authorization = "Basic am9lOm9wZW4gc2VzYW1l"  # joe:open sesame
    assert get("staff.localhost", Authorization=authorization)[0] == 200

    status, headers, _ = get("moved.localhost", "/x")
    assert (status, headers.get("location")) == (301, "https://moved.localhost/x")
    assert over_tls("moved.localhost", mlb.certificate) == str(ports(marathon, "/moved")[0])

    cookie = get("x", port=10105)[1]["set-cookie"].split(";")[0]
    assert re.fullmatch("mesosphere_server_id=[0-9a-f]{10}", cookie)
    assert len({get("x", port=10105, Cookie=cookie)[2] for _ in range(4)}) == 1

    assert get("x", port=10106)[0] == 403
    assert get("x", port=10108)[1]["x-said"] == "old"
    status, _, body = get("x", port=9091, **{"X-Marathon-App-Id": "/web"})
    assert status == 200 and body in web_ports


def over_tls(host, certificate):
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", 443), timeout=20) as plain, \
            context.wrap_socket(plain, server_hostname=host) as s:
        s.sendall(f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
    return answer.decode().rpartition("\r\n\r\n")[2]


def test_scale_without_reload(mlb, marathon):
    marathon.put(web("/web", 10101, VHOST="web.localhost"), instances=2)
    mlb.start()
    served(mlb, marathon, "/web", "web_10101")
    wait_for(lambda: try_ask(10101), "it answers")
    worker = mlb.worker()
    with Traffic(10101) as traffic:
        marathon.scale("/web", 5)
        served(mlb, marathon, "/web", "web_10101")
        wait_for(lambda: len(set(traffic.answers)) == 5, "all five answer")
    assert mlb.worker() == worker
    traffic.check()
    task = marathon.running("/web")[0]
    marathon.kill([task["id"]])
    served(mlb, marathon, "/web", "web_10101")
    assert mlb.worker() == worker


def test_an_app_that_haproxy_refuses(mlb, marathon):
    marathon.put(web("/good", 10101, VHOST="good.localhost"), instances=1)
    marathon.put(web("/bad/own", 10102, MODE="http", BACKEND_HTTP_OPTIONS="  no such thing\n"),
                 instances=1)
    marathon.put(web("/bad/shared", 10103, VHOST="bad.localhost",
                     HTTP_FRONTEND_ACL="  acl x no_such_fetch\n"), instances=1)
    marathon.put(web("/bad/label", 10104, PORT="no port"), instances=1)
    mlb.start()
    served(mlb, marathon, "/good", "good_10101")
    wait_for(lambda: try_ask(80, "good.localhost"), "the good one answers")
    assert not {name for name in mlb.backends() if name.startswith("bad_")}
    wait_for(lambda: all(name in mlb.log() for name in ("/bad/own", "/bad/shared", "/bad/label")),
             "all three are reported")
    marathon.put(web("/bad/own", 10102, MODE="http", BACKEND_HTTP_OPTIONS="  option forwardfor\n"),
                 instances=1)
    served(mlb, marathon, "/bad/own", "bad_own_10102")


def test_maps_and_answers(mlb, marathon):
    marathon.put(web("/one", 10101, VHOST="one.localhost"), instances=1)
    mlb.start("--haproxy-map")
    served(mlb, marathon, "/one", "one_10101")
    wait_for(lambda: try_ask(80, "one.localhost"), "the map leads to it")
    marathon.put(web("/two", 10102, VHOST="two.localhost"), instances=1)
    served(mlb, marathon, "/two", "two_10102")
    two = str(ports(marathon, "/two")[0])
    wait_for(lambda: try_ask(80, "two.localhost") == two, "and to a second one")

    assert get("x", "/_haproxy_health_check", 9090)[0] == 200
    maps = {"/_haproxy_getvhostmap": "one.localhost one_10101\ntwo.localhost two_10102\n",
            "/_haproxy_getappmap": "/one one_10101\n/two two_10102\n"}
    for path, content in maps.items():
        wait_for(lambda p=path, c=content: get("x", p, 9090)[2] == c, f"{path} is {content}")
    assert "backend two_10102" in get("x", "/_haproxy_getconfig", 9090)[2]
    wait_for(lambda: get("x", "/_haproxy_getpids", 9090)[2].split() == [str(mlb.worker())],
             "the one worker is listed")
    assert "haproxy_process" in get("x", "/metrics", 9090)[2]
    assert "berth_marathon_apps 2" in ask(ADMIN, path="/metrics")

    asked = len(marathon.asked("/v2/apps?"))
    assert get("x", "/_mlb_signal/hup", 9090)[0] == 200
    wait_for(lambda: len(marathon.asked("/v2/apps?")) > asked, "the apps are read again")
    worker = mlb.worker()
    assert get("x", "/_mlb_signal/usr1", 9090)[0] == 200
    wait_for(lambda: mlb.worker() not in (None, worker), "HAProxy is another one")
    mlb.process.send_signal(signal.SIGHUP)
    wait_for(lambda: mlb.log().count("reading Marathon's apps again") == 2, "SIGHUP is heard")


def test_once_and_dry(mlb, marathon):
    marathon.put({**web("/web", 10101), "healthChecks": [tcp_check()]}, instances=2)
    [first, second] = marathon.running("/web")
    marathon.set_alive(second, False)
    once = [a for a in mlb.arguments if a != "--sse"]
    dry = subprocess.run([BERTH, "marathon-lb", *once, "--dry", "--health-check"], check=True,
                         capture_output=True, text=True, cwd=mlb.dir, timeout=60)
    servers = re.findall(r"server \S+ 127.0.0.1:(\d+) ", dry.stdout)
    assert servers == [str(first["ports"][0])]
    assert not os.path.exists(os.path.join(mlb.dir, "haproxy.cfg"))

    with open(os.path.join(mlb.dir, "templates"), "w") as f:
        f.write("this is no folder, and does not matter")
    environment = {**os.environ,
                   "HAPROXY_BACKEND_HEAD": "backend {backend}\\n  balance {balance}\\n  mode {mode}"
                                           "\\n  timeout server 7s\\n"}
    subprocess.run([BERTH, "marathon-lb", *once], check=True, cwd=mlb.dir, env=environment,
                   timeout=120)
    with open(os.path.join(mlb.dir, "haproxy.cfg")) as f:
        assert "  timeout server 7s\n" in f.read()
    wait_for(lambda: try_ask(10101), "HAProxy serves without berth")


def test_marathon_away(mlb):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{s.getsockname()[1]}"
    mlb.arguments[1] = nobody
    mlb.start()
    wait_for(lambda: nobody in mlb.log(), "it says whom it cannot reach")
    assert not os.path.exists(os.path.join(mlb.dir, "haproxy.cfg"))
