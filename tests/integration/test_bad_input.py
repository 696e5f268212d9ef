"""Every refusal is one clear line that names the thing and the remedy."""

import socket
import subprocess

import pytest

from agent import berth
from procs import wait_for
from traffic import ask, try_ask

LABELS = ("SERVICE_8080_SERVICE_PORT=8081",)

REFUSED_OPTIONS = [
    ("lb.colour=red", "unknown key 'colour' in [lb]; it has:"),
    ("shop.colour=red", "unknown section [shop]; there are:"),
    ("portmap.pool=29999-28000", "[portmap] pool = 29999-28000: it must be FIRST-LAST"),
    ("portmap.pool=many", "[portmap] pool = many: it must be FIRST-LAST"),
    ("portmap.pool=1-70000", "[portmap] pool = 1-70000: it must be FIRST-LAST"),
    ("portmap.mark=3", "[portmap] mark = 3: it must be a number with one bit set"),
    ("lb.http_port=http", "[lb] http_port = http: it must be a whole number from 0 to 65535"),
    ("lb.http_port=28000", "[lb] http_port = 28000 lies in [portmap] pool"),
    ("lb.bind=everywhere", "[lb] bind = everywhere: it must be * or an IP address"),
    ("registrator.registry=etcd", "[registrator] registry = etcd: it must be local, http://"),
    ("agent.admin=7707", "[agent] admin = 7707: it must be an IPv4 address and a port"),
    ("agent.log_level=loud", "[agent] log_level = loud: it must be err, warn, info or debug"),
    ("docker.socket=docker.sock", "[docker] socket = docker.sock: it must be an absolute path"),
    ("nonsense", "'nonsense' is not of the form section.key=value"),
]


@pytest.mark.parametrize("command", ["agent", "check"])
@pytest.mark.parametrize("option, text", REFUSED_OPTIONS)
def test_option(command, option, text):
    status, out, err = berth(command, "-c", "/dev/null", "-o", option)
    assert (status, out) == (2, "")
    assert err.startswith("berth: ") and text in err and len(err.splitlines()) == 1


@pytest.mark.parametrize("argv, text", [
    (("agent", "-c", "/nonexistent/berth.conf"), "/nonexistent/berth.conf"),
    (("agent", "extra"), "extra"),
    (("fly",), "fly"),
    (("status", "extra"), "extra"),
])
def test_usage(argv, text):
    status, out, err = berth(*argv)
    assert (status, out) == (2, "")
    assert err.startswith("berth: ") and text in err


def test_file_and_line(tmp_path):
    path = tmp_path / "berth.conf"
    path.write_text("[lb]\nhttp_port = 80\ncolour = red\n")
    status, out, err = berth("check", "-c", str(path))
    assert (status, out) == (2, "")
    assert err.startswith(f"berth: {path}:3: unknown key 'colour' in [lb]")


def problem(agent, *words):
    """Waits for a problem that has all these words; it is in the log too, once."""
    def found(state):
        return [p for p in state["problems"]
                if all(word in f"{p['subject']} {p['text']}" for word in words)]
    state = agent.wait(found, f"a problem with {words}")
    [one] = found(state)
    lines = [line for line in agent.log().splitlines()
             if all(word in line for word in words) and " warn " in line]
    assert len(lines) == 1, lines
    return one


def test_pool_meets_outgoing_ports(sandbox):
    status, out, err = berth("agent", "-c", "/dev/null", "-o", "portmap.pool=32000-33000")
    assert (status, out) == (2, "") and len(err.splitlines()) == 1
    assert "32000-33000 meets 32768-60999" in err and "choose a pool outside it" in err


def test_pool_meets_mesos():
    """A Mesos agent as /proc shows it; its ports are far from those of other tests."""
    mesos = subprocess.Popen(["mesos-agent", "-c", "import time; print(1, flush=True); "
                              "time.sleep(60)", "--resources=cpus:4;ports(*):[20005-20006]"],
                             executable="/usr/bin/python3", stdout=subprocess.PIPE)
    try:
        assert mesos.stdout.readline()
        status, out, err = berth("agent", "-c", "/dev/null", "-o", "portmap.pool=20000-20010")
        assert (status, out) == (2, "") and len(err.splitlines()) == 1
        assert f"20000-20010 meets 20005-20006, the ports that the Mesos agent with pid {mesos.pid}" in err
    finally:
        mesos.kill()
        mesos.communicate()


