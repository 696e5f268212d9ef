"""SIGHUP: another configuration takes effect, and nothing else is touched."""

import json
import os
import signal

import image
import nameserver
import test_consul_acl
from agent import ADMIN, berth
from consul import URL
from consulproxy import ConsulProxy
from machine import Files
from procs import run, wait_for
from registrator import Registrator
from sandbox import ADDRESS, OUTSIDE
from test_consul_acl import acl_consul  # noqa: F401 (a fixture)
from test_dns_update import bind  # noqa: F401 (a fixture)
from traffic import Traffic, ask, try_ask

LABELS = ("SERVICE_8080_SERVICE_PORT=8081", "HAPROXY_0_VHOST=web.test")


class File:
    """The agent's configuration file."""

    def __init__(self, agent, tmp_path, **options):
        self.agent = agent
        self.path = str(tmp_path / "berth.conf")
        self.options = {}
        self.write(**options)
        agent.config = self.path

    def write(self, **options):
        self.options.update({key.replace("__", "."): value for key, value in options.items()})
        sections = {}
        for key, value in self.options.items():
            section, _, name = key.rpartition(".")
            sections.setdefault(section, []).append(f"{name} = {value}\n")
        with open(self.path + ".new", "w") as f:
            for section, lines in sections.items():
                f.write(f"[{section}]\n" + "".join(lines))
        os.rename(self.path + ".new", self.path)

    def drop(self, key):
        self.options.pop(key)
        self.write()

    def reload(self, times=1, **options):
        """Writes, sends SIGHUP, and waits for the line of the log, which is returned."""
        self.write(**options)
        return hup(self.agent, times)


def results(agent):
    return [line for line in agent.log().splitlines()
            if "reloaded file=" in line or "not reloaded" in line]


def hup(agent, times=1):
    before = len(results(agent))
    for _ in range(times):
        agent.process.send_signal(signal.SIGHUP)
    agent.poll(lambda: len(results(agent)) > before, "the configuration is reloaded")
    return results(agent)[-1]


def metric(agent, name):
    [value] = [line.split()[1] for line in agent.get("/metrics")[1].splitlines()
               if line.startswith(name + " ")]
    return float(value)


def config_problems(agent):
    return {p["subject"]: p["text"] for p in agent.state()["problems"] if p["area"] == "config"}


def host_ports(state):
    return {m["container_id"]: m["host_port"] for m in state["mappings"] if m["owner"] == "berth"}


def test_under_load(host, agent, consul, docker_proxy, tmp_path):
    proxy = ConsulProxy(8500)
    file = File(agent, tmp_path, portmap__pool="28000-28099", lb__http_port="8090",
                registrator__tags="one")
    agent.start(registrator__registry=proxy.url)
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    [stream] = docker_proxy.streams()
    [web] = host_ports(agent.state()).values()
    index = consul.health("web")[0]["Service"]["ModifyIndex"]
    worker = agent.haproxy.worker()
    with Traffic(8081) as traffic:
        line = file.reload(portmap__pool="28100-28199", agent__log_level="debug",
                           registrator__register_when="healthy")
        assert line.endswith("changed=agent.log_level,portmap.pool,registrator.register_when"), line
        host.serve("web-2", "web", labels=LABELS)
        agent.wait_for_servers("web", 2)
        ports = sorted(host_ports(agent.state()).values())
        assert ports[0] == web and 28100 <= ports[1] <= 28199, ports
        assert agent.haproxy.worker() == worker, "HAProxy was reloaded"
        by_id = {e["Service"]["ID"]: e["Service"] for e in consul.health("web")}
        assert by_id["it-node:web-1:8080"]["ModifyIndex"] == index

        file.reload(lb__http_port="8091")
        wait_for(lambda: try_ask(8091, "web.test") in ("web-1", "web-2"), "the new port answers")
        wait_for(lambda: try_ask(8090, "web.test") is None, "the old one is closed")
        assert consul.health("web")[0]["Service"]["Tags"] == ["one"]

        file.reload(registrator__tags="one,two")
        wait_for(lambda: all(e["Service"]["Tags"] == ["one", "two"] for e in consul.health("web"))
                 and len(consul.health("web")) == 2, "both have the new tag")
        agent.wait_for_servers("web", 2)
    traffic.check(50)
    assert docker_proxy.streams() == [stream], "Docker's events were asked for again"
    host.docker("stop", "-t", "1", "web-2")
    agent.wait_for_servers("web", 1)
    assert proxy.dropped == []
    proxy.close()


