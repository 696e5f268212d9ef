"""[lb] template: the operator's own template of haproxy.cfg, with Consul's data."""

import json
import urllib.request

import pytest

from consul import URL
from procs import wait_for

TEMPLATE = """global
    maxconn {{keyOrDefault "lb/maxconn" "100"}}
defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen web
    bind 127.0.0.1:8089
    http-request return status 200 content-type text/plain string "{{key "lb/text"}}"
{{- range service "web"}}
    server {{.ID}} {{.Address}}:{{.Port}}{{end}}
"""


def register(consul, port):
    consul.put("/v1/catalog/register", json.dumps({
        "Node": "n1", "Address": "10.0.0.1",
        "Service": {"Service": "web", "ID": f"web-{port}", "Port": port}}).encode())


def answer():
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                "http://127.0.0.1:8089/", timeout=10) as reply:
            return reply.read().decode()
    except OSError:
        return None


@pytest.fixture
def configured(consul, agent, tmp_path):
    (tmp_path / "lb.ctmpl").write_text(TEMPLATE)
    agent.options.update({"registrator.registry": URL, "lb.template": str(tmp_path / "lb.ctmpl")})
    return agent


def cfg(tmp_path):
    path = tmp_path / "run" / "haproxy" / "haproxy.cfg"
    return path.read_text() if path.exists() else ""


def test_a_template_that_asks_consul(consul, configured, tmp_path):
    configured.start(wait=False)
    wait_for(lambda: 'waits for key "lb/text"' in open(configured.log_path).read(),
             "it says what it waits for", 60)
    assert not cfg(tmp_path)
    consul.put("/v1/kv/lb/text", b"one")
    configured.wait_until_healthy()
    wait_for(lambda: answer() == "one", "HAProxy serves it", 60)
    register(consul, 81)
    configured.poll(lambda: "server web-81 10.0.0.1:81" in cfg(tmp_path), "a server", 60)
    consul.put("/v1/kv/lb/text", b"two")
    wait_for(lambda: answer() == "two", "what has changed", 60)
    (tmp_path / "lb.ctmpl").write_text("{{key")
    wait_for(lambda: "unclosed action" in open(configured.log_path).read(), "it is reported", 60)
    (tmp_path / "lb.ctmpl").write_text(TEMPLATE.replace("listen web", "listen other"))
    wait_for(lambda: "listen other" in cfg(tmp_path) and answer() == "two", "the next one", 60)
