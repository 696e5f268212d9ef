"""berth deploy: blue/green through a real HAProxy, broken off, resumed, taken back."""

import json
import subprocess

import pytest

from agent import BERTH
from balancer import Balancer
from fakemarathon import DockerRunner, FakeMarathon, Nowhere, app, tcp_check
from procs import die_with_parent, wait_for
from sandbox import ADDRESS
from test_marathon_lb import MarathonLb, WebTasks
from traffic import Traffic, try_ask

GROUP = {"HAPROXY_DEPLOYMENT_GROUP": "shop-web", "HAPROXY_DEPLOYMENT_ALT_PORT": "10081"}


@pytest.fixture
def marathon(host):
    with FakeMarathon(Nowhere(), nodes=2) as cluster:
        yield cluster


@pytest.fixture
def real(host):
    """The same with containers."""
    with FakeMarathon(DockerRunner(host, ADDRESS), nodes=1) as cluster:
        yield cluster


def names(directory, hosts):
    """What makes a command behind it find 'hosts' in its /etc/hosts."""
    path = directory / "hosts"
    path.write_text("".join(f"{address} {name}\n" for name, all_of in hosts.items()
                            for address in all_of))
    return ["unshare", "-m", "--propagation", "private", "sh", "-c",
           f'mount --bind {path} /etc/hosts && exec "$@"', "sh"]


def definition(path, instances=3, group=None, **more):
    labels = {**GROUP, **({"HAPROXY_GROUP": group} if group else {})}
    document = app("/shop/web", service_ports=[8081], labels=labels, **more)
    document["instances"] = instances
    path.write_text(json.dumps(document))
    return str(path)


class Deploy:
    """The command, running."""

    def __init__(self, marathon, file, *options, lb="http://127.0.0.1:9090", prefix=()):
        argv = [*prefix, BERTH, "deploy", "-m", marathon.url, "-l", lb, "-j", file, "-f", "-s", "0.1",
                *options]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, preexec_fn=die_with_parent)

    def end(self, timeout=240):
        try:
            text, _ = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            text, _ = self.process.communicate()
            raise AssertionError(f"it has not ended; it said:\n{text}") from None
        return self.process.returncode, text

    def kill(self):
        self.process.kill()
        self.process.communicate()


def deploy(*args, **kwargs):
    status, text = Deploy(*args, **kwargs).end()
    assert status == 0, text
    return text


def sizes(marathon):
    with marathon.lock:
        return {a["id"]: a["instances"] for a in marathon.apps.values()}


def test_two_colours(real, tmp_path):
    """The first version, then the next one under traffic: no request fails, and at no moment do
    fewer tasks serve than are wanted."""
    file = definition(tmp_path / "app.json", env={"PORT": "8080", "GRACE": "1"},
                      healthChecks=[tcp_check()])
    with Balancer(real, str(tmp_path)) as lb:
        deploy(real, file)
        assert sizes(real) == {"/shop/web-blue": 3}
        wait_for(lambda: lb.answers(8081), "it answers")
        lb.fewest = None
        old = {t["id"] for t in real.running("/shop/web-blue")}
        with Traffic(8081) as traffic:
            wait_for(lambda: traffic.total() > 20, "traffic flows")
            text = deploy(real, file)
            total = traffic.total()
            wait_for(lambda: traffic.total() > total + 20, "traffic goes on")
        traffic.check(100)
        assert sizes(real) == {"/shop/web-green": 3}, text
        assert not old & {t["id"] for t in real.running("/shop/web-green")}
        assert lb.fewest >= 3, text
        [green] = real.apps.values()
        labels = green["labels"]
        assert (labels["HAPROXY_0_PORT"], labels["HAPROXY_APP_ID"], labels["HAPROXY_DEPLOYMENT_"
                "COLOUR"]) == ("8081", "/shop/web", "green")
        assert green["container"]["portMappings"][0]["servicePort"] == 10081


