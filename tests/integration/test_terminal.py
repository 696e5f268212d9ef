"""`berth status` and `berth top` in a terminal: a stand-in for the agent, so that no container has
to start for a key to be pressed. test_live_terminal has the real one."""

import copy
import json
import os
import re
import signal
import subprocess

import pytest

from agent import BERTH, SANITIZER, berth
from fakeagent import FakeAgent
from procs import die_with_parent, end, wait_for
from terminal import Terminal

FIXTURE = os.path.join(os.path.dirname(__file__), "../fixtures/state-term.json")


@pytest.fixture
def fake():
    with open(FIXTURE) as f:
        server = FakeAgent(json.load(f))
    yield server
    server.close()


@pytest.fixture
def terminal(fake):
    """Starts a berth command in a terminal; all are ended afterwards."""
    opened = []

    def start(*argv, **kwargs):
        opened.append(Terminal([BERTH, *argv, "--admin", fake.address], **kwargs))
        return opened[-1]
    yield start
    for one in opened:
        one.close()
        assert not SANITIZER.search(one.raw.decode(errors="replace"))


def many(state, count):
    """The state with that many containers of one port each."""
    big = copy.deepcopy(state)
    for i in range(count):
        identity = f"{i:064x}"
        big["containers"].append(
            {"id": identity, "name": f"many-{i:04}", "image": "demo", "state": "running",
             "networks": [], "ports": [{"port": 8080, "protocol": "tcp", "reach": "assigned"}]})
        big["mappings"].append(
            {"protocol": "tcp", "host_address": "0.0.0.0", "host_port": 30000 + i,
             "container_address": "172.18.0.2", "container_port": 8080, "container_id": identity,
             "owner": "berth"})
        big["instances"].append(
            {"id": f"node1:many-{i:04}:8080", "service": f"many-{i % 50}", "node": "node1",
             "container_id": identity, "address": "192.0.2.2", "port": 30000 + i,
             "container_address": "172.18.0.2", "container_port": 8080, "protocol": "tcp",
             "state": "passing", "registered": True})
    return big


def test_status_on_a_terminal(terminal):
    screen = terminal("status", columns=100, rows=40)
    assert screen.wait_for_end() == 0
    text = screen.text()
    assert "HAPROXY" in text and "\x1b[32m" in screen.raw.decode()
    assert max(len(line) for line in screen.lines()) <= 100
    plain = terminal("status", env={"NO_COLOR": "1"}, columns=100, rows=40)
    assert plain.wait_for_end() == 0
    assert "\x1b" not in plain.raw.decode() and plain.text() == text
    dumb = terminal("status", env={"TERM": "dumb"}, columns=100, rows=40)
    assert dumb.wait_for_end() == 0 and "\x1b" not in dumb.raw.decode()


def test_a_part_of_the_status(fake):
    admin = ("--admin", fake.address)
    status, out, err = berth("status", "--service", "ap*", *admin)
    assert (status, err) == (0, "") and "node2:api-1" in out and "web" not in out
    status, out, _ = berth("status", "--node", "node2", "--json", *admin)
    document = json.loads(out)
    assert status == 0 and document["containers"] == []
    assert [s["node"] for b in document["backends"] for s in b["servers"]] == ["node2", "node2"]
    status, out, err = berth("status", "--container", "web-11", *admin)
    assert (status, out) == (1, "")
    assert "--container web-11" in err and "did you mean: web-1" in err
    status, _, err = berth("status", "--service", "web\033[2J", *admin)
    assert status == 1 and "--service web\\x1b[2J\n" in err, err
    assert berth("status", "--names", "nodes", *admin)[1].split() == ["node1", "node2", "node3"]
    # A name that a shell could take for something else is not among them.
    assert berth("status", "--names", "containers", *admin)[1].split() == [
        "a-container-with-a-name-that-is-longer-than-most", "db", "sidecar", "twice", "web-1"]


