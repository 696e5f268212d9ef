"""The status page in Chromium: over a real chain, and over an agent that says anything."""

import gzip
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest

from agent import ADMIN, BUILD, OPENER
from procs import die_with_parent, wait_for
from sandbox import ADDRESS

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../page"))
import browser as browser_module  # noqa: E402
from pageagent import FakeAgent, Fleet, container_id, troubled  # noqa: E402

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

def labels(service, port):
    return (f"HAPROXY_0_VHOST={service}.localhost", f"SERVICE_8080_SERVICE_PORT={port}")


@pytest.fixture
def served(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=labels("web", 8081))
    agent.wait_for_servers("web", 1)
    return agent


def test_a_chain_that_lives(host, served, show):
    page = show(f"http://{ADMIN}/")
    page.wait_for_text("web-1", "#groups")
    page.wait_for_text("live", "#link")
    [mapping] = served.state()["mappings"]
    [head] = page.texts(".head .title")
    assert head == "web"
    shown = " ".join(cells(page))
    for text in ("web-1", "running", str(mapping["host_port"]), "passing", "web.localhost", ":8081",
                 f"{ADDRESS}:{mapping['host_port']}", "all up"):
        assert text in shown, shown
    assert page.text("#health").strip() == "healthy"
    assert set(page.texts("#sources bdi")) >= {"docker", "portmap", "registrator", "lb"}

    # A container starts, is explained, and drains while it stops: all of it without a reload.
    host.serve("web-2", "web", labels=labels("web", 8081), env=("GRACE=60",))
    page.wait(lambda p: p.texts(".head .count") == ["2 up"], "both are up")
    page.wait_for_text("mapping added", "#changes")
    page.click(".cell:has-text('web-2')")
    page.wait_for_text("assigned by berth: the port is not published", "#panel")
    assert "way in" in page.text("#panel") and host.api("/containers/web-2/json")["Id"] in \
        page.text("#panel")
    stop = subprocess.Popen(["docker", "-H", f"unix://{host.docker_socket}", "stop", "-t", "60",
                             "web-2"], stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
    try:
        page.wait(lambda p: {"1 drain", "1 up"} <= {t.strip() for t in p.texts(".head .count")},
                  "one drains")
        page.wait_for_text("it is draining", "#panel")
        page.shot("agent-drains")
    finally:
        page.is_refused = True  # the explanation of what has gone is not found
        host.docker("rm", "-f", "web-2")
        stop.wait()
    page.wait(lambda p: p.texts(".head .count") == ["1 up"], "one is left")


def test_how_it_is_served(served):
    def ask(**headers):
        request = urllib.request.Request(f"http://{ADMIN}/", headers=headers)
        try:
            with OPENER.open(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()
    status, headers, plain = ask()
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    _, packed_headers, packed = ask(**{"Accept-Encoding": "gzip"})
    assert packed_headers["Content-Encoding"] == "gzip" and gzip.decompress(packed) == plain
    assert len(plain) < 100 * 1024 and len(packed) < len(plain) // 2
    for encoding, etag in (("gzip", packed_headers["ETag"]), ("identity", headers["ETag"])):
        status, _, body = ask(**{"If-None-Match": etag, "Accept-Encoding": encoding})
        assert (status, body) == (304, b"")
    assert headers["ETag"] != packed_headers["ETag"]


def test_labels_are_text(host, agent, show):
    agent.start()
    host.serve("web-1", HOSTILE[0], labels=("SERVICE_TAGS=<b>,\"'`", *labels("web", 8081)))
    page = show(f"http://{ADMIN}/")
    page.wait_for_text(HOSTILE[0], "#problems")
    page.wait_for_text(HOSTILE[0], "#changes")
    page.click(".cell")
    page.wait_for_text(HOSTILE[0], "#panel")
    assert "<b>, \"'`" in page.text("#panel")
    assert page.count("img") == 0


# ---- with an agent that says anything ----

def test_states_have_words_and_shapes(fake, show):
    fake.set(troubled(Fleet(40, 8)).document())
    page = show(fake.url)
    page.wait(lambda p: p.count(".group") == 9, "the groups")
    words = {w.strip() for w in page.texts(".cell b")}
    assert words >= {"running", "draining", "quarantined", "passing", "critical", "starting",
                     "warning", "paused", "up", "down", "drain", "maint", "4 of 5 up", "all up"}
    shapes = page.run("""() => [...new Set([...document.querySelectorAll('.cell .mark')].map(m =>
        { const s = getComputedStyle(m); return s.clipPath + s.borderRadius + s.borderRightColor +
          s.transform; }))].length""")
    assert shapes >= 7
    assert page.text("#health").strip() == "degraded"
    assert "widen [portmap] pool" in page.text("#problems")
    # Trouble comes first, what is not registered last.
    titles = page.texts(".head .title")
    assert titles[0] == "service-1" and titles[-1] == "Not registered"
    assert "it has no network" in page.texts(".gap")


def test_search_and_chips(fake, show):
    fake.set(troubled(Fleet(40, 8)).document())
    for k in range(3):
        fake.add(container=f"service-{k}-0", trace=f"0000000{k}")
    page = show(fake.url)
    page.wait(lambda p: p.count(".group") == 9 and p.count(".change") == 3, "all is shown")
    rows = lambda: int(page.text("#found").split()[0])
    for query, wanted in (("service-2", 5), ("container:service-2-1", 1), ("image:service-3:1.3", 1),
                          ("port:28004", 1), ("port:2800", 0), ("vhost:www.service-3", 5),
                          ("address:172.17.0.2", 11), ("state:drain", 1),
                          (f"trace:{container_id('service-5-2')[:8]}", 1), ("service-2 paused", 0),
                          ("state:paused", 1), ("nothing-like-that", 0)):
        page.press("/")
        page.press("Control+a")
        page.do("type", text=query)
        page.wait(lambda p: p.run("() => location.hash") ==
                  "#" + urllib.parse.urlencode({"q": query}), f"{query} in the URL")
        assert rows() == wanted, query
    page.wait_for_text("Nothing here answers", "#nothing")
    page.press("Escape")
    page.wait(lambda p: p.count(".group") == 9, "no search any more")
    page.click(".change .trace")
    page.wait(lambda p: p.count(".change") == 1, "a trace is chosen")
    assert page.run("() => document.getElementById('query').value") == "trace:00000002"
    page.run("() => { location.hash = '#only=trouble,draining' }")
    page.wait(lambda p: p.text("#found").startswith("4 of"), "chips of the URL")
    assert page.count(".chip[aria-pressed=true]") == 2


def test_keyboard(fake, show):
    fake.set(Fleet(6, 2).document())
    page = show(fake.url)
    page.wait(lambda p: p.count(".cell") == 24 + 2, "the chain")
    page.press("Tab")
    assert page.focus() == "Skip to the chain"
    page.press("Enter", "Tab")
    assert page.focus().startswith("service-0")
    page.press("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown")
    assert page.focus().startswith("Instance 10.0.0.1:28002")
    assert page.count(".cell.lit") == 5 and page.count("path.lit") == 4
    page.press("ArrowRight")
    assert page.focus().startswith("Way in service-0.example.com")
    assert page.count(".cell.lit") == 13
    page.press("Enter")
    page.wait_for_text("explanation of service-0", "#panel")
    assert page.focus() == "Way in service-0.example.com"
    page.press("Escape")
    assert not page.text("#panel") and page.focus().startswith("Way in")
    # A change elsewhere, and of the thing itself, leaves the focus where it is.
    fleet = Fleet(7, 2)
    fleet.set("service-0-1", server="down")
    fake.set(fleet.document())
    page.wait_for_text("3 of 4 up", "#groups")
    assert page.focus().startswith("Way in service-0.example.com")
    page.press("Home", "ArrowLeft")
    page.wait(lambda p: p.count(".group.open") == 1, "a group is closed")
    page.press("/")
    assert page.run("() => document.activeElement.id") == "query"


def test_sources_say_how_old_they_are(fake, show):
    document = Fleet(3, 1).document()
    source = document["sources"]["lb"]
    document["sources"].update(
        {"docker": {**source, "connected": False}, "portmap": {**source, "last_ok_age": 151},
         "registrator": {**source, "error": "Consul does not answer"},
         "dns": {**source, "last_ok_age": None},
         # It looks only where something has changed, and was last asked to an hour ago.
         "services.d lock": {**source, "last_ok_age": 3600, "resync": None},
         "services.d catalog": {**source, "passes": 0, "last_ok_age": None, "resync": None},
         "catalog": {"last_ok_age": 61, "resync": None, "error": "the registry cannot be read"}})
    fake.set(document)
    page = show(fake.url)
    page.wait(lambda p: p.texts(".source-item b") ==
              ["not connected", "stale", "failing", "", "never yet", "",
               "nothing to do yet", "failing"], "words for all of them")
    # It counts by itself: nothing changes.
    page.wait(lambda p: re.search(r"lb\s*([3-9]|\d\d+) s ago", p.text("#sources")), "the age grows")


def test_names_are_copied(fake, show):
    fake.set(Fleet(3, 1).document())
    page = show(fake.url + "/#open=service-0")
    page.wait_for_text("explanation of service-0", "#panel")
    page.press("Escape")
    page.wait(lambda p: p.count(".cell") == 13, "the chain")
    page.click(".cell")
    page.wait(lambda p: p.count(".copy"), "names")
    said = page.run("""() => new Promise(done => {
        const button = document.querySelector('.copy');
        new MutationObserver(() => done(button.textContent)).observe(button, {childList: true});
        button.click(); })""")
    assert said in ("Copied", "Selected")


def test_a_lost_agent_comes_back(fake, show):
    fake.set(Fleet(3, 1).document())
    fake.add("before")
    page = show(fake.url)
    page.is_refused = True
    page.wait_for_text("before", "#changes")
    fake.go_silent()
    page.wait_for_text("no answer since", "#link")
    assert page.count(".cell") == 13
    page.shot("lost")
    # Another one in its place, which counts from 1 again.
    fake.forget()
    fake.add("after")
    fake.document = Fleet(4, 1).document()
    fake.go_silent(False)
    page.wait(lambda p: p.texts(".said") == ["after"] and p.count(".cell") == 17, "all is new")
    page.wait_for_text("live", "#link")


def test_a_hidden_tab_asks_nothing(fake, show):
    fake.set(Fleet(3, 1).document())
    page = show(fake.url)
    page.wait_for_text("live", "#link")
    hide = """hidden => { Object.defineProperty(document, 'hidden', {value: hidden,
        configurable: true}); document.dispatchEvent(new Event('visibilitychange')); }"""
    page.run(hide, True)
    shown = "() => +document.body.dataset.states"
    wait_for(lambda: fake.streams == 0 and fake.count("/v1/state") == page.run(shown),
             "its stream is closed, and no question is out")
    before = fake.count("/v1/state")
    fake.set(Fleet(5, 1).document())
    fake.add("while hidden")
    assert page.count(".cell") == 13 and fake.count("/v1/state") == before
    page.run(hide, False)
    page.wait(lambda p: p.count(".cell") == 21 and p.count(".change") == 1, "it has caught up")


def test_a_token(fake, show):
    fake.token = "s3cret"
    fake.set(Fleet(3, 1).document())
    page = show(fake.url)
    page.is_refused = True
    page.wait_for_text("only to who has its token", "#token")
    page.click("#token-value")
    page.do("type", text="wrong")
    page.press("Enter")
    page.wait_for_text("This token is not taken", "#token")
    page.do("type", text="s3cret")
    page.press("Enter")
    page.wait(lambda p: p.count(".cell") == 13, "the chain")
    page.wait_for_text("live", "#link")
    page.wait(lambda p: not p.text("#token"), "nothing is asked for any more")
    assert "s3cret" not in page.run("() => location.href")


def hostile_fleet():
    fleet = Fleet(len(HOSTILE), 1)
    for text, container, instance, backend in zip(HOSTILE, fleet.containers, fleet.instances,
                                                  [*fleet.backends, *fleet.backends * 9]):
        container.update(name=text, image=text, trace=text)
        instance.update(service=text, id=text, state=text, tags=[text])
        backend["vhosts"] = list(HOSTILE)
        fleet.problems.append({"area": text, "subject": text, "text": text})
    for server, text in zip(fleet.backends[0]["servers"], HOSTILE):
        server.update(name=text, instance_id=text)
    return fleet


@pytest.mark.parametrize("width", [1440, 360])
def test_hostile_text(fake, show, width):
    document = hostile_fleet().document()
    document["sources"][HOSTILE[0]] = {"last_ok_age": HOSTILE[0], "error": HOSTILE[3]}
    document["node"] = HOSTILE[2]
    fake.set(document)
    for text in HOSTILE:
        fake.add(text, **{text: text, "trace": text})
    fake.explain = {"found": True, "parts": [{"title": t, "steps": [{"step": t, "text": t}]}
                                             for t in HOSTILE]}
    page = show(fake.url, width=width)
    page.wait(lambda p: p.count(".change") == len(HOSTILE), "changes")
    shown = [*HOSTILE[:2], *HOSTILE[3:5], "\\u202egnp.exe\\u2066"]
    page.wait(lambda p: set(shown) <= set(p.texts(".head .title")), "names as they are")
    page.click(".cell")
    page.wait(lambda p: p.count("#panel .part") >= len(HOSTILE), "an explanation")
    assert page.count("img") == 0 and page.count("script") == 1
    assert overflow(page) <= 0
    page.shot(f"hostile-{width}")


@pytest.mark.parametrize("state", [
    {}, {"containers": None, "backends": 7, "problems": "x", "sources": []},
    {"ready": True, "containers": [None, 1, {}, {"id": 5, "ports": [{}, None]}],
     "mappings": [{}], "instances": [{}, {"id": None}], "machines": [{"file": 1}],
     "backends": [{}, {"servers": [{}, None], "vhosts": [None, {}]}], "problems": [{}, []],
     "sources": {"a": None, "b": {"last_ok_age": "x"}}, "dubbo": {}, "dns": []}])
def test_odd_states(fake, show, state):
    fake.set(state)
    page = show(fake.url)
    page.wait(lambda p: p.text("#health").strip() not in ("", "connecting"), "a health")
    # It goes on from there.
    fake.set(Fleet(3, 1).document())
    page.wait(lambda p: p.count(".cell") == 13, "a good state")


def test_a_thousand_containers(fake, show):
    fleet = troubled(Fleet(1000, 100))
    fake.set(fleet.document())
    page = show(fake.url)
    page.wait(lambda p: p.count(".group") == 101, "all groups")
    page.shot("thousand")
    assert "1,002" in page.text("#totals")
    # Closed, but for those in trouble: the page stays small.
    assert page.count(".group.open") < 10 and page.count("*") < 10000
    first = page.do("busy")
    fleet.set("service-1-3", server="down")
    fake.set(fleet.document())
    page.wait(lambda p: "2 down" in p.texts(".head .count"), "one more is down")
    change = page.do("busy") - first
    fleet.set("service-7-3", server="down")
    fake.set(fleet.document())
    page.wait(lambda p: "service-7" in p.texts(".group.open .title"), "trouble opens its group")
    page.run("() => { location.hash = '#q=service' }")
    page.wait(lambda p: p.text("#found").startswith("1,000 of"), "all are found")
    one = page.run("() => performance.getEntriesByName('berth-state').map(e => e.duration)")
    print(f"the first state took {one[0]:.0f} ms of the script, the second {one[1]:.0f} ms; the main "
          f"thread {first * 1000:.0f} ms until all was shown, {change * 1000:.0f} ms for a change")
    # A quiet machine takes a twentieth of that.
    assert first < 10 and change < 2


def test_one_large_service(fake, show):
    fake.set(Fleet(300, 1).document())
    page = show(fake.url)
    page.wait(lambda p: p.count(".head") == 1, "the group")
    page.click(".head")
    page.wait(lambda p: p.count(".row") == 50, "its first rows")
    page.click(".more")
    page.wait(lambda p: p.count(".row") == 250, "more of them")
    page.click(".more")
    page.wait(lambda p: p.count(".row") == 300 and p.count(".more") == 0, "all of them")


@pytest.mark.parametrize("width,scheme,containers", [
    (1440, "light", 12), (1440, "dark", 3), (1024, "dark", 12), (360, "light", 12),
    (360, "dark", 3)])
def test_everybody_can_read_it(fake, show, width, scheme, containers):
    fleet = Fleet(containers, max(1, containers // 4))
    fake.set((troubled(fleet) if containers > 3 else fleet).document())
    for k in range(5):
        fake.add("server added", level=("info", "warn", "err")[k % 3], area="lb", trace="0" * 8)
    page = show(fake.url, width=width, height=800, scheme=scheme)
    page.wait(lambda p: p.count(".cell") and p.count(".change") == 5, "all of it")
    assert page.count(".picture" if width > 766 else ".card")
    assert overflow(page) <= 0
    page.shot(f"{containers}-{width}-{scheme}", whole=True)
    if width == 360:  # the explanation covers it all there
        assert page.do("axe") == []
    page.click(".cell")
    page.wait_for_text("assigned by berth", "#panel")
    page.shot(f"{containers}-{width}-{scheme}-panel")
    assert overflow(page) <= 0
    assert page.do("axe") == []
    ground = page.run("() => getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 150) == (scheme == "dark")