def begin(marathon, tmp_path):
    """One version serves; returns the file of the next."""
    file = definition(tmp_path / "app.json")
    deploy(marathon, file)
    return file


def test_broken_off_and_resumed(marathon, tmp_path):
    with Balancer(marathon, str(tmp_path)) as lb:
        file = begin(marathon, tmp_path)
        lb.fewest = None
        first = Deploy(marathon, file, "-s", "1")
        wait_for(lambda: sizes(marathon).get("/shop/web-green"), "the new app is there")
        first.kill()
        status, text = Deploy(marathon, file).end()
        assert status == 1 and "is under way" in text and "--resume" in text
        deploy(marathon, file, "--resume")
        assert sizes(marathon) == {"/shop/web-green": 3}
        assert lb.fewest >= 3


def test_split_then_taken_back(marathon, tmp_path):
    with Balancer(marathon, str(tmp_path)):
        file = begin(marathon, tmp_path)
        deploy(marathon, file, "--new-instances", "1")
        assert sizes(marathon) == {"/shop/web-blue": 2, "/shop/web-green": 1}
        deploy(marathon, file, "--complete-prev")
        assert sizes(marathon) == {"/shop/web-blue": 3}


def test_split_then_completed(marathon, tmp_path):
    with Balancer(marathon, str(tmp_path)):
        file = begin(marathon, tmp_path)
        deploy(marathon, file, "--new-instances", "2")
        assert sizes(marathon) == {"/shop/web-blue": 1, "/shop/web-green": 2}
        deploy(marathon, file, "--complete-cur")
        assert sizes(marathon) == {"/shop/web-green": 3}


def test_with_marathon_lb(host, tmp_path):
    """`berth marathon-lb` is the load balancer, by a name with two addresses: one task is killed
    after the other, under traffic."""
    tasks = WebTasks()
    with FakeMarathon(tasks) as marathon:
        lb = MarathonLb(str(tmp_path), marathon.url)
        lb.make_certificate()
        lb.start()
        try:
            file = definition(tmp_path / "app.json", group="external", checks=[tcp_check()])
            wait_for(lambda: try_ask(9090, path="/_haproxy_health_check"), "HAProxy is there", 40)
            prefix = names(tmp_path, {"lb.test": ["127.0.0.1", "127.0.0.2"]})
            deploy(marathon, file, lb="http://lb.test:9090", prefix=prefix)
            wait_for(lambda: try_ask(8081), "it answers", 40)
            with Traffic(8081) as traffic:
                wait_for(lambda: traffic.total() > 20, "traffic flows")
                text = deploy(marathon, file, lb="http://lb.test:9090", prefix=prefix)
                total = traffic.total()
                wait_for(lambda: traffic.total() > total + 20, "traffic goes on")
            traffic.check(100)
            assert sizes(marathon) == {"/shop/web-green": 3}, text
        finally:
            lb.stop()
            tasks.stop_all()
            lb.haproxy.stop()


def test_every_address_of_a_name_is_asked(marathon, tmp_path):
    """A name stands for two load balancers, and one of them is away: nothing is killed."""
    prefix = names(tmp_path, {"lb.test": ["127.0.0.1", "127.0.0.9"]})
    with Balancer(marathon, str(tmp_path)):
        file = begin(marathon, tmp_path)
        status, text = Deploy(marathon, file, "-w", "2", lb="http://lb.test:9090",
                              prefix=prefix).end()
        assert status == 1 and "http://127.0.0.9:9090" in text, text
        assert len(marathon.running("/shop/web-blue")) == 3
        status, text = Deploy(marathon, file, "--resume", lb="http://nowhere.test:9090",
                              prefix=prefix).end()
        assert status == 1 and "nowhere.test" in text, text


