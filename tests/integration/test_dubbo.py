"""Dubbo's providers in a real ZooKeeper."""

import json
import os
import signal
import sys
import time
import urllib.error

import image
import pytest

import zookeeper
from agent import OPENER, Agent, berth
from consul import URL
from dubbo import GREETER, folder, name_of, owner, providers
from machine import Files
from procs import wait_for
from sandbox import ADDRESS, OUTSIDE
from traffic import try_ask

LABEL = f"berth.dubbo.8080={GREETER}:1.0.0"
PATIENCE = 60
ENTRYPOINT = os.path.abspath(os.path.join(os.path.dirname(__file__),
                                          "../../conf/examples/dubbo-entrypoint.sh"))


@pytest.fixture
def dubbo(agent, zk):
    """An agent that registers Dubbo's providers there; not started."""
    agent.options.update({"lb.enabled": "no", "dubbo.registry": f"zookeeper://{zk.address}",
                          "dubbo.session": "60"})
    return agent


def host_port(agent, name):
    """The lowest host port of the container, once it has one."""
    def look():
        state = agent.state()
        ids = [c["id"] for c in state["containers"] if c["name"] == name]
        return sorted(m["host_port"] for m in state["mappings"] if m["container_id"] in ids)
    return wait_for(look, f"{name} has a host port", PATIENCE)[0]


def become(zk, addresses, interface=GREETER, timeout=PATIENCE):
    """Waits until those are the interface's providers, and returns them."""
    def look():
        found = providers(zk, interface)
        return found if [p.address for p in found] == sorted(addresses) else None
    if not addresses:
        wait_for(lambda: not providers(zk, interface), "there is no provider", timeout)
        return []
    return wait_for(look, f"the providers are {addresses}", timeout)


def test_providers_come_and_go(host, dubbo, zk):
    dubbo.start()
    host.serve("one", labels=(LABEL, "berth.dubbo.8080.methods=hello,bye",
                              "berth.dubbo.8080.weight=50", "berth.dubbo.8080.application=shop"))
    started = host.api("/containers/one/json")["State"]["StartedAt"]
    [provider] = become(zk, [f"{ADDRESS}:{host_port(dubbo, 'one')}"])
    timestamp = int(provider.params.pop("timestamp")) / 1000
    assert abs(timestamp - time_of(started)) < 0.002
    assert provider.first == "anyhost=true"
    assert (provider.protocol, provider.interface) == ("dubbo", GREETER)
    assert provider.params == {
        "anyhost": "true", "application": "shop", "berth.node": "it-node",
        "category": "providers", "deprecated": "false", "dubbo": "2.0.2", "dynamic": "true",
        "generic": "false", "interface": GREETER, "methods": "hello,bye", "protocol": "dubbo",
        "side": "provider", "version": "1.0.0", "weight": "50"}
    assert owner(zk, provider)
    [trace] = [c["trace"] for c in dubbo.state()["containers"]]
    host.docker("rm", "-f", "one")
    become(zk, [])
    dubbo.wait_for_log(f"removed: {GREETER}", PATIENCE)
    said = [line.split("dubbo: ")[1].split(":")[0] for line in dubbo.log().splitlines()
            if "dubbo: " in line and f"trace={trace}" in line]
    assert said == ["added", "removed"], dubbo.log_tail()


def time_of(text):
    """Docker's time as seconds; Python knows no nanoseconds."""
    whole, fraction = text.rstrip("Z").split(".")
    seconds = time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone
    return seconds + float(f"0.{fraction}")


def test_a_container_told_to_stop_is_gone_before_it_is(host, dubbo, zk):
    dubbo.start()
    host.serve("one", labels=(LABEL,), env=("GRACE=30",))
    become(zk, [f"{ADDRESS}:{host_port(dubbo, 'one')}"])
    host.docker("kill", "--signal", "TERM", "one")
    become(zk, [])
    assert host.api("/containers/one/json")["State"]["Running"]
    assert host.answers("one", ())


