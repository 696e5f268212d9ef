"""berth render with a real Consul's data."""

import json
import os
import subprocess

import pytest

from agent import BERTH
from consul import URL
from procs import die_with_parent, end, wait_for

README = """global
    daemon
    maxconn {{key "service/haproxy/maxconn"}}
defaults
    mode {{key "service/haproxy/mode"}}{{range ls "service/haproxy/timeouts"}}
    timeout {{.Key}} {{.Value}}{{end}}
listen http-in
    bind *:8000{{range service "release.web"}}
    server {{.Node}} {{.Address}}:{{.Port}}{{end}}
"""

RENDERED = """global
    daemon
    maxconn 100
defaults
    mode http
    timeout client 5s
    timeout connect 1s
listen http-in
    bind *:8000
    server n1 10.0.0.1:80
    server n2 10.9.0.2:80
"""

TYPICAL = [
    ('{{range services}}{{if .Tags | contains "release"}}{{range service .Name}}'
     'server {{.Node}}_{{.Port}} {{.Address}}:{{.Port}} check\n{{end}}{{end}}{{end}}',
     "server n1_80 10.0.0.1:80 check\nserver n2_80 10.9.0.2:80 check\n"),
    ('{{range service "none"}}x{{else}}server 127.0.0.1:65535{{end}}', "server 127.0.0.1:65535"),
    ('{{range services}}{{range service (printf "%s|any" .Name)}}{{if ne .Name "consul"}}'
     '{{.ID}}={{.Status}} {{end}}{{end}}{{end}}', "w1=passing w2=passing w3=critical "),
    ('{{range service "web"}}{{index .ServiceMeta "zone"}}{{.Weights.Passing}}'
     '{{.NodeMeta.rack}} {{end}}', "a11 b12 "),
    ('{{with index (service "web") 0}}{{.ID | replaceAll "w" "s"}}{{end}} {{with node}}'
     '{{len .Services}}{{end}}{{range datacenters}} {{.}}:{{len (nodes (print "@" .))}}{{end}}'
     '{{range $tag, $s := service "web" | byTag}} {{$tag}}:{{len $s}}{{end}}',
     "s1 1 dc1:4 release:2"),
]


def register(consul, node, address, service, check=None, **more):
    body = {"Node": node, "Address": address, "Service": {"Service": "web", "Port": 80, **service},
            **more}
    if check:
        body["Check"] = {"Node": node, "CheckID": "c", "Name": "c", "ServiceID": service["ID"],
                         "Status": check}
    consul.put("/v1/catalog/register", json.dumps(body).encode())


@pytest.fixture
def filled(consul):
    wait_for(lambda: consul.get("/v1/catalog/service/consul"), "Consul is in its own catalog", 60)
    for key, value in (("maxconn", b"100"), ("mode", b"http"), ("timeouts/client", b"5s"),
                       ("timeouts/connect", b"1s")):
        consul.put(f"/v1/kv/service/haproxy/{key}", value)
    register(consul, "n2", "10.0.0.2", {"ID": "w2", "Address": "10.9.0.2", "Tags": ["release"],
                                        "Meta": {"zone": "b"}}, NodeMeta={"rack": "2"})
    register(consul, "n1", "10.0.0.1", {"ID": "w1", "Tags": ["release"], "Meta": {"zone": "a"}},
             NodeMeta={"rack": "1"})
    register(consul, "n3", "10.0.0.3", {"ID": "w3"}, "critical")
    return consul


def start(path, text, *options, env=None):
    (path / "in").write_text(text)
    return subprocess.Popen([BERTH, "render", "--once", "-t", str(path / "in"), *options],
                            stdout=subprocess.PIPE, stderr=open(path / "err", "w"), text=True,
                            env={**os.environ, **(env or {})}, preexec_fn=die_with_parent)


def render(path, text, *options, env=None):
    process = start(path, text, *options, env=env)
    output = process.communicate(timeout=60)[0]
    return process.returncode, output, (path / "err").read_text()


def test_the_example_of_consul_templates_page(filled, tmp_path):
    assert render(tmp_path, README, "--consul", URL) == (0, RENDERED, "")
    assert render(tmp_path, README, env={"CONSUL_HTTP_ADDR": "127.0.0.1:8500"}) == (
        0, RENDERED, "")


@pytest.mark.parametrize("number", range(len(TYPICAL)))
def test_typical_templates(filled, tmp_path, number):
    template, wanted = TYPICAL[number]
    assert render(tmp_path, template, "--consul", URL) == (0, wanted, "")


def test_a_key_that_is_missing_is_waited_for(filled, tmp_path):
    text = '{{key "service/haproxy/mode"}} {{key "later"}}{{range safeTree "some"}} {{.Key}}{{end}}'
    process = start(tmp_path, text, "--consul", URL)
    try:
        said = 'berth: waiting for key "later"\nberth: waiting for tree "some"\n'
        wait_for(lambda: (tmp_path / "err").read_text() == said, "it says what it waits for")
        filled.put("/v1/kv/service/haproxy/mode", b"tcp")  # what was read before is read again
        filled.put("/v1/kv/some/thing", b"1")
        filled.put("/v1/kv/later", b"now")
        assert process.communicate(timeout=60)[0] == "tcp now thing"
        assert process.returncode == 0 and (tmp_path / "err").read_text() == said
    finally:
        end(process)


def test_the_wait_ends(filled, tmp_path):
    status, output, said = render(tmp_path, '{{key "later"}}', "--consul", URL, "--wait", "5")
    assert (status, output) == (1, "")
    assert said.startswith('berth: waiting for key "later"\n')
    assert said.endswith('not rendered, this is missing:\n    key "later"\n')


def test_a_consul_that_comes_late(consul, tmp_path):
    consul.stop()
    process = start(tmp_path, '{{keyExists "a"}}', "--consul", URL)
    try:
        wait_for(lambda: "trying again" in (tmp_path / "err").read_text(), "it says so")
        consul.start()
        assert process.communicate(timeout=60)[0] == "false"
        assert process.returncode == 0
    finally:
        end(process)
