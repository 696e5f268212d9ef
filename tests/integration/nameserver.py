"""Real name servers, BIND and Knot, primary for one zone that a key may update and transfer."""

import os
import shutil
import subprocess

from procs import die_with_parent, end, run, wait_for

ADDRESS = "127.0.0.1"
PORT = 5353
ZONE = "example.com"
KEY = "berth"
SECRET = "YmVydGgtdGVzdC1rZXktMDEyMzQ1Njc4OWFiY2RlZg=="
OTHER_SECRET = "YW5vdGhlci1rZXktYWx0b2dldGhlci0wMTIzNDU2Nzg="

ZONE_TEXT = f"""$TTL 300
@       IN SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 60
@       IN NS  ns.{ZONE}.
ns      IN A   {ADDRESS}
mine    IN A   192.0.2.99
"""

BIND = """
key "{key}" {{ algorithm hmac-sha256; secret "{secret}"; }};
options {{
    directory "{directory}"; pid-file none; session-keyfile none; recursion no;
    listen-on port {port} {{ {address}; }}; listen-on-v6 {{ none; }};
    dnssec-validation no; notify no; managed-keys-directory "{directory}";
}};
controls {{ }};
zone "{zone}" {{
    type primary; file "{zone_file}"; journal "{directory}/zone.jnl";
    allow-update {{ key "{key}"; }}; allow-transfer {{ key "{key}"; }};
}};
"""

KNOT = """
server:
    rundir: "{directory}"
    listen: {address}@{port}
database:
    storage: "{directory}"
key:
  - id: {key}
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: berth
    key: {key}
    action: [update, transfer]
zone:
  - domain: {zone}
    file: "{zone_file}"
    storage: "{directory}"
    acl: berth
"""


def key_file(path, secret=SECRET, name=KEY):
    path.write_text(f'key "{name}" {{\n\talgorithm hmac-sha256;\n\tsecret "{secret}";\n}};\n')
    path.chmod(0o600)
    return str(path)


class NameServer:
    """'kind' is "bind" or "knot"."""

    def __init__(self, kind, directory):
        self.kind = kind
        self.directory = str(directory)
        self.config = os.path.join(self.directory, "server.conf")
        self.log_path = os.path.join(self.directory, "server.log")
        self.prefix = []  # a command that becomes the server
        self.process = None
        values = {"directory": self.directory, "address": ADDRESS, "port": PORT, "zone": ZONE,
                  "zone_file": os.path.join(self.directory, "zone"), "key": KEY, "secret": SECRET}
        with open(values["zone_file"], "w") as f:
            f.write(ZONE_TEXT)
        with open(self.config, "w") as f:
            f.write((BIND if kind == "bind" else KNOT).format(**values))

    def program(self):
        return shutil.which("named" if self.kind == "bind" else "knotd")

    def start(self):
        program = self.program()
        argv = ([program, "-g", "-n", "1", "-c", self.config] if self.kind == "bind"
                else [program, "-c", self.config])
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*self.prefix, *argv], stdout=log, stderr=log,
                                            preexec_fn=die_with_parent)
        wait_for(lambda: self.dig(f"ns.{ZONE}") == [ADDRESS],
                 f"{self.kind} answers (log: {self.log_path})", 60, 0.1)

    def stop(self):
        if self.process and self.process.poll() is None:
            end(self.process)

    def dig(self, name, kind="A"):
        """The lines of the answer, sorted."""
        assert self.process.poll() is None, f"{self.kind} has ended, see {self.log_path}"
        out = run("dig", "+short", "+tries=1", "+time=5", f"@{ADDRESS}", "-p", str(PORT), name,
                  kind, check=False)
        return sorted(line for line in out.splitlines() if line and not line.startswith(";"))

    def wait(self, wanted, name, kind="A", timeout=40):
        wait_for(lambda: self.dig(name, kind) == wanted,
                 f"{name} {kind} is {wanted}, and not {self.dig(name, kind)}", timeout, 0.2)

    def update(self, *lines):
        """What a person does to the zone."""
        text = "\n".join([f"server {ADDRESS} {PORT}", f"zone {ZONE}",
                          f"key hmac-sha256:{KEY} {SECRET}", *lines, "send", ""])
        subprocess.run(["nsupdate"], input=text, text=True, check=True, timeout=60,
                       capture_output=True)