def test_errors_keep_what_runs(host, agent, tmp_path):
    file = File(agent, tmp_path, agent__log_level="info", lb__http_port="8090")
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    good = agent.get("/v1/config")[1]
    worker = agent.haproxy.worker()

    file.write(lb__http_port="many", agent__log_level="debug")
    status, said, wrong = berth("check", "--diff", "-c", "/dev/null")
    assert status == 1 and "a reload would change nothing: " in wrong, (status, said, wrong)
    line = hup(agent)
    assert f"{file.path}:4: [lb] http_port = many: it must be a whole number" in line, line
    assert "cannot be used: " in config_problems(agent)["configuration"]
    assert metric(agent, "berth_config_last_reload_successful") == 0
    assert agent.get("/v1/config")[1] == good

    file.write(lb__http_port="8090")
    os.rename(file.path, file.path + ".away")
    assert "No such file" in hup(agent)
    os.rename(file.path + ".away", file.path)
    assert "28000 lies in [portmap] pool" in file.reload(lb__http_port="28000")
    assert "[lb] http_port = 7707: " in file.reload(lb__http_port=ADMIN.rpartition(":")[2])
    assert agent.get("/v1/config")[1] == good
    assert ask(8090, "web.test") == "web-1"

    assert file.reload(lb__http_port="8090", agent__log_level="info").endswith("changed=none")
    assert config_problems(agent) == {}
    assert metric(agent, "berth_config_last_reload_successful") == 1
    assert agent.haproxy.worker() == worker, "HAProxy was reloaded"


def test_what_takes_a_restart_waits(host, agent, tmp_path):
    file = File(agent, tmp_path, agent__address6="none", docker__drain_max="100")
    agent.start()
    file.write(agent__address6="auto", docker__drain_max="50")
    assert berth("check", "--diff", "-c", "/dev/null") == (
        0, "a reload changes: docker.drain_max\ntakes a restart: agent.address6\n", "")
    assert config_problems(agent) == {} and "\ndrain_max = 100\n" in agent.get("/v1/config")[1]
    line = hup(agent)
    assert line.endswith("changed=docker.drain_max needs-restart=agent.address6"), line
    assert "takes effect at the next restart" in config_problems(agent)["agent.address6"]
    assert metric(agent, "berth_config_pending_options") == 1
    config = agent.get("/v1/config")[1]
    assert "\naddress6 = none\n" in config and "\ndrain_max = 50\n" in config
    # Without the registry that waits, the rest makes no sense: all of it waits.
    line = file.reload(agent__address6="none", docker__drain_max="70",
                       registrator__registry="consulkv://127.0.0.1:8500/x", lb__enabled="no")
    assert line.endswith("changed=docker.drain_max needs-restart=registrator.registry,lb.enabled")
    for key in ("registrator.registry", "lb.enabled"):
        file.drop(key)
    assert hup(agent).endswith("changed=none")
    assert config_problems(agent) == {}


def test_a_pool_that_shrinks(host, agent, tmp_path):
    file = File(agent, tmp_path, portmap__pool="28000-28009")
    agent.start(portmap__quarantine="0")
    for name in ("web-1", "web-2"):
        host.serve(name, "web", labels=LABELS)
    agent.wait_for_servers("web", 2)
    before = host_ports(agent.state())
    file.reload(portmap__pool="28050-28050")
    host.serve("web-3", "web", labels=LABELS)
    state = agent.wait_for_servers("web", 3)
    after = host_ports(state)
    assert {key: after[key] for key in before} == before
    assert set(after.values()) - set(before.values()) == {28050}
    host.docker("rm", "-f", "web-1", "web-3")
    agent.wait_for_servers("web", 1)
    host.serve("web-4", "web", labels=LABELS)
    state = agent.wait_for_servers("web", 2)
    assert 28050 in host_ports(state).values()