def test_pool_exhausted(host, agent):
    agent.start(portmap__pool="28500-28501")
    for n in (1, 2, 3):
        host.serve(f"web-{n}", "web", labels=LABELS)
    problem(agent, "web-3", "pool")
    agent.wait_for_servers("web", 2)
    # A port comes free when it is quiet again: the third one is served then, or says why not.
    host.docker("rm", "-f", "web-1")
    agent.wait(lambda s: len(s["containers"]) == 2, "web-1 is gone")


@pytest.mark.parametrize("label, clash", [
    ("SERVICE_8080_SERVICE_PORT=8081", "8081"),
    ("HAPROXY_0_VHOST=same.localhost", "same.localhost"),
])
def test_claimed_twice(host, agent, label, clash):
    """The first service by name wins, whoever was there first; the other one is reported."""
    agent.start()
    host.serve("b-1", "beta", labels=(label,))
    agent.wait_for_servers("beta", 1)
    host.serve("a-1", "alpha", labels=(label,))
    problem(agent, clash, "alpha", "beta")
    port, vhost = (8081, None) if clash == "8081" else (80, clash)
    agent.poll(lambda: try_ask(port, vhost) == "a-1", "the winner answers")
    assert {ask(port, vhost) for _ in range(4)} == {"a-1"}
    host.docker("rm", "-f", "a-1")
    agent.poll(lambda: try_ask(port, vhost) == "b-1", "the other one follows")


def test_label_that_is_no_number(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=("SERVICE_8080_SERVICE_PORT=eighty",))
    host.serve("web-2", "web", labels=LABELS)
    problem(agent, "web-1", "eighty")
    agent.poll(lambda: try_ask(8081) in ("web-1", "web-2"), "the service is served")


def test_strange_service_name(host, agent):
    agent.start()
    host.serve("web-1", "my shop/v2 (beta)", labels=LABELS)
    problem(agent, "web-1", "my shop/v2 (beta)")
    state = agent.wait(lambda s: [b for b in s["backends"] if b["servers"]], "it is served")
    [name] = {i["service"] for i in state["instances"]}
    assert all(c.isalnum() or c in "-._" for c in name), name
    agent.poll(lambda: try_ask(8081) == "web-1", "it answers")


INJECTION = "x\n\nfrontend evil\n    bind *:6666\n"


@pytest.mark.parametrize("key", ["SERVICE_NAME", "HAPROXY_0_VHOST", "HAPROXY_0_MODE",
                                 "SERVICE_8080_SERVICE_PORT", "SERVICE_TAGS", "SERVICE_ID"])
def test_a_label_injects_nothing(host, agent, key):
    agent.start()
    labels = {"SERVICE_NAME": "web", "SERVICE_8080_SERVICE_PORT": "8081", key: INJECTION}
    host.serve("web-1", labels=tuple(f"{k}={v}" for k, v in labels.items()))
    host.serve("good-1", "good", labels=("SERVICE_8080_SERVICE_PORT=8089",))
    agent.wait_for_servers("good", 1)
    assert ask(8089) == "good-1"
    words = [line.split() for line in agent.haproxy.config().splitlines()]
    assert ["frontend", "evil"] not in words
    assert not any("6666" in word for line in words for word in line if line[:1] == ["bind"])
    assert "\n    bind *:6666" not in agent.log()


def test_port_taken_by_another_program(host, agent):
    """HAProxy refuses the port: the last good configuration stays, and the port is named."""
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 8085))
        taken.listen()
        host.serve("api-1", "api", labels=("SERVICE_8080_SERVICE_PORT=8085",))
        agent.wait(lambda s: any("8085" in p["subject"] + p["text"] for p in s["problems"]) or
                   any("8085" in (source["error"] or "") for source in s["sources"].values()),
                   "the port is named", 40)
        assert ask(8081) == "web-1"
    # The server may be in a HAProxy whose frontend has not got the port yet.
    wait_for(lambda: try_ask(8085) == "api-1", "the port is served once it is free", 90)
