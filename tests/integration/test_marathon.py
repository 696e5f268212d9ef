"""Marathon as a source of the load balancer: apps and tasks -> HAProxy, whatever Marathon does."""

import os

import pytest

from fakemarathon import FakeMarathon, app, basic, tcp_check
from procs import run

LB_ONLY = {"docker.enabled": "no", "portmap.enabled": "no", "registrator.enabled": "no",
           "registrator.services_dir": "", "marathon.source": "yes"}


@pytest.fixture
def marathon(host):
    with FakeMarathon(nodes=2) as cluster:
        yield cluster


@pytest.fixture
def lb(agent, marathon):
    """An agent that is told of Marathon and nothing else; the test starts it."""
    agent.options.update(LB_ONLY)
    agent.options["marathon.url"] = marathon.url
    return agent


def addresses(lb, service):
    return sorted(f"{s['address']}:{s['port']}" for s in lb.servers(service))


def expected(marathon, app_id, port=None):
    """Where the running tasks are: their host ports, or their own address and 'port'."""
    return sorted(f"{t['ipAddresses'][0]['ipAddress']}:{port}" if port else
                  f"{t['host']}:{t['ports'][0]}" for t in marathon.running(app_id))


def settle(lb, marathon, app_id, service, port=None):
    lb.poll(lambda: addresses(lb, service) == expected(marathon, app_id, port),
            f"HAProxy has the tasks of {app_id}")


def attach(lb, times=1):
    return lb.wait(lambda s: s["marathon"]["attached"] and s["marathon"]["attachments"] >= times,
                   "the event stream is attached")


def test_deploy_scale_and_kill(lb, marathon):
    marathon.put(app("/shop/web", labels={"HAPROXY_0_VHOST": "web.localhost"},
                     service_ports=[8081]), instances=2)
    lb.start()
    attach(lb)
    settle(lb, marathon, "/shop/web", "web")
    [backend] = lb.state()["backends"]
    assert (backend["vhosts"], backend["service_ports"]) == (["web.localhost"], [8081])
    marathon.scale("/shop/web", 6)
    settle(lb, marathon, "/shop/web", "web")
    assert len(addresses(lb, "web")) == 6
    source = lb.state()["sources"]["marathon"]
    assert source["last_ok_age"] is not None and source["resync"] == 180, source
    asked = len(marathon.asked("/v2/apps?"))
    marathon.kill([marathon.running("/shop/web")[0]["id"]])
    settle(lb, marathon, "/shop/web", "web")
    # One app was read again, not all of them.
    assert len(marathon.asked("/v2/apps?")) == asked
    marathon.remove("/shop/web")
    lb.wait(lambda s: not any(b["service"] == "web" and b["servers"] for b in s["backends"]),
            "the backend has no server left", 40)


def test_networks_and_names(lb, marathon):
    """Host mode, an address of its own, a name by label, both network forms of one cluster."""
    marathon.put(app("/shop/host", mode="host", service_ports=[8082]), instances=1)
    own = app("/shop/cni", mode="container", service_ports=[8083])
    marathon.put(own, instances=2)
    marathon.put(app("/shop/old", service_ports=[8084], labels={"SERVICE_NAME": "classic"}),
                 instances=1)
    lb.start()
    settle(lb, marathon, "/shop/host", "host")
    settle(lb, marathon, "/shop/cni", "cni", 8080)
    settle(lb, marathon, "/shop/old", "classic")


def test_health(lb, marathon):
    marathon.put(app("/web", service_ports=[8081], checks=[tcp_check()]), instances=3)
    lb.start()
    attach(lb)
    settle(lb, marathon, "/web", "web")
    bad = marathon.running("/web")[0]
    place = f"{bad['host']}:{bad['ports'][0]}"
    marathon.set_alive(bad, False)
    lb.poll(lambda: place not in addresses(lb, "web") or place in lb.haproxy.draining(),
            "the task whose check fails gets nothing")
    marathon.set_alive(bad, True)
    settle(lb, marathon, "/web", "web")
    lb.poll(lambda: not lb.haproxy.draining(), "it takes traffic again")


def test_leader_changes(lb, marathon):
    """A node that does not lead sends us on; a change ends the stream, and nothing is missed."""
    marathon.lead(1)
    marathon.put(app("/web", service_ports=[8081]), instances=1)
    lb.start()
    attach(lb)
    for n in range(3):
        marathon.lead(n % 2)
        marathon.scale("/web", n + 2)
        attach(lb, n + 2)
        settle(lb, marathon, "/web", "web")