def test_a_storm(host, agent, consul, tmp_path):
    file = File(agent, tmp_path, registrator__tags="one")
    agent.start(registrator__registry=URL)
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    index = consul.health("web")[0]["Service"]["ModifyIndex"]
    worker = agent.haproxy.worker()
    with Traffic(8081) as traffic:
        file.reload(times=50)
        host.serve("web-2", "web", labels=LABELS)
        agent.wait_for_servers("web", 2)
        assert min(e["Service"]["ModifyIndex"] for e in consul.health("web")) == index
        consul.stop()
        file.reload(times=3, docker__drain_max="77")
        agent.poll(lambda: "changed=docker.drain_max" in agent.log(), "it reloads without Consul")
        assert ask(8081) in ("web-1", "web-2")
    traffic.check(20)
    assert agent.haproxy.worker() == worker, "HAProxy was reloaded"


def test_a_secret_is_rotated(host, agent, acl_consul, tmp_path):  # noqa: F811
    token = test_consul_acl.start(agent, acl_consul, tmp_path, test_consul_acl.RULES.values())
    host.serve("web-1", "web", labels=("SERVICE_8080_SERVICE_PORT=8081",))
    agent.wait_for_servers("web", 1, 40)
    second = acl_consul.ask("/v1/acl/token", "PUT", json.dumps(
        {"Policies": [{"Name": "berth"}]}).encode())
    (tmp_path / "token").write_text(second["SecretID"] + "\n")
    hup(agent)
    [old] = [t["AccessorID"] for t in acl_consul.ask("/v1/acl/tokens")
             if t["AccessorID"] != second["AccessorID"]
             and [p["Name"] for p in t.get("Policies") or []] == ["berth"]]
    acl_consul.ask(f"/v1/acl/token/{old}", "DELETE")
    host.serve("web-2", "web", labels=("SERVICE_8080_SERVICE_PORT=8081",))
    agent.wait_for_servers("web", 2, 60)
    (tmp_path / "token").unlink()
    assert "consul_token_file" in hup(agent)
    for secret in (token, second["SecretID"]):
        assert test_consul_acl.is_silent_about(agent, secret)
        assert secret not in agent.get("/v1/config")[1]


def test_other_machines(agent, machine, tmp_path):
    one, two = Files(str(tmp_path / "one.d")), Files(str(tmp_path / "two.d"))
    text = f"[%s]\naddress = {OUTSIDE}\nport = 9100\nservice_port = %d\ncheck_interval = 0.2\n" \
           "check_timeout = 10\n"
    one.write("both.conf", text % ("both", 8082))
    two.write("both.conf", text % ("both", 8082))
    two.write("new.conf", text % ("new", 8083))
    agent.options.pop("registrator.services_dir")
    file = File(agent, tmp_path, registrator__services_dir=one.path)
    agent.start()
    agent.wait_for_servers("both", 1)
    with Traffic(8082) as traffic:
        file.reload(registrator__services_dir=two.path)
        agent.wait_for_servers("new", 1)
    traffic.check(10)
    file.reload(registrator__services_dir="")
    wait_for(lambda: try_ask(8083) is None, "nobody declares it any more", 40)
    file.reload(registrator__services_dir=two.path)
    agent.wait_for_servers("new", 1)


PLAIN = "global\ndefaults\n mode http\n timeout connect 5s\n timeout client 9s\n timeout server 9s\n" \
        "frontend own\n bind 127.0.0.1:{port}\n http-request return status 200 " \
        "content-type text/plain string {text}\n"


def test_other_templates(agent, tmp_path):
    for name, port, text in (("one", 8084, "one"), ("two", 8085, "two"),
                             ("asks", 8084, '{{ file "%s/word" }}' % tmp_path)):
        (tmp_path / name).write_text(PLAIN.format(port=port, text=text))
    (tmp_path / "word").write_text("three")
    file = File(agent, tmp_path, lb__template=str(tmp_path / "one"))
    agent.start()
    wait_for(lambda: try_ask(8084) == "one", "the first template")
    file.reload(lb__template=str(tmp_path / "two"))
    wait_for(lambda: try_ask(8085) == "two", "the second one")
    (tmp_path / "two").write_text(PLAIN.format(port=8085, text="again"))
    wait_for(lambda: try_ask(8085) == "again", "it is followed")
    (tmp_path / "bad").write_text("{{ if }}")
    assert "template" in file.reload(lb__template=str(tmp_path / "bad"))
    line = file.reload(lb__template=str(tmp_path / "asks"))
    assert line.endswith("changed=none needs-restart=lb.template"), line
    assert "takes effect at the next restart" in config_problems(agent)["lb.template"]
    assert ask(8085) == "again"