def test_the_host_port_outlives_the_node(host, dubbo, zk):
    """A consumer that still finds the provider does not reach another container."""
    dubbo.start()
    container = host.serve("one", labels=(LABEL,))
    port = host_port(dubbo, "one")
    become(zk, [f"{ADDRESS}:{port}"])
    host.serve("two")
    other = host_port(dubbo, "two")
    dubbo.wait(lambda s: [d["state"] for d in s["dubbo"]] == ["registered"], "it is registered")
    zk.process.send_signal(signal.SIGSTOP)
    host.docker("rm", "-f", "one")
    host.docker("rm", "-f", "two")
    dubbo.wait(lambda s: other not in [m["host_port"] for m in s["mappings"]],
               "the host port of the one that is no provider is free", PATIENCE)
    assert [m["host_port"] for m in dubbo.state()["mappings"]] == [port]
    zk.process.send_signal(signal.SIGCONT)
    become(zk, [])
    dubbo.wait_for_log(f"mapping removed host-port={port} protocol=tcp container={container[:12]}",
                       PATIENCE)


def test_health_gates(host, dubbo, zk):
    dubbo.start()
    host.serve("one", None, "--health-cmd", "cat /www/well", "--health-interval", "1s",
               labels=(LABEL,))
    host.serve("two", labels=(LABEL,))
    second = f"{ADDRESS}:{host_port(dubbo, 'two')}"
    become(zk, [second])
    host.docker("exec", "one", "sh", "-c", "echo yes >/www/well")
    become(zk, [second, f"{ADDRESS}:{host_port(dubbo, 'one')}"])


def test_a_restart_is_not_seen(host, dubbo, zk):
    """Killed and started again within the session: neither node nor session is another one, and
    what has gone meanwhile goes."""
    dubbo.start()
    host.serve("one", labels=(LABEL,))
    first = f"{ADDRESS}:{host_port(dubbo, 'one')}"
    host.serve("two", labels=(LABEL,))
    become(zk, [first, f"{ADDRESS}:{host_port(dubbo, 'two')}"])
    [before] = [p for p in providers(zk) if p.address == first]
    path = f"{folder()}/{before.name}"
    stat = zk.client.get(path)[1]
    dubbo.kill()
    host.docker("rm", "-f", "two")
    dubbo.start()
    become(zk, [first])
    assert zk.client.get(path)[1] == stat
    dubbo.stop()
    dubbo.start()
    wait_for(lambda: dubbo.state()["dubbo"] and dubbo.state()["dubbo"][0]["state"] == "registered",
             "it has been looked at")
    assert zk.client.get(path)[1] == stat


def test_what_strangers_do_is_mended(host, dubbo, zk):
    dubbo.start()
    host.serve("one", labels=(LABEL,))
    [provider] = become(zk, [f"{ADDRESS}:{host_port(dubbo, 'one')}"])
    path = f"{folder()}/{provider.name}"
    ours = owner(zk, provider)
    zk.client.delete(path)
    wait_for(lambda: providers(zk) and owner(zk, provider) == ours, "it is back", PATIENCE)
    both = zk.client.transaction()
    both.delete(path)
    both.delete(folder())
    both.commit()
    wait_for(lambda: providers(zk) and owner(zk, provider) == ours, "with its folder", PATIENCE)
    # Ours, but another session's: that of an agent whose files are lost, say.
    dubbo.kill()
    zk.client.delete(path)
    zk.client.create(path, b"", ephemeral=True)
    theirs = owner(zk, provider)
    dubbo.start()
    wait_for(lambda: owner(zk, provider) not in (0, theirs), "it is ours", PATIENCE)


