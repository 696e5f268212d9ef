"""What the load balancer does with any text: a renderer of its own, several HAProxys, bad luck."""

import os
import signal
import socket
import subprocess

import pytest

from test_lb import (  # noqa: F401: 'lb' is a fixture
    HAPROXY, PATIENCE, free_port, instance, lb, settled, wait_for)

pytestmark = pytest.mark.skipif(not os.access(HAPROXY, os.X_OK), reason="there is no haproxy here")

DEFAULTS = """defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m
"""


def common(box, more=""):
    """A configuration as somebody may write it: no statistics socket, its own names."""
    return f"""# by hand
global
    maxconn 200
{DEFAULTS}{more}
frontend front
    bind 127.0.0.1:{box.port}
    http-request return status 200 content-type text/plain lf-string \
"%[req.hdr(host),map({box.directory}/colors.map,none)]" if {{ path /color }}
    use_backend %[req.hdr(host),lower,map({box.directory}/hosts.map,none)]
"""


def backend_text(name, *ports, options=""):
    servers = "".join(f"    server s{p} 127.0.0.1:{p} id {p} {options}\n" for p in ports)
    return f"backend {name}\n    balance leastconn\n{servers}"


def piece(text, owner=None):
    return {"text": text, "owner": owner}


def maps(box, hosts, colors=None):
    return {f"{box.directory}/hosts.map": hosts, f"{box.directory}/colors.map": colors or {}}


def start_text(box, pieces, tables):
    box.driver.options["text"] = "yes"
    box.driver.start()
    return send(box, pieces, tables)


def send(box, pieces, tables, what="being in step"):
    box.driver.send({"pieces": pieces, "maps": tables})
    return box.driver.until(settled, what)


def names(state, backend):
    for b in state["backends"]:
        if b["name"] == backend:
            return {s["name"]: s["state"] for s in b["servers"]}
    return None


