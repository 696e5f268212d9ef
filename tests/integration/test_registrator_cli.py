"""Registrator's command line: flags, environment, exit codes, and what it registers."""

import os
import socket
import ssl
import subprocess
import threading

import image
import pytest

import consul as consul_module
from consul import URL
from procs import wait_for
from test_consul_acl import RULES, AclConsul
from registrator import NODE, Registrator
from sandbox import ADDRESS

CONSUL = URL.replace("http://", "consul://")


@pytest.fixture
def registrator(host, tmp_path):
    program = Registrator(str(tmp_path), f"unix://{host.docker_socket}")
    yield program
    program.clean_up()


def registered(consul):
    """{id: "address:port"} of what is ours."""
    return {key: f"{value['Address']}:{value['Port']}" for key, value in consul.services().items()}


def becomes(consul, wanted, timeout=40):
    wait_for(lambda: registered(consul) == wanted, f"Consul has {wanted}", timeout)


def keys(consul):
    try:
        return consul.get("/v1/kv/services/?keys")
    except OSError:  # 404: there is none
        return []


def publish(host, name, *options, ports=("8000:8080",)):
    """A container whose ports are published. Its id."""
    argv = [word for port in ports for word in ("-p", port)]
    return host.docker("run", "-d", "--name", name, "--hostname", name, *argv, *options,
                       image.NAME)


@pytest.mark.parametrize("arguments, status, text", [
    ([], 2, "Missing required argument for registry URI."),
    (["consul://", "-ip", "10.0.0.1"], 2, "Options should come before the registry URI argument."),
    (["-nonsense", "consul://"], 2, "flag provided but not defined: -nonsense"),
    (["-resync=often", "consul://"], 2, 'invalid value "often" for flag -resync'),
    (["-ttl", "60", "consul://"], 1, "-ttl and -ttl-refresh must be specified together"),
    (["-ttl=5", "-ttl-refresh=5", "consul://"], 1, "-ttl must be greater than -ttl-refresh"),
    (["-retry-interval", "0", "consul://"], 1, "-retry-interval must be greater than 0"),
    (["-deregister", "never", "consul://"], 1, '-deregister must be "always" or "on-success"'),
    (["-ip", "here", "consul://"], 1, "it must be an IP address"),
    (["-on-exit", "burn", "consul://"], 1, "it must be keep, deregister or maintenance"),
    (["-tags", "{{httpGet .ID}}", "consul://"], 1, "berth waits for nothing while it registers"),
    (["-tags", "{{.ID", "consul://"], 1, "unclosed action"),
    (["redis://127.0.0.1"], 1, "it must be local"),
    (["etcd://127.0.0.1:2379/services"], 1, "etcd:// and skydns2:// are not served"),
    (["skydns2://127.0.0.1:2379/local"], 1, "use consul://, consulkv:// or zookeeper://"),
    (["consul-tls://127.0.0.1:9"], 1, "the registry does not answer"),
])
def test_refusals(registrator, arguments, status, text):
    got, _, errors = registrator.run(*arguments)
    assert (got, text in errors) == (status, True), errors


def test_version_alone(registrator):
    assert registrator.run("--version")[0] == 0
    assert registrator.run("--version", "consul://")[0] == 2


def test_registers_published_ports_only(host, consul, registrator):
    web = publish(host, "web", "--expose", "9000", "--label", "SERVICE_NAME=shop",
                  "--label", "SERVICE_TAGS=a,b")
    silent = host.docker("run", "-d", "--name", "silent", image.NAME)
    hidden = publish(host, "hidden", "--label", "SERVICE_IGNORE=true", ports=("8001:8080",))
    registrator.start("-tags", "x,y", CONSUL)
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
    service = consul.services()[f"{NODE}:web:8080"]
    assert (service["Service"], service["Tags"]) == ("shop", ["a", "b", "x", "y"])
    for line in ("Listening for Docker events ...", "Syncing services on 3 containers",
                 f"added: {web[:12]} {NODE}:web:8080",
                 f"ignored: {web[:12]} port 9000 not published on host",
                 f"ignored: {silent[:12]} no published ports",
                 f"ignored: {hidden[:12]} service on port 8080"):
        registrator.wait_for_log(line)
    host.docker("rm", "-f", "web")
    becomes(consul, {})
    registrator.wait_for_log(f"removed: {web[:12]} {NODE}:web:8080")
    assert registrator.log().count(f"ignored: {silent[:12]} no published ports") == 1