def test_a_file_that_may_not_be_read(host, agent, tmp_path):
    """By a user as the package's, who is not root."""
    tmp_path.chmod(0o777)
    agent.prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    file = File(agent, tmp_path, agent__resync="50")
    os.chmod(file.path, 0o644)
    agent.start(docker__enabled="no", lb__enabled="no")
    os.chmod(file.path, 0)
    assert "Permission denied" in hup(agent)
    assert "Permission denied" in config_problems(agent)["configuration"]
    os.chmod(file.path, 0o644)
    assert hup(agent).endswith("changed=none")
    assert config_problems(agent) == {}


def test_names_in_dns(host, agent, bind, tmp_path):  # noqa: F811
    agent.options.update({"dns.server": f"{nameserver.ADDRESS}:{nameserver.PORT}",
                          "dns.key_file": nameserver.key_file(tmp_path / "key")})
    file = File(agent, tmp_path, dns__ttl="17")
    agent.start()
    host.serve("web-1", "web", labels=(LABELS[0], "HAPROXY_0_VHOST=shop.example.com"))
    agent.wait_for_servers("web", 1)
    assert "dns" not in agent.state()
    file.reload(dns__zone="example.com.")
    bind.wait([ADDRESS], "shop.example.com")
    file.reload(dns__ttl="19")
    wait_for(lambda: " 19 " in dig(), "the records have the other time")
    file.reload(dns__zone="")
    assert "dns" not in agent.state()
    assert ADDRESS in dig()


def dig():
    return run("dig", f"@{nameserver.ADDRESS}", "-p", str(nameserver.PORT), "+noall", "+answer",
               "shop.example.com").replace("\t", " ")


def test_registrators_flags_stay(host, consul, tmp_path):
    program = Registrator(str(tmp_path), f"unix://{host.docker_socket}")
    program.start("-tags", "one", URL.replace("http://", "consul://"))
    host.docker("run", "-d", "--name", "web-1", "--hostname", "web-1", "-p", "8000:8080",
                "--label", "SERVICE_NAME=web", image.NAME)
    [entry] = wait_for(lambda: consul.health("web"), "it is registered", 40)
    program.process.send_signal(signal.SIGHUP)
    program.wait_for_log("reloaded file=none changed=none")
    host.docker("rm", "-f", "web-1")
    wait_for(lambda: not consul.services(), "it goes on", 40)
    assert entry["Service"]["Tags"] == ["one"]
    program.clean_up()

TOKEN = "0123456789abcdef0123456789abcdef"

