"""The checkers of zone files that come with BIND, Knot and NSD, as Debian has them."""

import re
import subprocess
from typing import NamedTuple


class Verdict(NamedTuple):
    """Whether a checker takes a file, and what it said."""

    accepts: bool
    text: str


def _run(words, directory):
    done = subprocess.run(words, cwd=directory, capture_output=True, timeout=60)
    return Verdict(done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace"))


class Bind:
    """named-checkzone without the checks of what other names hold; `compiled` is the zone as BIND has read it."""

    name = "BIND"

    @staticmethod
    def check(directory, origin, file):
        # Addresses and host names of targets are not the format's business.
        return _run(["named-checkzone", "-i", "none", "-k", "ignore", origin, file], directory)

    @staticmethod
    def compiled(directory, origin, file):
        output = directory / "compiled.bind"
        verdict = _run(["named-compilezone", "-i", "none", "-k", "ignore", "-s", "full", "-F", "text", "-o",
                        str(output), origin, file], directory)
        return output.read_bytes() if verdict.accepts else None


class Knot:
    """kzonecheck; its opinions about signatures and missing glue, which are no mistakes of the format, do not count."""

    name = "Knot"

    @staticmethod
    def check(directory, origin, file):
        return _run(["kzonecheck", "-d", "off", "-o", origin, file], directory)


class Nsd:
    """nsd-checkzone; `compiled` is the zone as NSD has read it."""

    name = "NSD"

    @staticmethod
    def check(directory, origin, file):
        return _run(["nsd-checkzone", origin, file], directory)

    @staticmethod
    def compiled(directory, origin, file):
        done = subprocess.run(["nsd-checkzone", "-p", origin, file], cwd=directory, capture_output=True, timeout=60)
        if done.returncode != 0:
            return None
        return b"\n".join(line for line in done.stdout.split(b"\n") if not re.match(rb"zone \S+ is ok$", line))


CHECKERS = [Bind, Knot, Nsd]
