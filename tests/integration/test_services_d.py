"""Services on virtual machines, declared in services.d: the local registry, then a real Consul."""

import json
import signal

import pytest

from agent import Agent, berth
from consul import URL
from machine import Files, Machine
from procs import wait_for
from sandbox import OUTSIDE
from traffic import Traffic, ask, try_ask

LABELS = ("SERVICE_8080_SERVICE_PORT=8081",)
CHECK = "check = http /health\ncheck_interval = 0.2\ncheck_timeout = 10\ncheck_rise = 2\ncheck_fall = 2\n"
FIRST = f"[web]\naddress = {OUTSIDE}\nport = 9100\nservice_port = 8081\n{CHECK}"
SECOND = f"[web]\naddress = {OUTSIDE}\nport = 9200\nservice_port = 8081\n{CHECK}"
NODE = "vm-web-10-99-0-2"


@pytest.fixture
def files(tmp_path, agent):
    directory = Files(str(tmp_path / "services.d"))
    agent.options["registrator.services_dir"] = directory.path
    return directory


@pytest.fixture
def other_machine(host, tmp_path):
    server = Machine(host, str(tmp_path), "machine-2", 9200)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def second(host, tmp_path, files):
    """Another host's agent, for the registration alone."""
    directory = tmp_path / "second"
    directory.mkdir()
    program = Agent(str(directory), host.docker_socket)
    program.options.update({"agent.node": "it-node-2", "agent.admin": "127.0.0.1:7708",
                            "portmap.enabled": "no", "lb.enabled": "no",
                            "registrator.services_dir": files.path,
                            "registrator.registry": URL})
    yield program
    program.clean_up()


def answers(port=8081, count=20):
    return {try_ask(port) for _ in range(count)}


def test_container_and_machine_share_a_service(host, agent, files, machine):
    files.write("web.conf", FIRST)
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 2)
    wait_for(lambda: answers() == {"web-1", "machine-1"}, "both answer")


def test_a_machine_that_fails_goes_out_and_comes_back(host, agent, files, machine):
    files.write("web.conf", FIRST)
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 2)
    machine.stop()
    agent.wait_for_servers("web", 1)
    assert answers() == {"web-1"}
    [entry] = agent.state()["machines"]
    assert (entry["state"], entry["node"]) == ("critical", NODE)
    machine.start()
    agent.wait_for_servers("web", 2)


def test_a_file_is_taken_up_edited_and_removed(host, agent, files, machine, other_machine):
    agent.start()
    files.write("web.conf", FIRST)
    agent.wait_for_servers("web", 1)
    with Traffic(8081, threads=2) as traffic:
        wait_for(lambda: traffic.total() > 20, "traffic flows")
        files.write("web.conf", SECOND)
        wait_for(lambda: answers() == {"machine-2"}, "the new version counts")
    traffic.check()
    files.remove("web.conf")
    agent.wait(lambda s: not s["machines"] and not s["backends"], "the service is gone", 40)


def test_a_bad_file_keeps_its_last_good_version(agent, files, machine):
    files.write("web.conf", FIRST)
    files.write("other.conf", "[other]\nadress = 10.0.0.1\n")
    agent.start()
    agent.wait_for_servers("web", 1)

    def problem(state, file):
        return [p["text"] for p in state["problems"] if file in p["subject"]]

    [text] = problem(agent.state(), "other.conf")
    assert text.startswith('line 2: there is no key "adress"'), text
    assert text.endswith("nothing of it is served"), text
    files.write("web.conf", FIRST + "port = 9300\n")
    state = agent.wait(lambda s: problem(s, "web.conf"), "the bad version is reported")
    [text] = problem(state, "web.conf")
    assert '"port" is said twice' in text and text.endswith("the last good version stays"), text
    agent.wait_for_servers("web", 1)
    assert ask(8081) == "machine-1"
    files.write("web.conf", FIRST)
    agent.wait(lambda s: not problem(s, "web.conf"), "the problem is over")