def test_one_load_balancer_is_away(marathon, tmp_path):
    """Nothing is killed as long as one of them does not say that it serves the new tasks."""
    with Balancer(marathon, str(tmp_path)) as lb:
        file = begin(marathon, tmp_path)
        status, text = Deploy(marathon, file, "-w", "2",
                              lb=f"{lb.url},http://127.0.0.1:9099").end()
        assert status == 1 and "http://127.0.0.1:9099" in text and "--resume" in text, text
        assert sizes(marathon)["/shop/web-blue"] == 3
        assert len(marathon.running("/shop/web-blue")) == 3


def test_dry_run_and_hook(marathon, tmp_path):
    hook = tmp_path / "hook"
    hook.write_text('#!/bin/sh\nprintf "%s\\n" "$2" >"$0.said"\nexit 3\n')
    hook.chmod(0o755)
    with Balancer(marathon, str(tmp_path)):
        file = begin(marathon, tmp_path)
        shown = json.loads(deploy(marathon, file, "--dry-run"))
        assert (shown["id"], shown["instances"]) == ("/shop/web-green", 1)
        assert sizes(marathon) == {"/shop/web-blue": 3}
        status, text = Deploy(marathon, file, "--pre-kill-hook", str(hook)).end()
        assert status == 1 and "nothing was killed" in text and "status 3" in text
        assert len(marathon.running("/shop/web-blue")) == 3
        [task] = json.loads((tmp_path / "hook.said").read_text())
        assert task["id"] in {t["id"] for t in marathon.running("/shop/web-blue")}


def test_marathon_answers_nonsense(marathon, tmp_path):
    """It is asked again; the deployment goes on when it answers."""
    with Balancer(marathon, str(tmp_path)):
        file = begin(marathon, tmp_path)
        running = Deploy(marathon, file)
        wait_for(lambda: sizes(marathon).get("/shop/web-green"), "the new app is there")
        marathon.trouble["/v2/apps"] = "html"
        asked = len(marathon.requests)
        wait_for(lambda: len(marathon.requests) > asked + 3, "it is asked again")
        marathon.trouble.clear()
        status, text = running.end()
        assert status == 0, text
        assert sizes(marathon) == {"/shop/web-green": 3}


def test_marathon_never_ends(marathon, tmp_path):
    """A deployment of Marathon's that nothing becomes of: it is named, with how far it is; the wait
    ends, and the way back gives it up."""
    with Balancer(marathon, str(tmp_path)):
        file = begin(marathon, tmp_path)
        marathon.held.add("/shop/web-green")
        status, text = Deploy(marathon, file, "-w", "2").end()
        [stuck] = marathon.apps["/shop/web-green"]["deployments"]
        assert status == 1 and "--complete-prev" in text, text
        assert f"/shop/web-green, deployment {stuck['id']}: 0 of 1 tasks are healthy" in text
        assert len(marathon.running("/shop/web-blue")) == 3
        deploy(marathon, file, "--complete-prev")
        assert sizes(marathon) == {"/shop/web-blue": 3}


def test_marathon_stays_locked(marathon, tmp_path):
    """It refuses every change: that is said once, and the wait ends."""
    with Balancer(marathon, str(tmp_path)):
        file = begin(marathon, tmp_path)
        marathon.trouble["/v2/tasks/delete"] = "409"
        status, text = Deploy(marathon, file, "-w", "2").end()
        assert status == 1 and "/v2/tasks/delete" in text and "nothing got better" in text, text
        assert len(text.splitlines()) < 20, text
        assert len(marathon.running("/shop/web-blue")) == 3


def test_definition_as_in_the_guides(marathon, tmp_path):
    """Without what Marathon adds by itself."""
    document = {"id": "/shop/blue", "labels": GROUP, "networks": [{"mode": "container/bridge"}],
                "container": {"portMappings": [{"containerPort": 8080, "hostPort": 0,
                                                "servicePort": 8081}]}}
    (tmp_path / "app.json").write_text(json.dumps(document))
    with Balancer(marathon, str(tmp_path)):
        deploy(marathon, str(tmp_path / "app.json"))
        assert sizes(marathon) == {"/shop/blue-blue": 1}