def test_tags_of_a_template(host, consul, registrator):
    """As registrator's users write them; one odd container does not spoil it for the others."""
    template = ('{{strSlice .ID 0 12}},{{.Config.Labels.team | toUpper}},'
                '{{matchFirstElement "^STAGE=" .Config.Env | splitIndex 1 "="}}')
    web = publish(host, "web", "--label", "team=blue", "--label", "SERVICE_TAGS=own",
                  "--env", "STAGE=test")
    publish(host, "odd", "--label", "SERVICE_TAGS=own", ports=("8001:8080/udp",))

    def tags():
        return {key: value["Tags"] for key, value in consul.services().items()}

    registrator.start("-tags", template, CONSUL)
    wait_for(lambda: tags() == {f"{NODE}:web:8080": ["own", web[:12], "BLUE", "test"],
                                f"{NODE}:odd:8080:udp": ["own", "udp"]},
             "the template makes the tags", 40)
    registrator.wait_for_log("it gets no tags of the template: template: tags:1:")
    registrator.stop()
    registrator.start("-tags", "{{.Name}}", CONSUL)
    wait_for(lambda: tags() == {f"{NODE}:web:8080": ["own", "/web"],
                                f"{NODE}:odd:8080:udp": ["own", "/odd", "udp"]},
             "another template makes others", 40)
    host.docker("rename", "web", "shop")
    wait_for(lambda: tags().get(f"{NODE}:shop:8080") == ["own", "/shop"], "it is rendered anew", 40)


def test_addresses(host, consul, registrator):
    publish(host, "web", "--label", "net.ip=10.42.0.7/16", "--label", "SERVICE_NAME=web",
            ports=("8000:8080", "127.0.0.1:8001:8081"))
    publish(host, "plain", ports=("8002:8080",))
    inside = host.api("/containers/web/json")["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    plain = host.api("/containers/plain/json")["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    web, api, other = f"{NODE}:web:8080", f"{NODE}:web:8081", f"{NODE}:plain:8080"
    for flags, wanted in (
            ((), {web: f"{ADDRESS}:8000", api: "127.0.0.1:8001", other: f"{ADDRESS}:8002"}),
            (("-ip", "192.0.2.1"), {web: "192.0.2.1:8000", api: "192.0.2.1:8001",
                                    other: "192.0.2.1:8002"}),
            (("-internal",), {web: f"{inside}:8080", api: f"{inside}:8081",
                              other: f"{plain}:8080"}),
            (("-useIpFromLabel", "net.ip"), {web: "10.42.0.7:8000", api: "10.42.0.7:8001",
                                             other: f"{ADDRESS}:8002"}),
            (("-explicit",), {web: f"{ADDRESS}:8000", api: "127.0.0.1:8001"})):
        registrator.start(*flags, CONSUL)
        becomes(consul, wanted)
        registrator.stop()


def test_on_success(host, consul, registrator):
    """A failure keeps its instance, also over a restart; success and signals do not."""
    for name, port, command in (("good", 8000, "exit 0"), ("bad", 8001, "exit 3"),
                                ("told", 8002, "exit 0")):
        host.docker("run", "-d", "--name", name, "-p", f"{port}:8080", image.NAME, "sh", "-c",
                    f"while [ ! -e /go ]; do sleep 0.1; done; {command}")
    all_of_them = {f"{NODE}:{name}:8080": f"{ADDRESS}:{port}"
                   for name, port in (("good", 8000), ("bad", 8001), ("told", 8002))}
    bad = {f"{NODE}:bad:8080": f"{ADDRESS}:8001"}
    registrator.start("-deregister", "on-success", CONSUL)
    becomes(consul, all_of_them)
    for name in ("good", "bad"):
        host.docker("exec", name, "sh", "-c", ": >/go")
    host.docker("kill", "told")
    becomes(consul, bad)
    registrator.stop()
    registrator.start("-deregister=on-success", "-resync=1", CONSUL)
    registrator.wait_for_log("Syncing services on")
    wait_for(lambda: registrator.log().count("Syncing services on") >= 3, "it has synced again", 60)
    assert registered(consul) == bad
    host.docker("rm", "bad")
    becomes(consul, {})


@pytest.mark.parametrize("how, left", [("keep", ["passing"]), ("deregister", []),
                                       ("maintenance", ["critical"])])
def test_on_exit(host, consul, registrator, how, left):
    publish(host, "web", "--label", "SERVICE_NAME=web")
    consul.put("/v1/agent/service/register", b'{"ID": "vm", "Name": "vm", "Port": 1}')
    registrator.start(f"-on-exit={how}", CONSUL)
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
    registrator.stop()

    def states():
        return ["critical" if any(c["Status"] == "critical" for c in entry["Checks"])
                else "passing" for entry in consul.health("web")]

    wait_for(lambda: states() == left, f"the catalog has {left}")
    assert "vm" in consul.get("/v1/agent/services")


def test_the_registry_comes_later(host, consul, registrator):
    publish(host, "web")
    consul.stop()
    registrator.start("-retry-attempts", "-1", "-retry-interval", "100", CONSUL)
    registrator.wait_for_log("Connecting to backend (2/-1)")
    consul.start()
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})


