"""One of two upstream servers dead: how many of 80 answers are late, and how many never come.

Every server has its own pair. The dead one is listed first and is silent, has nothing on its port, answers REFUSED, or falls
silent in the middle. All run at once: twenty queries per second each keep no core busy.
"""

import signal
import time

from . import peers, processes
from .data import Registries
from .results import LESS, Bound, Figure, Result
from .servers import Scene

QUERIES, RATE = 80, 20
MANNERS = {"silent": "silent", "closed": "closed port", "refused": "refusing", "dying": "dying mid-run"}


def figures():
    for manner, title in MANNERS.items():
        yield Figure(f"late-{manner}", f"{title}: later than 100 ms, of {QUERIES}", "", LESS, 0)
        yield Figure(f"none-{manner}", f"{title}: unanswered or failed", "", LESS, 0)


def dead(run):
    names = list(figures())
    bounds = [Bound(figure.key, 0) for figure in names]
    result = Result("dead", "one of two upstream servers dead", names, bounds)
    kinds = [peers.PrivateLinkDaemon, *peers.FORWARDERS]
    for _ in range(1 if run.quick else 3):
        run.need(22)
        samples = {}
        for manner in MANNERS:
            for server, values in dead_once(run, result, kinds, manner).items():
                samples.setdefault(server, {}).update(values)
        for server, values in samples.items():
            result.add(server, **values)
    return result


def dead_once(run, result, kinds, manner):
    """One manner of dying for all servers at once."""
    registries = Registries(10, run.data)
    upstreams, servers, loads = [], [], []
    try:
        for kind in run.chosen(kinds):
            ports = [processes.free_port(), processes.free_port()]
            dying = None
            if manner != "closed":
                dying = run.toolbox.standin(ports[0], manner if manner in ("silent", "refused") else None)
                upstreams.append(dying)
            upstreams.append(run.toolbox.standin(ports[1]))
            server = run.make(kind, Scene(registries, ports), f"dead-{manner}")
            server.start()
            server.dying = dying if manner == "dying" else None
            servers.append(server)
        for server in servers:
            await_listening(run, server)
        for server in servers:
            loads.append((server, ask(run, server)))
        time.sleep(QUERIES / RATE / 2)
        for server in servers:
            if server.dying:
                server.dying.send_signal(signal.SIGUSR1)
        return {server.name: collect(run, load, server, manner) for server, load in loads}
    finally:
        for server in servers:
            server.stop()
        for process in upstreams:
            processes.stop(process)


def await_listening(run, server):
    """Waits until the server has bound its port, without asking it anything: the first query is part of the run."""
    needle = f"0100007F:{server.port:04X}"
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with open("/proc/net/udp", encoding="ascii") as table:
            if needle in table.read():
                return
        time.sleep(0.02)


def ask(run, server):
    options = ["--unique", f"{server.port}.example.com", "--rate", RATE, "--count", QUERIES]
    options += ["--seconds", 60, "--late", 100, "--timeout", 5, "--clients", 1]
    report = server.directory / "load.json"
    report.write_bytes(b"")
    command = run.toolbox.load_command("rate", server, options)
    return processes.start(command, {processes.LOAD_CORE}, report)


def collect(run, load, server, manner):
    load.wait(60)
    processes.running.remove(load)
    tally = run.toolbox.parse(server.directory / "load.json")
    run.say(f"    {manner}, {server.name}: {tally['late']} late, {tally['lost']} unanswered, {tally['wrong']} failed")
    return {f"late-{manner}": tally["late"], f"none-{manner}": tally["lost"] + tally["wrong"]}
