"""The image of the test containers: busybox and a web server that answers with its own name."""

import functools
import io
import os
import shutil
import subprocess
import tarfile
import tempfile

NAME = "berth-test"
APPLETS = ("sh", "cat", "hostname", "httpd", "sleep", "wget")

# GRACE: seconds that it goes on after SIGTERM. PORT: its HTTP port. WHOLE: its answers are whole,
# see answer.c.
SERVE = """#!/bin/sh
hostname >/www/index.html
trap 'sleep ${GRACE:-0}; exit 0' TERM
if [ -n "${WHOLE:-}" ]; then
    answer "${PORT:-8080}" &
else
    httpd -f -p "${PORT:-8080}" -h /www &
fi
wait
"""

# GET /cgi-bin/slow?2 answers after two seconds.
SLOW = """#!/bin/sh
sleep "${QUERY_STRING:-1}"
printf 'Content-Type: text/plain\\r\\n\\r\\n'
hostname
"""

# GET /cgi-bin/client answers with the client's address as the container sees it.
CLIENT = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' "$REMOTE_ADDR"
"""


def add_file(tar, name, content):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o755
    tar.addfile(info, io.BytesIO(content))


def add_link(tar, name, target):
    info = tarfile.TarInfo(name)
    info.type = tarfile.SYMTYPE
    info.linkname = target
    tar.addfile(info)


def compiled(source):
    """The static program made from a C file beside this one."""
    with tempfile.TemporaryDirectory() as directory:
        program = os.path.join(directory, "program")
        subprocess.run([os.environ.get("CC", "cc"), "-static", "-O2", "-o", program,
                        os.path.join(os.path.dirname(__file__), source)], check=True, timeout=60)
        with open(program, "rb") as f:
            return f.read()


@functools.cache
def archive():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        with open(shutil.which("busybox"), "rb") as busybox:
            add_file(tar, "bin/busybox", busybox.read())
        for applet in APPLETS:
            add_link(tar, f"bin/{applet}", "busybox")
        add_file(tar, "bin/serve", SERVE.encode())
        add_file(tar, "bin/answer", compiled("answer.c"))
        add_file(tar, "www/cgi-bin/slow", SLOW.encode())
        add_file(tar, "www/cgi-bin/client", CLIENT.encode())
    return out.getvalue()


def build(sandbox):
    """Imports the image into the sandbox's dockerd; no image registry is needed."""
    subprocess.run(["docker", "-H", f"unix://{sandbox.docker_socket}", "import",
                    "-c", 'CMD ["/bin/serve"]', "-", NAME],
                   input=archive(), capture_output=True, check=True, timeout=60)
