"""One id leads through the log, from Docker's event to HAProxy, and back."""

import json

from consul import URL

LABELS = ("HAPROXY_0_VHOST=web.localhost", "SERVICE_8080_SERVICE_PORT=8081")


def facts(agent, trace):
    """What the log says under that trace, oldest first: "area: text"."""
    found = []
    for line in agent.log().splitlines():
        if f'"trace":"{trace}"' in line:
            doc = json.loads(line)
            found.append(f"{doc['area']}: {doc['msg']}")
    return found


def is_in_order(found, *wanted):
    """Does one fact after the other begin with the wanted texts, with others in between?"""
    rest = iter(found)
    return all(any(fact.startswith(text) for fact in rest) for text in wanted)


def trace_of(agent, name):
    [container] = [c for c in agent.state()["containers"] if c["name"] == name]
    return container["trace"]


def check_way(host, agent):
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    host.serve("web-2", "web", labels=LABELS, env=("GRACE=120",))
    agent.wait_for_servers("web", 2)
    first, second = trace_of(agent, "web-1"), trace_of(agent, "web-2")
    assert first != second
    for trace, server in ((first, "lb: server added by the load"),
                          (second, "lb: at run time: add server")):
        assert is_in_order(facts(agent, trace), "docker: container runs", "portmap: mapping added",
                           "registrator: added", server), facts(agent, trace)
    [instance] = [i for i in agent.state()["instances"] if "web-2" in i["id"]]
    assert instance["trace"] == second
    status, text = agent.get("/v1/explain?subject=web-2")
    assert status == 200 and {"step": "trace", "text": f"{second}; the log has its way under that "
                              "id"} in json.loads(text)["parts"][0]["steps"]
    host.docker("kill", "--signal", "TERM", "web-2")
    agent.poll(lambda: is_in_order(facts(agent, second), "docker: stop asked",
                                   "registrator: drained", "lb: at run time: set server"),
               "web-2 is drained")
    host.docker("rm", "-f", "web-2")
    agent.wait(lambda s: not [m for m in s["mappings"] if m["container_id"] == instance[
        "container_id"]] and len(agent.servers("web", s)) == 1, "web-2 is gone")
    agent.wait_for_log("server removed")
    found = facts(agent, second)
    way = ("docker: stop asked", "registrator: drained", "lb: at run time: set server",
           "docker: container ended", "registrator: removed")
    assert is_in_order(found, *way, "portmap: mapping removed"), found
    assert is_in_order(found, *way, "lb: server removed"), found
    return second


def test_trace(host, agent):
    agent.start(agent__log_format="json")
    stopped = check_way(host, agent)
    # The same facts are at /v1/changes.
    status, body = agent.get("/v1/changes")
    changes = json.loads(body)
    assert status == 200 and changes["next"] == changes["changes"][-1]["n"]
    assert [f"{c['area']}: {c['text']}" for c in changes["changes"]
            if c["fields"].get("trace") == stopped] == facts(agent, stopped)
    assert json.loads(agent.get(f"/v1/changes?since={changes['next'] - 2}")[1])["changes"][
        0]["n"] == changes["next"] - 1
    assert agent.get("/v1/changes?since=x")[0] == 400
    # Another agent makes the same ids, and another run of the container another one.
    before = trace_of(agent, "web-1")
    agent.stop()
    agent.start()
    agent.wait_for_servers("web", 1)
    assert trace_of(agent, "web-1") == before
    host.docker("restart", "-t", "1", "web-1")
    agent.wait(lambda s: [c for c in s["containers"] if c["trace"] not in (None, before)],
               "the restarted container has another trace")
    agent.wait_for_servers("web", 1)


def test_trace_through_consul(host, agent, consul):
    """The balancer reads the trace from the registry, as one on another machine does."""
    agent.start(agent__log_format="json", registrator__registry=URL)
    check_way(host, agent)
