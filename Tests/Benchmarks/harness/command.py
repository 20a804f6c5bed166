"""The command line of scripts/bench."""

import argparse
import json
import os
import subprocess
import sys
import time

from . import cost, growth, jobs_count, jobs_dead, jobs_load, jobs_reload, plots, processes, report
from .run import OutOfTime, Run
from .toolbox import ROOT, Toolbox, enter_own_network, search_path

JOBS = {
    "local": jobs_load.local,
    "local-large": jobs_load.local_large,
    "dnsperf": jobs_load.dnsperf,
    "callgrind": jobs_count.callgrind,
    "steps": cost.steps,
    "hit": jobs_load.hit,
    "miss": jobs_load.miss,
    "tcp": jobs_load.tcp,
    "tcp-bursts": jobs_load.tcp_bursts,
    "steady": jobs_load.steady,
    "reload": jobs_reload.reload,
    "memory": jobs_reload.memory,
    "start": jobs_reload.start,
    "dead": jobs_dead.dead,
    "growth": growth.growth,
}
STORED = ROOT / "docs/plots/results.json"
PAGE = ROOT / "docs/performance.md"


def read_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures what an answer costs, beside a C program that does nothing else and beside "
        "other DNS servers, on loopback. Needs two cores; installs the peers from Debian where it may.",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="short rounds, fewer peers, small zones: under 3 minutes",
    )
    parser.add_argument("--jobs", default=None, help="comma-separated: " + ", ".join(JOBS))
    parser.add_argument("--repeat", type=int, default=None, help="rounds (7; 3 with --quick)")
    parser.add_argument(
        "--seconds", type=float, default=None, help="length of one sample (2; 0.5 with --quick)"
    )
    parser.add_argument(
        "--records",
        type=int,
        default=None,
        help="records of the large zone (1000000; 100000 with --quick)",
    )
    parser.add_argument(
        "--servers",
        default=None,
        help="comma-separated names of peers; the C reference and privatelinkd always run",
    )
    parser.add_argument(
        "--binaries",
        default=None,
        help="directory with release builds of privatelinkd and privatelinkctl",
    )
    parser.add_argument("--peers-only", action="store_true", help="without privatelinkd")
    parser.add_argument(
        "--no-install", action="store_true", help="compare with the peers that are installed"
    )
    parser.add_argument(
        "--limit",
        type=float,
        default=None,
        help="seconds after which no further step begins (7200; 170 with --quick)",
    )
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help="store the results, and make docs/performance.md's tables and docs/plots",
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.limit = options.limit or (170 if options.quick else 7200)
    names = (
        options.jobs.split(",")
        if options.jobs
        else [
            name
            for name in JOBS
            if not (options.quick and name in ("growth", "steps", "tcp-bursts", "dnsperf"))
        ]
    )
    unknown = [name for name in names if name not in JOBS]
    if unknown:
        parser.error(f"no such job: {', '.join(unknown)}; there are {', '.join(JOBS)}")
    options.jobs = names
    return options


def prepare(options):
    toolbox = Toolbox(ROOT / ".build/benchmarks", options.binaries)
    if not options.inside:
        if not options.no_install:
            subprocess.run([ROOT / "scripts/setup", "bench"], check=True)
        toolbox.build()
        if not options.peers_only:
            toolbox.build_daemon()
            sys.argv += ["--binaries", str(toolbox.daemons)]
        enter_own_network(sys.argv)
    return toolbox


def main():
    options = read_arguments()
    os.environ["PATH"] = search_path()
    toolbox = prepare(options)
    if options.peers_only:
        toolbox.daemons = None
    run = Run(toolbox, options)
    results = []
    begun = time.monotonic()
    try:
        for name in options.jobs:
            result = run_job(run, name)
            if result:
                results.append(result)
                print(report.text(result), "\n", flush=True)
    finally:
        processes.stop_all()
    keep(toolbox.directory / "results.json", results, run)
    if options.write_docs:
        keep(STORED, results, run)
        write_docs()
    print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    missed = [
        f"{result.name}: {line}"
        for result in results
        for line in report.verdict_lines(result)
        if line.startswith(report.MISSED)
    ]
    for line in missed:
        print(line)
    return 0


def run_job(run, name):
    run.say(f"== {name}")
    try:
        return JOBS[name](run)
    except OutOfTime as reason:
        run.say(f"    {name} is left out or cut short: {reason}")
        return None


def keep(path, results, run):
    """Adds the results to those stored, job by job."""
    stored = json.loads(path.read_text()) if path.exists() else {}
    for result in results:
        rounds = max((len(v) for row in result.samples.values() for v in row.values()), default=0)
        taken = {"rounds": rounds, "seconds": run.seconds, **report.machine()}
        stored[result.name] = {**taken, "result": result.to_json()}
    ordered = {name: stored[name] for name in JOBS if name in stored}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(ordered, indent=1) + "\n")


def write_docs():
    stored = json.loads(STORED.read_text())
    stored = {name: stored[name] for name in JOBS if name in stored}
    report.write_between_markers(PAGE, report.page_body(stored))
    plots.write(stored, STORED.parent)
