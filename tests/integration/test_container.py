"""berth in a container, as conf/container says: the static program FROM scratch on a real dockerd."""

import io
import json
import os
import subprocess
import tarfile

import pytest

from agent import ADMIN, OPENER, berth
from image import add_file
from procs import run, wait_for

STATIC = os.environ.get("BERTH_STATIC")
FILES = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../conf/container")
IMAGE = "berth-scratch"


def as_json(path, parser, directory):
    """The file as Python has it, read by berth itself."""
    template, result = directory / "t", directory / "r"
    template.write_text('{{ file "%s" | %s | toJSON }}' % (path, parser))
    status, _, errors = berth("render", "--once", "--template", f"{template}:{result}")
    assert status == 0, errors
    return json.loads(result.read_text())


@pytest.fixture
def compose(tmp_path):
    return as_json(f"{FILES}/compose.yaml", "parseYAML", tmp_path)["services"]["berth"]


@pytest.fixture
def marathon(tmp_path):
    return as_json(f"{FILES}/marathon.json", "parseJSON", tmp_path)


def state():
    try:
        with OPENER.open(f"http://{ADMIN}/v1/state", timeout=10) as answer:
            return json.load(answer)
    except OSError:
        return None


def import_image(host):
    """What the last stage of Dockerfile.scratch makes, without the certificates."""
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w") as tar:
        with open(STATIC, "rb") as f:
            add_file(tar, "usr/bin/berth", f.read())
    subprocess.run(["docker", "-H", f"unix://{host.docker_socket}", "import",
                    "-c", 'ENTRYPOINT ["/usr/bin/berth"]', "-", IMAGE],
                   input=text.getvalue(), check=True, capture_output=True, timeout=60)


def options_of(service, host, directory):
    """docker run's, for a service of compose.yaml whose folders lie below 'directory'."""
    options = ["--network", service["network_mode"], "--pid", service["pid"]]
    for key, option in (("cap_drop", "--cap-drop"), ("cap_add", "--cap-add"),
                        ("security_opt", "--security-opt")):
        options += [word for value in service[key] for word in (option, value)]
    for volume in service["volumes"]:
        source, _, target = volume.partition(":")
        where = host.docker_socket if source.endswith("docker.sock") else f"{directory}{source}"
        if not os.path.exists(where):
            os.makedirs(where)
        options += ["-v", f"{where}:{target}"]
    return options


def clean_up(host):
    host.docker("rm", "-f", "berth", check=False)
    host.docker("rmi", IMAGE, check=False)
    for family in ("ip", "ip6"):
        run("nft", "delete", "table", family, "berth", check=False)


@pytest.fixture
def container(host, consul, compose, tmp_path):
    if not STATIC:
        pytest.skip("./run-tests static builds it, or say where it is with BERTH_STATIC")
    import_image(host)
    try:
        yield host.docker("run", "-d", "--name", "berth",
                          *options_of(compose, host, str(tmp_path)), IMAGE, *compose["command"],
                          "-o", "lb.enabled=no")
    finally:
        clean_up(host)


def test_compose_gives_it_what_it_needs(host, consul, container):
    """It serves a container, and finds nothing that it may not do."""
    host.serve("web-1", "web")
    wait_for(lambda: consul.health("web"), "web is registered", 30)
    seen = wait_for(state, "berth answers")
    assert len(seen["mappings"]) == 1
    assert not seen["problems"], (seen["problems"], host.docker("logs", "berth"))


def test_the_command_is_one(compose, marathon):
    for argv in (compose["command"], marathon["args"]):
        status, out, errors = berth(*argv, "-c", "/dev/null", "--dump-config")
        assert status == 0 and "registry = http://127.0.0.1:8500" in out, errors


def test_marathon_gives_it_the_same(compose, marathon):
    parameters = marathon["container"]["docker"]["parameters"]
    given = {key: [p["value"] for p in parameters if p["key"] == key]
             for key in ("pid", "cap-drop", "cap-add", "security-opt")}
    assert given == {"pid": [compose["pid"]], "cap-drop": compose["cap_drop"],
                     "cap-add": compose["cap_add"], "security-opt": compose["security_opt"]}
    volumes = [":".join([v["hostPath"], v["containerPath"]] + ["ro"] * (v["mode"] == "RO"))
               for v in marathon["container"]["volumes"]]
    assert volumes == compose["volumes"]
    assert (marathon["networks"], marathon["args"]) == \
        ([{"mode": compose["network_mode"]}], compose["command"])
    assert not marathon["container"]["docker"].get("privileged")
