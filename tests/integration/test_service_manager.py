"""berth as a service of a service manager, and a load balancer on a host without Docker."""

import os
import signal
import socket
import time

from machine import Files
from procs import wait_for
from sandbox import OUTSIDE
from traffic import try_ask

WEB = (f"[web]\naddress = {OUTSIDE}\nport = 9100\nservice_port = 8081\n"
       "check = http /health\ncheck_interval = 0.2\ncheck_timeout = 10\n")


class Manager:
    """Listens where a service manager does."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(30)
        self.path = path

    def hear(self):
        return self.socket.recv(4096).decode()

    def hear_until(self, wanted):
        heard = []
        while not heard or heard[-1] != wanted:
            heard.append(self.hear())
        return heard[:-1]


def test_ready_alive_and_stopping(agent, tmp_path, monkeypatch):
    manager = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", manager.path)
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    agent.start()
    assert manager.hear() == "READY=1"
    for _ in range(3):
        assert manager.hear() == "WATCHDOG=1"
    agent.process.send_signal(signal.SIGTERM)
    assert set(manager.hear_until("STOPPING=1")) <= {"WATCHDOG=1"}
    assert agent.process.wait(30) == 0


def test_a_reload_is_told(agent, tmp_path, monkeypatch):
    manager = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", manager.path)
    agent.config = str(tmp_path / "berth.conf")
    (tmp_path / "berth.conf").write_text("[agent]\nresync = 50\n")
    agent.start()
    manager.hear_until("READY=1")
    for text, status in (("resync = 40", ""), ("address6 = none", "a restart is needed for agent.address6"),
                         ("resync = no", "the configuration was not reloaded: ")):
        (tmp_path / "berth.conf").write_text(f"[agent]\n{text}\n")
        before = time.monotonic_ns() // 1000
        agent.process.send_signal(signal.SIGHUP)
        reloading, when = manager.hear().split("\n")
        assert reloading == "RELOADING=1" and int(when.partition("=")[2]) >= before
        assert manager.hear().startswith(f"READY=1\nSTATUS={status}")


def test_a_load_balancer_without_docker(agent, machine, tmp_path):
    files = Files(str(tmp_path / "services.d"))
    files.write("web.conf", WEB)
    agent.options["docker.socket"] = os.path.join(str(tmp_path), "no-docker.sock")
    agent.start(docker__enabled="no")
    agent.wait_for_servers("web", 1)
    wait_for(lambda: try_ask(8081) == "machine-1", "the machine answers through HAProxy")
    state = agent.state()
    assert "docker" not in state["sources"] and not state["problems"], state
    assert "no-docker.sock" not in agent.log()