def test_watch_on_a_terminal(fake, terminal):
    screen = terminal("status", "--watch", columns=120, rows=50)
    screen.wait_for_text("web-1")
    state = copy.deepcopy(fake.state)
    state["containers"][0]["name"] = "renamed-1"
    fake.change(state)
    screen.wait_for_text("renamed-1")
    screen.resize(70, 50)
    screen.wait(lambda text: "left out: the terminal is too narrow" in text, "it fits again")
    asked = fake.asked
    screen.resize(120, 12)
    screen.wait_for_text("lines more")
    assert fake.asked == asked, "a terminal of another size is no reason to ask"
    fake.break_streams()
    screen.wait_for_text("it is asked again")
    wait_for(lambda: fake.readers, "it is followed again")
    screen.process.send_signal(signal.SIGINT)
    assert screen.wait_for_end() == 0


def test_watch_in_a_pipe(fake, tmp_path):
    out = tmp_path / "out"
    with open(out, "wb") as f:
        process = subprocess.Popen([BERTH, "status", "--watch", "--admin", fake.address], stdout=f,
                                   stderr=f, preexec_fn=die_with_parent)
    try:
        wait_for(lambda: out.read_text().count("problem: ") == 2, "the first block")
        state = copy.deepcopy(fake.state)
        state["problems"] = []
        fake.change(state)
        wait_for(lambda: "no problem" in out.read_text(), "the second one")
    finally:
        assert end(process) == 0
    blocks = out.read_text().split("== ")
    assert blocks[0] == "" and len(blocks) == 3 and "\x1b" not in out.read_text()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\nnode node1", b) for b in blocks[1:])


def test_watch_for_machines(fake, tmp_path):
    argv = [BERTH, "status", "--watch", "--json", "--service", "web", "--admin", fake.address]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, preexec_fn=die_with_parent) as process:
        first = json.loads(process.stdout.readline())
        fake.change({**fake.state, "ready": True})
        second = json.loads(process.stdout.readline())
        # Nobody reads any more: it ends at the next change.
        process.stdout.close()
        fake.change({**fake.state, "ready": False})
        assert process.wait(30) == 0
    assert (first["ready"], second["ready"]) == (False, True)
    assert [b["service"] for b in second["backends"]] == ["web"]


def test_top_shows_and_follows(fake, terminal):
    screen = terminal("top")
    text = screen.wait_for_text("web-1")
    assert "node node1" in text and "not everything is in step yet" in text
    assert "q quit" in text.splitlines()[-1]
    fake.happen("portmap", "mapping added", **{"host-port": "28000", "container": "web-1"})
    screen.wait_for_text("00:00 portmap: mapping added host-port=28000 container=web-1")
    state = copy.deepcopy(fake.state)
    state["backends"][1]["servers"][1]["state"] = "down"
    state["ready"] = True
    fake.change(state)
    screen.wait(lambda t: re.search(r"web-1 .*18080.* down", t) and "  ready" in t, "it is down")
    fake.break_streams()
    screen.wait_for_text("the agent does not answer, this is old")
    screen.wait(lambda t: "does not answer" not in t, "it answers again")
    screen.press("q")
    assert screen.wait_for_end() == 0
    assert screen.is_restored() and screen.text().strip() == ""


def test_top_takes_keys(fake, terminal):
    fake.state = many(fake.state, 1000)
    screen = terminal("top", columns=100, rows=30)
    screen.wait_for_text("> \\x1b[2J")
    screen.press("\x1b[B\x1bOBj")
    screen.wait_for_text("> db")
    screen.press("\x1b[F")
    screen.wait_for_text("> node2:web~")
    screen.press("\x1b[5~\x1b[H")
    screen.wait_for_text("> \\x1b[2J")
    screen.press("/MANY-07")
    screen.wait_for_text("100 of 1012 rows by name, search: MANY-07_")
    screen.press("\r\x1b[6~")
    screen.wait(lambda t: re.search(r"> many-07[0-9][1-9]", t), "a page further, the search stays")
    screen.press("\r")
    screen.wait_for_text("28000, assigned by berth")
    assert fake.explained[-1].startswith("subject=many-07")
    screen.press("q")
    screen.wait_for_text("100 of 1012")
    screen.press("\x1b")
    screen.wait_for_text("1012 of 1012 rows by name")
    screen.press("p")
    screen.wait(lambda t: "problems only" in t and "PROBLEMS" in t and "its document" in t,
                "problems only")
    screen.press("psss")
    screen.wait_for_text("by host port")
    screen.press("v")
    screen.wait(lambda t: "services by host port" in t and "INSTANCES" in t, "services")
    screen.press("?")
    screen.wait_for_text("explain the row: why it is served as it is")
    screen.press(" q")
    assert screen.wait_for_end() == 0 and screen.is_restored()


