"""Long work says how far it is: on a terminal one line that is gone at the end, in a pipe a line for
each step that is done, and nothing of it on stdout."""

import json
import re
import socket
import subprocess

import pytest

from agent import BERTH
from fakemarathon import FakeMarathon, Nowhere
from terminal import Terminal
from test_deploy import definition


@pytest.fixture
def terminal():
    opened = []

    def start(*argv, **kwargs):
        opened.append(Terminal([BERTH, *argv], **kwargs))
        return opened[-1]
    yield start
    for one in opened:
        one.close()


@pytest.fixture
def silent_consul():
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def options(host):
    return ["doctor", "-c", "/dev/null", "-o", f"docker.socket={host.docker_socket}"]


def test_doctor_on_a_terminal(host, terminal):
    screen = terminal(*options(host), columns=100, rows=100)
    # It watches conntrack for a second: somebody sees that.
    screen.wait_for_text("[3/3] asking Docker, and watching conntrack for a second ...")
    screen.wait_for_end()
    text = screen.text()
    assert "[3/3]" not in text and "done in" not in text, "the line has gone"
    assert b"[1/3] reading /proc and /sys" in screen.raw and b"[2/3] asking nf_tables" in screen.raw


def test_doctor_in_a_pipe(host):
    done = subprocess.run([BERTH, *options(host)], capture_output=True, text=True, timeout=60)
    assert re.fullmatch(r"(berth doctor: \[\d/3\] .*: done in \d+\.\d s\n){3}", done.stderr)
    assert "done in" not in done.stdout and "\x1b" not in done.stdout + done.stderr
    for_machines = subprocess.run([BERTH, *options(host), "--json"], capture_output=True, text=True,
                                  timeout=60)
    assert for_machines.stderr == "" and json.loads(for_machines.stdout)["findings"]


def test_render_waits_visibly(silent_consul, terminal, tmp_path):
    template = tmp_path / "a.ctmpl"
    template.write_text('{{ key "a" }}')
    screen = terminal("render", "-t", f"{template}:{tmp_path}/a", "--once", "--consul",
                      silent_consul, "--wait", "4")
    screen.wait(lambda text: re.search(r"waiting for what the template asks of Consul \.\.\. \d+ s",
                                       text), "it says that it waits")
    assert screen.wait_for_end() == 1
    assert "waiting for what" not in screen.text() and 'key "a"' in screen.text()


def test_render_waits_silently_in_a_pipe(silent_consul, tmp_path):
    template = tmp_path / "a.ctmpl"
    template.write_text('{{ key "a" }}')
    done = subprocess.run([BERTH, "render", "-t", f"{template}:{tmp_path}/a", "--once", "--consul",
                           silent_consul, "--wait", "2"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "waiting for what" not in done.stderr
    assert done.stdout == "" and "\x1b" not in done.stderr


def test_deploy_waits_visibly(host, terminal, tmp_path):
    """For a load balancer that does not answer, until --max-wait is over."""
    with FakeMarathon(Nowhere(), nodes=1) as marathon:
        screen = terminal("deploy", "-m", marathon.url, "-l", "http://127.0.0.1:1", "-j",
                          definition(tmp_path / "app.json"), "-f", "-s", "2", "-w", "4",
                          columns=160)
        screen.wait(lambda text: re.search(r"127.0.0.1:1.* \.\.\. \d s$", text.rstrip()),
                    "it says for how long it waits")
        assert screen.wait_for_end() == 1
    text = screen.text()
    assert " ... " not in text and "nothing got better" in text