def test_a_text_by_hand(lb):
    a, b = lb.backend(), lb.backend()
    hosts = {"web.example": "web"}
    text = common(lb) + backend_text("web", a.port)
    start_text(lb, [piece(text)], maps(lb, hosts, {"web.example": "red"}))
    worker = lb.worker()
    assert lb.get() == (200, str(a.port))
    assert lb.get(path="/color") == (200, "red")
    # Servers and both maps change without a reload, whatever their values mean.
    text = common(lb) + backend_text("web", a.port, b.port)
    lb.driver.send({"pieces": [piece(text)],
                    "maps": maps(lb, {"www.example": "web", **hosts}, {"web.example": "blue"})})
    lb.driver.until(lambda s: names(s, "web") == {f"s{a.port}": "up", f"s{b.port}": "up"}, "both")
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "traffic to both")
    assert lb.get(path="/color") == (200, "blue")
    assert lb.get(host="www.example")[0] == 200
    assert lb.worker() == worker
    with open(os.path.join(lb.directory, "colors.map"), encoding="ascii") as f:
        assert f.read() == "web.example blue\n"
    # Anything else is a reload.
    text = text.replace("timeout server 1m", "timeout server 2m")
    lb.driver.send({"pieces": [piece(text)], "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["counters"]["reloads"] == 1 and settled(s), "a reload")
    assert lb.worker() != worker
    assert lb.get(path="/color") == (200, "none")
    assert state["counters"]["runtime_failures"] == 0


def many(box, backend, n):
    """n services with a host name each, all at one backend."""
    pieces = [piece(backend_text(f"svc{i}", backend.port), f"svc{i}") for i in range(n)]
    return pieces, {f"svc{i}.example": f"svc{i}" for i in range(n)}


def test_one_bad_service_among_fifty(lb):
    a = lb.backend()
    good, hosts = many(lb, a, 50)
    lb.driver.options["resync"] = 3600
    start_text(lb, [piece(common(lb)), *good[:45]], maps(lb, hosts))
    # What HAProxy complains about names a line.
    bad = piece("backend bad\n    balance nonsense\n    server x 127.0.0.1:1\n", "bad")
    lb.driver.send({"pieces": [piece(common(lb)), *good[:20], bad, *good[20:]],
                    "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: len(s["backends"]) == 50 and settled(s), "the good ones")
    assert state["banned"] == 1
    assert state["counters"]["reloads"] == 1
    assert [p.split(":")[0] for p in state["problems"]] == ["service bad"]
    assert "HAProxy refuses what it brings, so it is left out: " in state["problems"][0]
    assert "balance only supports" in state["problems"][0]
    assert lb.get(host="svc49.example") == (200, str(a.port))
    # It is not tried again for nothing, and the others go on.
    more = piece(backend_text("svc0", a.port, options="weight 7"), "svc0")
    lb.driver.send({"pieces": [piece(common(lb)), more, *good[1:20], bad, *good[20:]],
                    "maps": maps(lb, hosts)})
    state = lb.driver.until(
        lambda s: s["counters"]["runtime_commands"] > state["counters"]["runtime_commands"],
        "a weight")
    assert state["counters"]["reload_failures"] == 1
    # Mended, it is served.
    mended = piece(backend_text("bad", a.port), "bad")
    state = send(lb, [piece(common(lb)), more, *good[1:], mended],
                 maps(lb, {"bad.example": "bad", **hosts}))
    assert state["banned"] == 0 and state["problems"] == []
    wait_for(lambda: lb.get(host="bad.example") == (200, str(a.port)), "the mended one")


def test_a_service_that_turns_bad_stays_as_it_was(lb):
    a, b = lb.backend(), lb.backend()
    good, hosts = many(lb, a, 3)
    lb.driver.options["resync"] = 3600
    state = start_text(lb, [piece(common(lb)), *good], maps(lb, hosts))
    worker = lb.worker()
    # HAProxy names a line; nothing that runs changes.
    bad = piece(backend_text("svc1", a.port) + "    balance nonsense\n", "svc1")
    lb.driver.send({"pieces": [piece(common(lb)), good[0], bad, good[2]], "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["banned"] == 1, "the refusal")
    assert [p.split(":")[0] for p in state["problems"]] == ["service svc1"]
    assert "so it stays as it was: " in state["problems"][0]
    assert names(state, "svc1") == {f"s{a.port}": "up"}
    assert lb.get(host="svc1.example") == (200, str(a.port))
    assert lb.worker() == worker and state["counters"]["reloads"] == 0
    # The others go on, with a reload too, and its new piece is not in the way.
    more = piece(backend_text("svc2", b.port), "svc2")
    new = piece(backend_text("new", b.port), "new")
    hosts["new.example"] = "new"
    lb.driver.send({"pieces": [piece(common(lb)), good[0], bad, more, new],
                    "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["counters"]["reloads"] == 1 and settled(s), "a reload")
    assert state["banned"] == 1 and lb.worker() != worker
    wait_for(lambda: lb.get(host="svc2.example") == (200, str(b.port)), "another server")
    wait_for(lambda: lb.get(host="new.example") == (200, str(b.port)), "another service")
    assert lb.get(host="svc1.example") == (200, str(a.port))
    # Here HAProxy names no line of the service: the frontend's backend is missing.
    worse = piece(backend_text("svc1", b.port) + f"frontend f\n    bind 127.0.0.1:{free_port()}\n"
                  "    default_backend missing\n", "svc1")
    failures = state["counters"]["reload_failures"]
    lb.driver.send({"pieces": [piece(common(lb)), good[0], worse, more, new],
                    "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["counters"]["reload_failures"] > failures and settled(s),
                            "another refusal")
    assert state["banned"] == 1
    assert lb.get(host="svc1.example") == (200, str(a.port))
    mended = piece(backend_text("svc1", b.port), "svc1")
    state = send(lb, [piece(common(lb)), good[0], mended, more, new], maps(lb, hosts))
    assert state["banned"] == 0 and state["problems"] == []
    wait_for(lambda: lb.get(host="svc1.example") == (200, str(b.port)), "the mended one")


def test_bad_services_that_nobody_names(lb):
    """HAProxy finds these when all is read, and names no line."""
    a = lb.backend()
    good, hosts = many(lb, a, 9)
    bad = [piece(f"frontend bad{i}\n    bind 127.0.0.1:{free_port()}\n"
                 f"    default_backend missing{i}\n", f"bad{i}") for i in range(2)]
    state = start_text(lb, [piece(common(lb)), *good[:5], bad[0], *good[5:], bad[1]],
                       maps(lb, hosts))
    assert state["banned"] == 2
    assert sorted(p.split(":")[0] for p in state["problems"]) == ["service bad0", "service bad1"]
    assert len(state["backends"]) == 9
    assert lb.get(host="svc8.example") == (200, str(a.port))


class Other:
    """A HAProxy that somebody else runs, with a socket of its own behind another -f."""

    def __init__(self, box, name):
        self.box, self.name = box, name
        self.socket = os.path.join(box.directory, f"{name}.sock")
        self.pid_path = os.path.join(box.directory, f"{name}.pid")
        self.cfg = os.path.join(box.directory, f"{name}.cfg")

    def start(self):
        with open(self.cfg, "w", encoding="ascii") as f:
            f.write(f"global\n    stats socket {self.socket} mode 600 level admin\n")
        subprocess.run(
            [HAPROXY, "-W", "-S", f"{self.socket}.master", "-D", "-p", self.pid_path, "-f",
             os.path.join(self.box.directory, "haproxy.cfg"), "-f", self.cfg],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE)
            s.connect(self.socket)
            s.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: s.recv(65536), b"")).decode()

    def servers(self):
        lines = self.ask("show servers state").splitlines()[2:]
        return {(line.split()[1], line.split()[3]) for line in lines if line}

    def worker(self):
        for line in self.ask("show info").splitlines():
            if line.startswith("Pid: "):
                return int(line[5:])
        raise AssertionError("no Pid")

    def master(self):
        def written():
            with open(self.pid_path, encoding="ascii") as f:
                return f.read().split()

        return int(wait_for(written, "a pid file")[0])

    def kill(self):
        for pid in (self.master(), self.worker()):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def others(lb):
    pair = [Other(lb, "one"), Other(lb, "two")]
    yield pair
    for other in pair:
        try:
            os.kill(other.master(), signal.SIGTERM)
        except (OSError, AssertionError):
            pass


def script(path, text):
    """Replaced as a whole: the driver may run it at any time."""
    new = f"{path}.part"
    with open(new, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(new, 0o755)
    os.rename(new, path)
    return path


def reload_all(others):
    return "".join(f"kill -USR2 $(head -n1 {o.pid_path})\n" for o in others)


def test_several_haproxys(lb, others, tmp_path):
    a, b = lb.backend(), lb.backend()
    hosts = {"web.example": "web", "new.example": "new"}
    command = script(tmp_path / "reload", reload_all(others))
    lb.driver.options.update(manage="no", text="yes", resync=2, reload=f"{command} 'it all'",
                             sockets=",".join(o.socket for o in others))
    lb.driver.start()
    web = piece(common(lb) + backend_text("web", a.port))
    lb.driver.send({"pieces": [web], "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["error"], "the complaint")
    assert f"does not answer at {others[0].socket}: start it with" in state["error"]
    assert not os.path.exists(os.path.join(lb.directory, "haproxy.pid"))
    for other in others:
        other.start()
    lb.driver.until(settled, "both")
    workers = [o.worker() for o in others]
    # A server comes without a reload, in both.
    web = piece(common(lb) + backend_text("web", a.port, b.port))
    lb.driver.send({"pieces": [web], "maps": maps(lb, hosts)})
    both = {("web", f"s{a.port}"), ("web", f"s{b.port}")}
    for other in others:
        wait_for(lambda o=other: o.servers() == both, "two servers")
    assert [o.worker() for o in others] == workers
    # A backend comes with the command, in both.
    new = piece(backend_text("new", b.port), "new")
    lb.driver.send({"pieces": [web, new], "maps": maps(lb, hosts)})
    lb.driver.until(lambda s: s["counters"]["reloads"] == 1 and settled(s), "a reload")
    for other, worker in zip(others, workers):
        assert other.worker() != worker
        assert other.servers() == both | {("new", f"s{b.port}")}
    assert lb.get(host="new.example") == (200, str(b.port))
    # Without one of them the other goes on; when it is back, it is brought in step.
    others[1].kill()
    lb.driver.until(lambda s: s["error"], "the complaint about one")
    web = piece(common(lb) + backend_text("web", a.port))
    lb.driver.send({"pieces": [web, new], "maps": maps(lb, hosts)})
    left = {("web", f"s{a.port}"), ("new", f"s{b.port}")}
    wait_for(lambda: others[0].servers() == left, "the server gone from one")
    others[1].start()
    lb.driver.until(settled, "both again")
    wait_for(lambda: others[1].servers() == left, "the other one in step")
    # Whoever changes one of them by hand is put right.
    others[1].ask(f"set server web/s{a.port} weight 0")
    others[1].ask(f"set server new/s{b.port} state maint")
    def weights():
        lines = others[1].ask("show servers state").splitlines()[2:]
        return {tuple(line.split()[6:8]) for line in lines if line}
    wait_for(lambda: weights() == {("0", "1")}, "weights and states as they were")


def test_several_haproxys_with_our_own_template(lb, others, tmp_path):
    """Each has its own statistics socket, and none opens berth's."""
    a, b = lb.backend(), lb.backend()
    command = script(tmp_path / "reload", reload_all(others))
    lb.driver.options.update(manage="no", resync=2, reload=command,
                             sockets=",".join(o.socket for o in others))
    lb.driver.start()
    lb.driver.send([instance(a, 1)])
    lb.driver.until(lambda s: s["error"], "the complaint")
    for other in others:
        other.start()
    lb.driver.until(settled, "both")
    workers = [o.worker() for o in others]
    lb.driver.send([instance(a, 1), instance(b, 2)])
    both = {("web", f"node:c1:80:{a.port}"), ("web", f"node:c2:80:{b.port}")}
    for other in others:
        wait_for(lambda o=other: o.servers() == both, "two servers")
    assert [o.worker() for o in others] == workers
    lb.driver.send([instance(a, 1), instance(b, 2), instance(b, 3, "new", vhost="new.example")])
    lb.driver.until(lambda s: s["counters"]["reloads"] == 1 and settled(s), "a reload")
    assert all(o.worker() != w for o, w in zip(others, workers))
    assert not os.path.exists(os.path.join(lb.directory, "haproxy.sock"))
    wait_for(lambda: lb.get(host="new.example") == (200, str(b.port)), "the new service")


@pytest.mark.parametrize("text, said", [
    ("exec sleep 1000\n", "did not end within 1 seconds and was killed"),
    ("echo 'no such unit'\nexit 3\n", "failed with status 3: no such unit"),
    ("exit 0\n", "ended well, but no new worker answers at"),
])
def test_a_reload_command_that_does_not_work(lb, others, tmp_path, text, said):
    a = lb.backend()
    other = others[0]
    hosts = {"web.example": "web", "new.example": "new"}
    command = script(tmp_path / "reload", text)
    lb.driver.options.update(manage="no", text="yes", resync=2, reload=command, reload_timeout=1,
                             sockets=other.socket)
    lb.driver.start()
    web = piece(common(lb) + backend_text("web", a.port))
    lb.driver.send({"pieces": [web], "maps": maps(lb, hosts)})
    lb.driver.until(lambda s: s["error"], "the complaint")
    other.start()
    lb.driver.until(settled, "it")
    worker = other.worker()
    new = piece(backend_text("new", a.port), "new")
    lb.driver.send({"pieces": [web, new], "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["problems"], "the failure")
    assert len(state["problems"]) == 1
    assert f"[lb] reload: {command} {said}" in state["problems"][0]
    assert other.worker() == worker
    assert lb.get() == (200, str(a.port))
    # The file is the one of the worker again: who starts HAProxy now gets what served last.
    with open(os.path.join(lb.directory, "haproxy.cfg"), encoding="ascii") as f:
        assert "backend new" not in f.read()
    # It is tried again, and works when the command does.
    script(command, reload_all([other]))
    lb.driver.until(lambda s: settled(s) and not s["problems"], "the end of the problem")
    wait_for(lambda: lb.get(host="new.example") == (200, str(a.port)), "the new service")


def test_a_reload_command_that_is_missing(lb, others, tmp_path):
    a = lb.backend()
    lb.driver.options.update(manage="no", text="yes", resync=2, sockets=others[0].socket,
                             reload=tmp_path / "missing")
    lb.driver.start()
    web = piece(common(lb) + backend_text("web", a.port))
    lb.driver.send({"pieces": [web], "maps": maps(lb, {})})
    lb.driver.until(lambda s: s["error"], "the complaint")
    others[0].start()
    lb.driver.until(settled, "it")
    lb.driver.send({"pieces": [web, piece(backend_text("new", a.port))], "maps": maps(lb, {})})
    state = lb.driver.until(lambda s: s["problems"], "the failure")
    assert "cannot start" in state["problems"][0] and "No such file" in state["problems"][0]


def test_no_way_to_reload(lb, others):
    """Files are made ready, servers still come and go."""
    a, b = lb.backend(), lb.backend()
    lb.driver.options.update(manage="no", text="yes", sockets=others[0].socket)
    lb.driver.start()
    lb.driver.send({"pieces": [piece(common(lb) + backend_text("web", a.port))],
                    "maps": maps(lb, {"web.example": "web"})})
    lb.driver.until(lambda s: s["error"], "the complaint")
    others[0].start()
    lb.driver.until(settled, "it")
    lb.driver.send({"pieces": [piece(common(lb) + backend_text("web", a.port, b.port)),
                               piece(backend_text("new", a.port))],
                    "maps": maps(lb, {"web.example": "web"})})
    state = lb.driver.until(lambda s: s["error"], "the complaint")
    assert "runs another configuration than" in state["error"]
    wait_for(lambda: ("web", f"s{b.port}") in others[0].servers(), "the server")
    with open(os.path.join(lb.directory, "haproxy.cfg"), encoding="ascii") as f:
        assert "backend new" in f.read()
    os.kill(others[0].master(), signal.SIGUSR2)
    lb.driver.until(settled, "the reload by hand")
    assert ("new", f"s{a.port}") in others[0].servers()


def test_files_that_cannot_be_written(lb):
    """A limit for files is as good as a full disk: the runtime API goes on."""
    a, b = lb.backend(), lb.backend()
    hosts = {"web.example": "web"}
    lb.driver.options.update(fsize=4096, resync=3600)
    start_text(lb, [piece(common(lb) + backend_text("web", a.port))], maps(lb, hosts))
    worker = lb.worker()
    long = "# " + 100 * "long " + "\n"
    big = piece(common(lb) + backend_text("web", a.port, b.port) + 10 * long)
    lb.driver.send({"pieces": [big], "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["error"], "the complaint")
    assert "File too large" in state["error"] and "haproxy.cfg" in state["error"]
    wait_for(lambda: lb.seen(4) == {str(a.port), str(b.port)}, "traffic to both")
    # What needs a reload is not loaded, and what served before goes on.
    other = piece(big["text"] + "backend more\n")
    lb.driver.send({"pieces": [other], "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["error"] and "check" in s["error"], "the complaint")
    assert lb.worker() == worker
    send(lb, [piece(common(lb) + backend_text("web", b.port))], maps(lb, hosts), "room again")
    wait_for(lambda: lb.seen(4) == {str(b.port)}, "traffic to one")
    with open(os.path.join(lb.directory, "haproxy.cfg"), encoding="ascii") as f:
        assert f"s{b.port}" in f.read()


def test_a_directory_in_the_way(lb):
    """Nobody may write there, not even root."""
    a, b = lb.backend(), lb.backend()
    hosts = {"web.example": "web"}
    start_text(lb, [piece(common(lb) + backend_text("web", a.port))], maps(lb, hosts))
    blocked = os.path.join(lb.directory, "haproxy.cfg.new")
    os.mkdir(blocked)
    lb.driver.send({"pieces": [piece(common(lb) + backend_text("web", b.port))],
                    "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["error"], "the complaint")
    assert "cannot write" in state["error"]
    wait_for(lambda: lb.seen(4) == {str(b.port)}, "traffic to the new one")
    os.rmdir(blocked)
    lb.driver.until(settled, "the file")
    with open(os.path.join(lb.directory, "haproxy.cfg"), encoding="ascii") as f:
        assert f"s{b.port}" in f.read()


def test_the_socket_is_gone(lb):
    """HAProxy lives and serves; another one takes its place and lets it finish."""
    a, b = lb.backend(), lb.backend()
    hosts = {"web.example": "web"}
    start_text(lb, [piece(common(lb) + backend_text("web", a.port))], maps(lb, hosts))
    master = lb.master()
    os.unlink(os.path.join(lb.directory, "haproxy.sock"))
    lb.driver.send({"pieces": [piece(common(lb) + backend_text("web", b.port))],
                    "maps": maps(lb, hosts)})
    state = lb.driver.until(lambda s: s["error"], "the complaint")
    assert "but does not answer at" in state["error"]
    assert lb.get() == (200, str(a.port))
    lb.driver.until(settled, "the socket")
    wait_for(lambda: not os.path.exists(f"/proc/{master}") or zombie(master), "the old one's end")
    wait_for(lambda: lb.master() != master, "the new one's pid")
    assert lb.seen(4) == {str(b.port)}


def zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_large_file_follows(lb):
    """Commands do not wait for it; a reload by somebody else before it follows is made good."""
    a, b, c = lb.backend(), lb.backend(), lb.backend()
    hosts = {"web.example": "web"}
    bulk = "".join(f"# line {i} of a large configuration\n" for i in range(40000))
    lb.driver.options["resync"] = 3600

    def change(*ports):
        lb.driver.send({"pieces": [piece(common(lb) + bulk), piece(backend_text("web", *ports))],
                        "maps": maps(lb, hosts)})
        wanted = {f"s{p}": "up" for p in ports}
        return lb.driver.until(lambda s: names(s, "web") == wanted and settled(s), "the servers")

    def file_servers():
        with open(os.path.join(lb.directory, "haproxy.cfg"), encoding="ascii") as f:
            return {line.split()[1] for line in f if line.startswith("    server ")}

    start_text(lb, [piece(common(lb) + bulk), piece(backend_text("web", a.port))], maps(lb, hosts))
    worker = lb.worker()
    change(a.port, b.port)
    wait_for(lambda: file_servers() == {f"s{a.port}", f"s{b.port}"}, "the file")
    assert lb.worker() == worker
    change(a.port, b.port, c.port)
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(os.path.join(lb.directory, "master.sock"))
        s.sendall(b"reload\n")
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    wait_for(lambda: lb.worker() != worker, "the reload")
    state = change(a.port, c.port)
    assert state["counters"]["reloads"] == 0
    wait_for(lambda: lb.seen(6) == {str(a.port), str(c.port)}, "traffic to what is wanted")
    wait_for(lambda: file_servers() == {f"s{a.port}", f"s{c.port}"}, "the file again")
