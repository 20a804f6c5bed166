"""The settings file: --check-config, a start with mistakes, and the shipped default, unchanged."""

import pathlib
import shutil
import subprocess
import unittest

from endtoend import programs
from endtoend.case import REGISTRY_ZONE, EndToEndCase
from endtoend.client import Datagrams
from endtoend.dig import dig
from endtoend.message import query
from endtoend.namespace import in_namespace, neighbour
from endtoend.running import Running
from endtoend.upstream import Reply

WRONG = """\
listen: ["127.0.0.1:99999", "127.0.0.1:0"]
wokers: 2
access:
  allow: [10.0.0.1/8]
zones:
  directory: zones
  watch: "yes"
links:
  - public: azurecr.io
    private: azurecr.io
  - public: azurecr.io
    when-missing: maybe
    private: privatelink.azurecr.io
forward:
  - zone: .
    servers: [nowhere, 127.0.0.1]
cache:
  size: lots
"""
PLACES = ["1:10", "2:1", "4:11", "7:10", "10:14", "12:19", "16:15", "18:9"]
SHIPPED = programs.REPOSITORY / "config/privatelinkd.yaml"
AZURE = "168.63.129.16"


class CheckTests(EndToEndCase):
    def check(self, daemon):
        return subprocess.run(
            daemon.command("--check-config"), capture_output=True, text=True, timeout=30)

    def test_every_mistake_with_its_place(self):
        daemon = self.prepare_daemon()
        daemon.write_settings(WRONG)
        done = self.check(daemon)
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.splitlines()
        self.assertEqual(
            [line.split(" ")[0] for line in lines],
            [f"{daemon.settings_file}:{place}:" for place in PLACES], done.stderr)
        self.assertIn("did you mean `workers`?", lines[1])
        self.assertTrue(all(line.endswith((".", "?")) for line in lines), done.stderr)

    def test_a_start_with_mistakes_is_refused_with_the_same_list(self):
        daemon = self.prepare_daemon()
        daemon.write_settings(WRONG)
        running = self.launch(daemon)
        self.assertEqual(running.wait(), 78)
        self.assertEqual(running.lines, self.check(daemon).stderr.splitlines())

    def test_a_good_file(self):
        done = self.check(self.prepare_daemon(zones={"privatelink.azurecr.io": REGISTRY_ZONE}))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_every_mistake_of_the_zones(self):
        daemon = self.prepare_daemon(zones={
            "good.example": "@ 10 A 10.0.0.1\n",
            "bad.example": REGISTRY_ZONE + "x 10 A 10.0.0.256\ny 10 NOSUCH z\nout.example.org. 10 A 10.0.0.1\n",
            "worse.example": "$TTL many\n",
        })
        done = self.check(daemon)
        self.assertEqual(done.returncode, 1)
        mistakes = [line for line in done.stderr.splitlines() if "warning" not in line]
        self.assertEqual(
            [line.split(" ")[0] for line in mistakes],
            [f"{daemon.zone_file('bad.example')}:{place}:" for place in ("6:8", "7:6", "8:1")]
            + [f"{daemon.zone_file('worse.example')}:1:6:"], done.stderr)

    def test_what_works_and_is_suspicious(self):
        daemon = self.prepare_daemon(
            {"links": [{"public": "azurecr.io", "private": "privatelink.azurecr.io"},
                       {"public": "hidden.example", "private": "private.hidden.example"}]},
            {"hidden.example": REGISTRY_ZONE + "www.child A 10.0.0.1\n",
             "child.hidden.example": REGISTRY_ZONE, "no-soa.example": "@ 10 A 10.0.0.1\n"})
        done = self.check(daemon)
        self.assertEqual(done.returncode, 0, done.stderr)
        for sentence in (
                "zone child.hidden.example. hides 1 name of zone hidden.example., www.child.hidden.example. first",
                "no zone has privatelink.azurecr.io., which a link needs",
                "zone hidden.example. answers before the link of hidden.example."):
            self.assertIn(sentence, done.stderr)
        self.assertRegex(done.stderr, rf"{daemon.zone_file('no-soa.example')}:\d+:\d+: .*SOA")

    def test_files_that_cannot_be_read(self):
        daemon = self.prepare_daemon()
        daemon.settings_file.unlink()
        done = self.check(daemon)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{daemon.settings_file}", done.stderr)
        self.assertIn("No such file or directory", done.stderr)
        daemon.write_settings({})
        shutil.rmtree(daemon.zones)
        done = self.check(daemon)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(daemon.zones), done.stderr)

    def test_wrong_arguments_are_told(self):
        done = subprocess.run(
            [programs.privatelinkd(), "--nonsense"], capture_output=True, text=True, timeout=30)
        self.assertNotIn(done.returncode, (0, 1))
        self.assertIn("--nonsense", done.stderr)
        done = subprocess.run(
            [programs.privatelinkd(), "--version"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0)


class ShippedSettingsTests(EndToEndCase):
    def start_shipped(self):
        """The shipped file where a package would put it, with the sample zone beside it."""
        directory = self.directory / "etc"
        (directory / "zones").mkdir(parents=True)
        shutil.copyfile(SHIPPED, directory / "privatelinkd.yaml")
        (directory / "zones/privatelink.azurecr.io.zone").write_text(REGISTRY_ZONE)
        pathlib.Path("/run/privatelinkd").mkdir()
        running = self.watch(Running(
            "privatelinkd", [programs.privatelinkd(), "--config", str(directory / "privatelinkd.yaml")]))
        ready = running.wait_for_line(r"ready on (.*): \d+ zones?")
        self.assertEqual(ready[1], "0.0.0.0:53, [::]:53")
        return running

    def test_the_check_of_the_shipped_file(self):
        done = subprocess.run(
            [programs.privatelinkd(), "--check-config", "--config", str(SHIPPED)],
            capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)

    @in_namespace("203.0.113.1/32")
    def test_the_shipped_file_unchanged(self):
        with neighbour("10.1.0.4/24", AZURE):
            azure = self.start_upstream(AZURE, 53)
        azure.on("www.example.com.", "www.example.com. 300 A 203.0.113.80")
        azure.on("vm.internal.cloudapp.net.", Reply(
            "vm.internal.cloudapp.net. 10 A 10.1.0.9", delay=4.5))
        azure.on("4.0.1.10.in-addr.arpa.", "4.0.1.10.in-addr.arpa. 10 PTR vm.internal.cloudapp.net.")
        running = self.start_shipped()
        for server in ("10.1.0.4", "127.0.0.1", "::1"):
            for transport in ("+notcp", "+tcp"):
                with self.subTest(server=server, transport=transport):
                    self.assert_registry(dig(server, 53, "myregistry.azurecr.io", "A", transport))
        self.assertEqual(azure.seen, [])
        self.assertEqual(dig("10.1.0.4", 53, "www.example.com").data("A"), ["203.0.113.80"])
        slow = dig("10.1.0.4", 53, "vm.internal.cloudapp.net")
        self.assertEqual(slow.data("A"), ["10.1.0.9"], slow.text)
        name = dig("10.1.0.4", 53, "4.0.1.10.in-addr.arpa", "PTR")
        self.assertEqual(name.data("PTR"), ["vm.internal.cloudapp.net."])
        with Datagrams("10.1.0.4", 53, source="203.0.113.1") as stranger:
            self.assertEqual(stranger.ask(query("myregistry.azurecr.io")).rcode, "REFUSED")
        done = subprocess.run(
            [programs.privatelinkctl(), "status"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f". to {AZURE}:53", done.stdout)
        self.assertEqual(running.stop(), 0)


if __name__ == "__main__":
    unittest.main()
