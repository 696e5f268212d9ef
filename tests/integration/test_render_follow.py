"""berth render and berth consul-template, followed: what changes in Consul shows in files."""

import json
import os
import signal
import subprocess
import time

import pytest

from agent import BERTH
from consul import URL
from procs import die_with_parent, end, wait_for


class Program:
    """One berth that renders; what it says goes to the file err."""

    def __init__(self, path, *argv, env=None):
        self.path = path
        self.said = path / "err"
        self.process = subprocess.Popen(
            [BERTH, *argv], cwd=path, stdout=open(path / "stdout", "w"),
            stderr=open(self.said, "w"), preexec_fn=die_with_parent,
            env={**os.environ, "CONSUL_HTTP_ADDR": URL, **(env or {})})

    def shows(self, name, wanted):
        wait_for(lambda: read(self.path / name) == wanted,
                 f"{name} is {wanted!r}, not {read(self.path / name)!r}; {read(self.said)}", 60)

    def says(self, text):
        wait_for(lambda: text in read(self.said), f"it says {text!r}", 60)

    def signal(self, number):
        self.process.send_signal(number)

    def ends(self):
        return self.process.wait(60)


def read(path):
    return path.read_text() if path.exists() else None


@pytest.fixture
def start(tmp_path):
    programs = []

    def run(*argv, env=None):
        programs.append(Program(tmp_path, *argv, env=env))
        return programs[-1]

    yield run
    for program in programs:
        end(program.process)


def put(consul, key, value):
    consul.put(f"/v1/kv/{key}", value.encode())


def delete(consul, key):
    subprocess.run(["curl", "-sSf", "-X", "DELETE", f"{URL}/v1/kv/{key}"], check=True,
                   stdout=subprocess.DEVNULL)


def register(consul, name, port, passing=True):
    body = {"Node": "n1", "Address": "10.0.0.1",
            "Service": {"Service": name, "ID": f"{name}-{port}", "Port": port},
            "Check": {"Node": "n1", "CheckID": f"c-{name}-{port}", "Name": "c",
                      "ServiceID": f"{name}-{port}",
                      "Status": "passing" if passing else "critical"}}
    consul.put("/v1/catalog/register", json.dumps(body).encode())


SERVERS = '{{range service "web"}}server {{.Address}}:{{.Port}}\n{{else}}none\n{{end}}'


def test_render_follows_services_keys_and_files(consul, start, tmp_path):
    (tmp_path / "part").write_text("p1")
    (tmp_path / "in").write_text(SERVERS + '{{keyOrDefault "a" "-"}} {{file "part"}}')
    program = start("render", "-t", "in:out:echo run >>ran")
    program.shows("out", "none\n- p1")
    program.shows("ran", "run\n")
    register(consul, "web", 80)
    program.shows("out", "server 10.0.0.1:80\n- p1")
    put(consul, "a", "1")
    program.shows("out", "server 10.0.0.1:80\n1 p1")
    (tmp_path / "new").write_text("p2 and more")  # half a file is a change, too
    (tmp_path / "new").rename(tmp_path / "part")
    program.shows("out", "server 10.0.0.1:80\n1 p2 and more")
    delete(consul, "a")
    program.shows("out", "server 10.0.0.1:80\n- p2 and more")
    register(consul, "web", 80, passing=False)
    program.shows("out", "none\n- p2 and more")
    program.signal(signal.SIGTERM)
    assert program.ends() == 0
    assert read(tmp_path / "ran") == "run\n" * 6


def test_render_keeps_the_last_data_while_consul_is_away(consul, start, tmp_path):
    put(consul, "a", "1")
    (tmp_path / "in").write_text('{{key "a"}}')
    program = start("render", "-t", "in:out")
    program.shows("out", "1")
    consul.stop()
    program.says("trying again")
    assert read(tmp_path / "out") == "1"
    consul.start()
    put(consul, "a", "2")
    program.shows("out", "2")


def test_render_reads_its_templates_again(consul, start, tmp_path):
    put(consul, "a", "1")
    (tmp_path / "in").write_text('{{key "a"}}')
    program = start("render", "-t", "in:out")
    program.shows("out", "1")
    (tmp_path / "in").write_text("{{key")
    program.signal(signal.SIGHUP)
    program.says("in:1:1: unclosed action")
    put(consul, "a", "2")
    program.shows("out", "2")
    (tmp_path / "in").write_text('new {{key "a"}}')
    program.signal(signal.SIGHUP)
    program.shows("out", "new 2")


def test_more_services_and_keys_than_connections(consul, start, tmp_path):
    for i in range(70):
        register(consul, f"s{i:02}", 1000 + i)
        put(consul, f"app/k{i:02}", "0")
    (tmp_path / "in").write_text(
        '{{range services}}{{range service .Name}}{{.Name}}={{.Port}} {{end}}{{end}}'
        '{{range loop 70}}{{key (printf "app/k%02d" .)}}{{end}}')
    program = start("render", "-t", "in:out")

    def shows_ports(first, value):
        services = "".join(f"s{i:02}={first + i} " for i in range(70))
        wait_for(lambda: (read(tmp_path / "out") or "").endswith(services + value * 70),
                 "all are rendered", 60)

    shows_ports(1000, "0")
    for i in range(70):
        put(consul, f"app/k{i:02}", "1")
    shows_ports(1000, "1")
    for i in range(70):  # a check that is critical is hinted at
        register(consul, f"s{i:02}", 1000 + i, passing=False)
    wait_for(lambda: read(tmp_path / "out").strip().split(" ")[-1] == "1" * 70 and
             "s69" not in read(tmp_path / "out") and "s00" not in read(tmp_path / "out"),
             "none is left", 60)


