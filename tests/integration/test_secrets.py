"""Secrets go where they belong, and nowhere else."""

import pytest

from agent import berth
from fakemarathon import FakeMarathon, basic
from nameserver import key_file

SECRETS = {"consul": "planted-consul-token-81f7", "admin": "planted-admin-token-22c0-4417",
           "marathon": "planted-marathon-password-5d", "dubbo": "planted-dubbo-digest-90ab",
           "dns": "cGxhbnRlZC1kbnMta2V5LXBsYW50ZWQtZG5zLWtleQ=="}


def write_secret(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


@pytest.fixture
def planted(host, agent, consul, tmp_path):
    """An agent with a secret of every kind."""
    with FakeMarathon(nodes=1, first_port=18090) as marathon:
        marathon.credentials = basic(f"berth:{SECRETS['marathon']}")
        agent.options |= {
            "agent.log_level": "debug",
            "registrator.registry": "http://127.0.0.1:8500",
            "registrator.consul_token_file": write_secret(tmp_path, "consul", SECRETS["consul"]),
            "agent.admin_token_file": write_secret(tmp_path, "admin", SECRETS["admin"]),
            "marathon.url": marathon.url,
            "marathon.user_file": write_secret(tmp_path, "user", f"berth:{SECRETS['marathon']}"),
            "dns.zone": "example.test", "dns.server": "127.0.0.1", "dns.owner": "us",
            "dns.key_file": key_file(tmp_path / "dns", SECRETS["dns"])}
        yield agent


def test_nothing_shows_a_secret(host, planted):
    planted.start(wait=False)
    host.serve("web-1", "web", labels=("SERVICE_8080_SERVICE_PORT=8081",))
    planted.wait_for_servers("web", 1, 60)
    argv = [word for key, value in planted.options.items() for word in ("-o", f"{key}={value}")]
    with open(f"/proc/{planted.process.pid}/cmdline", encoding="utf-8") as f:
        shown = {"cmdline": f.read()}
    shown["log"] = planted.log()
    for path in ("/v1/state", "/v1/explain?subject=web-1", "/v1/config", "/v1/changes", "/metrics",
                 "/health", "/"):
        status, shown[path] = planted.get(path)
        assert status in (200, 503) and shown[path], (path, status)
    for option in ("--dump", "--dump-config"):
        status, shown[option], wrong = berth("check", "-c", "/dev/null", *argv, option)
        assert status == 0 and shown[option], wrong
    for where, text in shown.items():
        for name, secret in SECRETS.items():
            assert secret not in text, (where, name)


@pytest.mark.parametrize("option", [
    "registrator.consul_token_file", "agent.admin_token_file", "marathon.user_file",
    "marathon.token_file", "dns.key_file", "dubbo.digest_file", "registrator.consul_key_file"])
def test_a_file_that_others_read(planted, tmp_path, option):
    """The agent does not start, and says what to do; no file's content is in what it says."""
    path = tmp_path / "loose"
    path.write_text(f"{SECRETS['dubbo']}:{SECRETS['dubbo']}\n")
    path.chmod(0o644)
    if option == "dubbo.digest_file":
        planted.options["dubbo.registry"] = "zookeeper://127.0.0.1:1"
    if option == "registrator.consul_key_file":
        planted.options["registrator.consul_cert_file"] = str(path)
    planted.options[option] = str(path)
    argv = [word for key, value in planted.options.items() for word in ("-o", f"{key}={value}")]
    assert f"chmod g-w,o= {path}" in berth("check", "-c", "/dev/null", *argv)[2]
    planted.start(wait=False)
    status = planted.process.wait(30)
    log = planted.log()
    if "built without ZooKeeper" in log:
        pytest.skip("berth is built without ZooKeeper (libzookeeper-st-dev)")
    assert status in (1, 2) and f"chmod g-w,o= {path}" in log, log
    assert SECRETS["dubbo"] not in log
    planted.process = None
