"""The ground of every end-to-end test: a directory, started programs that are ended, and their logs on failure."""

import pathlib
import shutil
import sys
import tempfile
import time
import unittest

from .client import Datagrams, Stream
from .daemon import Daemon
from .dig import dig
from .message import query
from .running import Running
from .upstream import Upstream

#: The link of the shipped default.
LINK = {"public": "azurecr.io", "private": "privatelink.azurecr.io"}
ALIAS_TTL = 1800

#: A registry with data endpoints in two regions, as in the sample that is shipped.
REGISTRY_ZONE = """\
$TTL 10
@                           SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10
myregistry                  A   10.0.0.7
myregistry.westeurope.data  A   10.0.0.5
myregistry.northeurope.data A   10.0.0.6
"""


class EndToEndCase(unittest.TestCase):
    """A test with programs of its own."""

    maxDiff = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="privatelinkd-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self._programs = []

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        outcome = super().run(result)
        if len(result.failures) + len(result.errors) > before:
            for running in getattr(self, "_programs", []):
                print(f"--- what {running.name} wrote in {self.id()}:\n{running.text()}\n---",
                      file=sys.stderr)
        return outcome

    # Programs

    def prepare_daemon(self, settings=None, zones=None, name="privatelinkd", **more):
        """A daemon with its files, not started."""
        return Daemon(self.directory / name, settings, zones, name, **more)

    def start_daemon(self, settings=None, zones=None, name="privatelinkd", **more):
        """A daemon that is ready, and is ended after the test."""
        return self.start(self.prepare_daemon(settings, zones, name, **more))

    def start(self, daemon):
        """Starts a daemon and waits until it is ready; after the test it must end as it should."""
        self.launch(daemon)
        self.addCleanup(lambda: self.assertEqual(daemon.stop(), 0, "the daemon's exit status"))
        daemon.wait_until_ready()
        return daemon

    def launch(self, daemon):
        """Starts a daemon that need not become ready."""
        self.watch(daemon.launch().running)
        return daemon.running

    def start_upstream(self, address="127.0.0.1", port=0):
        upstream = Upstream(address, port)
        self.addCleanup(upstream.stop)
        return upstream

    def start_program(self, name, command, **options):
        return self.watch(Running(name, command, **options))

    def watch(self, running):
        """Ends a program after the test, and shows what it wrote if the test fails."""
        self._programs.append(running)
        self.addCleanup(running.stop)
        return running

    def start_resolver(self, upstream, **settings):
        """The main job: the sample zone, the link, and everything else to one server."""
        settings = {"links": [LINK], "forward": [{"zone": ".", "servers": [upstream.endpoint]}], **settings}
        return self.start_daemon(settings, {"privatelink.azurecr.io": REGISTRY_ZONE})

    # Questions

    def dig(self, daemon, name, kind="A", *options, **more):
        """Asks a daemon's first listener by dig; the answer must be one."""
        answer = dig(daemon.address, daemon.port, name, kind, *options, **more)
        self.assertEqual(answer.exit_status, 0, answer.text)
        return answer

    def ask(self, daemon, name, kind="A", **more):
        """Asks over UDP, without dig."""
        with Datagrams(daemon.address, daemon.port) as client:
            return client.ask(query(name, kind, **more))

    def datagrams(self, daemon, **more):
        client = Datagrams(daemon.address, daemon.port, **more)
        self.addCleanup(client.close)
        return client

    def stream(self, daemon, **more):
        client = Stream(daemon.address, daemon.port, **more)
        self.addCleanup(client.close)
        return client

    # What is expected

    def assert_registry(self, answer, name="myregistry", address="10.0.0.7"):
        """The private alias and address, and nothing else."""
        self.assertEqual(answer.status, "NOERROR", answer.text)
        self.assertEqual([tuple(record) for record in answer.answer], [
            (f"{name}.azurecr.io.", ALIAS_TTL, "CNAME", f"{name}.privatelink.azurecr.io."),
            (f"{name}.privatelink.azurecr.io.", 10, "A", address),
        ], answer.text)

    def wait_until(self, condition, what, patience=15):
        """Asks again and again until a condition holds: for what has no event that a test could wait for."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"{what} did not happen within {patience} s")
            time.sleep(0.02)
