"""Consul with ACLs on and everything denied by default: what berth's token must be allowed."""

import json
import subprocess
import urllib.request

import pytest

import consul as consul_module
from consul import OPENER, URL, Consul
from machine import Files
from procs import die_with_parent, wait_for
from sandbox import OUTSIDE

ROOT = "11111111-2222-3333-4444-555555555555"
ACL = f'acl {{ enabled = true default_policy = "deny" tokens {{ master = "{ROOT}" ' \
      f'agent = "{ROOT}" }} }}'
RULES = {
    "agent": 'agent_prefix "" { policy = "read" }',
    "read": 'node_prefix "" { policy = "read" }',
    "service": 'service_prefix "" { policy = "write" }',
    "session": 'session_prefix "" { policy = "write" }',
    "changes": 'key_prefix "berth/changes/" { policy = "write" }',
    "key": 'key_prefix "berth/services.d/" { policy = "write" }',
    "node": 'node_prefix "vm-" { policy = "write" }',
}
FILE = f"[legacy]\naddress = {OUTSIDE}\nport = 9100\nservice_port = 8082\n" \
       "check_interval = 0.2\ncheck_timeout = 10\n"


class AclConsul(Consul):
    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [consul_module.PROGRAM, "agent", "-dev", "-bind", "127.0.0.1", "-log-level",
                 "warn", "-hcl", ACL], stdout=log, stderr=log, preexec_fn=die_with_parent)
        wait_for(self.has_leader, f"Consul has a leader (log: {self.log_path})", 60)
        wait_for(self.knows_root, "Consul has its ACLs", 60)

    def ask(self, path, method="GET", body=None):
        request = urllib.request.Request(URL + path, data=body, method=method,
                                         headers={"X-Consul-Token": ROOT})
        with OPENER.open(request, timeout=10) as answer:
            return json.load(answer)

    def get(self, path):
        return self.ask(path)

    def knows_root(self):
        try:
            return self.ask("/v1/acl/tokens")
        except OSError:
            return False

    def token(self, rules):
        """A new token that may do what 'rules' say."""
        policy = self.ask("/v1/acl/policy", "PUT", json.dumps(
            {"Name": "berth", "Rules": "\n".join(rules)}).encode())
        return self.ask("/v1/acl/token", "PUT", json.dumps(
            {"Policies": [{"ID": policy["ID"]}]}).encode())["SecretID"]


@pytest.fixture
def acl_consul(host, tmp_path):
    if not consul_module.PROGRAM:
        pytest.skip("there is no consul program; ./run-tests fetches one, or set BERTH_CONSUL")
    server = AclConsul(str(tmp_path))
    server.start()
    yield server
    server.stop()


def start(agent, acl_consul, tmp_path, rules):
    """Starts the agent with a token for 'rules', which it returns."""
    files = Files(str(tmp_path / "services.d"))
    files.write("legacy.conf", FILE)
    token = acl_consul.token(rules)
    path = tmp_path / "token"
    path.write_text(token + "\n")
    path.chmod(0o600)
    agent.start(wait=False, registrator__registry=URL, registrator__services_dir=files.path,
                registrator__consul_token_file=str(path))
    return token


def is_silent_about(agent, token):
    return token not in agent.log() and token not in agent.get("/v1/state")[1]


def test_the_documented_policy_is_enough(host, agent, acl_consul, machine, tmp_path):
    token = start(agent, acl_consul, tmp_path, RULES.values())
    host.serve("web-1", "web", labels=("SERVICE_8080_SERVICE_PORT=8081",))
    agent.wait_for_servers("web", 1, 40)
    agent.wait_for_servers("legacy", 1, 40)
    assert "needs" not in agent.log()
    assert is_silent_about(agent, token)


@pytest.mark.parametrize("missing, remedy", [
    ("session", 'needs session_prefix "" { policy = "write" }'),
    ("key", 'needs key_prefix "berth/services.d/" { policy = "write" }'),
    ("node", 'needs node_prefix "vm-" { policy = "write" }'),
])
def test_a_missing_right_is_named(agent, acl_consul, machine, tmp_path, missing, remedy):
    rules = [rule for name, rule in RULES.items() if name != missing]
    token = start(agent, acl_consul, tmp_path, rules)
    agent.poll(lambda: agent.get("/health")[0], "the agent answers")
    state = agent.wait(lambda s: any(remedy in p["text"] for p in s["problems"]),
                       f"a problem says: {remedy}", 40)
    [text] = [p["text"] for p in state["problems"] if remedy in p["text"]]
    assert "\n" not in text and "consul_token_file" in text
    assert agent.log().count(remedy) == 1, agent.log_tail()
    assert is_silent_about(agent, token)
