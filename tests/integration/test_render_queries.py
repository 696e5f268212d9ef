"""What berth consul-template asks of Consul, by a Consul that answers as the test says."""

import base64
import http.server
import json
import subprocess
import threading
import urllib.parse

import pytest

from agent import BERTH
from procs import die_with_parent, end, wait_for

HELD = 60  # seconds that a query with nothing new is held at the most


class Consul:
    """Keys with an index; every question is noted."""

    def __init__(self):
        self.changed = threading.Condition()
        self.keys, self.index, self.failing, self.closed = {}, 10, False, False
        self.asked = []  # (path, parameters)
        consul = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                consul.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"

    def answer(self, request):
        url = urllib.parse.urlsplit(request.path)
        parameters = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        name = url.path.removeprefix("/v1/kv/")
        with self.changed:
            self.asked.append((name, parameters))
            behind = int(parameters.get("index", -1))
            self.changed.wait_for(
                lambda: self.closed or self.failing or self.index != behind, HELD)
            status = 500 if self.failing else 200 if name in self.keys else 404
            body = json.dumps([{"Key": name, "Value": base64.b64encode(
                self.keys[name].encode()).decode()}]).encode() if status == 200 else b""
            index = self.index
        try:
            request.send_response(status)
            request.send_header("X-Consul-Index", str(index))
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            pass  # nobody waits any more

    def set(self, index, failing=False, **keys):
        with self.changed:
            self.keys.update(keys)
            self.index, self.failing = index, failing
            self.changed.notify_all()

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def questions(self, name):
        with self.changed:
            return [parameters for asked, parameters in self.asked if asked == name]

    def waits(self, name, index):
        """A query for 'name' is held behind 'index'."""
        wait_for(lambda: self.questions(name)[-1:] and
                 self.questions(name)[-1].get("index") == str(index),
                 f"{name} is asked for behind {index}, not {self.questions(name)}", 60)


@pytest.fixture
def scripted():
    consul = Consul()
    yield consul
    consul.close()


@pytest.fixture
def start(scripted, tmp_path):
    programs = []

    def run(template, *arguments):
        (tmp_path / "in").write_text(template)
        programs.append(subprocess.Popen(
            [BERTH, "consul-template", "-template", "in:out", "-consul-addr", scripted.address,
             *arguments], cwd=tmp_path, stderr=open(tmp_path / "err", "w"),
            preexec_fn=die_with_parent))

    yield run
    for program in programs:
        end(program)


def shows(path, wanted):
    out = path / "out"
    wait_for(lambda: out.exists() and out.read_text() == wanted,
             f"the file is {wanted!r}; {(path / 'err').read_text()}", 60)


def test_indexes(scripted, start, tmp_path):
    scripted.set(10, a="1")
    start('{{key "a"}}', "-max-stale", "3s", "-block-query-wait", "70s")
    shows(tmp_path, "1")
    scripted.waits("a", 10)
    assert scripted.questions("a")[0] == {"stale": "", "max_stale": "3000ms"}
    assert scripted.questions("a")[-1] == {"stale": "", "max_stale": "3000ms", "index": "10",
                                           "wait": "70000ms"}
    scripted.set(12, a="2")
    shows(tmp_path, "2")
    scripted.waits("a", 12)
    before = len(scripted.questions("a"))
    scripted.set(3, a="3")  # a Consul that has lost its state: from the beginning
    shows(tmp_path, "3")
    scripted.waits("a", 3)
    later = scripted.questions("a")[before:]
    assert [question.get("index") for question in later] == [None, "3"]


def test_errors_begin_anew(scripted, start, tmp_path):
    scripted.set(10, a="1")
    start('{{key "a"}}', "-max-stale", "0s", "-consul-retry-backoff", "10ms",
          "-consul-retry-max-backoff", "20ms")
    shows(tmp_path, "1")
    scripted.waits("a", 10)
    before = len(scripted.questions("a"))
    scripted.set(10, failing=True)
    wait_for(lambda: len(scripted.questions("a")) > before + 10, "it is asked again", 60)
    assert (tmp_path / "out").read_text() == "1"
    assert all(question == {} for question in scripted.questions("a")[before:])
    assert (tmp_path / "err").read_text().count("trying again") == 1
    scripted.set(10, a="2")
    shows(tmp_path, "2")


def test_what_is_not_used_any_more_is_not_asked_for(scripted, start, tmp_path):
    scripted.set(10, which="a", a="1", b="2")
    start('{{$k := key "which"}}{{key $k}}')
    shows(tmp_path, "1")
    scripted.waits("a", 10)
    scripted.set(11, which="b")
    shows(tmp_path, "2")
    scripted.waits("b", 11)
    for index in range(12, 20):  # everything that is watched is asked for again
        scripted.set(index)
        scripted.waits("b", index)
        scripted.waits("which", index)
    assert all(int(question.get("index", 0)) < 12 for question in scripted.questions("a"))


def test_a_missing_key_is_named_and_watched(scripted, start, tmp_path):
    start('{{key "late"}}')
    wait_for(lambda: 'waiting for key "late"' in (tmp_path / "err").read_text(), "it says so", 60)
    scripted.waits("late", 10)
    scripted.set(11, late="there")
    shows(tmp_path, "there")
