"""A server under measurement: its files in a directory of its own, its start, its reload and its
end.

`Scene` says what it is to serve; each subclass (see peers.py) writes the settings for that in its
own language.
"""

import dataclasses
import pathlib
import shutil
import subprocess
import time

from . import processes
from .data import PRIVATE, PUBLIC, Registries, write_zone


@dataclasses.dataclass
class Scene:
    registries: Registries | None = None
    upstreams: list = dataclasses.field(default_factory=list)  # ports on 127.0.0.1
    workers: int = 1
    cache_entries: int = 100_000
    cache_size: str = "64MiB"
    extra_links: int = 0
    addresses_only: bool = False  # peers hold the private zone's addresses and no aliases


class Failed(Exception):
    """A server did not start, or gave wrong answers."""


class Server:
    name = "?"
    package = None
    program = None
    reference = False
    ours = False
    under_valgrind = False

    def __init__(self, toolbox, scene, directory):
        self.toolbox = toolbox
        self.scene = scene
        self.directory = pathlib.Path(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.port = processes.free_port()
        self.process = None
        self.serial = 0

    # What a subclass says.

    def write(self):
        """Writes the settings and zones."""

    def command(self):
        raise NotImplementedError

    def reload_command(self):
        """The command that makes the server read its zone again; it may return before that is done."""
        raise NotImplementedError

    @property
    def holds_aliases(self):
        """Whether the zone has the aliases beside the addresses, in the public zone."""
        return not self.scene.addresses_only

    @property
    def origin(self):
        return PUBLIC if self.holds_aliases else PRIVATE

    def zone_path(self):
        """The zone file that a reload reads again."""
        return self.directory / f"{self.origin}.zone"

    def zone_records(self, version):
        registries = self.scene.registries
        return (
            registries.public_records(version)
            if self.holds_aliases
            else registries.private_records(version)
        )

    def local_questions(self, watched=False):
        """The load's options that ask for the registries: by the alias, or by the address where
        that is all there is.
        """
        suffix = PRIVATE if self.scene.addresses_only and not self.ours else PUBLIC
        names = self.scene.registries.questions(suffix, watched)
        return ["--names", names, "--answers", 1 if suffix == PRIVATE else 2]

    def watched_name(self):
        suffix = PRIVATE if self.scene.addresses_only and not self.ours else PUBLIC
        return self.scene.registries.watched(suffix)

    # What all have in common.

    @property
    def endpoint(self):
        return f"127.0.0.1:{self.port}"

    @property
    def log(self):
        return self.directory / "log"

    def place_zone(self, version=0):
        """Puts a version of the zone in place, whole at once, with a serial that goes up."""
        self.serial += 1
        path = self.zone_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name("." + path.name)
        write_zone(fresh, self.origin, self.serial, self.zone_records(version))
        fresh.rename(path)

    def start(self, wrapper=(), cores=None):
        """Starts the server; returns the monotonic time of the start."""
        self.write()
        return self.launch(wrapper, cores)

    def launch(self, wrapper=(), cores=None):
        begun = time.monotonic()
        self.process = processes.start(
            [*wrapper, *self.command()],
            cores or {processes.SERVER_CORE},
            self.log,
            self.directory,
        )
        return begun

    def await_answer(self, question_options, seconds=60):
        """Waits for the first right answer; returns the monotonic time of it."""
        answer = self.toolbox.load(
            "first", self, [*question_options, "--seconds", seconds], check=False
        )
        if not answer or answer["visible"] == 0 or answer["answers"] == answer["wrong"]:
            tail = self.log.read_text(errors="replace")[-600:] if self.log.exists() else ""
            raise Failed(f"{self.name} gave no right answer within {seconds} s\n{tail}")
        return answer["visible"]

    def reload(self):
        """Starts a reload; returns the monotonic time before the command, and the command's
        process.
        """
        begun = time.monotonic()
        process = subprocess.Popen(
            [str(argument) for argument in self.reload_command()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return begun, process

    def processor_seconds(self):
        return processes.processor_seconds(self.process.pid)

    def stop(self):
        if self.process:
            processes.stop(self.process)
            self.process = None
