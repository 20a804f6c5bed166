"""Where the built programs are. `scripts/test` builds them once and says where; by hand, a release build is made."""

import functools
import os
import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
DIRECTORY_VARIABLE = "PRIVATELINKD_PROGRAMS"


@functools.cache
def directory():
    """The directory that holds both programs."""
    if DIRECTORY_VARIABLE not in os.environ:
        subprocess.run([REPOSITORY / "scripts/build"], check=True)
        os.environ[DIRECTORY_VARIABLE] = str(REPOSITORY / ".build/release")
    return pathlib.Path(os.environ[DIRECTORY_VARIABLE])


def privatelinkd():
    return str(directory() / "privatelinkd")


def privatelinkctl():
    return str(directory() / "privatelinkctl")
