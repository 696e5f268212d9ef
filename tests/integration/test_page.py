"""The status page in Chromium: over a real chain, and over an agent that says anything."""

import os
import re
import sys

import pytest

from agent import ADMIN, BUILD, OPENER
from procs import run, wait_for
from sandbox import ADDRESS

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../page"))
import browser as browser_module  # noqa: E402
from fakeagent import FakeAgent, Fleet, container_id, troubled  # noqa: E402

PAGE = os.path.join(BUILD, "agent/page")
HOSTILE = ('<img src=x onerror=alert(1)>', '"\'`</script><script>alert(2)</script>',
           "\u202egnp.exe\u2066", "x" * 10240, "javascript:alert(3)", "{{7*7}}\n\t\u0000end")


@pytest.fixture(scope="module")
def chromium(sandbox):
    folder = os.path.join(BUILD, "page-npm")
    # Out of the sandbox, which has no way to a package registry.
    way_out = ("nsenter", f"--net=/proc/{os.getpid()}/fd/{sandbox.before}")
    reason = browser_module.missing() or browser_module.install(folder, way_out)
    if reason:
        pytest.skip(reason)
    program = browser_module.Browser(folder)
    yield program
    program.stop()


@pytest.fixture
def show(chromium):
    """Opens a page; in the end it must have complained of nothing."""
    pages = []

    def open_page(url, **kwargs):
        pages.append(chromium.open(url, **kwargs))
        return pages[-1]
    yield open_page
    for page in pages:
        page.close()


@pytest.fixture
def fake():
    server = FakeAgent(PAGE)
    yield server
    server.stop()


def cells(page):
    """What the chain shows, a list of lines for each row."""
    return page.run("() => [...document.querySelectorAll('.cell')].map(n => n.innerText)")


def overflow(page):
    """How far the page is wider than its window, in pixels."""
    return page.run("() => document.documentElement.scrollWidth - innerWidth")


# ---- with the real agent ----

@pytest.fixture
def served(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=("SERVICE_VHOST=web.localhost", "SERVICE_PORT=8081"))
    agent.wait_for_servers("web", 1)
    return agent


def test_the_chain_of_a_container(host, served, show):
    page = show(f"http://{ADMIN}/")
    page.wait_for_text("web-1", "#groups")
    [mapping] = served.state()["mappings"]
    shown = "\n".join(cells(page))
    for text in ("web-1", str(mapping["host_port"]), f"{ADDRESS}:{mapping['host_port']}"):
        assert text in shown, shown
    assert "healthy" in page.text("#health")
    assert set(page.texts("#sources bdi")) >= {"docker", "portmap", "registrator", "lb"}
    page.wait_for_text("live", "#link")
    page.shot("agent-one")
