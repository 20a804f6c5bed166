"""The programs that a run needs: the C programs built from here, the daemon's release build, and
the peers' packages.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from . import processes

ROOT = pathlib.Path(__file__).resolve().parents[3]
SOURCES = ROOT / "Tests/Benchmarks"
COMPILE = ["cc", "-O2", "-Wall", "-Wextra", "-std=gnu11", "-D_GNU_SOURCE", "-o"]
PROGRAMS = {
    "reference": (["reference.c"], ["-levent_core"]),
    "standin": (["standin.c"], []),
    "load": (
        ["load.c", "load_queries.c", "load_tally.c", "load_udp.c", "load_rate.c", "load_tcp.c"],
        [],
    ),
}


class Toolbox:
    def __init__(self, directory, daemons=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.daemons = pathlib.Path(daemons).resolve() if daemons else None

    def build(self):
        """Builds the C programs, each time: it takes a second."""
        for name, (sources, libraries) in PROGRAMS.items():
            paths = [SOURCES / source for source in sources]
            subprocess.run([*COMPILE, self.program(name), *paths, *libraries], check=True)

    def build_daemon(self):
        """Builds the release programs, unless a directory with them was given."""
        if self.daemons:
            return
        subprocess.run([ROOT / "scripts/build"], check=True, stdout=subprocess.DEVNULL)
        self.daemons = ROOT / ".build/release"

    def program(self, name):
        return self.directory / name

    def daemon(self, name):
        return self.daemons / name

    def without_debugging(self, program):
        """A copy without debugging information, which valgrind of Debian 12 cannot read from
        Swift's compiler.
        """
        copy = self.directory / "stripped" / program.name
        copy.parent.mkdir(exist_ok=True)
        subprocess.run(["objcopy", "--strip-debug", program, copy], check=True)
        return copy

    def has(self, program):
        return program is None or shutil.which(program, path=search_path()) is not None

    def load_command(self, manner, server, options):
        command = [self.program("load"), manner, "--server", server.endpoint, *options]
        return [str(part) for part in command]

    def load(self, manner, server, options, check=True, timeout=150):
        """Runs the load generator on its core and returns what it counted."""
        command = self.load_command(manner, server, options)
        output = self.run_on_load_core(command, check=check, timeout=timeout)
        return json.loads(output) if output else None

    def run_on_load_core(self, command, check=True, timeout=150):
        """Runs a program on the load's core and returns what it printed."""
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            preexec_fn=lambda: processes.pinned_and_first({processes.LOAD_CORE}),
        )
        if done.returncode != 0 and check:
            raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
        return done.stdout

    @staticmethod
    def parse(report):
        """What a load generator counted that was started by itself, its output in a file."""
        return json.loads(pathlib.Path(report).read_text())

    def standin(self, port, manner=None, core=processes.LOAD_CORE):
        """Starts an upstream server that answers any name, or fails in the given manner."""
        arguments = [self.program("standin"), f"127.0.0.1:{port}", *([manner] if manner else [])]
        return processes.start(arguments, {core}, self.directory / "standin.log")


def enter_own_network(arguments):
    """Goes on in a network namespace with nothing but loopback, where the system allows one:
    then no server can ask anything outside, and no port is taken.
    """
    loopback = 'ip link set lo up 2>/dev/null; exec "$@"'
    script = [sys.executable, *arguments, "--inside"]
    for namespace in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
        if not shutil.which("unshare") or not shutil.which("ip"):
            break
        allowed = subprocess.run([*namespace, "true"], stderr=subprocess.DEVNULL, check=False)
        if allowed.returncode == 0:
            os.execvp("unshare", [*namespace, "sh", "-c", loopback, "sh", *script])
    print("no network of its own: the servers run on this machine's loopback", file=sys.stderr)


def search_path():
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin"