# Another value for each option that a reload changes; those of a line go together.
OTHERS = [
    {"agent.log_level": "debug"}, {"agent.log_format": "json"}, {"agent.resync": "33"},
    {"agent.on_exit": "deregister"}, {"agent.admin_hosts": "berth.example"},
    {"agent.admin_token_file": "DIR/token"}, {"agent.admin_token_reads": "yes"},
    {"agent.admin_read_only": "yes"}, {"docker.drain_max": "77"},
    {"portmap.pool": "28000-28010"}, {"portmap.bind": "10.99.0.1"}, {"portmap.quarantine": "7"},
    {"registrator.consul_token_file": "DIR/secret"}, {"registrator.consul_ca_file": "DIR/secret"},
    {"registrator.consul_ca_dir": "DIR/authorities"}, {"registrator.consul_tls_verify": "no"},
    {"registrator.consul_cert_file": "DIR/secret", "registrator.consul_key_file": "DIR/secret"},
    {"registrator.consul_server_name": "consul.test"}, {"registrator.ip": "10.99.0.1"},
    {"registrator.ip_from_label": "address"}, {"registrator.internal": "yes"},
    {"registrator.explicit": "yes"}, {"registrator.tags": "{{.Name}},b"},
    {"registrator.deregister": "on-success"}, {"registrator.strict": "yes"},
    {"registrator.register_when": "healthy"}, {"registrator.on_kill": "deregister"},
    {"registrator.services_dir": "DIR/others.d"}, {"registrator.services_dir": ""},
    {"registrator.services_dir": "DIR/services.d"}, {"dubbo.repair": "mirror"},
    {"marathon.service_name": "path"}, {"marathon.resync": "99"}, {"marathon.silence": "98"},
    {"lb.haproxy": "/usr/sbin/../sbin/haproxy"}, {"lb.reload_timeout": "17"},
    {"lb.bind": "127.0.0.1"}, {"lb.http_port": "8092"},
    {"lb.certs": "DIR/authorities", "lb.https_port": "8443"}, {"lb.select": "tag=b"},
    {"lb.wait": "1ms:2ms"}, {"lb.template": "DIR/own.ctmpl"}, {"lb.stats_port": "8405"},
    {"lb.announce": "balancer"}, {"lb.address": "10.99.0.1"},
    {"dns.zone": "example.test", "dns.server": "127.0.0.1", "dns.key_file": "DIR/dns.key"},
    {"dns.owner": "us"}, {"dns.ttl": "31"}, {"dns.services": "no"}, {"dns.zone": "other.test"},
    {"network \"calico\".reach": "direct"}, {"driver \"weave\".reach": "assigned"},
    {"lb.reload": "/bin/true"},
]
BY_TOKEN = {"agent.admin_token_reads"}  # this test could not look any more



def live_options():
    """As the table says: those without [restart]."""
    section, live, options = "", True, set()
    for line in berth("check", "-c", "/dev/null", "--dump-config")[1].splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line.startswith("# "):
            live = "[restart] Default:" not in line
        elif " = " in line and not line.startswith("#") and live:
            options.add(f"{section}.{line.partition(' ')[0]}")
    return options


def write_material(tmp_path):
    (tmp_path / "authorities").mkdir()
    (tmp_path / "others.d").mkdir()
    (tmp_path / "own.ctmpl").write_text("global\ndefaults\n mode http\n timeout connect 5s\n "
                                        "timeout client 9s\n timeout server 9s\n")
    for name, text in (("secret", "s3cret\n"), ("token", f"{TOKEN}\n"), ("authorities/a.pem", "none\n"), ("dns.key", (
            'key "k" { algorithm hmac-sha256; secret "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"; };\n'))):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)


def after_a_start(agent, file):
    """What an agent that starts now would run with."""
    argv = [word for key, value in agent.options.items() for word in ("-o", f"{key}={value}")]
    status, said, wrong = berth("check", "-c", file.path, *argv, "--dump-config")
    assert status == 0, wrong
    return "".join(line for line in said.splitlines(True) if not line.startswith("# Set by "))


def test_each_live_option_is_as_after_a_start(host, agent, tmp_path):
    missing = live_options() - BY_TOKEN - {key for group in OTHERS for key in group}
    assert not missing, f"say in OTHERS how a reload changes {missing}"
    write_material(tmp_path)
    agent.options.pop("registrator.services_dir")
    file = File(agent, tmp_path, registrator__services_dir=str(tmp_path / "services.d"))
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    agent.token = TOKEN
    first = agent.get("/v1/config")[1]
    assert first == after_a_start(agent, file)
    for group in OTHERS:
        values = {key: value.replace("DIR", str(tmp_path)) for key, value in group.items()}
        line = file.reload(**values)
        assert "reloaded file=" in line, line
        for key in group:
            assert key.replace(' "', ".").replace('"', "") in line, (key, line)
        assert agent.get("/v1/config")[1] == after_a_start(agent, file), group
    file.options.clear()
    file.reload(registrator__services_dir=str(tmp_path / "services.d"))
    assert agent.get("/v1/config")[1] == first
    agent.wait_for_servers("web", 1, 60)
    assert ask(8081) == "web-1"