def test_a_session_that_expired(host, dubbo, zk):
    zk.kill()
    zk.session = 4000
    zk.start()
    dubbo.start()
    dubbo.wait_for_log("timeout=4, as the server allows", PATIENCE)
    host.serve("one", labels=(LABEL,))
    [provider] = become(zk, [f"{ADDRESS}:{host_port(dubbo, 'one')}"])
    before = owner(zk, provider)
    dubbo.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: not providers(zk), "the session times out", 90)
    dubbo.process.send_signal(signal.SIGCONT)
    become(zk, [provider.address])
    assert owner(zk, provider) != before
    dubbo.wait_for_log("the session has expired", PATIENCE)


def test_zookeeper_is_away(host, dubbo, zk):
    """For longer than the session: host ports and the other registry go on; nothing is lost."""
    zk.kill()
    zk.session = 4000
    zk.start()
    dubbo.options["lb.enabled"] = "yes"
    dubbo.start()
    host.serve("one", "web", labels=(LABEL, "SERVICE_8080_SERVICE_PORT=8081"))
    first = f"{ADDRESS}:{host_port(dubbo, 'one')}"
    become(zk, [first])
    zk.kill()
    host.serve("two", "web", labels=(LABEL, "SERVICE_8080_SERVICE_PORT=8081"))
    dubbo.wait_for_servers("web", 2)
    dubbo.wait_for_log("ZooKeeper does not answer at", PATIENCE)
    second = f"{ADDRESS}:{host_port(dubbo, 'two')}"
    assert dubbo.get("/health")[0] == 200
    zk.start()
    become(zk, [first, second], timeout=90)


def test_other_providers_are_left_alone(host, dubbo, zk):
    foreign = {name_of(OUTSIDE, 20880), "nonsense", "dubbo%3A%2F%2F", name_of("192.0.2.1", 99999),
               name_of("192.0.2.9", 1, **{"berth.node": "it-node-2"})}
    for name in foreign:
        zk.client.create(f"{folder()}/{name}", makepath=True)
    zk.client.create("/dubbo/a%2Fb%25/providers/x%zz", makepath=True)
    dubbo.start()
    host.serve("one", labels=(LABEL, "berth.dubbo.99999=com.acme.X", "berth.dubbo.81=com.acme.X"))
    mine = f"{ADDRESS}:{host_port(dubbo, 'one')}"
    wait_for(lambda: any(p.address == mine for p in providers(zk)), "ours is there", PATIENCE)
    def told():
        texts = problems(dubbo)
        odd = [text for subject, text in texts if subject == f"interface {GREETER}"]
        return texts if odd and odd[0].startswith("3 of its 6 providers") else None
    texts = wait_for(told, "what is odd is told", PATIENCE)
    assert any("berth.dubbo.99999" in text for _, text in texts)
    assert any("has no TCP port 81" in text for _, text in texts)
    host.docker("rm", "-f", "one")
    wait_for(lambda: set(zk.client.get_children(folder())) == foreign, "ours alone goes", PATIENCE)


def problems(agent):
    return [(p["subject"], p["text"]) for p in agent.state()["problems"] if p["area"] == "dubbo"]


def test_haproxy_balances_over_both(host, dubbo, zk, machine, tmp_path):
    """For those who do not speak ZooKeeper: one TCP port before the container and the machine."""
    files = Files(str(tmp_path / "services.d"))
    files.write("greeter.conf", f"[greeter]\naddress = {OUTSIDE}\nport = {machine.port}\n"
                f"service_port = 8081\ncheck = tcp\ndubbo = {GREETER}:1.0.0\n")
    dubbo.start(lb__enabled="yes")
    host.serve("one", "greeter", labels=(LABEL, "SERVICE_8080_SERVICE_PORT=8081"))
    dubbo.wait_for_servers("greeter", 2, PATIENCE)
    become(zk, [f"{ADDRESS}:{host_port(dubbo, 'one')}", f"{OUTSIDE}:{machine.port}"])
    [backend] = [b for b in dubbo.state()["backends"] if b["service"] == "greeter"]
    assert (backend["mode"], backend["service_ports"]) == ("tcp", [8081])
    wait_for(lambda: {try_ask(8081) for _ in range(10)} == {"one", machine.name}, "both answer",
             PATIENCE)


