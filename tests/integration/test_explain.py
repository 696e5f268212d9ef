"""berth explain, over a running chain."""

import json
import re

import pytest

from agent import berth
from machine import Files
from sandbox import OUTSIDE

LABELS = ("SERVICE_8080_NAME=web", "SERVICE_8080_SERVICE_PORT=8081")


def explain(*argv):
    return berth("explain", *argv)


@pytest.fixture
def served(host, agent, tmp_path):
    files = Files(str(tmp_path / "services.d"))
    files.write("legacy.conf", f"[legacy]\naddress = {OUTSIDE}\nport = 9100\n"
                               "service_port = 8082\ncheck = none\n")
    agent.start()
    host.serve("web-1", None, labels=LABELS, env=("SERVICE_NAME=other",))
    host.serve("ignored-1", None, labels=("SERVICE_IGNORE=yes",))
    agent.wait_for_servers("web", 1)
    return agent.wait(lambda s: len(s["containers"]) == 2 and s["machines"], "all is known")


def test_the_whole_chain_of_a_container(host, served):
    [mapping] = [m for m in served["mappings"] if m["container_port"] == 8080 and
                 m["container_id"] == host.api("/containers/web-1/json")["Id"]]
    status, text, _ = explain("web-1")
    assert status == 0, text
    for step in ("network     bridge, ", f"host port   {mapping['host_port']}, assigned by berth",
                 "label SERVICE_8080_NAME = web; it wins over variable SERVICE_NAME",
                 "service     web, by label SERVICE_8080_NAME", "service id  it-node:web-1:8080",
                 "registry    local has it as it should be, state passing",
                 "haproxy     backend web, server it-node:web-1:8080", "way in      service port "
                                                                      "8081"):
        assert step in text, text
    # By id, by service and by host port, it is the same chain.
    for subject in (mapping["container_id"][:12], f"127.0.0.1:{mapping['host_port']}"):
        assert explain(subject)[:2] == (0, text)
    assert text in explain("web")[1]


def test_why_something_is_not_served(served):
    status, text, _ = explain("ignored-1")
    assert status == 0
    assert "not registered: label SERVICE_IGNORE = yes" in text


def test_machines_and_host_programs(served):
    assert "declared    in legacy.conf of services.d" in explain("legacy")[1]
    assert "service legacy in HAProxy" in explain("8082")[1]
    status, text, _ = explain("127.0.0.1:7707")
    assert status == 0 and re.search(r"program +berth \(pid \d+\) has opened it", text), text


def test_what_is_not_there(served):
    status, text, _ = explain("wbe-1")
    assert status == 1
    assert "there is no wbe-1" in text and "did you mean: web-1" in text, text
    status, text, _ = explain("--json", "no-such-thing")
    assert (status, json.loads(text)["found"]) == (1, False)


def test_usage(agent):
    assert explain()[0] == 2
    assert explain("a", "b")[0] == 2
    status, _, error = explain("--admin", "127.0.0.1:1", "web")
    assert status == 1 and "is `berth agent` running?" in error