def test_the_registry_does_not_come(host, consul, registrator):
    consul.stop()
    registrator.start("-retry-attempts", "2", "-retry-interval", "10", CONSUL)
    assert registrator.wait_for_end() == 1
    assert registrator.log().count("Connecting to backend") == 3


def test_docker_restarts(host, consul, registrator, docker_proxy):
    """berth goes on where registrator ends."""
    registrator.start(CONSUL, DOCKER_HOST=f"unix://{docker_proxy.path}")
    registrator.wait_for_log("Syncing services on 0 containers")
    docker_proxy.close()
    publish(host, "web")
    docker_proxy.open()
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
    assert not registrator.has_ended()


def test_what_strangers_registered_stays(host, consul, registrator):
    consul.put("/v1/agent/service/register",
               b'{"ID": "reg-node:gone:80", "Name": "gone", "Port": 1}')
    publish(host, "web")
    registrator.start(CONSUL)
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
    assert "reg-node:gone:80" in consul.get("/v1/agent/services")


class Forwarder:
    """Takes connections at 'listener', one thread each, and passes them on to 'target'."""

    def __init__(self, listener, target, context=None):
        self.listener, self.target, self.context = listener, target, context
        self.refused = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
        except OSError:
            self.refused += 1
            return
        server = self.target()
        for source, sink in ((connection, server), (server, connection)):
            threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


def to_consul():
    return socket.create_connection(("127.0.0.1", 8500))