def test_berth_check_reads_the_files(host, files):
    def check():
        return berth("check", "-c", "/dev/null", "-o", "portmap.enabled=no",
                     "-o", f"registrator.services_dir={files.path}")

    files.write("web.conf", FIRST)
    assert check()[:2] == (0, "the configuration is good: /dev/null\n")
    files.write("other.conf", "[other]\nport = 0\n")
    status, _, error = check()
    assert status == 2
    assert 'other.conf: line 2: port = "0": it must be a port from 1 to 65535' in error, error


def test_names(agent, files, machine, tmp_path):
    """One from /etc/hosts, one that nobody knows: the first is served, the other reported."""
    files.write("local.conf", "[here]\naddress = localhost\nport = 9100\ncheck = none\n")
    files.write("nowhere.conf", "[nowhere]\naddress = no-such-host.invalid\nport = 1\n")
    agent.start()
    state = agent.wait(lambda s: s["machines"] and
                       any("nowhere" in p["subject"] for p in s["problems"]),
                       "one is known and the other reported", 60)
    assert [m["address"] for m in state["machines"]] == ["127.0.0.1"]
    [text] = [p["text"] for p in state["problems"] if "nowhere" in p["subject"]]
    assert text.startswith("no-such-host.invalid: ") and "not served" in text, text


def external(consul):
    return {n["Node"]: n for n in consul.get("/v1/catalog/nodes?node-meta=managed-by:berth")}


def statuses(consul, service="web"):
    return {e["Node"]["Node"]: {c["Status"] for c in e["Checks"]} for e in consul.health(service)}


def writer_of(consul, file="web"):
    """Name of the node that holds the file's lock, or None."""
    entries = consul.get(f"/v1/kv/berth/services.d/{file}/lock")
    session = entries[0].get("Session")
    names = {s["ID"]: s["Name"] for s in consul.get("/v1/session/list")}
    return names[session].rsplit(" ", 1)[1] if session in names else None


def test_consul_has_external_nodes(host, agent, consul, files, machine):
    files.write("web.conf", FIRST + "tags = a,b\nmeta.team = blue\nweight = 5\n")
    agent.start(registrator__registry=URL)
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "the machine is registered")
    node = external(consul)[NODE]
    assert node["Address"] == OUTSIDE
    assert {key: node["Meta"][key] for key in
            ("external-node", "external-probe", "managed-by", "berth-file", "berth-node")} == {
        "external-node": "true", "external-probe": "false", "managed-by": "berth",
        "berth-file": "web", "berth-node": "it-node"}
    [entry] = consul.health("web")
    service = entry["Service"]
    assert {key: service[key] for key in ("ID", "Service", "Tags", "Address", "Port", "Meta")} == {
        "ID": f"{NODE}:web:9100", "Service": "web", "Tags": ["a", "b"], "Address": OUTSIDE,
        "Port": 9100, "Meta": {"berth-file": "web", "protocol": "tcp", "service-port": "8081",
                               "team": "blue", "weight": "5"}}
    assert service["Weights"] == {"Passing": 5, "Warning": 1}
    agent.wait_for_servers("web", 1)
    assert ask(8081) == "machine-1"
    # Who watches more services than Consul has connections for reads of it here.
    wait_for(lambda: "berth/changes/it-node:machines" in consul.get("/v1/kv/berth/changes/?keys"),
             "the change is in the journal")


def test_consul_learns_what_the_check_says(agent, consul, files, machine):
    files.write("web.conf", FIRST)
    agent.start(registrator__registry=URL)
    agent.wait_for_servers("web", 1)
    machine.stop()
    wait_for(lambda: statuses(consul) == {NODE: {"critical"}}, "the machine is critical")
    [check] = consul.health("web")[0]["Checks"]
    assert "onnect" in check["Output"], check
    machine.start()
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "the machine is passing")


def test_consul_is_written_to_on_a_change_alone(agent, consul, files, machine):
    files.write("web.conf", FIRST)
    agent.start(registrator__registry=URL, agent__resync=1)
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "the machine is registered")

    def passes():
        return agent.state()["sources"]["services.d catalog"]["passes"]

    before, index = passes(), consul.health("web")[0]["Checks"][0]["ModifyIndex"]
    node = external(consul)[NODE]["ModifyIndex"]
    wait_for(lambda: passes() >= before + 3, "three more passes")
    assert consul.health("web")[0]["Checks"][0]["ModifyIndex"] == index
    assert external(consul)[NODE]["ModifyIndex"] == node