def test_machines_have_one_writer(host, dubbo, zk, tmp_path):
    files = Files(str(tmp_path / "services.d"))
    files.write("shop.conf", f"[shop]\naddress = {OUTSIDE}\nport = 20880\ncheck = none\n"
                f"dubbo = {GREETER}:1.0.0\ndubbo_weight = 20\n")
    other = Agent(str(tmp_path / "other"), host.docker_socket)
    (tmp_path / "other").mkdir()
    other.options.update({**dubbo.options, "agent.node": "it-node-2", "portmap.enabled": "no",
                          "agent.admin": "127.0.0.1:7708",
                          "agent.run_dir": str(tmp_path / "other/run"),
                          "agent.state_dir": str(tmp_path / "other/state")})
    dubbo.start()
    [provider] = become(zk, [f"{OUTSIDE}:20880"])
    assert provider.params["berth.file"] == "shop" and provider.params["weight"] == "20"
    assert "timestamp" not in provider.params and "berth.node" not in provider.params
    keeper = owner(zk, provider)
    try:
        other.start(wait=False)
        wait_for(lambda: "dubbo: " in other.log() or "connected hosts" in other.log(),
                 "the other one is connected", PATIENCE)
        dubbo.stop()
        zk.client.delete(f"{folder()}/{provider.name}")
        wait_for(lambda: providers(zk) and owner(zk, provider) != keeper,
                 "the other one keeps it", PATIENCE)
        files.remove("shop.conf")
        become(zk, [])
    finally:
        other.clean_up()


