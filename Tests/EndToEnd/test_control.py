"""privatelinkctl against a running daemon: what it prints for people and for programs, and its exit statuses."""

import json
import os
import socket
import stat
import subprocess
import time
import unittest

from endtoend import programs
from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.message import Record

ORIGIN = "privatelink.azurecr.io"


class ControlTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        self.upstream.on("www.example.com.", "www.example.com. 300 A 198.51.100.7")
        self.upstream.on(
            "public.azurecr.io.", "public.azurecr.io. 60 CNAME weu-1.azcr.io.\nweu-1.azcr.io. 60 A 198.51.100.10")
        self.daemon = self.start_resolver(self.upstream)

    def assert_done(self, *words):
        done = self.daemon.control(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    # Where the daemon is

    def test_the_settings_name_the_socket_wherever_the_option_stands(self):
        settings = str(self.daemon.settings_file)

        def run(*words, **environment):
            return subprocess.run(
                [programs.privatelinkctl(), *words], capture_output=True, text=True, timeout=30,
                env={**os.environ, **environment})

        for words in (["--config", settings, "zones"], ["zones", "--config", settings]):
            done = run(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(ORIGIN, done.stdout)
        self.assertIn(ORIGIN, run("zones", PRIVATELINKD_CONFIG=settings).stdout)
        # Those that work on the zone directory too.
        for words in (["--config", settings, "zone", "list"], ["zone", "list", "--config", settings]):
            self.assertIn(ORIGIN, run(*words).stdout)
        self.assertIn(ORIGIN, run("zone", "list", PRIVATELINKD_CONFIG=settings).stdout)
        # The option comes before the environment, and a file that is named must be there.
        done = run("zones", "--config", "/nowhere.yaml", PRIVATELINKD_CONFIG=settings)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere.yaml", done.stderr)
        # Where the socket is named, no settings are read.
        self.assertEqual(run("zones", "--socket", str(self.daemon.control_socket),
                             "--config", "/nowhere.yaml").returncode, 0)

    # Status

    def test_status_for_programs(self):
        self.dig(self.daemon, "myregistry.azurecr.io")
        self.dig(self.daemon, "www.example.com")
        status, succeeded = self.daemon.told("status")
        self.assertTrue(succeeded)
        expected = {
            "process-id": self.daemon.running.pid, "ready": True, "workers": 2, "generation": 1,
            "zones": 1, "records": 4, "failed-zones": [], "pending-questions": 0,
            "listen": [f"127.0.0.1:{self.daemon.port}", f"[::1]:{self.daemon.port6}"],
            "links": ["azurecr.io. to privatelink.azurecr.io."],
            "forward-zones": [f". to {self.upstream.endpoint}"],
            "queries-answered": 2, "cache-entries": 1, "last-reload-age-seconds": None,
        }
        self.assertEqual({key: status[key] for key in expected}, expected)
        self.assertRegex(status["fingerprint"], "^[0-9a-f]{16}$")
        self.assertGreater(status["cache-octets"], 0)

    def test_status_says_where_the_settings_are(self):
        self.assertEqual(self.daemon.status()["settings-file"], str(self.daemon.settings_file.resolve()))

    def test_status_for_people(self):
        text = self.assert_done("status")
        self.assertRegex(text, r"(?m)^ready: +yes$")
        self.assertRegex(text, r"(?m)^links: +azurecr\.io\. to privatelink\.azurecr\.io\.$")
        self.assertRegex(text, r"(?m)^last reload: +-$")

    def test_two_daemons_that_serve_the_same_have_the_same_fingerprint(self):
        other = self.start_daemon(
            {"forward": [{"servers": [self.upstream.endpoint], "zone": "."}],
             "links": [{"private": ORIGIN, "public": "azurecr.io"}], "workers": 1},
            {ORIGIN: "; the same in other words\n" + REGISTRY_ZONE.replace("  ", "\t")}, name="other")
        self.assertEqual(other.status()["fingerprint"], self.daemon.status()["fingerprint"])
        other.write_zone(ORIGIN, REGISTRY_ZONE.replace("10.0.0.7", "10.0.0.8"))
        other.reload()
        self.assertNotEqual(other.status()["fingerprint"], self.daemon.status()["fingerprint"])
        other.write_zone(ORIGIN, REGISTRY_ZONE)
        other.reload()
        self.assertEqual(other.status()["fingerprint"], self.daemon.status()["fingerprint"])

    # Zones

    def test_zones(self):
        zone = self.daemon.told("zones")[0]["zones"][0]
        expected = {
            "origin": "privatelink.azurecr.io.", "state": "ok", "records": 4, "serial": 1,
            "file": str(self.daemon.zone_file(ORIGIN)), "warnings": []}
        self.assertEqual({key: zone[key] for key in expected}, expected)
        text = self.assert_done("zones")
        self.assertRegex(text, r"(?m)^privatelink\.azurecr\.io\. +ok +4 ")

    # Reload

    def test_reload(self):
        self.daemon.write_zone(ORIGIN, REGISTRY_ZONE.replace("10.0.0.7", "10.0.0.8"))
        text = self.assert_done("reload")
        self.assertRegex(text, r"(?m)^reload: +succeeded$")
        self.assertRegex(text, r"(?m)^changed: +1$")
        self.assert_registry(self.dig(self.daemon, "myregistry.azurecr.io"), address="10.0.0.8")
        self.assertTrue(self.daemon.status()["last-reload-succeeded"])

    def test_a_reload_with_a_mistake_fails_and_says_where(self):
        self.daemon.write_zone(ORIGIN, REGISTRY_ZONE + "broken A 10.0.0.300\n")
        done = self.daemon.control("reload")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"(?m)^reload: +failed$")
        self.assertIn(f"{self.daemon.zone_file(ORIGIN)}:6:10: ", done.stderr)
        report, succeeded = self.daemon.told("reload")
        self.assertFalse(succeeded)
        self.assertFalse(report["succeeded"])
        self.assertEqual(report["kept"], 1)
        self.assert_registry(self.dig(self.daemon, "myregistry.azurecr.io"))

    # Explain

    def explain(self, name, kind="A"):
        report, succeeded = self.daemon.told("explain", name, kind)
        self.assertTrue(succeeded, report)
        return report

    def test_explain_says_which_step_answers(self):
        report = self.explain("myregistry.azurecr.io")
        self.assertEqual(
            [(step["name"], step["step"], step["verdict"]) for step in report["steps"]], [
                ("myregistry.azurecr.io.", "local zone", "passed"),
                ("myregistry.azurecr.io.", "private link", "answered"),
                ("myregistry.privatelink.azurecr.io.", "local zone", "answered"),
            ])
        self.assertEqual(report["status"], "NOERROR")
        self.assertEqual(report["flags"], ["qr", "rd", "ra"])

    def test_explain_says_what_dig_gets(self):
        names = ["myregistry.azurecr.io", "myregistry.westeurope.data.azurecr.io", "public.azurecr.io",
                 "www.example.com", "localhost", "nothing.invalid", "other.example.org",
                 "myregistry.privatelink.azurecr.io", "gone.privatelink.azurecr.io"]
        for name in names:
            for kind in ("A", "AAAA", "CNAME"):
                with self.subTest(name=name, kind=kind):
                    answer = self.dig(self.daemon, name, kind)
                    report = self.explain(name, kind)
                    self.assertEqual(report["status"], answer.status)
                    self.assertEqual(report["flags"], answer.flags)
                    explained = [Record.parse(line) for line in report["answer"]]
                    self.assertEqual(
                        [(record.name, record.type, record.data) for record in explained], answer.chain)

    def test_explain_for_people(self):
        text = self.assert_done("explain", "www.example.com")
        self.assertRegex(text, r"(?m)^  www\.example\.com\. +forwarder +answered ")
        self.assertIn("198.51.100.7", text)
        text = self.assert_done("explain", "www.example.com", "A")
        self.assertRegex(text, r"(?m)^  www\.example\.com\. +cache +answered ")

    def test_explain_of_what_cannot_be_asked(self):
        for words in (("a..b",), ("www.example.com", "NOSUCH")):
            with self.subTest(words):
                done = self.daemon.control("explain", *words)
                self.assertEqual(done.returncode, 1)
                self.assertIn("is not a", done.stderr)

    # Exit statuses and the socket

    def test_usage(self):
        for words in ((), ("nonsense",), ("explain",), ("status", "more"), ("--nonsense", "status")):
            with self.subTest(words):
                done = self.daemon.control(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertNotEqual(done.stderr, "")

    def test_what_was_probably_meant_and_the_commands_own_usage(self):
        for words, hint, usage in (
                (("statu",), "did you mean status?", "Usage: privatelinkctl "),
                (("statsu",), "did you mean stats?", "Usage: privatelinkctl "),
                (("--socket", "x", "zone", "imprt", "y"), "did you mean import?", "Usage: privatelinkctl zone "),
                (("record-set", "aaa", "list"), "did you mean", "Usage: privatelinkctl record-set "),
                (("explain", "--confg", "x", "y"), "did you mean", "Usage: privatelinkctl explain "),
                (("check", "--subnet", "x"), "is not a subnet", "Usage: privatelinkctl check "),
                (("status", "--timeout", "0"), "is not a number of seconds", "Usage: privatelinkctl ")):
            with self.subTest(words):
                done = subprocess.run(
                    [programs.privatelinkctl(), *words], capture_output=True, text=True, timeout=60)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(hint, done.stderr.lower() if hint == "did you mean" else done.stderr)
                self.assertIn(usage, done.stderr)
        done = subprocess.run(
            [programs.privatelinkd(), "--chekc-config"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--check-config", done.stderr)

    def test_a_daemon_that_is_silent(self):
        path = str(self.directory / "silent.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            for words in (("--timeout", "1", "status"), ("status", "--timeout", "1"), ("reload", "--timeout", "1")):
                began = time.monotonic()
                done = subprocess.run(
                    [programs.privatelinkctl(), "--socket", path, *words], capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 1)
                self.assertIn("silent for 1 second:", done.stderr)
                self.assertGreater(time.monotonic() - began, 0.9)

    def test_numbers_are_numbers(self):
        self.dig(self.daemon, "www.example.com")
        ratio = self.daemon.told("cache")[0]["hit-ratio"]
        self.assertIsInstance(ratio, float)
        self.assertTrue(0 <= ratio <= 1, ratio)

    def test_no_daemon(self):
        path = str(self.directory / "nobody.sock")
        done = subprocess.run(
            [programs.privatelinkctl(), "--socket", path, "status"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(path, done.stderr)
        done = subprocess.run(
            [programs.privatelinkctl(), "--json", "--socket", path, "status"],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn(path, json.loads(done.stdout)["error"])

    def test_the_socket_is_for_owner_and_group(self):
        mode = os.stat(self.daemon.control_socket).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o660)

    def test_the_socket_of_a_daemon_that_was_killed_is_no_obstacle(self):
        self.daemon.running.process.kill()
        self.daemon.running.wait()
        self.assertTrue(self.daemon.control_socket.exists())
        again = self.prepare_daemon()
        again.directory, again.zones = self.daemon.directory, self.daemon.zones
        self.start(again)
        self.assertTrue(again.status()["ready"])
        self.daemon.running = again.running

    def test_lines_that_are_no_request_are_refused(self):
        for line in (b"nonsense\n", b"privatelinkd/1 json nonsense\n", b"\xff\xfe\n", b"x" * 10_000 + b"\n"):
            with self.subTest(line[:20]), socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(15)
                connection.connect(str(self.daemon.control_socket))
                connection.sendall(line)
                head = connection.makefile("rb").readline()
                self.assertTrue(head == b"" or head.startswith(b"failed "), head)
        self.assertTrue(self.daemon.status()["ready"])


if __name__ == "__main__":
    unittest.main()
