"""A bench's result: printed as it comes, and written as text and JSON with --out DIR."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

BUILD = os.environ.get("BERTH_BUILD", "")


def arguments(description, epilog=""):
    """The parser with what every bench takes."""
    parser = argparse.ArgumentParser(
        description=description, epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", metavar="DIR", help="write the result there, too: text and JSON")
    return parser


def need_root():
    if os.geteuid():
        sys.exit("bench: it makes network namespaces: run it as root")


def need_programs(**packages):
    """Ends with the packages' names where programs are missing: program=package."""
    missing = {program: package for program, package in packages.items()
               if not find_program(program)}
    if missing:
        sys.exit(f"bench: {', '.join(missing)} not found: "
                 f"apt-get install {' '.join(sorted(set(missing.values())))}")


def find_program(name):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for directory in path.split(":"):
        if os.access(os.path.join(directory, name), os.X_OK):
            return os.path.join(directory, name)
    return None


def built(name):
    """The path of a program of the build."""
    path = os.path.join(BUILD, name)
    if not os.access(path, os.X_OK):
        sys.exit(f"bench: {path} is missing: call this by make, or set BERTH_BUILD")
    return path


def has_sanitizers():
    done = subprocess.run(["ldd", built("berth")], capture_output=True, check=True)
    return b"asan" in done.stdout


def spread(values, digits=1):
    """"median (lowest - highest)", or "-" where there is none."""
    if not values:
        return "-"
    middle = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def median(values):
    return statistics.median(values) if values else None


def ratio(a, b):
    """How many times 'b' is 'a', as text; both may be missing."""
    return f"{a / b:.2f}" if a and b else "-"


class Report:
    def __init__(self, name, title, out=None):
        self.name, self.out = name, out
        self.lines = []
        self.document = {"bench": name, "title": title, "began": time.strftime("%FT%TZ",
                         time.gmtime()), "machine": machine(), "tables": [], "values": {},
                         "notes": []}
        if out:
            os.makedirs(out, exist_ok=True)
        self.say(f"## {title}\n")
        state = self.document["machine"]
        self.say(f"{state['cpus']} CPUs, Linux {state['kernel']}, load average at the start "
                 f"{state['load']}.")
        if has_sanitizers():
            self.note("This build has sanitizers: it is slower and bigger than a release.")

    def say(self, line):
        print(line, flush=True)
        self.lines.append(line)

    def progress(self, what):
        """For whoever waits; no part of the result."""
        print(f"... {what}", file=sys.stderr, flush=True)

    def table(self, title, columns, rows):
        """'rows' are lists of text or numbers."""
        self.say(f"\n| {title} | " + " | ".join(columns) + " |")
        self.say("|---" * (len(columns) + 1) + "|")
        for row in rows:
            self.say("| " + " | ".join(str(cell) for cell in row) + " |")
        self.document["tables"].append({"title": title, "columns": columns, "rows": rows})

    def values(self, key, value):
        """Single measurements behind a table, for the JSON."""
        self.document["values"][key] = value

    def note(self, text):
        self.say(f"\n{text}")
        self.document["notes"].append(text)

    def finish(self):
        self.document["load_at_end"] = load()
        self.document["ended"] = time.strftime("%FT%TZ", time.gmtime())
        self.say(f"\nLoad average at the end {load()}.")
        if self.out:
            self.write("txt", "\n".join(self.lines) + "\n")
            self.write("json", json.dumps(self.document, indent=1) + "\n")

    def write(self, suffix, text):
        path = os.path.join(self.out, f"bench-{self.name}.{suffix}")
        with open(path + ".new", "w") as f:
            f.write(text)
        os.rename(path + ".new", path)


def load():
    return " ".join(f"{x:.2f}" for x in os.getloadavg())


def machine():
    return {"cpus": os.cpu_count(), "kernel": platform.release(), "load": load()}
