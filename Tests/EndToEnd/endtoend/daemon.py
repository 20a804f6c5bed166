"""The daemon in a directory of its own: settings, zones, control socket and log."""

import copy
import json
import os
import pathlib
import random
import re
import socket
import subprocess

from . import programs
from .running import PATIENCE, Running

LOOPBACK = ["127.0.0.1:0", "[::1]:0"]
SOA = "@ SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10\n"


class Daemon:
    """A daemon that was started and is ready. Settings are those that a loopback test needs, and what is given."""

    def __init__(self, directory, settings=None, zones=None, name="privatelinkd", environment=None,
                 prefix=()):
        self.name = name
        self.directory = pathlib.Path(directory)
        self.zones = self.directory / "zones"
        self.zones.mkdir(parents=True, exist_ok=True)
        self.settings = {
            "listen": LOOPBACK, "workers": 2, "zones": {"directory": "zones"},
            "control": {"socket": "control.sock"}, "log": {"level": "info"},
        }
        self._ports = {}
        for origin, text in (zones or {}).items():
            self.write_zone(origin, text)
        self.write_settings(settings or {})
        self.environment = environment
        self.prefix = list(prefix)
        self.running = None

    # Files

    @property
    def settings_file(self):
        return self.directory / "privatelinkd.yaml"

    @property
    def control_socket(self):
        return self.directory / "control.sock"

    def write_settings(self, changes):
        """Puts a settings file in place, whole: the present settings with these changes, kept from now on. A text
        is written as it is, and the present settings are as before."""
        if isinstance(changes, dict):
            self.settings = merged(self.settings, changes)
            listen = [self._with_port(entry) for entry in self.settings["listen"]]
            changes = json.dumps({**self.settings, "listen": listen}, indent=2) + "\n"
        replace(self.settings_file, changes)

    def _with_port(self, endpoint):
        """The endpoint; for port 0, the same free port every time, which no client is given as its own. dig shares
        ports (SO_REUSEPORT), so that a dig whose own port is the daemon's sends its query to itself."""
        if not isinstance(endpoint, str) or not endpoint.endswith(":0"):
            return endpoint
        if endpoint not in self._ports:
            self._ports[endpoint] = free_port(split_endpoint(endpoint)[0])
        return endpoint[:-1] + str(self._ports[endpoint])

    def zone_file(self, origin):
        return self.zones / f"{origin}.zone"

    def write_zone(self, origin, text):
        """Puts a zone's file in place, whole."""
        replace(self.zone_file(origin), text)

    # Life

    def command(self, *arguments):
        return [*self.prefix, programs.privatelinkd(), "--config", str(self.settings_file), *arguments]

    def launch(self):
        """Starts the program; it need not become ready."""
        self.running = Running(
            self.name, self.command(), cwd=self.directory, env={**os.environ, **(self.environment or {})})
        return self

    def wait_until_ready(self, after=0):
        """Waits until the program says that it is ready, and where."""
        ready = self.running.wait_for_line(r"ready on (.*): \d+ zones?", after)
        self.endpoints = [split_endpoint(text) for text in ready[1].split(", ")]

    def stop(self):
        """Ends the program; its exit status."""
        return self.running.stop()

    @property
    def address(self):
        return self.endpoints[0][0]

    @property
    def port(self):
        """The port of the first listener."""
        return self.endpoints[0][1]

    @property
    def port6(self):
        """The port of the first IPv6 listener."""
        return next(port for address, port in self.endpoints if ":" in address)

    @property
    def endpoint(self):
        """The first listener, as a setting has it."""
        return f"{self.address}:{self.port}"

    # Control

    def control(self, *words):
        """Runs privatelinkctl; what it did, with its streams as text."""
        return subprocess.run(
            [programs.privatelinkctl(), "--socket", str(self.control_socket), *words],
            capture_output=True, text=True, timeout=PATIENCE)

    def told(self, *words):
        """What privatelinkctl answers, as values, and whether it says that all went well."""
        done = self.control("--json", *words)
        return json.loads(done.stdout), done.returncode == 0

    def status(self):
        return self.told("status")[0]

    def reload(self):
        """Reloads; an error if that does not succeed."""
        report, succeeded = self.told("reload")
        if not succeeded:
            raise AssertionError(f"the reload failed: {report}")
        return report

    def call(self, *words):
        """Asks over the control socket without starting a program; whether it was carried out, and the text."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.control_socket))
            connection.sendall(("privatelinkd/1 json " + " ".join(words) + "\n").encode())
            with connection.makefile("rb") as answer:
                outcome, length = answer.readline().split()
                return outcome == b"ok", json.loads(answer.read(int(length)))


def free_port(address):
    """A port below those that the system gives to clients, free over UDP and TCP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(min(10_000, first // 2), first)
        with socket.socket(family, socket.SOCK_DGRAM) as datagrams, socket.socket(family) as listener:
            try:
                datagrams.bind((address, port))
                listener.bind((address, port))
                return port
            except OSError:
                continue


def replace(path, text):
    """Writes a file beside the one that it then replaces; the daemon does not look at names that begin with a dot."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text)
    temporary.rename(path)


def merged(settings, changes):
    """Settings with changes in them; sections are merged, and None takes a key out."""
    result = copy.deepcopy(settings)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def split_endpoint(text):
    """`[::1]:53` or `127.0.0.1:53` as address and port."""
    match = re.fullmatch(r"\[?([0-9a-f.:]+?)\]?:(\d+)", text)
    return match[1], int(match[2])