def test_top_in_a_terminal_that_changes(fake, terminal):
    fake.state = many(fake.state, 100)
    screen = terminal("top", columns=150, rows=40)
    screen.wait_for_text("CONTAINER ADDRESS")
    screen.resize(62, 20)
    screen.wait(lambda t: "CONTAINER ADDRESS" not in t and "HAPROXY" in t, "columns give way")
    screen.resize(20, 5)
    # A '~' tells the new line from what the old one leaves when it is cut.
    screen.wait(lambda t: re.search(r"^q quit .*~$", t.splitlines()[-1]) and "> " in t,
                "even a tiny one")
    screen.resize(80, 24)
    screen.wait_for_text("RECENT CHANGES")
    screen.press("\x03")
    assert screen.wait_for_end() == 0 and screen.is_restored()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT])
def test_top_gives_the_terminal_back(terminal, signum):
    screen = terminal("top")
    screen.wait_for_text("web-1")
    assert not screen.is_restored()
    screen.process.send_signal(signum)
    screen.wait_for_end()
    assert screen.is_restored()


def test_top_stops_and_goes_on(terminal):
    """^Z: the shell has the terminal meanwhile."""
    screen = terminal("top")
    screen.wait_for_text("web-1")
    screen.press("\x1a")

    def is_stopped():
        screen.read()  # or it waits for somebody to read
        with open(f"/proc/{screen.process.pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] == "T"
    wait_for(is_stopped, "it is stopped", 30)
    assert screen.is_restored()
    screen.process.send_signal(signal.SIGCONT)
    wait_for(screen.is_taken, "it has the terminal again", 30)
    screen.wait_for_text("q quit")
    screen.press("q")
    assert screen.wait_for_end() == 0 and screen.is_restored()


def test_top_without_a_terminal(fake):
    status, out, err = berth("top", "--admin", fake.address)
    assert (status, out) == (1, "") and "status --watch" in err and len(err.splitlines()) == 1
    status, out, err = berth("top", "--once", "--admin", fake.address)
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 24 and "web-1" in out and "\x1b" not in out


def test_with_the_agent_itself(host, agent):
    """What the stand-in does, the real agent does: a container that starts comes in by itself."""
    agent.start()
    screens = [Terminal([BERTH, *argv], columns=120, rows=30)
               for argv in (("status", "--watch"), ("top",))]
    try:
        screens[0].wait_for_text("no container here has a port to be served")
        screens[1].wait_for_text("node it-node")
        host.serve("web-1", "web", labels=("SERVICE_8080_SERVICE_PORT=8081",))
        agent.wait_for_servers("web", 1)
        for screen in screens:
            screen.wait(lambda text: re.search(r"web-1 .* up\b", text), "its server is up")
        screens[1].wait(lambda text: re.search(r"\d\d:\d\d:\d\d portmap: mapping added host-port=\d", text),
                        "the log's fact is among the changes")
        screens[1].press("/web-1\r\r")
        screens[1].wait_for_text("container web-1")
        screens[1].press("qq")
        assert screens[1].wait_for_end() == 0
        screens[0].press("\x03")
        assert screens[0].wait_for_end() == 0
    finally:
        for screen in screens:
            screen.close()
