"""Names in a zone of BIND and of Knot, kept by dynamic updates and asked for with dig."""

import base64
import glob
import json
import shutil

import pytest

from agent import BERTH, Agent, berth
from consul import URL
from nameserver import ADDRESS as SERVER, OTHER_SECRET, PORT, NameServer, key_file
from procs import run
from sandbox import ADDRESS

LABELS = ("SERVICE_8080_SERVICE_PORT=8081", "HAPROXY_0_VHOST=shop.example.com")
OTHER = "127.0.0.2"
MARK = '"owner=it-node"'


@pytest.fixture(params=["bind", "knot"])
def any_server(request, host, tmp_path):
    yield from run_server(request.param, tmp_path)


@pytest.fixture
def bind(host, tmp_path):
    yield from run_server("bind", tmp_path)


def run_server(kind, tmp_path):
    directory = tmp_path / kind
    directory.mkdir()
    server = NameServer(kind, directory)
    if not server.program() or not shutil.which("dig"):
        pytest.skip(f"{kind} or dig is not here")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def keyed(agent, tmp_path):
    """The agent knows the zone, its server and its key."""
    agent.options.update({"dns.zone": "example.com.", "dns.server": f"{SERVER}:{PORT}",
                          "dns.key_file": key_file(tmp_path / "key")})
    return agent


def holder(consul):
    """The node that has the lock of the owner "site"."""
    [lock] = consul.get("/v1/kv/berth/dns/site/lock")
    assert lock["Session"], lock
    return json.loads(base64.b64decode(lock["Value"]))["node"]


def states(agent):
    return {n["name"]: n["state"] for n in agent.state()["dns"]["names"]}


def problem(agent, *words):
    """Waits until a problem says all of these."""
    agent.wait(lambda s: any(all(w in p["subject"] + p["text"] for w in words)
                             for p in s["problems"]), f"a problem with {words}", 60)


def test_life_of_a_name(host, keyed, any_server):
    keyed.start(dns__ttl="17")
    host.serve("web-1", "web", labels=LABELS)
    any_server.wait([ADDRESS], "shop.example.com")
    any_server.wait([ADDRESS], "web.example.com")
    any_server.wait(["0 0 8081 web.example.com."], "_web._tcp.example.com", "SRV")
    assert any_server.dig("_berth.web.example.com", "TXT") == [MARK]
    answer = run("dig", "+noall", "+answer", f"@{SERVER}", "-p", str(PORT), "web.example.com")
    assert answer.split()[1] == "17", answer
    keyed.poll(lambda: set(states(keyed).values()) == {"written"}, "all names are written")
    keyed.stop()
    keyed.start(lb__address="192.0.2.7")
    any_server.wait(["192.0.2.7"], "shop.example.com")
    host.docker("rm", "-f", "web-1")
    for name, kind in (("shop", "A"), ("web", "A"), ("_web._tcp", "SRV"), ("_berth.web", "TXT")):
        any_server.wait([], f"{name}.example.com", kind)
    assert any_server.dig("mine.example.com") == ["192.0.2.99"]
    keyed.wait(lambda s: not s["problems"], "nothing is left to mend")


def test_doctor(host, keyed, bind, tmp_path):
    """It says whether a name leads to a load balancer, by the resolver of the host."""
    def doctor(address):
        hosts = tmp_path / "hosts"
        hosts.write_text(f"{address} shop.example.com web.example.com\n")
        options = [word for pair in keyed.options.items() for word in ("-o", "=".join(pair))]
        text = run("unshare", "-m", "--propagation", "private", "sh", "-c",
                   f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh", BERTH, "doctor", "--json",
                   "-c", "/dev/null", *options, check=False)
        return [(f["level"], f["found"]) for f in json.loads(text)["findings"]
                if f["check"] == "dns"]

    keyed.start()
    host.serve("web-1", "web", labels=LABELS)
    keyed.poll(lambda: set(states(keyed).values()) == {"written"}, "the names are written", 60)
    [(level, found)] = doctor(ADDRESS)
    assert level == "ok" and ADDRESS in found, found
    [(level, found)] = doctor("192.0.2.7")
    assert level == "warn" and "192.0.2.7" in found and ADDRESS in found, found


def test_names_of_others(host, keyed, any_server):
    """What a person has in the zone stays, and is told; what a berth left goes."""
    any_server.update("update add shop.example.com. 300 A 192.0.2.50",
                      "update add web.example.com. 300 TXT \"a note\"",
                      "update add _berth._web._tcp.example.com. 300 TXT \"owner=another\"",
                      "update add old.example.com. 300 A 192.0.2.51",
                      "update add _berth.old.example.com. 0 TXT \"owner=it-node\"")
    keyed.start()
    host.serve("web-1", "web", labels=LABELS)
    problem(keyed, "shop.example.com", "somebody else")
    problem(keyed, "web.example.com", "somebody else")
    problem(keyed, "_web._tcp.example.com", "owner=another")
    any_server.wait([], "old.example.com")
    assert any_server.dig("shop.example.com") == ["192.0.2.50"]
    assert any_server.dig("web.example.com") == []
    assert set(states(keyed).values()) == {"refused"}
    status, out, _ = berth("status")
    assert status == 0 and "shop.example.com" in out and "refused" in out, out