def make_certificates(directory, name="IP:127.0.0.1"):
    """A CA, and one certificate of it for 'name' that serves both ends."""
    def openssl(*argv):
        subprocess.run(["openssl", *argv], cwd=directory, check=True, capture_output=True,
                       timeout=60)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test-ca",
            "-keyout", "ca-key.pem", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
            "-keyout", "key.pem", "-out", "request.pem")
    with open(os.path.join(directory, "names"), "w") as f:
        f.write(f"subjectAltName={name}\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
            "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "cert.pem")


def tls_context(directory):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/cert.pem", f"{directory}/key.pem")
    context.load_verify_locations(f"{directory}/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_consul_over_tls(host, consul, registrator, tmp_path):
    """The client's certificate is shown, and the server's is checked."""
    make_certificates(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))
    forwarder = Forwarder(listener, to_consul, tls_context(tmp_path))
    uri = f"consul-tls://127.0.0.1:{listener.getsockname()[1]}"
    publish(host, "web")
    try:
        status, _, errors = registrator.run(uri)
        assert status == 1 and "certificate" in errors, errors
        registrator.environment["CONSUL_CACERT"] = f"{tmp_path}/ca.pem"
        status, _, errors = registrator.run(uri)
        assert status == 1, errors
        wait_for(lambda: forwarder.refused >= 2, "without a certificate of our own we are refused")
        registrator.start(uri, CONSUL_CLIENT_CERT=f"{tmp_path}/cert.pem",
                          CONSUL_CLIENT_KEY=f"{tmp_path}/key.pem")
        becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
        registrator.stop()
    finally:
        forwarder.close()


def test_consul_that_another_name_is_certified_for(host, consul, registrator, tmp_path):
    """CONSUL_CAPATH and CONSUL_TLS_SERVER_NAME."""
    make_certificates(tmp_path, "DNS:consul.example")
    authorities = tmp_path / "authorities"
    authorities.mkdir()
    (authorities / "ours.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
    listener = socket.create_server(("127.0.0.1", 0))
    forwarder = Forwarder(listener, to_consul, tls_context(tmp_path))
    uri = f"consul-tls://127.0.0.1:{listener.getsockname()[1]}"
    registrator.environment |= {"CONSUL_CAPATH": str(authorities),
                                "CONSUL_CLIENT_CERT": f"{tmp_path}/cert.pem",
                                "CONSUL_CLIENT_KEY": f"{tmp_path}/key.pem"}
    publish(host, "web")
    try:
        status, _, errors = registrator.run(uri)
        assert status == 1 and "subject name matches" in errors, errors
        registrator.start(uri, CONSUL_TLS_SERVER_NAME="consul.example")
        becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
        registrator.stop()
        status, _, errors = registrator.run("-o", "registrator.consul_ca_dir=/nonexistent", uri)
        assert status == 1 and "[registrator] consul_ca_dir /nonexistent" in errors, errors
    finally:
        forwarder.close()


class Recorder(Forwarder):
    """Remembers what it passes on, both ways."""

    seen = b""

    def pump(self, source, sink):
        class Seen:
            @staticmethod
            def recv(n):
                data = source.recv(n)
                self.seen += data
                return data

            shutdown = staticmethod(source.shutdown)

        super().pump(Seen, sink)


def test_consul_behind_a_password(host, consul, registrator):
    """CONSUL_HTTP_AUTH goes with every request."""
    listener = socket.create_server(("127.0.0.1", 0))
    recorder = Recorder(listener, to_consul)
    publish(host, "web")
    try:
        registrator.start(f"consul://127.0.0.1:{listener.getsockname()[1]}",
                          CONSUL_HTTP_AUTH="me:secret")
        becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
        registrator.stop()
    finally:
        recorder.close()
    requests = recorder.seen.count(b" HTTP/1.1\r\n")
    assert requests and requests == recorder.seen.count(
        b"\r\nAuthorization: Basic bWU6c2VjcmV0\r\n"), recorder.seen
    assert "secret" not in registrator.log()


def test_consul_over_a_unix_socket(host, consul, registrator, tmp_path):
    path = str(tmp_path / "consul.sock")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    forwarder = Forwarder(listener, to_consul)
    publish(host, "web")
    try:
        registrator.start(f"consul-unix://{path}")
        becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
        registrator.stop()
        registrator.start(f"consulkv-unix://{path}:/services")
        wait_for(lambda: keys(consul) == [f"services/{image.NAME.split(':')[0]}/{NODE}:web:8080"],
                 "the keys", 40)
        registrator.stop()
    finally:
        forwarder.close()


def test_docker_over_tls(host, consul, registrator, tmp_path):
    """DOCKER_HOST=tcp:// with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH."""
    def to_docker():
        server = socket.socket(socket.AF_UNIX)
        server.connect(host.docker_socket)
        return server

    make_certificates(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))
    forwarder = Forwarder(listener, to_docker, tls_context(tmp_path))
    others = tmp_path / "others"
    others.mkdir()
    make_certificates(others)  # of a CA that has not signed the server's
    try:
        registrator.start(CONSUL, DOCKER_HOST=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
                          DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(others))
        registrator.wait_for_log("certificate")
        registrator.stop()
        registrator.start(CONSUL, DOCKER_HOST=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
                          DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(tmp_path))
        registrator.wait_for_log("Listening for Docker events ...")
        publish(host, "web")
        becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
        registrator.stop()
    finally:
        forwarder.close()


def test_the_environment_names_consul(host, consul, registrator):
    publish(host, "web")
    registrator.start("consul://", CONSUL_HTTP_ADDR="127.0.0.1:8500", CONSUL_HTTP_TOKEN="")
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})