def test_consul_forgets_what_the_files_forget(agent, consul, files, machine):
    consul.put("/v1/catalog/register", json.dumps({
        "Node": "vm-foreign", "Address": "10.0.0.9", "NodeMeta": {"external-node": "true"},
        "Service": {"Service": "web", "Port": 1}}).encode())
    files.write("web.conf", FIRST + f"[extra]\naddress = {OUTSIDE}\nport = 9100\n")
    agent.start(registrator__registry=URL)
    wait_for(lambda: statuses(consul, "extra") == {NODE: {"passing"}}, "both are registered")
    files.write("web.conf", FIRST)
    wait_for(lambda: not consul.health("extra"), "one service is gone")
    assert NODE in statuses(consul)
    files.remove("web.conf")
    wait_for(lambda: not external(consul), "the machine is gone")
    assert "vm-foreign" in statuses(consul)


def test_consul_leftovers_of_a_dead_berth_are_removed(agent, consul, files, machine):
    files.write("web.conf", FIRST)
    agent.start(registrator__registry=URL)
    wait_for(lambda: NODE in external(consul), "the machine is registered")
    agent.kill()
    files.remove("web.conf")
    agent.start()
    wait_for(lambda: not external(consul), "the machine is gone", 60)


def test_two_berths_one_writer(agent, second, consul, files, machine):
    files.write("web.conf", FIRST)
    agent.start(registrator__registry=URL)
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "the machine is registered")
    assert writer_of(consul) == "it-node"
    second.start(wait=False)
    second.wait_for_log("started node=it-node-2")
    agent.kill()
    machine.stop()
    wait_for(lambda: writer_of(consul) == "it-node-2", "the other one takes over", 90)
    wait_for(lambda: statuses(consul) == {NODE: {"critical"}}, "and checks for itself")
    machine.start()
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "and goes on doing so")
    agent.start(wait=False)
    agent.wait_for_log("started node=it-node")
    assert writer_of(consul) == "it-node-2"


def test_a_restarted_berth_goes_on_with_its_locks(agent, consul, files, machine):
    files.write("web.conf", FIRST)
    agent.start(registrator__registry=URL)
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "the machine is registered")
    [session] = [s["ID"] for s in consul.get("/v1/session/list")]
    agent.kill()
    machine.stop()
    agent.start()
    wait_for(lambda: statuses(consul) == {NODE: {"critical"}}, "it checks at once")
    assert [s["ID"] for s in consul.get("/v1/session/list")] == [session]


def test_consul_that_lost_everything(agent, consul, files, machine):
    files.write("web.conf", FIRST)
    agent.start(registrator__registry=URL)
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "the machine is registered")
    consul.stop()
    consul.start()
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "it is registered again", 90)


def test_who_has_lost_the_lock_unawares_writes_nothing(agent, second, consul, files, machine):
    """An agent that is stopped for longer than its session lives, and then goes on."""
    files.write("web.conf", FIRST)
    agent.start(registrator__registry=URL)
    wait_for(lambda: statuses(consul) == {NODE: {"passing"}}, "the machine is registered")
    second.start(wait=False)
    second.wait_for_log("started node=it-node-2")
    agent.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: writer_of(consul) == "it-node-2", "the other one takes over", 90)
    second.wait_for_log("we register the machines")
    files.write("web.conf", FIRST + "tags = of-the-second\n")

    def tags():
        return [e["Service"]["Tags"] for e in consul.health("web")]

    wait_for(lambda: tags() == [["of-the-second"]], "it writes", 40)
    index = external(consul)[NODE]["ModifyIndex"]
    agent.process.send_signal(signal.SIGCONT)
    agent.wait_for_log("we no longer register the machines", 60)
    assert writer_of(consul) == "it-node-2"
    assert external(consul)[NODE]["ModifyIndex"] == index