def test_an_unreachable_address_is_told_and_repaired(host, dubbo, zk):
    dubbo.start()
    host.serve("one")
    inside = host.api("/containers/one/json")["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    bad = name_of(inside, 8080, version="1.0.0", timestamp=int(time.time() * 1000), pid=1)
    older = name_of(inside, 8080, version="0.1", timestamp=1000)
    zk.client.create(f"{folder()}/{bad}", ephemeral=True, makepath=True)
    zk.client.create(f"{folder()}/{older}", ephemeral=True)
    wait_for(lambda: any(subject == "container one" and inside in text
                         for subject, text in problems(dubbo)), "it is told", PATIENCE)
    status, out, _ = berth("doctor", "-c", "/dev/null", "--json", "-o",
                           f"dubbo.registry=zookeeper://{zk.address}", "-o",
                           f"docker.socket={host.docker_socket}")
    found = [f for f in json.loads(out)["findings"] if f["check"] == "dubbo"]
    assert status and [f["level"] for f in found] == ["warn"] and inside in found[0]["found"]
    _, out = dubbo.get("/v1/explain?subject=one")
    assert inside in out and "DUBBO_IP_TO_REGISTRY" in out
    assert "berth_dubbo_unreachable 1" in dubbo.get("/metrics")[1]
    assert len(providers(zk)) == 2
    dubbo.stop()
    dubbo.start(dubbo__repair="mirror")
    mirror = f"{ADDRESS}:{host_port(dubbo, 'one')}"
    found = become(zk, [mirror, f"{inside}:8080"])
    [provider] = [p for p in found if p.address == mirror]
    assert provider.params["version"] == "1.0.0" and provider.params["pid"] == "1"
    assert provider.params["berth.mirror"].endswith(":8080")
    assert provider.first == "anyhost=true"
    wait_for(lambda: not problems(dubbo), "it is well", PATIENCE)
    dubbo.kill()
    dubbo.start()
    become(zk, [mirror, f"{inside}:8080"])
    host.docker("rm", "-f", "one")
    become(zk, [f"{inside}:8080"])


def test_a_digest(host, dubbo, zk, tmp_path):
    secret = tmp_path / "digest"
    secret.write_text("dubbo:secret\n")
    secret.chmod(0o600)
    dubbo.start(dubbo__registry=f"zookeeper://{zk.address}/shops/north",
                dubbo__digest_file=str(secret))
    host.serve("one", labels=(LABEL,))
    dubbo.wait(lambda s: [d["state"] for d in s["dubbo"]] == ["registered"], "it is registered",
               PATIENCE)
    zk.client.add_auth("digest", "dubbo:secret")
    acls, _ = zk.client.get_acls("/shops/north/dubbo/com.acme.Greeter")
    assert [(a.id.scheme, a.id.id.split(":")[0], a.perms) for a in acls] == [("digest", "dubbo", 31)]
    dubbo.stop()
    secret.write_text("dubbo:wrong\n")
    host.docker("rm", "-f", "one")
    dubbo.start()
    host.serve("two", labels=(LABEL,))
    dubbo.wait_for_log("[dubbo] digest_file", PATIENCE)
    assert "secret" not in dubbo.log() and "wrong" not in dubbo.log()


def test_consul_is_the_registry(host, agent, consul, tmp_path):
    agent.start(lb__enabled="no", registrator__registry=URL, dubbo__registry="consul")
    host.serve("one", "web", labels=(LABEL, "berth.dubbo.8080.methods=" + "hello," * 80 + "bye",
                                     "berth.dubbo.99999=com.acme.X", "berth.dubbo.81=com.acme.X"))

    def passing():
        text = OPENER.open(f"{URL}/v1/health/service/{GREETER}?tag=dubbo&passing").read()
        return json.loads(text)
    [entry] = wait_for(passing, "a consumer finds it", PATIENCE)
    url = entry["Service"]["Meta"]["url"]
    port = host_port(agent, "one")
    assert url.startswith(f"dubbo://{ADDRESS}:{port}/{GREETER}?anyhost=true&application=one&")
    assert "&version=1.0.0" in url and "methods=" not in url and len(url) <= 512
    assert (entry["Service"]["Address"], entry["Service"]["Port"]) == (ADDRESS, port)
    texts = [p["text"] for p in agent.state()["problems"] if p["subject"] == "container one"]
    assert any("berth.dubbo.99999" in text for text in texts), texts
    assert any("has no TCP port 81" in text for text in texts), texts
    files = Files(str(tmp_path / "services.d"))
    files.write("shop.conf", f"[shop]\naddress = {OUTSIDE}\nport = 20880\ncheck = none\n"
                f"dubbo = {GREETER}:1.0.0\n")
    wait_for(lambda: len(passing()) == 2, "the machine is there, too", PATIENCE)
    [other] = [e["Service"] for e in passing() if e["Service"]["Address"] == OUTSIDE]
    assert other["Meta"]["url"].startswith(f"dubbo://{OUTSIDE}:20880/{GREETER}?anyhost=true&")
    host.docker("kill", "--signal", "TERM", "one")
    wait_for(lambda: [e["Service"]["Address"] for e in passing()] == [OUTSIDE],
             "the container takes no traffic", PATIENCE)
    files.remove("shop.conf")
    wait_for(lambda: not passing(), "the machine is gone", PATIENCE)


def test_a_container_asks_who_it_is(host, dubbo, zk):
    """Through the entry point that berth ships, in a container; others learn nothing."""
    dubbo.start(agent__self="172.17.0.1:7708")
    host.docker("run", "-d", "--name", "one", "--expose", "8080", "-v", f"{ENTRYPOINT}:/entry:ro",
                "-e", "DUBBO_PORT=8080", "--entrypoint", "/bin/busybox", image.NAME, "sh", "/entry",
                "/bin/busybox", "env")
    assert host.docker("wait", "one") == "0", host.docker("logs", "one")
    lines = dict(line.split("=", 1) for line in host.docker("logs", "one").splitlines())
    assert lines["DUBBO_IP_TO_REGISTRY"] == ADDRESS
    assert 28000 <= int(lines["DUBBO_PORT_TO_REGISTRY"]) < 30000
    host.serve("two", None, "-p", "9000:9000", expose=(8080, 9000))

    def own():
        status, body = from_container(host, "two", "/v1/self")
        doc = json.loads(body) if status == 200 else {}
        return doc if all(p["host_port"] for p in doc.get("ports", [{"host_port": 0}])) else None

    doc = wait_for(own, "it knows itself", PATIENCE)
    assert (doc["container"], doc["node"], doc["address"]) == ("two", "it-node", ADDRESS)
    assert [(p["port"], p["address"], p["host_port"]) for p in doc["ports"]] == [
        (8080, ADDRESS, assigned(dubbo, "two")), (9000, ADDRESS, 9000)]
    assert from_container(host, "two", "/v1/self/9000") == (200, f"{ADDRESS} 9000\n")
    assert from_container(host, "two", "/v1/self/81")[0] == 404
    assert from_container(host, "two", "/v1/self/x")[0] == 400
    assert from_container(host, "two", "/v1/state")[0] == 404
    with pytest.raises(urllib.error.HTTPError) as error:
        OPENER.open("http://172.17.0.1:7708/v1/self", timeout=10)
    assert error.value.code == 404


def test_nobody_asks_for_another(host, dubbo, zk):
    """Neither from another bridge, nor with another's address, nor with many connections."""
    dubbo.start(agent__self="172.17.0.1:7708")
    host.serve("one", labels=(LABEL,))
    host_port(dubbo, "one")
    inside = host.api("/containers/one/json")["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    host.docker("network", "create", "berth-side")
    try:
        host.serve("two", None, "--network", "berth-side", "--cap-add", "NET_ADMIN")

        def own():
            status, body = from_container(host, "two", "/v1/self")
            return status == 200 and json.loads(body)["container"]

        assert wait_for(own, "it knows itself", PATIENCE) == "two"
        host.from_container("two", "ip", "addr", "add", f"{inside}/32", "dev", "lo")
        assert host.from_container("two", sys.executable, "-c", ASK_AS, inside).strip() == "nothing"
        assert host.from_container("one", sys.executable, "-c", ASK_OFTEN).split() == [
            "200", "200", "200", "200", "nothing"]
        assert own() == "two"
    finally:
        host.docker("rm", "-f", "two")
        host.docker("network", "rm", "berth-side")
    dubbo.stop()
    dubbo.options["agent.self"] = "[::1]:7708"
    dubbo.start(wait=False)
    assert wait_for(lambda: dubbo.process.poll(), "it does not start", PATIENCE)
    assert "[agent] self = [::1]:7708: it must be" in dubbo.log()


ASK_AS = """
import socket, sys
probe = socket.socket()
probe.settimeout(3)
probe.bind((sys.argv[1], 0))
try:
    probe.connect(("172.17.0.1", 7708))
    print("connected")
except OSError:
    print("nothing")
"""

ASK_OFTEN = """
import socket
held = []
for _ in range(5):
    probe = socket.create_connection(("172.17.0.1", 7708), timeout=20)
    held.append(probe)
    try:
        probe.sendall(b"GET /v1/self HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        print((probe.recv(4096).split() or [b"", b"nothing"])[1].decode())
    except OSError:
        print("nothing")
"""


def assigned(agent, name):
    """The host port that berth has assigned to a port of the container."""
    state = agent.state()
    [container] = [c["id"] for c in state["containers"] if c["name"] == name]
    [port] = [m["host_port"] for m in state["mappings"]
              if (m["container_id"], m["owner"]) == (container, "berth")]
    return port


def from_container(host, name, path):
    """Asks [agent] self in a container's network; status and body."""
    text = host.from_container(name, sys.executable, "-c", ASK, f"http://172.17.0.1:7708{path}")
    status, body = text.split(" ", 1)
    return int(status), body.replace("|", "\n")


ASK = """
import sys, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    answer = opener.open(sys.argv[1], timeout=10)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode().replace("\\n", "|"))
"""


@pytest.fixture
def servers(zk, tmp_path):
    """Three ZooKeepers that are one; 'zk' says whether there can be any."""
    zk.kill()
    own = zookeeper.ensemble(str(tmp_path / "ensemble"))
    try:
        for server in own:
            server.start(wait=False)
        for server in own:
            server.wait()
        yield own
    finally:
        for server in own:
            server.stop()


def test_one_of_three_servers_is_lost(host, dubbo, servers):
    hosts = ",".join(server.address for server in servers)
    dubbo.start(dubbo__registry=f"zookeeper://{hosts}")
    host.serve("one", labels=(LABEL,))
    first = f"{ADDRESS}:{host_port(dubbo, 'one')}"
    [provider] = become(servers[0], [first])
    before = owner(servers[0], provider)
    connected = next(s for s in servers if dubbo_is_at(dubbo, s))
    connected.kill()
    left = [s for s in servers if s is not connected]
    host.serve("two", labels=(LABEL,))
    both = [first, f"{ADDRESS}:{host_port(dubbo, 'two')}"]
    become(left[0], both, timeout=90)
    assert owner(left[0], provider) == before
    # One that hangs is left as well, long before its session ends: 60 s here.
    connected.start()
    connected.wait()
    wait_for(lambda: any(dubbo_is_at(dubbo, s) for s in servers), "it has a connection", PATIENCE)
    hanging = next(s for s in servers if dubbo_is_at(dubbo, s))
    left = [s for s in servers if s is not hanging]
    hanging.process.send_signal(signal.SIGSTOP)
    try:
        host.serve("three", labels=(LABEL,))
        dubbo.wait_for_log("ZooKeeper does not answer at", PATIENCE)
        become(left[0], [*both, f"{ADDRESS}:{host_port(dubbo, 'three')}"], timeout=90)
        assert owner(left[0], provider) == before
    finally:
        hanging.process.send_signal(signal.SIGCONT)


def dubbo_is_at(agent, server):
    """Is the agent's connection to ZooKeeper one to that server?"""
    table = f"/proc/{agent.process.pid}/net/tcp"
    port = int(server.address.split(":")[1])
    inodes = set()
    for fd in os.listdir(f"/proc/{agent.process.pid}/fd"):
        try:
            inodes.add(os.readlink(f"/proc/{agent.process.pid}/fd/{fd}"))
        except OSError:
            pass
    with open(table) as f:
        rows = [line.split() for line in f.readlines()[1:]]
    return any(int(row[2].split(":")[1], 16) == port and f"socket:[{row[9]}]" in inodes
               for row in rows)


def test_application_level_registrations_are_told(host, dubbo, zk):
    """Once one is there, consumers of Dubbo 3 see no URL any more."""
    dubbo.start()
    host.serve("one", labels=(LABEL,))
    become(zk, [f"{ADDRESS}:{host_port(dubbo, 'one')}"])
    zk.client.create(f"/dubbo/mapping/{GREETER}", b"other-app,shop-app", makepath=True)
    zk.client.create("/services/shop-app/192.0.2.7:20880", b"{}", ephemeral=True, makepath=True)
    wait_for(lambda: any("shop-app registers it at application level, too (192.0.2.7:20880)" in text
                         for _, text in problems(dubbo)), "it is told", PATIENCE)
    for subject in ("one", GREETER):
        _, out = dubbo.get(f"/v1/explain?subject={subject}")
        assert "FORCE_INTERFACE" in out and f"{GREETER}:1.0.0 at {ADDRESS}" in out, out
    _, out, _ = berth("doctor", "-c", "/dev/null", "--json", "-o",
                      f"dubbo.registry=zookeeper://{zk.address}", "-o",
                      f"docker.socket={host.docker_socket}")
    [found] = [f for f in json.loads(out)["findings"] if f["check"] == "dubbo"]
    assert found["level"] == "warn" and "FORCE_INTERFACE" in found["found"], found
    zk.client.delete("/services/shop-app/192.0.2.7:20880")
    wait_for(lambda: not problems(dubbo), "it is well again", PATIENCE)