def test_what_is_changed_by_hand_is_mended(host, keyed, any_server):
    keyed.start()
    host.serve("web-1", "web", labels=LABELS)
    any_server.wait([ADDRESS], "web.example.com")
    any_server.update("update delete web.example.com. A",
                      "update add web.example.com. 300 A 192.0.2.50",
                      "update add web.example.com. 300 TXT \"a note\"")
    keyed.stop()
    keyed.start()
    any_server.wait([ADDRESS], "web.example.com")
    assert any_server.dig("web.example.com", "TXT") == ['"a note"']


def test_wrong_secret(host, keyed, any_server, tmp_path):
    """It is reported; the right one works after a restart."""
    good = keyed.options["dns.key_file"]
    keyed.start(dns__key_file=key_file(tmp_path / "wrong", OTHER_SECRET))
    host.serve("web-1", "web", labels=LABELS)
    problem(keyed, "BADSIG", "another secret")
    assert any_server.dig("web.example.com") == []
    keyed.stop()
    keyed.start(dns__key_file=good)
    any_server.wait([ADDRESS], "web.example.com")
    log = keyed.log()
    assert OTHER_SECRET not in log


def test_a_name_that_the_server_does_not_take(host, keyed, bind):
    """BIND wants host names to be host names; the others do not wait for it."""
    keyed.start()
    host.serve("web-1", "web", labels=("HAPROXY_0_VHOST=a_b.example.com,z.example.com",))
    bind.wait([ADDRESS], "z.example.com")
    problem(keyed, "a_b.example.com", "REFUSED")
    assert bind.dig("a_b.example.com") == []
    keyed.poll(lambda: states(keyed).get("z.example.com") == "written", "it is written")


def test_unknown_key(host, keyed, any_server, tmp_path):
    keyed.start(dns__key_file=key_file(tmp_path / "unknown", name="nobody"))
    host.serve("web-1", "web", labels=LABELS)
    problem(keyed, "BADKEY", "nobody")


def test_a_key_that_all_may_read(keyed, tmp_path):
    (tmp_path / "key").chmod(0o644)
    argv = [arg for key, value in keyed.options.items() for arg in ("-o", f"{key}={value}")]
    status, _, err = berth("agent", "-c", "/dev/null", *argv)
    assert status == 1 and "chmod" in err, err


def test_clocks_that_differ(host, keyed, tmp_path):
    """The server's clock is an hour ahead."""
    libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not libraries or not shutil.which("knotd"):
        pytest.skip("faketime or knot is not here")
    directory = tmp_path / "knot"
    directory.mkdir()
    server = NameServer("knot", directory)
    server.prefix = ["env", f"LD_PRELOAD={libraries[0]}", "FAKETIME=+3600s"]
    server.start()
    try:
        keyed.start()
        host.serve("web-1", "web", labels=LABELS)
        problem(keyed, "BADTIME", "clocks")
        assert server.dig("web.example.com") == []
    finally:
        server.stop()


def test_udp_is_lost(host, keyed, bind):
    """Datagrams to the server are dropped: updates go over TCP."""
    rule = ["OUTPUT", "-p", "udp", "--dport", str(PORT), "-j", "DROP"]
    run("iptables", "-I", *rule)
    try:
        keyed.start()
        host.serve("web-1", "web", labels=LABELS)
        keyed.poll(lambda: set(states(keyed).values()) == {"written"}, "all names are written", 60)
    finally:
        run("iptables", "-D", *rule)
    assert bind.dig("web.example.com") == [ADDRESS]


def test_the_server_is_away(host, keyed, bind):
    bind.stop()
    keyed.start()
    host.serve("web-1", "web", labels=LABELS)
    problem(keyed, "DNS server", "Connection refused")
    bind.start()
    bind.wait([ADDRESS], "web.example.com", timeout=90)


def test_two_owners_and_takeover(host, keyed, any_server, consul, tmp_path):
    """Two load balancers share the names: one writes, both are in them, the other takes over."""
    directory = tmp_path / "other"
    directory.mkdir()
    other = Agent(str(directory), host.docker_socket)
    keyed.options.update({"registrator.registry": URL, "dns.owner": "site", "lb.bind": ADDRESS})
    other.options.update({key: keyed.options[key] for key in keyed.options
                          if key.startswith("dns.") or key == "registrator.registry"})
    other.options.update({"agent.node": "other", "agent.admin": "", "docker.enabled": "no",
                          "portmap.enabled": "no", "registrator.enabled": "no",
                          "lb.bind": OTHER, "lb.address": OTHER})
    try:
        keyed.start()
        host.serve("web-1", "web", labels=LABELS)
        any_server.wait([ADDRESS], "web.example.com", timeout=60)
        assert holder(consul) == "it-node" and keyed.state()["dns"]["turn"]
        other.start(wait=False)
        any_server.wait(sorted([ADDRESS, OTHER]), "web.example.com", timeout=60)
        keyed.kill()
        keyed.haproxy.stop()
        any_server.wait([OTHER], "web.example.com", timeout=120)
        assert holder(consul) == "other"
    finally:
        other.clean_up()
