"""/metrics of an agent with all rooms, as Prometheus sees it."""

import os
import re
import shutil
import subprocess

import pytest

from consul import URL
from dubbo import GREETER

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
LABELS = ("HAPROXY_0_VHOST=web.localhost", "SERVICE_8080_SERVICE_PORT=8081",
          f"berth.dubbo.8080={GREETER}:1.0.0")
STAGES = "berth_stage_latency_seconds"
# What only a load balancer over Marathon says.
ELSEWHERE = {"berth_marathon_apps"}


def scrape(agent):
    """The text, and its samples by name and labels."""
    status, text = agent.get("/metrics")
    assert status == 200
    return text, dict(line.rsplit(" ", 1) for line in text.splitlines()
                      if line and not line.startswith("#"))


def count(agent, stage):
    return int(scrape(agent)[1][f'{STAGES}_count{{stage="{stage}"}}'])


def names_in(path):
    with open(os.path.join(TOP, path)) as f:
        return set(re.findall(r"berth_[a-z0-9_]+", f.read()))


@pytest.fixture
def everything(host, agent, consul, zk):
    """All rooms at work, one container that has come, and one that has come and gone."""
    agent.start(registrator__registry=URL, dubbo__registry=f"zookeeper://{zk.address}",
                portmap__quarantine=900)
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    host.serve("web-2", "web", labels=LABELS, env=("GRACE=120",))
    agent.wait_for_servers("web", 2)
    host.docker("kill", "--signal", "TERM", "web-2")
    agent.poll(lambda: count(agent, "drained"), "web-2 is drained", 60)
    host.docker("rm", "-f", "web-2")
    agent.poll(lambda: count(agent, "removed") and count(agent, "unmapped"),
               "a run has been measured to its end", 60)
    agent.poll(lambda: scrape(agent)[1].get("berth_dubbo_registered") == "1",
               "the provider is registered", 60)
    return agent


def test_metrics(everything):
    text, samples = scrape(everything)

    # The run is measured in each stage, in the order of the way; web-1 only on its way up.
    counts = {stage: int(samples[f'{STAGES}_count{{stage="{stage}"}}']) for stage in (
        "mapped", "registered", "applied", "drained", "deregistered", "unmapped", "removed")}
    assert counts == {"mapped": 2, "registered": 2, "applied": 2, "drained": 1, "deregistered": 1,
                      "unmapped": 1, "removed": 1}, counts
    sums = {stage: float(samples[f'{STAGES}_sum{{stage="{stage}"}}']) for stage in counts}
    assert 0 < sums["mapped"] <= sums["registered"] <= sums["applied"] < 120, sums
    # The container was told to stop, was drained, and was ended then.
    assert sums["drained"] < sums["deregistered"] <= sums["unmapped"] < 120, sums

    # The pool is one whole.
    ports = {key: int(samples[f"berth_pool_{key}ports"]) for key in ("", "used_", "resting_",
                                                                      "free_")}
    assert ports[""] == ports["used_"] + ports["resting_"] + ports["free_"], ports
    assert (ports["used_"], ports["resting_"]) == (1, 1), ports
    assert int(samples["berth_conntrack_entries_limit"]) > 0

    # Whose age is told here has one in the state, too, with the catalog's.
    state = everything.state()
    rooms = {key.split('"')[1] for key in samples
             if key.startswith("berth_last_success_timestamp_seconds{")}
    assert set(state["sources"]) == rooms | {"catalog"}, state["sources"]
    assert not any(s["error"] for s in state["sources"].values()), state["sources"]
    # No file declares a machine: these have nothing to do.
    assert {name for name, s in state["sources"].items() if s["last_ok_age"] is None} <= {
        "services.d lock", "services.d catalog"}, state["sources"]
    assert int(samples["berth_problems"]) == len(state["problems"]) == 0, state["problems"]

    # The page, the alerts and the dashboard speak of what there is.
    there = set(re.findall(r"^# TYPE (\S+)", text, re.M))
    with open(os.path.join(TOP, "doc/metrics.md")) as f:
        listed = set(re.findall(r"^\| `(berth_\w+)`", f.read(), re.M))
    assert there == listed - ELSEWHERE, there ^ (listed - ELSEWHERE)
    for path in ("conf/monitoring/berth.rules.yaml", "conf/monitoring/dashboard.json"):
        asked = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names_in(path)}
        assert asked <= there, (path, asked - there)

    if not shutil.which("promtool"):
        pytest.skip("there is no promtool (Debian's package prometheus)")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                          capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_problem_counts(host, agent, tmp_path):
    """Of whichever room: as many as the state lists."""
    (tmp_path / "no-port.conf").write_text("[web]\naddress = 10.99.0.7\n")
    agent.start(registrator__services_dir=tmp_path)

    def agree():
        listed = agent.state()["problems"]
        return "services.d" in {problem["area"] for problem in listed} \
            and int(scrape(agent)[1]["berth_problems"]) == len(listed)
    agent.poll(agree, "the problems are counted")
