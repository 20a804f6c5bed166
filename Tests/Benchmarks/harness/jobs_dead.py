"""One of two upstream servers dead: how many of 80 answers are late, and how many never come.

Every server has its own pair. The dead one is listed first and is silent, has nothing on its port,
answers REFUSED, or falls silent in the middle. All run at once: twenty queries per second each keep
no core busy.
"""

import signal
import time

from . import peers, processes
from .data import Registries
from .results import LESS, Bound, Figure, Result
from .servers import Scene

QUERIES, RATE = 80, 20
MANNERS = {
    "silent": "silent",
    "closed": "closed port",
    "refused": "refusing",
    "dying": "dying mid-run",
}


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
        run.need(15)
        for server, values in dead_once(run, kinds).items():
            result.add(server, **values)
    return result


class Trial:
    """A server with its two upstream servers, of which the first is or will be dead."""

    def __init__(self, run, kind, manner):
        self.run, self.manner = run, manner
        ports = [processes.free_port(), processes.free_port()]
        self.dead = None
        if manner != "closed":
            self.dead = run.toolbox.standin(
                ports[0], manner if manner in ("silent", "refused") else None
            )
        self.alive = run.toolbox.standin(ports[1])
        self.server = run.make(kind, Scene(Registries(10, run.data), ports), f"dead-{manner}")
        self.server.start()

    def ask(self):
        options = [
            "--unique",
            f"{self.server.port}.example.com",
            "--rate",
            RATE,
            "--count",
            QUERIES,
        ]
        options += ["--seconds", 60, "--late", 100, "--timeout", 5, "--clients", 1]
        self.report = self.server.directory / "load.json"
        self.report.write_bytes(b"")
        command = self.run.toolbox.load_command("rate", self.server, options)
        self.load = processes.start(command, {processes.LOAD_CORE}, self.report)

    def die(self):
        if self.manner == "dying":
            self.dead.send_signal(signal.SIGUSR1)

    def collect(self):
        self.load.wait(60)
        processes.running.remove(self.load)
        tally = self.run.toolbox.parse(self.report)
        late, none = tally["late"], tally["lost"] + tally["wrong"]
        self.run.say(
            f"    {self.manner}, {self.server.name}: {late} late, {none} unanswered or failed"
        )
        return {f"late-{self.manner}": late, f"none-{self.manner}": none}

    def stop(self):
        self.server.stop()
        for process in (self.dead, self.alive):
            if process:
                processes.stop(process)


def dead_once(run, kinds):
    """Every manner of dying for every server, all at once."""
    trials = []
    try:
        for manner in MANNERS:
            for kind in run.chosen(kinds):
                trials.append(Trial(run, kind, manner))
        for trial in trials:
            await_listening(trial.server)
        for trial in trials:
            trial.ask()
        time.sleep(QUERIES / RATE / 2)
        for trial in trials:
            trial.die()
        found = {}
        for trial in trials:
            found.setdefault(trial.server.name, {}).update(trial.collect())
        return found
    finally:
        for trial in trials:
            trial.stop()


def await_listening(server):
    """Waits until the server has bound its port, without asking it anything: the first query is
    part of the run.
    """
    needle = f"0100007F:{server.port:04X}"
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with open("/proc/net/udp", encoding="ascii") as table:
            if needle in table.read():
                return
        time.sleep(0.02)
