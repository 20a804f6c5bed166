"""The jobs that load a server and compare what an answer costs: local zones, the cache, the
forwarder, TCP, a steady rate.
"""

import re

from . import peers
from .data import Registries, other_names
from .results import LESS, MORE, Bound, Figure, Result
from .servers import Failed, Scene
from .systemcalls import count_system_calls

COST = Figure("cost", "server CPU per million answers", "s", LESS, 2)
RATE = Figure("rate", "answers per second", "", MORE, 0)
MEDIAN = Figure("p50", "median latency", "us", LESS, 0)
SLOW = Figure("p99", "99th percentile", "us", LESS, 0)
LONGEST = Figure("longest", "longest answer", "ms", LESS, 2)
CALLS = Figure("calls", "system calls per query", "", LESS, 2)


def local(run):
    return local_zone(run, "local", 1000, 1.15)


def local_large(run):
    return local_zone(run, "local-large", 100_000, 1.25)


def local_zone(run, name, count, limit):
    title = f"alias and A of {count:,} registries from a local zone".replace(",", " ")
    result = Result(name, title, [COST, RATE], [Bound("cost", limit, relative=True)], "C reference")
    registries = Registries(count, run.data)
    kinds = [peers.Reference, peers.PrivateLinkDaemon, *peers.AUTHORITATIVE]
    if count <= 1000:
        kinds.append(peers.Dnsmasq)
    questions = ["--names", registries.questions(), "--answers", 2]
    with run.servers(result, kinds, Scene(registries), questions) as servers:
        run.rounds(result, servers, lambda server: saturate(run, server, questions))
    return result


def saturate(run, server, questions, manner="saturate"):
    before = server.processor_seconds()
    tally = run.load(manner, server, [*questions, "--seconds", run.seconds])
    spent = server.processor_seconds() - before
    if tally["answers"] - tally["wrong"] < tally["sent"] * 0.5:
        raise Failed(
            f"{server.name}: {tally['answers']} answers, {tally['wrong']} wrong, to {tally['sent']} queries"
        )
    return {
        "cost": spent / tally["answers"] * 1e6,
        "rate": tally["answers"] / tally["seconds"],
        "p50": tally["p50"],
        "p99": tally["p99"],
        "longest": tally["longest"] / 1000,
    }


def hit(run):
    result = Result(
        "hit",
        "cache hit, 2 000 names",
        [COST, RATE],
        [Bound("cost", 1.25, relative=True)],
        "C reference",
    )
    questions = ["--names", other_names(2000, run.data)]
    kinds = [peers.Reference, peers.PrivateLinkDaemon, *peers.FORWARDERS]
    with run.standin() as port:
        scene = Scene(Registries(1000, run.data), [port])
        with run.servers(result, kinds, scene, questions) as servers:
            for server in list(servers):
                fill_cache(run, result, servers, server, questions, 2000)
            run.rounds(result, servers, lambda server: saturate(run, server, questions))
    return result


def fill_cache(run, result, servers, server, questions, count):
    """Asks every name once, in order and with few open, so that each is in the cache."""
    options = [*questions, "--sequential", "--count", count, "--clients", 1, "--window", 16]
    tally = run.toolbox.load("saturate", server, [*options, "--seconds", 120])
    if tally["answers"] - tally["wrong"] < count * 0.99:
        run.drop(
            result,
            servers,
            server,
            f"{tally['wrong']} of {count} answers wrong, {tally['lost']} lost",
        )


def miss(run):
    result = Result(
        "miss",
        "cache miss, every name new",
        [COST, RATE],
        [Bound("cost", 1.5, relative=True)],
        "C forwarder",
    )
    questions = ["--unique", "example.com"]
    kinds = [
        peers.ReferenceForwarder,
        peers.FreshReferenceForwarder,
        peers.PrivateLinkDaemon,
        *peers.FORWARDERS,
    ]
    with run.standin() as port:
        with run.servers(
            result, kinds, Scene(Registries(1000, run.data), [port]), questions
        ) as servers:
            run.rounds(result, servers, lambda server: saturate(run, server, questions))
    return result


