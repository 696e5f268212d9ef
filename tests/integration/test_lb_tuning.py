"""How a service wants to be balanced, and a template of the operator's; with a real HAProxy."""

import http.client
import os
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from test_lb import (  # noqa: F401: 'lb' is a fixture
    HAPROXY, PATIENCE, free_port, instance, lb, servers, settled, start, wait_for)

pytestmark = pytest.mark.skipif(not os.access(HAPROXY, os.X_OK), reason="there is no haproxy here")

TEMPLATE = os.path.join(os.path.dirname(__file__), "..", "..", "conf", "haproxy.ctmpl")


def fetch(lb, cookie=None):
    """Status, cookie or None, body."""
    connection = http.client.HTTPConnection("127.0.0.1", lb.port, timeout=PATIENCE)
    try:
        headers = {"Host": "web.example", **({"Cookie": cookie} if cookie else {})}
        connection.request("GET", "/", headers=headers)
        answer = connection.getresponse()
        said = answer.getheader("Set-Cookie")
        return answer.status, said.split(";")[0] if said else None, answer.read().decode()
    finally:
        connection.close()


def test_sticky_sessions_with_servers_that_come_later(lb):
    a, b, c = lb.backend(), lb.backend(), lb.backend()
    start(lb, [instance(a, 1, lb_sticky="true")])
    lb.driver.send([instance(x, n + 1, lb_sticky="true") for n, x in enumerate((a, b, c))])
    lb.driver.until(lambda s: servers(s) and len(servers(s)) == 3, "three servers")
    cookies = {}

    def all_seen():
        _, cookie, body = fetch(lb)
        cookies[body] = cookie
        return len(cookies) == 3

    wait_for(all_seen, "a cookie of each server")
    assert set(cookies) == {str(x.port) for x in (a, b, c)}
    assert len(set(cookies.values())) == 3
    assert all(cookie.startswith("BERTH_SERVER=") and len(cookie) > 20 for cookie in cookies.values())
    for body, cookie in cookies.items():
        assert [fetch(lb, cookie) for _ in range(4)] == [(200, None, body)] * 4
    lb.driver.send([instance(b, 2, lb_sticky="true")])
    state = lb.driver.until(lambda s: list(servers(s)) == ["node:c2:80"], "two servers gone")
    assert fetch(lb, cookies[str(b.port)]) == (200, None, str(b.port))
    assert fetch(lb, cookies[str(a.port)])[::2] == (200, str(b.port))
    assert state["counters"]["reloads"] == 0


class FirstLines:
    """A TCP server that notes the first line of each connection and says goodbye."""

    def __init__(self):
        lines = self.lines = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                lines.append(self.rfile.readline())
                self.wfile.write(b"bye\n")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request, client_address):
                pass  # a health check does not wait

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def test_proxy_protocol_on_both_sides(lb):
    server = FirstLines()
    lb.backends.append(server)
    port = free_port()
    start(lb, [instance(server.port, 1, vhost=None, service_port=port, lb_accept_proxy="true",
                        lb_send_proxy="v1")])

    def answered():
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
            s.settimeout(PATIENCE)
            s.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.8 1000 2000\r\nhello\n")
            return s.recv(100) == b"bye\n"

    wait_for(answered, "an answer")
    wait_for(lambda: any(line.startswith(b"PROXY TCP4 192.0.2.7 192.0.2.8 1000 2000")
                         for line in server.lines), "the client's address")


class Moody(BaseHTTPRequestHandler):
    """Answers, but says of itself that it is not well."""

    def do_GET(self):
        self.send_response(500 if self.path == "/health?deep=1" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


def test_health_checks_ask_for_a_path(lb):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Moody)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    try:
        start(lb, [instance(port, 1, lb_check_path="/well")])
        wait_for(lambda: lb.get()[0] == 200, "an answer")
        lb.driver.send([instance(port, 1, lb_check_path="/health?deep=1")])
        wait_for(lambda: lb.get()[0] == 503, "the check to fail")
    finally:
        server.shutdown()
        server.server_close()


def test_template_of_the_operator(lb, tmp_path):
    a, b = lb.backend(), lb.backend()
    with open(TEMPLATE, encoding="ascii") as f:
        text = f.read()
    changed = text.replace("    http-reuse safe\n",
                           "    http-reuse safe\n    http-response set-header X-Made-Of {{.Backend}}\n")
    assert changed != text
    (tmp_path / "own.ctmpl").write_text(changed)
    lb.driver.options["template"] = str(tmp_path / "own.ctmpl")
    start(lb, [instance(a, 1)])
    connection = http.client.HTTPConnection("127.0.0.1", lb.port, timeout=PATIENCE)
    connection.request("GET", "/", headers={"Host": "web.example"})
    assert connection.getresponse().getheader("X-Made-Of") == "web"
    connection.close()
    lb.driver.send([instance(a, 1), instance(b, 2)])
    state = lb.driver.until(lambda s: len(servers(s)) == 2, "two servers")
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "traffic to both")
    assert state["counters"]["reloads"] == 0


def replace(path, text):
    """As an editor does: nobody reads a part of it."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.rename(path)


def test_an_edited_template_is_read_again(lb, tmp_path):
    a, b = lb.backend(), lb.backend()
    with open(TEMPLATE, encoding="ascii") as f:
        text = f.read()
    own = tmp_path / "own.ctmpl"
    own.write_text(text)
    lb.driver.options.update(template=str(own), resync=3600)
    start(lb, [instance(a, 1)])

    def header():
        connection = http.client.HTTPConnection("127.0.0.1", lb.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/", headers={"Host": "web.example"})
            return connection.getresponse().getheader("X-Edited")
        finally:
            connection.close()

    edited = text.replace("    http-reuse safe\n",
                          "    http-reuse safe\n    http-response set-header X-Edited yes\n")
    assert edited != text
    replace(own, edited)
    lb.driver.until(lambda s: s["counters"]["reloads"] == 1 and settled(s), "the edited one")
    wait_for(lambda: header() == "yes", "what it says")
    # A mistake is reported, and servers come by the last good one.
    replace(own, edited + "{{end}}")
    state = lb.driver.until(lambda s: s["problems"], "the complaint")
    assert state["problems"][0].startswith("HAProxy template: [lb] template: ")
    assert f" {own}:" in state["problems"][0]
    assert state["problems"][0].endswith("; the last good one stays")
    lb.driver.send([instance(a, 1), instance(b, 2)])
    lb.driver.until(lambda s: len(servers(s)) == 2, "two servers")
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "traffic to both")
    assert header() == "yes"
    # Mended; only a comment is new, which is no reason to reload.
    replace(own, "{{/* mended */}}" + edited)
    state = lb.driver.until(lambda s: not s["problems"] and settled(s), "the end of the complaint")
    assert state["counters"]["reloads"] == 1
    os.rename(own, tmp_path / "gone")
    state = lb.driver.until(lambda s: s["problems"], "the complaint")
    assert "No such file" in state["problems"][0]
    assert len(servers(state)) == 2


def test_template_with_a_mistake_ends_the_start(lb, tmp_path):
    (tmp_path / "own.ctmpl").write_text("global\n    maxconn {{.LB.Maxconn | nofunc}}\n")
    lb.driver.options["template"] = str(tmp_path / "own.ctmpl")
    lb.driver.start()
    assert lb.driver.process.wait(PATIENCE) != 0
