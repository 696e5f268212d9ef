"""The benches' own tools: what they count is what happened."""

import json
import os
import socket
import subprocess
import sys

import pytest

from agent import BUILD
from procs import die_with_parent, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../bench"))

import report  # noqa: E402
import rules  # noqa: E402
from catalog import CHANGING, Catalog  # noqa: E402
from hosts import CONTAINER, HOST, SOURCES, World  # noqa: E402

CONNECT = os.path.join(BUILD, "tests/bench/connect-load")
ACCEPT = os.path.join(BUILD, "tests/bench/accept-load")
PORT = 18099


@pytest.fixture
def acceptor(host):
    process = subprocess.Popen([ACCEPT, str(PORT)], stdout=subprocess.PIPE,
                               preexec_fn=die_with_parent)
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.kill()
    process.wait()


def test_connect_load_counts_every_connection(acceptor):
    answer = json.loads(run(CONNECT, "127.0.0.1", str(PORT), "500", "16", "60", "127.0.0.2",
                            "127.0.0.3"))
    assert (answer["connects"], answer["failed"]) == (500, 0)
    assert answer["rate"] > 0 and 0 < answer["p50_us"] <= answer["p99_us"]


def test_connect_load_counts_failures(host):
    with socket.socket() as s:  # bound, and nobody listens
        s.bind(("127.0.0.1", 0))
        done = subprocess.run([CONNECT, "127.0.0.1", str(s.getsockname()[1]), "50", "4", "60"],
                              capture_output=True, text=True, timeout=90)
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["connects"], answer["failed"]) == (0, 50)


@pytest.mark.parametrize("arguments", [[], ["127.0.0.1", "0", "1", "1", "1"],
                                       ["localhost", "80", "1", "1", "1"],
                                       ["127.0.0.1", "80", "1", "9999", "1"],
                                       ["127.0.0.1", "80", "1", "1", "1", "nowhere"]])
def test_connect_load_refuses_nonsense(arguments):
    done = subprocess.run([CONNECT, *arguments], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")


def test_dockers_rules_lead_to_the_container(host):
    world = World()
    try:
        world.container.start_ready(ACCEPT, "80")
        mappings = [(20000 + n, f"172.17.9.{n + 1}", 80) for n in range(20)]
        rules.docker_rules(world.host, [*mappings, (20999, CONTAINER, 80)])
        listed = world.host.run("iptables", "-t", "nat", "-S", "DOCKER")
        assert len(listed.splitlines()) == 1 + 1 + 21  # the chain, RETURN, one for each mapping
        answer = json.loads(world.client.run(CONNECT, HOST, "20999", "50", "4", "60", *SOURCES))
        assert (answer["connects"], answer["failed"]) == (50, 0)
    finally:
        world.stop()


def test_catalog_fills_consul(consul):
    catalog = Catalog(21000)
    assert catalog.fill(30, 5) == 29 * 5 + 1
    assert len(consul.get("/v1/catalog/services")) == 30 + 1  # and Consul itself
    assert len(consul.health("s-29")) == 5
    catalog.add(7)
    assert {e["Service"]["Port"] for e in consul.health(CHANGING)} == {21000, 21007}
    catalog.remove(7)
    assert {e["Service"]["Port"] for e in consul.health(CHANGING)} == {21000}


def test_report_is_written_as_text_and_json(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "BUILD", BUILD)
    result = report.Report("sample", "A sample", str(tmp_path))
    result.table("what", ["n"], [["one", 1], ["two", report.spread([1, 5, 2])]])
    result.values("raw", [1, 5, 2])
    result.finish()
    text = (tmp_path / "bench-sample.txt").read_text()
    assert "| what | n |\n|---|---|\n| one | 1 |\n| two | 2.0 (1.0 - 5.0) |\n" in text
    document = json.loads((tmp_path / "bench-sample.json").read_text())
    assert document["values"] == {"raw": [1, 5, 2]}
    assert document["tables"][0]["rows"] == [["one", 1], ["two", "2.0 (1.0 - 5.0)"]]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bench-sample.json", "bench-sample.txt"]