def test_silence(lb, marathon):
    """Not even a heart beat comes: the stream is given up, and what was missed is read."""
    marathon.put(app("/web", service_ports=[8081]), instances=1)
    lb.start(marathon__silence="3")
    attach(lb)
    marathon.heartbeat = None
    lb.wait_for_log("no event stream: nothing has come for 3 s")
    marathon.heartbeat = 0.5
    attach(lb, 2)
    marathon.scale("/web", 2)
    settle(lb, marathon, "/web", "web")


@pytest.mark.parametrize("kind, said", [
    ("html", "Marathon's answer is no JSON"), ("half", "Marathon's answer is no JSON"),
    ("away", ""), ("503", "503"), ("to http://127.0.0.1:18081", "302")])
def test_nonsense_keeps_the_last_good(lb, marathon, kind, said):
    marathon.put(app("/web", service_ports=[8081]), instances=2)
    lb.start(marathon__resync="1")
    settle(lb, marathon, "/web", "web")
    before = addresses(lb, "web")
    marathon.trouble["/v2/apps"] = kind
    state = lb.wait(lambda s: s["marathon"]["error"], "Marathon's answer is reported")
    assert said in state["marathon"]["error"]
    assert addresses(lb, "web") == before
    marathon.trouble.clear()
    marathon.scale("/web", 3)
    lb.poll(lambda: len(addresses(lb, "web")) == 3, "it goes on", 60)


def test_start_with_marathon_away(lb, marathon):
    """What it said last is in a file: that serves until Marathon answers, and says how old it is."""
    kept = os.path.join(lb.options["agent.state_dir"], "marathon-apps.json")
    marathon.put(app("/web", service_ports=[8081]), instances=2)
    lb.start()
    settle(lb, marathon, "/web", "web")
    before = addresses(lb, "web")
    lb.poll(lambda: os.path.exists(kept) and all(p.split(":")[1] in open(kept).read()
                                                 for p in before), "it is kept", 40)
    lb.stop()
    lb.haproxy.stop()
    for path in ("/v2/apps", "/v2/events", "/v2/leader"):
        marathon.trouble[path] = "away"
    lb.start(wait=False)
    lb.wait_for_log("what Marathon said last serves until it answers: seen=")
    lb.poll(lambda: addresses(lb, "web") == before, "HAProxy has what it had")
    assert lb.state()["marathon"]["age"] > 0
    marathon.trouble.clear()
    marathon.scale("/web", 3)
    settle(lb, marathon, "/web", "web")
    assert lb.state()["marathon"]["age"] is None


def test_tls(agent, host, tmp_path):
    """Marathon's certificate is checked, and against the address: of the events, too."""
    pems = {}
    for name in ("127.0.0.1", "192.0.2.1"):
        path = tmp_path / f"{name}.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{name}",
            "-keyout", str(path) + ".key", "-out", str(path) + ".ca")
        path.write_text(open(f"{path}.key").read() + open(f"{path}.ca").read())
        pems[name] = str(path)
    agent.options.update(LB_ONLY)
    with FakeMarathon(nodes=2, certificate=pems["127.0.0.1"]) as marathon, \
            FakeMarathon(nodes=1, first_port=18090, certificate=pems["192.0.2.1"]) as stranger:
        for cluster in (marathon, stranger):
            cluster.put(app("/web", service_ports=[8081]), instances=2)
        agent.start(wait=False, marathon__url=stranger.url,
                    marathon__ca_file=pems["192.0.2.1"] + ".ca")
        agent.poll(lambda: agent.get("/v1/state")[0] == 200, "it answers")
        state = agent.wait(lambda s: s["marathon"]["error"], "a certificate for another is refused")
        assert "certificate" in state["marathon"]["error"] or "SSL" in state["marathon"]["error"]
        assert not stranger.requests
        agent.stop()
        agent.start(marathon__url=marathon.url, marathon__ca_file=pems["127.0.0.1"] + ".ca")
        attach(agent)
        settle(agent, marathon, "/web", "web")
        marathon.scale("/web", 3)
        settle(agent, marathon, "/web", "web")