def test_beside_an_agent_and_each_other(host, agent, consul, registrator, tmp_path):
    """Three of us on one host: each keeps to its registry and its mark."""
    publish(host, "web")
    agent.start(registrator__registry=URL)
    (tmp_path / "other").mkdir()
    other = Registrator(str(tmp_path / "other"), f"unix://{host.docker_socket}")
    try:
        registrator.start(CONSUL)
        other.start("consulkv://127.0.0.1:8500/services")
        becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000",
                         "it-node:web:8080": f"{ADDRESS}:8000"})
        wait_for(lambda: keys(consul) == [f"services/berth-test/{NODE}:web:8080"],
                 "the key is there")
        other.stop()
    finally:
        other.clean_up()
    registrator.stop()
    host.docker("rm", "-f", "web")
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})


def test_an_agent_deregisters_on_exit(host, agent, consul):
    publish(host, "web")
    agent.start(registrator__registry=URL, agent__on_exit="deregister")
    becomes(consul, {"it-node:web:8080": f"{ADDRESS}:8000"})
    agent.stop()
    assert registered(consul) == {}


def test_on_exit_without_the_registry(host, consul, registrator):
    """It says that it could not, and ends all the same."""
    publish(host, "web")
    registrator.start("-on-exit=deregister", CONSUL)
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
    consul.stop()
    registrator.process.terminate()
    assert registrator.wait_for_end() == 1
    registrator.wait_for_log("on-exit=deregister is not done after 10 s")


def test_a_token_from_the_environment(host, registrator, tmp_path):
    if not consul_module.PROGRAM:
        pytest.skip("there is no consul program; ./run-tests fetches one, or set BERTH_CONSUL")
    server = AclConsul(str(tmp_path))
    publish(host, "web")
    try:
        server.start()
        registrator.start(CONSUL)
        registrator.wait_for_log("Permission denied")
        registrator.stop()
        assert registered(server) == {}
        token = server.token([RULES["agent"], RULES["read"], RULES["service"]])
        registrator.start(CONSUL, CONSUL_HTTP_TOKEN=token)
        becomes(server, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
        registrator.stop()
        assert token not in registrator.log()
    finally:
        server.stop()


def test_cleanup(host, consul, registrator):
    """What a registrator left of containers that are gone: shown, and removed where that is said."""
    gone, foreign = f"{NODE}:gone:80", "other:gone:80"
    for key in (gone, foreign):
        consul.put("/v1/agent/service/register",
                   f'{{"ID": "{key}", "Name": "gone", "Port": 1}}'.encode())
    own = ("-o", f"agent.node={NODE}")
    status, shown, errors = registrator.run(*own, "-adopt=dry-run", CONSUL)
    assert (status, gone in shown, foreign in shown) == (0, True, False), (shown, errors)
    publish(host, "web")
    registrator.start("-cleanup", CONSUL)
    becomes(consul, {f"{NODE}:web:8080": f"{ADDRESS}:8000"})
    wait_for(lambda: gone not in consul.get("/v1/agent/services"), "the leftover is gone", 40)
    assert foreign in consul.get("/v1/agent/services")
