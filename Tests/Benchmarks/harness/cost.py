"""The cost of an answer as counts, held to committed thresholds: scripts/check-cost.

Counts do not depend on how busy a machine is, so that they can be held in continuous integration:
user instructions, allocations, retains, releases and locks of the whole daemon per query, from the
loop's waking to its next wait, for a local answer through the link, a cache hit and a miss.
"""

import argparse
import json
import os
import subprocess
import sys

from . import peers, processes
from .callgrind import Session
from .data import Registries, other_names
from .results import Figure, Result
from .run import Run
from .servers import Failed, Scene
from .toolbox import ROOT, Toolbox, enter_own_network, search_path

THRESHOLDS = ROOT / "Tests/Benchmarks/costs.json"
TOLERANCE = 0.05
COUNTED = {
    "allocations": ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"],
    "retains": ["swift_retain", "swift_retain_n"],
    "releases": ["swift_release", "swift_release_n"],
    "locks": ["pthread_mutex_lock", "pthread_rwlock_rdlock", "pthread_rwlock_wrlock"],
}
QUERIES = 400


def counts(found):
    result = {"instructions": round(found.instructions / QUERIES)}
    for title, names in COUNTED.items():
        result[title] = round(found.calls_of(names) / QUERIES, 2)
    return result


def profiles(run):
    """For each kind of answer the profile of so many queries."""
    registries = Registries(1000, run.data)
    phases = {
        "local": (["--names", registries.questions(), "--answers", 2], 200),
        "hit": (["--names", other_names(200, run.data), "--sequential"], 400),
        "miss": (["--unique", "example.com"], 200),
    }
    with run.standin() as port:
        server = run.make(peers.PrivateLinkDaemon, Scene(registries, [port]), "cost")
        with Session(run, server) as session:
            for name, (questions, warm) in phases.items():
                found = session.profile(questions, QUERIES, warm)
                steps = server.directory / f"{name}.txt"
                steps.write_text("\n".join(found.per_query(QUERIES)) + "\n")
                yield name, found


def steps(run):
    """Where the instructions of an answer are spent, by part of the daemon; a job of scripts/bench."""
    titles = {"local": "local answer", "hit": "cache hit", "miss": "cache miss"}
    figures = [Figure(name, title, decimals=0) for name, title in titles.items()]
    result = Result(
        "steps", "user instructions per answer of privatelinkd, by part", figures, sizes=True
    )
    table = {}
    for name, found in profiles(run):
        parts = found.own_by_part()
        parts["all"] = found.instructions
        for part, cost in parts.items():
            table.setdefault(part, {})[name] = cost / QUERIES
        for part, value in counts(found).items():
            if part != "instructions":
                table.setdefault(f"calls: {part}", {})[name] = value
    order = sorted(table, key=lambda part: (part.startswith("calls"), -table[part].get("local", 0)))
    for part in order:
        values = {name: table[part].get(name, 0) for name in titles}
        if part.startswith("calls") or max(values.values()) >= 1:
            result.add(part, **values)
    return result


def compare(measured, thresholds):
    """A line for each count that is above its threshold, and for each that is far below it."""
    for name, limits in thresholds.items():
        for key, limit in limits.items():
            value = measured[name][key]
            # Less than half a call per query is the odd timer, not the query.
            room = limit * TOLERANCE if key == "instructions" else max(0.5, limit * TOLERANCE)
            if value > limit + room:
                yield True, f"{name}: {value} {key} per query, {limit} are allowed"
            elif value < limit - 2 * room and value <= limit - 1:
                yield False, f"{name}: {value} {key} per query; the threshold of {limit} can be lowered"


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/check-cost",
        description="Counts what an answer costs the release-built daemon, by callgrind, and fails where "
        "it is more than Tests/Benchmarks/costs.json allows.",
    )
    parser.add_argument("--binaries", default=None, help="directory with release builds")
    parser.add_argument("--write", action="store_true", help="make what is counted the thresholds")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["PATH"] = search_path()
    toolbox = Toolbox(ROOT / ".build/benchmarks", options.binaries)
    if not options.inside:
        subprocess.run([ROOT / "scripts/setup", "cost"], check=True)
        toolbox.build()
        toolbox.build_daemon()
        sys.argv += ["--binaries", str(toolbox.daemons)]
        enter_own_network(sys.argv)
    settings = argparse.Namespace(
        quick=True, seconds=None, repeat=None, records=None, servers=None, limit=170
    )
    try:
        run = Run(toolbox, settings)
        measured = {name: counts(found) for name, found in profiles(run)}
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        processes.stop_all()
    return judge(measured, options.write)


def judge(measured, write):
    for name, values in measured.items():
        shown = ", ".join(f"{value} {key}" for key, value in values.items())
        print(f"{name}: {shown} per query")
    if write:
        THRESHOLDS.write_text(json.dumps(measured, indent=2) + "\n")
        return 0
    failed = False
    for is_breach, line in compare(measured, json.loads(THRESHOLDS.read_text())):
        print(line, file=sys.stderr)
        failed = failed or is_breach
    if failed:
        print("by function: .build/benchmarks/servers/cost-privatelinkd/*.txt", file=sys.stderr)
        print("if it is meant: scripts/check-cost --write", file=sys.stderr)
    return 1 if failed else 0
