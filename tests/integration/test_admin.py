"""The admin server as its users and its enemies see it."""

import http.client
import json
import os
import resource
import socket
import stat
import time

import pytest

from agent import ADMIN, berth
from procs import wait_for
from sandbox import ADDRESS, UnixConnection

WHERE = ("127.0.0.1", 7707)
TOKEN = "correct-horse-battery-staple-0123"
LABELS = ("SERVICE_8080_SERVICE_PORT=8081",)


@pytest.fixture
def alone(agent):
    """An agent of no containers."""
    agent.options |= {"docker.enabled": "no", "lb.enabled": "no"}
    return agent


def write_token(tmp_path, mode=0o600):
    path = tmp_path / "admin-token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(mode)
    return str(path)


def ask(method, path, where=WHERE, **headers):
    """Status and body. A keyword is a header with '-' for '_'."""
    connection = http.client.HTTPConnection(*where, timeout=20)
    try:
        connection.request(method, path,
                           headers={key.replace("_", "-"): value for key, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def ask_socket(path, method, what):
    connection = UnixConnection(path)
    try:
        connection.request(method, what)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def descriptors(agent):
    return len(os.listdir(f"/proc/{agent.process.pid}/fd"))


def admin_socket(agent):
    return os.path.join(agent.run_dir, "admin.sock")


# ---- who may ----

def test_a_write_needs_the_socket_or_the_token(alone, tmp_path):
    alone.start()
    status, said = ask("POST", "/v1/resync")
    assert status == 403 and admin_socket(alone) in said and "admin_token_file" in said
    status, said = ask_socket(admin_socket(alone), "POST", "/v1/resync")
    assert status == 202 and json.loads(said) == {"kicked": ["services.d"]}
    assert stat.S_IMODE(os.stat(admin_socket(alone)).st_mode) == 0o660
    alone.stop()
    assert not os.path.exists(admin_socket(alone))
    alone.start(agent__admin_token_file=write_token(tmp_path))
    assert ask("POST", "/v1/resync")[0] == 401
    assert ask("POST", "/v1/resync", Authorization=f"Bearer {TOKEN}x")[0] == 401
    assert ask("POST", "/v1/resync", Authorization=f"Bearer {TOKEN}")[0] == 202
    assert ask("GET", "/v1/resync", Authorization=f"Bearer {TOKEN}")[0] == 405
    alone.stop()
    alone.start(agent__admin_read_only="yes")
    assert ask("POST", "/v1/resync", Authorization=f"Bearer {TOKEN}")[0] == 403
    assert ask_socket(admin_socket(alone), "POST", "/v1/resync")[0] == 403
    assert TOKEN not in alone.log()


def test_reads_with_the_token_alone(alone, tmp_path):
    alone.start(agent__admin_token_file=write_token(tmp_path), agent__admin_token_reads="yes",
                agent__admin="0.0.0.0:7707")
    assert "whoever reaches" not in alone.log() and "have TLS in front" in alone.log()
    assert [ask("GET", path)[0] for path in ("/v1/state", "/metrics", "/v1/events", "/health")] \
        == [401, 401, 401, 200]
    assert ask("GET", "/v1/state", Authorization=f"Bearer {TOKEN}")[0] == 200
    assert ask("GET", "/v1/state", (ADDRESS, 7707), Authorization=f"Bearer {TOKEN}")[0] == 200
    status, _, wrong = berth("status", "--admin", ADMIN)
    assert status == 1 and "it refused: HTTP status 401" in wrong and "running?" not in wrong
    assert f"{admin_socket(alone)} needs none" in wrong
    assert berth("status", "--admin", admin_socket(alone))[0] == 0
    alone.stop()
    status, _, wrong = berth("status", "--admin", ADMIN)
    assert status == 1 and "no answer" in wrong and "is `berth agent` running?" in wrong


def test_a_browser_of_another_site(alone):
    """Neither by its own name nor by one that leads here; our own page may."""
    alone.start(agent__admin_hosts="berth.example", agent__admin="0.0.0.0:7707")
    assert "whoever reaches 0.0.0.0:7707" in alone.log()
    refused = [{"Host": "evil.example"}, {"Host": "evil.example:7707"},
               {"Origin": "http://evil.example"}, {"Origin": "null"},
               {"Host": "evil.example", "Origin": "http://evil.example"},
               {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "image"}]
    for headers in refused:
        assert ask("GET", "/v1/state", **headers)[0] == 403, headers
    for host in ("localhost:7707", "it-node", "berth.example", "[::1]:7707", ADMIN):
        assert ask("GET", "/v1/state", Host=host)[0] == 200, host
    assert ask("GET", "/v1/state", Host=ADMIN, Origin=f"http://{ADMIN}")[0] == 200


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_token_that_others_can_touch(alone, tmp_path, mode):
    path = write_token(tmp_path, mode)
    alone.start(wait=False, agent__admin_token_file=path)
    assert alone.process.wait(30) == 1
    assert f"chmod g-w,o= {path}" in alone.log() and TOKEN not in alone.log()
    alone.process = None


def test_the_socket_of_a_dead_agent(alone):
    alone.start()
    alone.kill()
    assert os.path.exists(admin_socket(alone))
    alone.start()
    assert ask_socket(admin_socket(alone), "GET", "/health")[0] == 200


# ---- commands ----

def test_commands(alone, tmp_path):
    alone.start(agent__admin_token_file=write_token(tmp_path))
    where = ("--admin", admin_socket(alone))
    assert berth("resync", *where) == (0, "compared now: services.d\n", "")
    status, said, _ = berth("reload", *where)
    assert status == 0 and "no option has changed" in said
    assert json.loads(berth("reload", "--json", *where)[1])["ok"] is True
    status, _, wrong = berth("resync", "--admin", ADMIN)
    assert status == 1 and "401" in wrong and "admin_token_file" in wrong
    assert berth("resync", "--admin", ADMIN, "--token-file", str(tmp_path / "admin-token"))[0] == 0
    assert berth("status", *where)[0] == 0
    alone.stop()
    status, _, wrong = berth("resync", *where)
    assert status == 1 and "is `berth agent` running" in wrong


def test_reload_by_command(agent, tmp_path):
    """What changes, what takes a restart, and what is refused."""
    file = tmp_path / "berth.conf"
    file.write_text("[agent]\nlog_level = info\n")
    agent.options |= {"docker.enabled": "no", "lb.enabled": "no"}
    agent.config = str(file)
    agent.start()
    where = ("--admin", admin_socket(agent))
    file.write_text("[agent]\nlog_level = debug\nself = 127.0.0.1:7799\n")
    assert berth("reload", *where) == (
        0, "changed: agent.log_level\ntakes a restart: agent.self\n", "")
    file.write_text("[agent]\nlog_level = loud\n")
    status, said, wrong = berth("reload", *where)
    assert status == 1 and not said and "the configuration stays as it was: " in wrong, wrong
    assert "log_level" in wrong
    assert json.loads(berth("reload", "--json", *where)[1])["ok"] is False


def test_resync_finds_what_nobody_told(host, agent):
    """A rule that was taken away by hand comes back, long before the next comparison."""
    agent.start(agent__resync="86400")
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    passes = agent.state()["sources"]["portmap"]["passes"]
    status, said, wrong = berth("resync", "--admin", admin_socket(agent))
    assert (status, wrong) == (0, "") and "docker" in said and "portmap" in said and "lb" in said
    agent.wait(lambda s: s["sources"]["portmap"]["passes"] > passes, "the kernel is looked at")
    agent.wait_for_log("everything is compared now")


# ---- who looks on ----

class Events:
    """A reader of /v1/events."""

    def __init__(self):
        self.socket = socket.create_connection(WHERE, timeout=0.2)
        self.socket.sendall(b"GET /v1/events HTTP/1.0\r\n\r\n")
        self.text = b""

    def read(self):
        """All that has come: (event, data) each."""
        try:
            while piece := self.socket.recv(65536):
                self.text += piece
        except TimeoutError:
            pass
        blocks = self.text.decode().replace("\r\n", "\n").split("\n\n")[:-1]
        return [tuple(line.partition(": ")[2] for line in block.splitlines())
                for block in blocks if block.startswith("event: ")]

    def of(self, kind):
        return [json.loads(data) for event, data in self.read() if event == kind]

    def close(self):
        self.socket.close()


def test_events(host, agent):
    """At once where things stand; then what is new, and nothing while nothing is."""
    agent.start(agent__resync="1")
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    events = Events()
    wait_for(lambda: events.of("state"), "the first event", 20)
    assert b"\r\n\r\nretry: 2000\n\nevent: state\n" in events.text
    assert "text/event-stream" in events.text.decode()

    def is_idle():
        before, passes = events.read(), agent.state()["sources"]["lb"]["passes"]
        agent.wait(lambda s: s["sources"]["lb"]["passes"] >= passes + 3, "three comparisons")
        return events.read() == before
    wait_for(is_idle, "three comparisons that say nothing", 60)
    stamps = events.of("state")
    host.serve("web-2", "web", labels=LABELS)
    agent.wait_for_servers("web", 2)
    wait_for(lambda: len(events.of("state")) > len(stamps), "the state is another one", 20)
    numbers = [e["stamp"] for e in events.of("state")]
    assert numbers == sorted(set(numbers)), numbers
    changes = events.of("change")
    assert any(c["text"] == "mapping added" and "host-port" in c["fields"] for c in changes), changes
    numbers = [c["n"] for c in changes]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    events.close()


def send(path):
    """Asks, and leaves the answer for later."""
    asking = socket.create_connection(WHERE, timeout=20)
    asking.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    return asking


def take(asking):
    """Status and document."""
    with asking, asking.makefile("rb") as stream:
        head, _, body = stream.read().partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_many_ask_at_once(host, agent):
    """They share what is made for them; who does not wait for it takes nothing along."""
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    before = descriptors(agent)
    paths = ("/v1/state", "/v1/explain?subject=web", "/v1/explain?subject=nobody")
    asking = [send(path) for path in paths * 12]
    for gone in asking[1::2]:
        gone.close()
    answers = [take(one) for one in asking[::2]]
    states, nobody, found = answers[::3], answers[1::3], answers[2::3]
    for status, state in states:
        assert status == 200 and [i["service"] for i in state["instances"]] == ["web"], state
        assert not {"said", "listeners"} & set(state)
    assert {status for status, _ in nobody} == {404}
    assert all(status == 200 and answer["found"] for status, answer in found), found
    wait_for(lambda: descriptors(agent) <= before, "nothing is left of them", 40)
    waiting = [send(path) for path in paths]
    agent.stop()
    for one in waiting:
        one.close()


# ---- who means harm ----

def trickle(first, more):
    """Sends 'first', then a byte each time that 'more' yields one, until it is cut off."""
    slow = socket.create_connection(WHERE, timeout=0.5)
    slow.sendall(first)
    deadline = time.monotonic() + 60
    for byte in more:
        assert time.monotonic() < deadline, "it is still there"
        try:
            slow.sendall(byte)
            if not slow.recv(1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    slow.close()


def forever(text):
    while True:
        for i in range(len(text)):
            yield text[i:i + 1]


def test_who_asks_slowly_is_cut_off(alone):
    """A header without an end, a byte now and then: silence alone would not end it."""
    alone.start()
    before = descriptors(alone)
    trickle(b"GET /health HTTP/1.1\r\n", forever(b"X-Slow: yes\r\n"))
    assert ask("GET", "/health")[0] == 200
    wait_for(lambda: descriptors(alone) <= before, "nothing is left of it", 40)


def test_a_thousand_idle_connections(host, agent):
    """The agent goes on serving, a person gets in, and nothing is left of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    agent.start()
    before = descriptors(agent)
    idle = []
    try:
        for _ in range(1000):
            idle.append(socket.create_connection(WHERE, timeout=20))
        assert ask("GET", "/health")[0] == 200
        assert descriptors(agent) <= before + 64 + 16 + 32
        host.serve("web-1", "web", labels=LABELS)
        agent.wait_for_servers("web", 1)
        assert berth("status", "--admin", admin_socket(agent))[0] == 0
    finally:
        for connection in idle:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    wait_for(lambda: descriptors(agent) <= before + 32, "nothing is left of them", 40)