def questions_for(run, server, registries):
    """What a server is asked where any answer will do: local names if it holds zones, else cached
    ones.
    """
    if isinstance(server, (peers.Dnsdist, peers.KnotResolver, peers.CachingPrivateLinkDaemon)):
        return ["--names", other_names(2000, run.data)]
    return ["--names", registries.questions(), "--answers", 2]


EITHER = [
    peers.Reference,
    peers.PrivateLinkDaemon,
    peers.CachingPrivateLinkDaemon,
    peers.NSD,
    peers.Knot,
    peers.Unbound,
    peers.BIND,
    peers.Dnsdist,
    peers.KnotResolver,
]


def either_servers(run, result, registries, port, manner="saturate"):
    """The servers of a job that mixes local answers and cache hits, warm."""
    scene = Scene(registries, [port])
    return run.servers(
        result, EITHER, scene, lambda server: questions_for(run, server, registries), warm=manner
    )


def tcp(run):
    """Each query a segment of its own, as clients send them."""
    title = "TCP, 8 connections kept, pipelined"
    return over_tcp(run, "tcp", title, [Bound("rate", 0.8, relative=True, least=True)], ["--apart"])


def tcp_bursts(run):
    """Whole windows in one segment: what the server's own part costs, without the kernel's per
    segment.
    """
    return over_tcp(run, "tcp-bursts", "TCP, 8 connections kept, pipelined in bursts", [], [])


def over_tcp(run, name, title, bounds, options):
    result = Result(name, title, [RATE, COST], bounds, "C reference")
    registries = Registries(1000, run.data)
    with run.standin() as port, either_servers(run, result, registries, port, "tcp") as servers:

        def sample(server):
            questions = [*questions_for(run, server, registries), *options]
            return saturate(run, server, questions, manner="tcp")

        run.rounds(result, servers, sample)
    return result


def steady(run):
    result = Result(
        "steady",
        "a steady 20 000 queries per second",
        [COST, CALLS, MEDIAN, SLOW, LONGEST],
        [Bound("cost", 1.08, relative=True), Bound("calls", 3)],
        "C reference",
    )
    registries = Registries(1000, run.data)
    with run.standin() as port, either_servers(run, result, registries, port) as servers:

        def sample(server):
            questions = [*questions_for(run, server, registries), "--rate", 20_000]
            return saturate(run, server, questions, manner="rate")

        run.rounds(result, servers, sample)
        for server in servers:
            questions = [*questions_for(run, server, registries), "--rate", 20_000, "--seconds", 1]
            calls, manner = count_system_calls(run.toolbox, server, questions)
            result.add(server.name, calls=calls)
            result.note(f"System calls counted by {manner}.")
    return result


def dnsperf(run):
    """The first job again with another load generator, to see that the harness's own favours nobody."""
    result = Result(
        "dnsperf",
        "alias and A of 1 000 registries, asked by dnsperf",
        [COST, RATE],
        [],
        "C reference",
    )
    if not run.toolbox.has("dnsperf"):
        result.note("dnsperf is not installed.")
        return result
    registries = Registries(1000, run.data)
    questions = ["--names", registries.questions(), "--answers", 2]
    names = run.data / "dnsperf-names"
    names.write_text("".join(f"{name} A\n" for name in registries.questions().read_text().split()))
    kinds = [peers.Reference, peers.PrivateLinkDaemon, peers.NSD, peers.Knot, peers.Unbound]
    with run.servers(result, kinds, Scene(registries), questions) as servers:
        run.rounds(result, servers, lambda server: ask_by_dnsperf(run, server, names))
    return result


def ask_by_dnsperf(run, server, names):
    seconds = max(1, round(run.seconds))
    command = ["dnsperf", "-s", "127.0.0.1", "-p", server.port, "-d", names, "-l", seconds]
    before = server.processor_seconds()
    output = run.toolbox.run_on_load_core([*command, "-c", 8, "-q", 192])
    spent = server.processor_seconds() - before
    completed = re.search(r"Queries completed:\s+(\d+)", output)
    elapsed = re.search(r"Run time \(s\):\s+([\d.]+)", output)
    if not completed or not elapsed or int(completed.group(1)) == 0:
        raise Failed(f"{server.name}: dnsperf got no answers")
    answers = int(completed.group(1))
    return {"cost": spent / answers * 1e6, "rate": answers / float(elapsed.group(1))}
