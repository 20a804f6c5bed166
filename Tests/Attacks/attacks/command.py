"""`scripts/attacks [NAME...]`: carries out attacks, prints figures, and fails where one reaches others."""

import argparse
import pathlib
import tempfile

from endtoend import programs
from endtoend.daemon import Daemon

from . import dead_names

ATTACKS = {"dead-names": dead_names.run}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ATTACKS)}; all by default")
    names = parser.parse_args().names or list(ATTACKS)
    unknown = [name for name in names if name not in ATTACKS]
    if unknown:
        parser.error(f"there is no {unknown[0]}")
    print(f"programs: {programs.privatelinkd()}")
    failed = [name for name in names if not carry_out(name)]
    for name in failed:
        print(f"{name}: not within its bounds")
    return 1 if failed else 0


def carry_out(name):
    """Whether an attack stays within its bounds; ends the daemons that it started."""
    daemons = []
    with tempfile.TemporaryDirectory(prefix="privatelinkd-attack-") as directory:
        def start(settings, zones, **more):
            daemon = Daemon(pathlib.Path(directory) / f"d{len(daemons)}", settings, zones, **more)
            daemons.append(daemon)
            daemon.launch().wait_until_ready()
            return daemon

        def report(what, **figures):
            print(f"{name}: {what}: " + ", ".join(f"{key} {value}" for key, value in figures.items()), flush=True)

        try:
            return ATTACKS[name](start, report)
        finally:
            for daemon in daemons:
                daemon.running.stop()