CONFIG = """
consul { address = "127.0.0.1:8500" }
wait = "100ms:1s"
template {
  contents = <<-EOT
    maxconn {{ key "maxconn" }}
    EOT
  destination = "one/out"
  perms = 0600
  backup = true
  command = "echo run >>ran"
}
template {
  source = "in"
  destination = "two"
  left_delimiter = "<<"
  right_delimiter = ">>"
  command = ["sh", "-c", "echo run >>ran; echo $MARK $CONSUL_HTTP_ADDR >env"]
  exec { env { custom = ["MARK=m"] } }
  wait { min = "0s" }
}
"""


def test_a_configuration_file(consul, start, tmp_path):
    put(consul, "maxconn", "10")
    (tmp_path / "in").write_text('{"n": <<range $i, $e := service "web">>"<<.Port>>"<<end>>}')
    (tmp_path / "ct.hcl").write_text(CONFIG)
    program = start("consul-template", "-config", "ct.hcl", "-pid-file", "pid")
    program.shows("one/out", "maxconn 10\n")
    program.shows("two", '{"n": }')
    program.shows("env", "m 127.0.0.1:8500\n")
    assert os.stat(tmp_path / "one/out").st_mode & 0o7777 == 0o600
    assert int(read(tmp_path / "pid")) == program.process.pid
    put(consul, "maxconn", "20")
    program.shows("one/out", "maxconn 20\n")
    assert read(tmp_path / "one/out.bak") == "maxconn 10\n"
    register(consul, "web", 80)
    program.shows("two", '{"n": "80"}')
    (tmp_path / "ct.hcl").write_text(CONFIG.replace("maxconn {{", "limit {{"))
    program.signal(signal.SIGHUP)
    program.shows("one/out", "limit 20\n")
    (tmp_path / "ct.hcl").write_text("nonsense = 1\n")
    program.signal(signal.SIGHUP)
    program.says('no key "nonsense"')
    put(consul, "maxconn", "30")
    program.shows("one/out", "limit 30\n")
    program.signal(signal.SIGINT)
    assert program.ends() == 12
    assert not (tmp_path / "pid").exists()


def test_changes_are_acted_on_together(consul, start, tmp_path):
    put(consul, "a/0", "-")
    (tmp_path / "in").write_text('{{range ls "a"}}{{.Key}} {{end}}')
    program = start("consul-template", "-template", "in:out:cat out >>all; echo >>all",
                    "-wait", "6s:60s")
    program.shows("all", "0 \n")
    operations = [{"KV": {"Verb": "set", "Key": f"a/{i}", "Value": "LQ=="}} for i in range(1, 9)]
    began = time.monotonic()
    consul.put("/v1/txn", json.dumps(operations[:4]).encode())
    consul.put("/v1/txn", json.dumps(operations[4:]).encode())
    program.shows("out", "0 1 2 3 4 5 6 7 8 ")
    assert time.monotonic() - began >= 6  # the wait is observed, however slow the machine is
    wait_for(lambda: read(tmp_path / "all").splitlines()[-1:] == ["0 1 2 3 4 5 6 7 8 "],
             "the command has run", 60)
    assert len(read(tmp_path / "all").splitlines()) <= 3  # once for each put, where the machine stands still in between


def test_once_waits_and_says_for_what(consul, start, tmp_path):
    (tmp_path / "in").write_text('{{key "later"}}')
    (tmp_path / "other").write_text("ready")
    program = start("consul-template", "-once", "-template", "in:out", "-template", "other:out2")
    program.says('waiting for key "later"')
    program.shows("out2", "ready")
    put(consul, "later", "now")
    assert program.ends() == 0
    assert read(tmp_path / "out") == "now"


CHILD = """
trap 'echo told >>log' HUP
trap 'echo end >>log; exit 5' TERM
trap 'echo usr1 >>log; exit 7' USR1
echo start $MARK >>log
while :; do sleep 0.1; done
"""


def test_exec_with_a_reload_signal(consul, start, tmp_path):
    put(consul, "a", "1")
    (tmp_path / "in").write_text('{{key "a"}}')
    (tmp_path / "child").write_text(CHILD)
    (tmp_path / "ct.json").write_text(json.dumps({
        "template": {"source": "in", "destination": "out"},
        "exec": {"command": ["/bin/sh", "child"], "reload_signal": "SIGHUP",
                 "kill_signal": "SIGTERM", "env": {"custom": ["MARK=m"]}}}))
    program = start("consul-template", "-config", "ct.json")
    program.shows("log", "start m\n")
    put(consul, "a", "2")
    program.shows("log", "start m\ntold\n")
    program.signal(signal.SIGUSR1)  # handed on; the child's own end is ours
    assert program.ends() == 7
    assert read(tmp_path / "log") == "start m\ntold\nusr1\n"


