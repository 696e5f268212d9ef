"""`berth marathon-lb` in bad company: nonsense from Marathon, hostile apps, a HAProxy of others."""

import os
import signal
import subprocess

import pytest

from fakemarathon import FakeMarathon, app, basic
from procs import run, wait_for
from test_marathon_lb import (  # noqa: F401: fixtures among them
    get, mlb, ports, served, tasks, web)
from traffic import ask, try_ask


@pytest.fixture
def marathon(tasks):  # noqa: F811
    with FakeMarathon(tasks, nodes=3) as cluster:
        yield cluster


def attached(marathon, times):
    wait_for(lambda: len(marathon.asked("/v2/events")) >= times and marathon.streams,
             "the events are followed")


def serve_one(mlb, marathon, *more):  # noqa: F811
    marathon.put(web("/good", 10101, VHOST="good.localhost"), instances=2)
    mlb.start(*more)
    served(mlb, marathon, "/good", "good_10101")
    wait_for(lambda: try_ask(80, "good.localhost"), "it answers")
    attached(marathon, 1)
    return mlb.haproxy.config()


@pytest.mark.parametrize("kind, said", [
    ("html", "Marathon's answer is no JSON"), ("half", "Marathon's answer is no JSON"),
    ("503", "503"), ("401", "credentials are refused"), ("to http://127.0.0.1:18082", "302")])
def test_nonsense_keeps_the_last_good(mlb, marathon, kind, said):  # noqa: F811
    config, worker = serve_one(mlb, marathon), mlb.worker()
    marathon.trouble["/v2/apps"] = kind
    mlb.process.send_signal(signal.SIGHUP)
    wait_for(lambda: said in mlb.log(), "Marathon's answer is reported")
    assert mlb.haproxy.config() == config and mlb.worker() == worker
    assert ask(80, "good.localhost") in [str(p) for p in ports(marathon, "/good")]
    marathon.trouble.clear()
    marathon.scale("/good", 3)
    served(mlb, marathon, "/good", "good_10101")
    assert mlb.worker() == worker


def test_nonsense_about_one_app(mlb, marathon):  # noqa: F811
    """It keeps its servers, and the other one goes on."""
    marathon.put(web("/odd", 10102), instances=2)
    serve_one(mlb, marathon)
    served(mlb, marathon, "/odd", "odd_10102")
    before = mlb.backends()["odd_10102"]
    marathon.trouble["/v2/apps//odd"] = "200"  # a document, but no app
    marathon.scale("/odd", 1)
    wait_for(lambda: "app /odd stays as it was" in mlb.log(), "it is reported")
    marathon.scale("/good", 3)
    served(mlb, marathon, "/good", "good_10101")
    assert mlb.backends()["odd_10102"] == before
    marathon.trouble.clear()
    marathon.scale("/odd", 3)
    served(mlb, marathon, "/odd", "odd_10102")


def test_credentials(mlb, marathon):  # noqa: F811
    marathon.credentials = basic("berth:open sesame")
    mlb.arguments += ["--auth-credentials", "berth:open sesame"]
    serve_one(mlb, marathon)
    assert "open sesame" not in mlb.log()
    with open(f"/proc/{mlb.process.pid}/cmdline", encoding="utf-8") as f:
        said = f.read().split("\0")
    assert said[said.index("--auth-credentials") + 1] == "x" * len("berth:open sesame")


def test_leader_that_moves(mlb, marathon):  # noqa: F811
    """Whatever is missed while no stream is open is read when the next one is."""
    serve_one(mlb, marathon)
    worker = mlb.worker()
    for n in range(1, 7):
        marathon.lead(n % 3)
        marathon.scale("/good", 2 + n % 2)
        served(mlb, marathon, "/good", "good_10101")
        attached(marathon, n + 1)
    assert mlb.worker() == worker


def test_storm_and_endless_line(mlb, marathon):  # noqa: F811
    """A thousand events at once are a few reads; a line of 50 MB is dropped, and all is read."""
    serve_one(mlb, marathon)
    asked = len(marathon.asked("/v2/apps/"))
    for _ in range(1000):
        marathon.emit("status_update_event", appId="/good", taskId="x", taskStatus="TASK_RUNNING")
    marathon.scale("/good", 3)
    served(mlb, marathon, "/good", "good_10101")
    assert len(marathon.asked("/v2/apps/")) - asked < 200
    lists = len(marathon.asked("/v2/apps?"))
    with marathon.lock:
        marathon.apps["/good"]["labels"]["HAPROXY_0_VHOST"] = "other.localhost"
    marathon.emit_raw(b'event: api_post_event\r\ndata: {"x": "')
    for _ in range(50):
        marathon.emit_raw(b"x" * (1 << 20))
    marathon.emit_raw(b'"}\r\n\r\n')
    wait_for(lambda: len(marathon.asked("/v2/apps?")) > lists, "all is read")
    wait_for(lambda: try_ask(80, "other.localhost"), "what has changed is served")


