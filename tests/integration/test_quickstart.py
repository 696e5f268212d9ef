"""./quickstart itself, in the sandbox, with a /run of its own."""

import os
import subprocess

import pytest

from procs import die_with_parent, run
from traffic import try_ask

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
QUICKSTART = os.path.join(TOP, "quickstart")


@pytest.fixture
def quickstart(host):
    """Runs ./quickstart with arguments where it can hurt nobody; gives (exit status, output)."""
    if not os.access(TOP, os.W_OK):
        pytest.skip("the source tree is read-only, quickstart builds below it")
    holder = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c",
         "mount -t tmpfs tmpfs /run && echo ready && exec sleep infinity"],
        stdout=subprocess.PIPE, preexec_fn=die_with_parent)
    assert holder.stdout.readline() == b"ready\n"

    def start(*argv):
        done = subprocess.run(
            ["nsenter", "-t", str(holder.pid), "--mount", QUICKSTART, *argv],
            env={**os.environ, "DOCKER_HOST": f"unix://{host.docker_socket}"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=600)
        return done.returncode, done.stdout

    yield start
    start("down")
    holder.kill()
    holder.wait()


def snapshot():
    """What `quickstart down` must leave as it was."""
    settings = {}
    for directory, _, files in os.walk("/proc/sys/net/ipv4/conf"):
        if "route_localnet" in files and "veth" not in directory:
            with open(os.path.join(directory, "route_localnet")) as f:
                settings[directory] = f.read()
    return {"tables": run("nft", "list", "tables"), "rules": run("iptables", "-S"),
            "listeners": run("ss", "-Hltn"), "settings": settings}


def test_up_again_and_down(quickstart, host):
    before = snapshot()

    status, output = quickstart()
    assert status == 0, output
    assert {try_ask(80, "web.localhost") for _ in range(4)} == {"web-1", "web-2"}
    assert try_ask(80, "api.localhost") == "api-1"

    status, output = quickstart()
    assert status == 0, "the second run:\n" + output

    status, output = quickstart("down")
    assert status == 0, output
    assert host.docker("ps", "-aq") == ""
    assert "berth-demo" not in host.docker("images", "--format", "{{.Repository}}")
    assert snapshot() == before


def test_http_port_is_taken(quickstart):
    holder = subprocess.Popen(["busybox", "nc", "-l", "-p", "80"], preexec_fn=die_with_parent)
    try:
        status, output = quickstart()
        assert status == 0, output
        assert "port 80 is taken" in output
        assert try_ask(8000, "api.localhost") == "api-1"
    finally:
        holder.kill()
        holder.wait()


@pytest.mark.parametrize("argv, text", [(("sideways",), "unknown command 'sideways'"),
                                        (("down",), "nothing is up")])
def test_refusals(quickstart, argv, text):
    status, output = quickstart(*argv)
    assert status == 1
    assert output.startswith("quickstart: ") and text in output