def test_exec_without_a_reload_signal(consul, start, tmp_path):
    put(consul, "a", "1")
    (tmp_path / "in").write_text('{{key "a"}}')
    (tmp_path / "child").write_text(CHILD)
    program = start("consul-template", "-template", "in:out", "-exec", "exec /bin/sh child",
                    "-exec-kill-signal", "SIGTERM")
    program.shows("log", "start\n")
    put(consul, "a", "2")
    program.shows("log", "start\nend\nstart\n")
    program.signal(signal.SIGINT)
    assert program.ends() == 12
    assert read(tmp_path / "log") == "start\nend\nstart\nend\n"


def test_exec_with_a_timeout(consul, start, tmp_path):
    (tmp_path / "in").write_text("x")
    (tmp_path / "ct.hcl").write_text("""
exec { command = "echo start >>log; exec sleep 1000" timeout = "1s" }
template { source = "in" destination = "out" command = "echo never >>log" exec { enabled = false } }
""")
    program = start("consul-template", "-config", "ct.hcl")
    assert program.ends() == 14
    program.says("longer than its timeout, 1 seconds")
    assert read(tmp_path / "log") == "start\n"


def test_attempts_that_end(consul, start, tmp_path):
    consul.stop()
    (tmp_path / "in").write_text('{{key "a"}}')
    program = start("consul-template", "-template", "in:out", "-consul-retry-attempts", "3",
                    "-consul-retry-backoff", "10ms", "-consul-retry-max-backoff", "20ms")
    assert program.ends() == 14
    assert "trying again" in read(program.said)
    assert start("consul-template", "-once", "-template", "in:out",
                 "-consul-retry=false").ends() == 14
    assert "trying again" not in read(tmp_path / "err")
    consul.start()


def test_a_lookup_that_fails(consul, start, tmp_path):
    put(consul, "a", "1")
    (tmp_path / "in").write_text('{{key "a"}}')
    program = start("consul-template", "-template", "in:out", "-err-on-failed-lookup",
                    "-block-query-wait", "1s")
    program.shows("out", "1")
    put(consul, "a", "2")  # behind queries that end often
    program.shows("out", "2")
    delete(consul, "a")
    assert program.ends() == 14
    assert 'there is no key "a", and err_on_failed_lookup is set' in read(program.said)


def test_what_has_no_effect_is_said(consul, start, tmp_path):
    (tmp_path / "in").write_text("x")
    (tmp_path / "ct.hcl").write_text("""
vault { address = "x" }
deduplicate { enabled = true }
consul { transport { dial_timeout = "1s" } }
template { source = "in" destination = "out" exec { splay = "1s" } }
""")
    program = start("consul-template", "-once", "-config", "ct.hcl")
    assert program.ends() == 0
    said = [line.split(": ", 1)[1].split(" has ")[0] for line in read(program.said).splitlines()]
    assert said == ["vault", "deduplicate", "transport.dial_timeout", "exec.splay"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_signals_that_end(consul, start, tmp_path, number):
    (tmp_path / "in").write_text("x")
    program = start("consul-template", "-template", "in:out")
    program.shows("out", "x")
    program.signal(number)
    assert program.ends() == 12


def test_signals_of_ones_own(consul, start, tmp_path):
    (tmp_path / "in").write_text("1")
    program = start("consul-template", "-template", "in:out", "-reload-signal", "SIGUSR1",
                    "-kill-signal", "SIGUSR2")
    program.shows("out", "1")
    (tmp_path / "in").write_text("2")
    program.signal(signal.SIGUSR1)
    program.shows("out", "2")
    program.signal(signal.SIGUSR2)
    assert program.ends() == 12


@pytest.mark.parametrize("arguments, status", [
    (["-no-such"], 13), (["-template", "bad:out"], 14), (["-template", "fails:out", "-once"], 14),
    (["-config", "bad.hcl"], 15), (["-config", "absent.hcl"], 15), ([], 15),
    (["-template", "in:out", "-parse-only"], 0), (["-template", "in:out", "-once"], 0)])
def test_exit_statuses(consul, start, tmp_path, arguments, status):
    (tmp_path / "in").write_text("x")
    (tmp_path / "bad").write_text("{{if}}")
    (tmp_path / "fails").write_text("{{index (loop 1) 5}}")
    (tmp_path / "bad.hcl").write_text("nonsense = 1\n")
    program = start("consul-template", *arguments)
    assert (program.ends(), read(program.said)) == (status, read(program.said))
    assert (tmp_path / "out").exists() == ("in:out" in arguments and "-once" in arguments)


def test_a_command_that_fails_ends_consul_template(consul, start, tmp_path):
    (tmp_path / "in").write_text("x")
    assert start("consul-template", "-template", "in:out:exit 3").ends() == 14
    assert "command 'exit 3' failed with status 3" in read(tmp_path / "err")