def test_hostile_apps(mlb, marathon):  # noqa: F811
    """200 ports, port 0, newlines and quotes in labels, a host that does not exist."""
    marathon.put({**app("/many", ports=range(1, 201), service_ports=range(12000, 12200)),
                  "labels": {"HAPROXY_GROUP": "external", "HAPROXY_199_VHOST": "many.localhost"}},
                 instances=1)
    marathon.put(web("/zero", 10102), instances=1)
    marathon.put(web("/evil/vhost", 10103, VHOST='a"b\n  server evil 192.0.2.66:1\n'), instances=1)
    marathon.put(web("/evil/bind", 10104, BIND_OPTIONS="x\nbackend evil"), instances=1)
    marathon.put(web("/evil/template", 10105, MODE="http",
                     BACKEND_HEAD="backend {backend}\n  mode http\nbackend evil\n"), instances=1)
    marathon.put(web("/evil/host", 10106), instances=1)
    with marathon.lock:
        marathon.apps["/zero"]["container"]["portMappings"][0]["servicePort"] = 0
        marathon.tasks["/evil/host"][0]["host"] = "no host\n"
    serve_one(mlb, marathon)
    config = mlb.haproxy.config()
    assert "192.0.2.66" not in config and "evil\n" not in config
    assert not {name for name in mlb.backends() if name.startswith(("evil_", "zero_"))}
    for name in ("/evil/vhost", "/evil/bind", "/evil/template", "/evil/host"):
        wait_for(lambda n=name: n in mlb.log() or n.replace("/evil/host", "no host") in mlb.log(),
                 f"{name} is reported")
    many = sorted(marathon.running("/many")[0]["ports"])
    assert sorted(p for name, v in mlb.backends().items() if name.startswith("many_")
                  for p in v) == many
    assert ask(80, "many.localhost") == str(marathon.running("/many")[0]["ports"][199])


class Foreign:
    """A HAProxy that others run, with a file of its own to begin with."""

    def __init__(self, directory):
        self.pid_path = os.path.join(directory, "foreign.pid")
        self.path = os.path.join(directory, "balancer.conf")
        self.command = os.path.join(directory, "reload")
        self.count = os.path.join(directory, "count")
        with open(self.path, "w") as f:
            f.write("defaults\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
                    "frontend f\n  bind 127.0.0.1:10999\n")
        with open(self.command, "w") as f:
            f.write(f'#!/bin/sh\necho "$*" >>{self.count}\nkill -USR2 "$(head -n1 {self.pid_path})"\n')
        os.chmod(self.command, 0o755)

    def start(self):
        run("haproxy", "-W", "-D", "-p", self.pid_path, "-f", self.path)

    def master(self):
        with open(self.pid_path) as f:
            return int(f.readline())

    def reloads(self):
        try:
            with open(self.count) as f:
                return f.readlines()
        except FileNotFoundError:
            return []

    def stop(self):
        pid = self.master()
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the foreign HAProxy ends")


@pytest.fixture
def foreign(host, tmp_path):
    haproxy = Foreign(str(tmp_path))
    haproxy.start()
    yield haproxy
    haproxy.stop()


def test_command(foreign, mlb, marathon):  # noqa: F811
    """A HAProxy of others begins with a file that knows nothing of berth's socket."""
    mlb.arguments[mlb.arguments.index("--haproxy-config") + 1] = foreign.path
    master = foreign.master()
    marathon.put(web("/one", 10101, VHOST="one.localhost"), instances=1)
    mlb.start("--command", f"{foreign.command} now please")
    served(mlb, marathon, "/one", "one_10101")
    assert foreign.reloads() == ["now please\n"]
    assert try_ask(80, "one.localhost") == str(ports(marathon, "/one")[0])
    assert not os.path.exists(os.path.join(mlb.dir, "haproxy.pid"))
    worker = mlb.worker()
    marathon.scale("/one", 3)
    served(mlb, marathon, "/one", "one_10101")
    assert mlb.worker() == worker and len(foreign.reloads()) == 1
    marathon.put(web("/two", 10102, VHOST="two.localhost"), instances=1)
    served(mlb, marathon, "/two", "two_10102")
    assert mlb.worker() != worker and foreign.master() == master
    with open(foreign.path) as f:
        assert f.read() == get("x", "/_haproxy_getconfig", 9090)[2]
    mlb.stop()
    mlb.process = None
    assert ask(10102) == str(ports(marathon, "/two")[0])


def test_command_that_fails(foreign, mlb, marathon):  # noqa: F811
    """The file is ready for whoever starts HAProxy; servers come when it has read it."""
    mlb.arguments[mlb.arguments.index("--haproxy-config") + 1] = foreign.path
    working = foreign.command + ".works"
    os.rename(foreign.command, working)
    with open(foreign.command, "w") as f:
        f.write("#!/bin/sh\necho no such unit >&2\nexit 5\n")
    os.chmod(foreign.command, 0o755)
    marathon.put(web("/one", 10101), instances=1)
    mlb.start("--command", foreign.command)
    wait_for(lambda: f"{foreign.command} failed with status 5: no such unit" in mlb.log(),
             "the failure is reported")
    with open(foreign.path) as f:
        assert "backend one_10101" in f.read()
    subprocess.run([working], check=True)
    served(mlb, marathon, "/one", "one_10101")


def test_a_certificate_that_nobody_knows(mlb):  # noqa: F811
    """It is refused, whatever marathon-lb did, unless one says so."""
    with FakeMarathon(first_port=18090, certificate=mlb.certificate) as stranger:
        stranger.put(web("/web", 10101), instances=1)
        mlb.arguments[1] = stranger.url
        mlb.start()
        wait_for(lambda: "certificate problem" in mlb.log(), "the certificate is refused")
        assert "say --marathon-ca-cert FILE" in mlb.log() and not stranger.requests
        mlb.stop()
        mlb.start("-o", "marathon.tls_verify=no")
        served(mlb, stranger, "/web", "web_10101")
        assert "Marathon's certificate is not checked" in mlb.log()
