"""Chromium, driven by driver.js. Everything here is done when it returns."""

import json
import os
import selectors
import shutil
import subprocess
import tempfile

from procs import Timeout, die_with_parent, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = ("playwright-core", "axe-core")
CHROMIUM = "/usr/bin/chromium"
PATIENCE = 120


def missing():
    """Why no browser can be driven here, or None."""
    if not os.access(CHROMIUM, os.X_OK):
        return f"there is no {CHROMIUM} (Debian's package chromium)"
    for program in ("node", "npm"):
        if not shutil.which(program):
            return f"there is no {program} here"
    return None


def has(folder, name, version):
    try:
        with open(os.path.join(folder, "node_modules", name, "package.json")) as f:
            return json.load(f)["version"] == version
    except (OSError, ValueError):
        return False


def install(folder, prefix=()):
    """The packages in 'folder', for the next time, too. 'prefix' is a command that gets to where
    they come from. Why it cannot be, or None."""
    with open(os.path.join(HERE, "package.json")) as f:
        wanted = json.load(f)["dependencies"]
    if all(has(folder, name, version) for name, version in wanted.items()):
        return None
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(HERE, "package.json"), folder)
    done = subprocess.run([*prefix, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--no-package-lock"], cwd=folder, capture_output=True, text=True,
                          timeout=300, check=False)
    return f"npm gives no packages: {done.stderr.strip().splitlines()[-1:]}" if done.returncode \
        else None


class Browser:
    def __init__(self, folder):
        self.dir = tempfile.mkdtemp(prefix="berth-page-")
        self.serial = 0
        self.log = open(os.path.join(self.dir, "driver.log"), "ab")
        self.process = subprocess.Popen(
            ["node", os.path.join(HERE, "driver.js"), os.path.join(folder, "node_modules"),
             self.dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            preexec_fn=die_with_parent)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.version = self.answer(0)

    def answer(self, ident):
        assert self.selector.select(PATIENCE), f"no answer; {self.dir}/driver.log"
        line = self.process.stdout.readline()
        assert line, f"the driver has ended: {self.log_text()}"
        answer = json.loads(line)
        assert answer["id"] == ident and "error" not in answer, answer
        return answer["value"]

    def log_text(self):
        with open(os.path.join(self.dir, "driver.log"), errors="replace") as f:
            return f.read()[-4000:]

    def do(self, what, **args):
        self.serial += 1
        self.process.stdin.write((json.dumps({"id": self.serial, "what": what, **args}) + "\n")
                                 .encode())
        self.process.stdin.flush()
        return self.answer(self.serial)

    def open(self, url, width=1440, height=900, scheme="light", motion="reduce", colors="none"):
        opened = self.do("open", url=url, width=width, height=height, scheme=scheme, motion=motion,
                         colors=colors)
        return Page(self, opened)

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.selector.close()
        self.process.stdout.close()
        shutil.rmtree(self.dir, ignore_errors=True)


class Page:
    def __init__(self, browser, opened):
        self.browser, self.number = browser, opened["page"]
        self.headers, self.status = opened["headers"], opened["status"]
        self.is_refused = False  # the test has the agent refuse: a browser logs that

    def do(self, what, **args):
        return self.browser.do(what, page=self.number, **args)

    def run(self, script, arg=None):
        """A JavaScript function, run in the page with 'arg'; its value."""
        return self.do("run", script=script, arg=arg)

    def text(self, selector="body"):
        """Text of what is visible of the first element; empty where there is none."""
        return self.run("""s => { const n = document.querySelector(s);
            return n && n.checkVisibility() ? n.innerText : '' }""", selector)

    def texts(self, selector):
        return self.run("s => [...document.querySelectorAll(s)].map(n => n.textContent.trim())",
                        selector)

    def focus(self):
        """Text of what has the focus, in one line."""
        return " ".join(self.run("() => document.activeElement.textContent").split())

    def count(self, selector):
        return self.run("s => document.querySelectorAll(s).length", selector)

    def press(self, *keys):
        for key in keys:
            self.do("press", key=key)

    def click(self, selector):
        self.do("click", selector=selector)

    def wait(self, condition, what, timeout=30.0):
        """Until condition(self) is true; its value."""
        try:
            return wait_for(lambda: condition(self), what, timeout, 0.05)
        except Timeout as error:
            raise Timeout(f"{error}\n{self.text()[:4000]}\n{self.do('complaints')}") from None

    def wait_for_text(self, text, selector="body", timeout=30.0):
        self.wait(lambda p: text in p.text(selector), f"'{text}' in {selector}", timeout)

    def shot(self, name, whole=False):
        """A screenshot among what the build leaves."""
        folder = os.environ.get("BERTH_ARTIFACTS") or os.path.join(
            os.environ.get("BERTH_BUILD", os.path.join(HERE, "../../build-tests")), "page-shots")
        os.makedirs(folder, exist_ok=True)
        self.do("shot", file=os.path.join(folder, f"{name}.png"), whole=whole)

    def close(self):
        """The page must have complained of nothing."""
        complaints = [c for c in self.do("complaints")
                      if not (self.is_refused and "Failed to load resource" in c)]
        self.do("close")
        assert not complaints, complaints
