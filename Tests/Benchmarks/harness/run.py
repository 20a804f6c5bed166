"""One run of the benchmark: its options, its deadline, and the steps that jobs share.

Servers of a job are started together and measured in rounds, each round in another order, so that
what the machine does meanwhile falls on all of them; comparisons are made within a round.
"""

import contextlib
import pathlib
import sys
import time

from . import processes
from .servers import Failed


class OutOfTime(Exception):
    """The run's deadline does not allow another step."""


class Run:
    def __init__(self, toolbox, options):
        self.toolbox = toolbox
        self.quick = options.quick
        self.seconds = options.seconds or (0.5 if options.quick else 2)
        self.repeat = options.repeat or (3 if options.quick else 7)
        self.large = options.records or (100_000 if options.quick else 1_000_000)
        self.only = {
            name.strip().lower() for name in (options.servers or "").split(",") if name.strip()
        }
        self.deadline = time.monotonic() + options.limit
        self.data = pathlib.Path(toolbox.directory) / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.seed = 0

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def need(self, seconds):
        """Ends the job where this long does not remain."""
        if time.monotonic() + seconds > self.deadline:
            raise OutOfTime(f"{seconds:.0f} s more would pass the run's limit")

    def chosen(self, kinds):
        """The kinds of servers that are installed and asked for; the reference and ours are always
        in.
        """
        return [
            kind
            for kind in kinds
            if self.toolbox.has(kind.program)
            and (not kind.ours or self.toolbox.daemons)
            and self.wanted(kind)
        ]

    def wanted(self, kind):
        if kind.reference or kind.ours:
            return True
        if self.only:
            return kind.name.lower() in self.only
        return not self.quick or kind.name in ("NSD", "Knot", "dnsdist", "Unbound")

    def load(self, manner, server, options):
        """Asks with another order of names each time."""
        self.seed += 1
        return self.toolbox.load(manner, server, [*options, "--seed", self.seed])

    @contextlib.contextmanager
    def standin(self, manner=None):
        """An upstream server for the length of a job; gives its port."""
        port = processes.free_port()
        process = self.toolbox.standin(port, manner)
        try:
            yield port
        finally:
            processes.stop(process)

    @contextlib.contextmanager
    def servers(self, result, kinds, scene, questions, warm=None, cores=None):
        """The servers of a job, started and seen to answer; those that fail are left out with a
        note.

        `questions` are the load's options, or a function from the server to them; with `warm`, 2
        000 of them are asked before in this manner.
        """
        started = []
        try:
            for kind in self.chosen(kinds):
                server = self.make(kind, scene, result.name)
                started.append(server)
                asked = questions(server) if callable(questions) else questions
                try:
                    server.start(cores=cores)
                    server.await_answer(asked)
                    if warm:
                        counted = ["--sequential", "--count", 2000, "--clients", 1, "--window", 16]
                        self.toolbox.load(warm, server, [*asked, *counted])
                except Failed as failure:
                    self.drop(result, started, server, str(failure))
            yield started
        finally:
            for server in list(started):
                server.stop()

    def make(self, kind, scene, job):
        name = "".join(letter if letter.isalnum() else "-" for letter in kind.name.lower())
        return kind(self.toolbox, scene, self.toolbox.directory / "servers" / f"{job}-{name}")

    def drop(self, result, servers, server, reason):
        self.say(f"    {server.name}: left out, {reason}")
        result.note(f"{server.name} is left out: {reason.splitlines()[0]}.")
        server.stop()
        servers.remove(server)

    def rounds(self, result, servers, sample):
        """Takes one sample of each server per round; a sample that fails leaves a gap."""
        for number in range(self.repeat):
            self.need(len(servers) * self.seconds * 1.2)
            turn = number % max(len(servers), 1)
            for server in servers[turn:] + servers[:turn]:
                try:
                    result.add(server.name, **sample(server))
                except Failed as failure:
                    self.drop(result, servers, server, str(failure))
            self.say(f"    round {number + 1} of {self.repeat}")
