"""Counting what a server executes, by valgrind's callgrind: user instructions and calls of chosen
functions per query.

The server is asked one query at a time. Its counters are set to zero when it has answered some, and
read after a known number more, so that neither its start nor its end is in the figure.
"""

import os
import re
import subprocess
import time

from . import processes
from .servers import Failed

# One query, one wait: the client waits for the answer before it asks again.
ONE_AT_A_TIME = ["--clients", 1, "--window", 1, "--timeout", 2, "--seconds", 120]


class Profile:
    """What callgrind wrote, added up over the processes and threads of a server."""

    def __init__(self):
        self.instructions = 0
        self.calls = {}  # by function
        self.own = {}  # by object file and function

    def read(self, path):
        names = {"fn": {}, "ob": {}}
        place, called, is_call = ("?", "?"), "?", False
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith(("fn=", "ob=", "cfn=")):
                    kind = line[: line.index("=")]
                    name = full_name(names[kind[-2:]], line[len(kind) + 1 :])
                    if kind == "cfn":
                        called = name
                    else:
                        place = (place[0], name) if kind == "fn" else (name, place[1])
                elif line.startswith("calls="):
                    self.calls[called] = self.calls.get(called, 0) + int(line[6:].split()[0])
                    is_call = True  # the next line is the call's inclusive cost
                elif line[:1] in "0123456789+-*" and line[:1]:
                    if not is_call:
                        self.own[place] = self.own.get(place, 0) + int(
                            (line.split() + ["0", "0"])[1]
                        )
                    is_call = False
                elif line.startswith("totals:"):
                    self.instructions += int(line.split()[1])

    def own_by_part(self):
        """Own instructions by part of the program: a module of the daemon, or a library."""
        parts = {}
        for (object_file, function), cost in self.own.items():
            name = part(object_file, function)
            parts[name] = parts.get(name, 0) + cost
        return parts

    def calls_of(self, names):
        """How often the functions were called of which `names` has the name or, ending in a star,
        the beginning.
        """
        exact = {name for name in names if not name.endswith("*")}
        begins = tuple(name[:-1] for name in names if name.endswith("*"))
        return sum(
            count
            for name, count in self.calls.items()
            if name in exact or (begins and name.startswith(begins))
        )

    def per_query(self, count):
        """Lines of text: own instructions and calls per query, the most first."""
        yield "instructions per query, by function"
        for (_, name), cost in sorted(self.own.items(), key=lambda pair: -pair[1])[:60]:
            yield f"{cost / count:10.1f}  {name}"
        yield "calls per query"
        for name, calls in sorted(self.calls.items(), key=lambda pair: -pair[1])[:60]:
            yield f"{calls / count:10.2f}  {name}"


def full_name(known, text):
    """A name as callgrind writes it: a number, and the name itself where it stands for the first
    time.
    """
    found = re.match(r"\((\d+)\)(?: (.*))?", text)
    if found.group(2):
        known[found.group(1)] = found.group(2).split("'")[0]
    return known.get(found.group(1), "?")


SWIFT = "Swift's libraries"
LIBRARIES = {
    "libevent": "libevent",
    "libc.so": "C library",
    "libc-": "C library",
    "libswift": SWIFT,
}
# How functions of Swift's libraries begin where they are linked into the program.
OF_SWIFT = ("swift_", "_swift_", "$ss", "$sS", "_ZN5swift")


def part(object_file, function):
    for beginning, title in LIBRARIES.items():
        if os.path.basename(object_file).startswith(beginning):
            return title
    module = re.match(r"\$s(\d+)(.*)", function)
    if module:
        return module.group(2)[: int(module.group(1))]
    return SWIFT if function.startswith(OF_SWIFT) else "the rest"


def monitor(pid, command):
    return subprocess.run(
        ["vgdb", f"--pid={pid}", command], capture_output=True, text=True, timeout=60
    )


class Session:
    """A server under callgrind, asked in phases: each phase has a profile of its own."""

    def __init__(self, run, server):
        self.run = run
        self.server = server
        server.under_valgrind = True
        output = server.directory / "callgrind.out.%p"
        tool = ["valgrind", "-q", "--tool=callgrind", "--trace-children=yes"]
        server.start(wrapper=[*tool, f"--callgrind-out-file={output}"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()

    def profile(self, questions, count, warm):
        """The profile of `count` queries, asked one at a time after `warm` others."""
        self.server.await_answer([*questions, "--timeout", 10], 120)
        ask(self.run, self.server, questions, warm, tolerant=True)
        pids = processes.process_tree(self.server.process.pid)
        for pid in pids:
            monitor(pid, "zero")
        for path in self.server.directory.glob("callgrind.out.*"):
            path.unlink()
        ask(self.run, self.server, questions, count)
        for pid in pids:
            monitor(pid, "dump")
        return collect(self.server, pids)


def ask(run, server, questions, count, tolerant=False):
    """Asks one at a time. Some of the first may be lost: the wait for the start has filled the
    socket's queue.
    """
    tally = run.toolbox.load("saturate", server, [*questions, *ONE_AT_A_TIME, "--count", count])
    if tolerant:
        return
    if tally["answers"] < count or tally["wrong"] > 0:
        raise Failed(
            f"{server.name} under callgrind: {tally['answers']} of {count} answers, {tally['wrong']} wrong"
        )


def collect(server, pids):
    """Reads the dumps, which are written a moment after they were asked for."""
    found = Profile()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        dumps = [path for pid in pids for path in server.directory.glob(f"callgrind.out.{pid}.*")]
        if dumps and all("totals:" in tail(path) for path in dumps):
            for path in dumps:
                found.read(path)
            return found
        time.sleep(0.05)
    raise Failed(f"{server.name}: callgrind wrote no figures")


def tail(path):
    with open(path, "rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 400))
        return file.read().decode("utf-8", "replace")
