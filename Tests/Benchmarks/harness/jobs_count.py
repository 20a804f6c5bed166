"""The job without noise: user instructions per local answer, counted by callgrind, one query at a
time.
"""

import shutil

from . import peers
from .callgrind import Session
from .data import Registries
from .results import LESS, Bound, Figure, Result
from .servers import Failed, Scene

INSTRUCTIONS = Figure("instructions", "user instructions per answer", "", LESS, 0)


def callgrind(run):
    result = Result(
        "callgrind",
        "user instructions per local answer, one query at a time",
        [INSTRUCTIONS],
        [Bound("instructions", 1500)],
        "C reference",
    )
    if not shutil.which("valgrind"):
        result.note("valgrind is not installed.")
        return result
    count = 500 if run.quick else 4000
    registries = Registries(1000, run.data)
    questions = ["--names", registries.questions(), "--answers", 2]
    kinds = [peers.Reference, peers.PrivateLinkDaemon, peers.NSD, peers.Knot]
    if not run.quick:
        kinds += [peers.Unbound, peers.BIND]
    with run.standin() as port:
        for kind in run.chosen(kinds):
            run.need(25)
            server = run.make(kind, Scene(registries, [port]), result.name)
            try:
                with Session(run, server) as session:
                    found = session.profile(questions, count, warm=count // 2)
                result.add(server.name, instructions=found.instructions / count)
                steps = server.directory / "profile.txt"
                steps.write_text("\n".join(found.per_query(count)) + "\n")
                run.say(
                    f"    {server.name}: {found.instructions / count:.0f}, by function in {steps}"
                )
            except Failed as failure:
                run.say(f"    {failure}")
                result.note(str(failure).splitlines()[0])
    return result