def test_endless_redirects(lb, marathon):
    marathon.put(app("/web", service_ports=[8081]), instances=1)
    marathon.trouble["/v2/events"] = "to http://127.0.0.1:18081"
    lb.start()
    lb.wait_for_log("sends us on; check the nodes' addresses")
    settle(lb, marathon, "/web", "web")


def test_credentials(lb, marathon, tmp_path):
    """They go to Marathon, are read again after a refusal, and are never shown."""
    secret = tmp_path / "user"
    secret.write_text("berth:wrong-password\n")
    secret.chmod(0o600)
    marathon.credentials = basic("berth:right-password")
    marathon.put(app("/web", service_ports=[8081]), instances=1)
    lb.start(wait=False, marathon__user_file=str(secret))
    lb.wait_for_log("credentials are refused")
    secret.write_text("berth:right-password\n")
    lb.poll(lambda: addresses(lb, "web"), "they are tried again", 90)
    settle(lb, marathon, "/web", "web")
    assert "wrong-password" not in lb.log() and "right-password" not in lb.log()


def test_leader_outside_the_list_gets_no_credentials(lb, marathon, tmp_path):
    """It is followed, but whoever no node names as its leader is shown nothing."""
    secret = tmp_path / "token"
    secret.write_text("abc\n")
    secret.chmod(0o600)
    with FakeMarathon(nodes=1, first_port=18090) as stranger:
        marathon.put(app("/web", service_ports=[8081]), instances=1)
        marathon.trouble["/v2/events"] = f"to {stranger.address(0)}"
        lb.start(marathon__token_file=str(secret))
        lb.poll(lambda: stranger.asked("/v2/events"), "the redirect is followed")
        assert {r[3] for r in stranger.requests} == {None}
        assert {r[3] for r in marathon.requests} == {"token=abc"}
        settle(lb, marathon, "/web", "web")


def test_line_of_50_megabytes(lb, marathon):
    marathon.put(app("/web", service_ports=[8081]), instances=1)
    lb.start()
    attach(lb)
    with marathon.lock:
        marathon.apps["/web"]["instances"] = 2
    marathon.emit_raw(b"event: api_post_event\r\ndata: {\"x\": \"")
    for _ in range(50):
        marathon.emit_raw(b"x" * (1 << 20))
    marathon.emit_raw(b"\"}\r\n\r\n")
    marathon.scale("/web", 3)
    settle(lb, marathon, "/web", "web")
    with open(f"/proc/{lb.process.pid}/status") as f:
        peak = next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))
    assert peak < 512 << 10, f"{peak} kB"


def test_bad_apps_cost_no_other(lb, marathon):
    """200 ports, port 0, a label with newlines and quotes, a host that is none."""
    marathon.put(app("/web", service_ports=[8081]), instances=1)
    marathon.put(app("/many", ports=range(1, 201), service_ports=[0] * 200), instances=1)
    marathon.put(app("/evil", service_ports=[8085], labels={
        "HAPROXY_0_VHOST": 'a"b\n  server evil 1.2.3.4:1\n', "SERVICE_NAME": 'x"\ny',
        "SERVICE_TAGS": 'a\nb'}), instances=1)
    marathon.put(app("/broken"), instances=1)
    with marathon.lock:
        marathon.tasks["/broken"][0]["host"] = "no host"
    lb.start()
    settle(lb, marathon, "/web", "web")
    lb.wait(lambda s: any(p["subject"] == "Marathon app /broken" for p in s["problems"]),
            "the task is reported")
    assert "1.2.3.4" not in lb.haproxy.config()
    marathon.scale("/web", 3)
    settle(lb, marathon, "/web", "web")


def test_most_apps_gone_at_once(lb, marathon):
    """An answer that lacks most apps is asked for twice."""
    for n in range(6):
        marathon.put(app(f"/web-{n}", service_ports=[8081 + n]), instances=1)
    lb.start()
    lb.poll(lambda: addresses(lb, "web-5"), "all are served")
    apps, marathon.apps = marathon.apps, {}
    marathon.lead(1)
    lb.wait_for_log("0 apps are left of 6: Marathon is asked again")
    marathon.apps = apps
    marathon.lead(0)
    lb.poll(lambda: addresses(lb, "web-5") and lb.state()["marathon"]["apps"] == 6,
            "they are served again", 40)
