"""The jobs with a large zone: a reload under load, memory at rest and at the reload's peak, and the
start.

The peers hold the private zone's addresses alone and are asked for them, though only privatelinkd
makes the aliases as well: with the aliases beside the addresses a peer's zone has twice the
records.
"""

import time

from . import peers, processes
from .data import Registries
from .results import LESS, Bound, Figure, Result
from .servers import Failed, Scene

VISIBLE = Figure("visible", "until the change is visible", "s", LESS, 2)
LONGEST = Figure("longest", "longest answer", "ms", LESS, 1)
LOST = Figure("lost", "queries without an answer", "", LESS, 0)
REST = Figure("rest", "resident at rest", "MB", LESS, 0)
PEAK = Figure("peak", "resident at the reload's peak", "MB", LESS, 0)
FIRST = Figure("first", "start to first answer", "s", LESS, 2)

KINDS = [peers.PrivateLinkDaemon, peers.Knot, peers.NSD, peers.BIND, peers.Unbound]


def label(run, text):
    records = f"{run.large:,}".replace(",", " ")
    return f"{text}, {records} records"


def scene(run):
    return Scene(Registries(run.large, run.data), addresses_only=True)


def questions_of(server):
    return server.local_questions()


def reload(run):
    result = Result(
        "reload",
        label(run, "reload under 5 000 queries per second"),
        [VISIBLE, LONGEST, LOST],
        [Bound("visible", 1.2), Bound("longest", 6), Bound("lost", 0)],
        "C reference",
    )
    result.note("The C reference reloads nothing: its longest answer is what the machine adds.")
    large = scene(run)
    seconds = 3 if run.large <= 100_000 else 8
    rounds = 2 if run.quick else min(run.repeat, 3)
    # One server at a time: each holds hundreds of megabytes, and its pages are then the only ones.
    for kind in run.chosen([peers.Reference, *KINDS]):
        run.need(seconds * rounds + 8)
        with run.servers(result, [kind], large, questions_of) as servers:
            for server in servers:
                for number in range(rounds):
                    sample = reload_once(run, server, 1 - number % 2, seconds)
                    result.add(server.name, **sample)
                    run.say(f"    {server.name}: {sample}")
    return result


def reload_once(run, server, version, seconds):
    """Asks at a fixed rate, every fifth query the name that changes, and reloads half a second
    later.
    """
    server.place_zone(version)
    options = [*questions_of(server), "--rate", 5000, "--seconds", seconds, "--timeout", 5]
    options += ["--watch", server.watched_name()]
    # The generator reads its names before it asks; a reload is begun when it has asked a while.
    command = run.toolbox.load_command("rate", server, options)
    report = server.directory / "load.json"
    report.write_bytes(b"")
    before = server.processor_seconds()
    loader = processes.start(command, {processes.LOAD_CORE}, report)
    await_traffic(server, before)
    time.sleep(0.5)
    begun, reloading = server.reload()
    loader.wait(seconds + 30)
    reloading.wait(60)
    processes.running.remove(loader)
    tally = run.toolbox.parse(report)
    visible = tally["visible"] - begun if tally["visible"] else None
    if visible is None and not server.reference:
        run.say(f"    {server.name}: the change was not visible within {seconds} s")
    return {
        "visible": visible,
        "longest": tally["longest"] / 1000,
        "lost": tally["lost"] + tally["wrong"],
    }


def await_traffic(server, before):
    """Waits until the server's processor time shows that it is asked."""
    end = time.monotonic() + 20
    while server.processor_seconds() < before + 0.005 and time.monotonic() < end:
        time.sleep(0.01)


def memory(run):
    result = Result(
        "memory",
        label(run, "resident memory for the same answers"),
        [REST, PEAK],
        [Bound("rest", 120), Bound("peak", 260)] if run.large == 1_000_000 else [],
    )
    large = scene(run)
    for kind in run.chosen(KINDS):
        run.need(12)
        with run.servers(result, [kind], large, questions_of) as servers:
            for server in servers:
                sample = memory_once(run, server)
                result.add(server.name, **sample)
                run.say(f"    {server.name}: {sample}")
    return result


def memory_once(run, server):
    """Memory a while after the start, and the most of it until a reload has ended and it fell
    again.
    """
    pid = server.process.pid
    rest = settled(pid)
    processes.forget_peak(pid)
    server.place_zone(1)
    _, reloading = server.reload()
    peak, calm = rest, 0
    end = time.monotonic() + 30
    last = server.processor_seconds()
    while time.monotonic() < end and calm < 50:
        peak = max(peak, processes.resident_octets(pid))
        time.sleep(0.02)
        spent = server.processor_seconds()
        calm = calm + 1 if spent - last < 0.002 and reloading.poll() is not None else 0
        last = spent
    if len(processes.process_tree(pid)) == 1:
        peak = max(peak, processes.peak_octets(pid))
    server.await_answer(server.local_questions(watched=True))
    return {"rest": rest / 1e6, "peak": peak / 1e6}


def settled(pid):
    """Resident memory when it has not changed for a second."""
    last, same = processes.resident_octets(pid), 0
    end = time.monotonic() + 20
    while same < 10 and time.monotonic() < end:
        time.sleep(0.1)
        current = processes.resident_octets(pid)
        same = same + 1 if abs(current - last) < 1 << 18 else 0
        last = current
    return last


def start(run):
    result = Result(
        "start",
        label(run, "start to first answer"),
        [FIRST],
        [Bound("first", 0.8)],
    )
    large = scene(run)
    kinds = run.chosen(KINDS)
    for number in range(min(run.repeat, 5)):
        for kind in kinds:
            run.need(8)
            server = run.make(kind, large, result.name)
            try:
                server.write()
                begun = server.launch()
                first = server.await_answer(server.local_questions(watched=True), 30) - begun
                result.add(server.name, first=first)
                run.say(f"    {server.name}: {first:.2f} s")
            except Failed as failure:
                result.add(server.name, first=None)
                result.note(str(failure).splitlines()[0])
            finally:
                server.stop()
    return result
