"""How the daemon begins and ends where its surroundings are odd: what it holds back, says once, keeps and gives up."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.daemon import SOA
from endtoend.dig import dig
from endtoend.message import Message, query
from endtoend.upstream import Reply

#: Takes a good second to read, so that signals come while it is being read.
LARGE_ZONE = "$TTL 10\n" + SOA + "".join(f"b{number} A 10.0.0.2\n" for number in range(1_000_000))


class StartTests(EndToEndCase):
    def test_a_signal_to_reload_that_comes_before_it_is_ready_is_not_its_end(self):
        daemon = self.prepare_daemon(zones={"large.example": LARGE_ZONE})
        running = self.launch(daemon)
        self.wait_until(lambda: holds_signal(running.pid, signal.SIGHUP), "the signal is held back")
        running.send_signal(signal.SIGHUP)
        daemon.wait_until_ready()
        running.wait_for_line("reload requested by SIGHUP")
        running.wait_for_line("reloaded: 1 zone,")
        self.assertEqual(daemon.stop(), 0)

    def test_closed_descriptors_are_given_to_no_socket(self):
        daemon = self.prepare_daemon(zones={"a.example": SOA + "www A 10.0.0.1\n"})
        shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *daemon.command()]
        process = subprocess.Popen(shell, cwd=daemon.directory)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(lambda: daemon.control("status").returncode == 0, "the daemon is ready")
        for descriptor in range(3):
            self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{descriptor}"), "/dev/null")
        address, port = daemon.status()["listen"][0].split(":")
        self.assertEqual(dig(address, int(port), "www.a.example").data("A"), ["10.0.0.1"])

    def test_monitors_and_clients_cannot_have_the_same_port(self):
        for listen in ("127.0.0.1:5353", "0.0.0.0:5353"):
            with self.subTest(listen=listen):
                daemon = self.prepare_daemon(
                    {"listen": [listen], "metrics": {"listen": "127.0.0.1:5353"}})
                running = self.launch(daemon)
                self.assertEqual(running.wait(), 78)
                self.assertEqual(len(running.lines), 1, running.text())
                self.assertIn(f"DNS is served on `{listen}`", running.text())

    def test_the_end_of_a_process_does_not_wait_for_files_that_are_being_read(self):
        daemon = self.prepare_daemon(zones={"a.example": SOA + "www A 10.0.0.1\n"})
        self.launch(daemon)
        daemon.wait_until_ready()
        larger = LARGE_ZONE + LARGE_ZONE.replace("b", "c")
        daemon.write_zone("large.example", larger)
        took = daemon.running.wait_for_line(r"reloaded: 2 zones.* (\d+) ms")
        daemon.write_zone("large.example", larger + "another A 10.0.0.3\n")
        self.wait_until(lambda: "loader" in threads(daemon.running.pid), "the zone is being read")
        began = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, int(took[1]) / 2000)


class TellingTests(EndToEndCase):
    def test_all_workers_tell_once_of_a_missing_record(self):
        daemon = self.start_daemon(
            {"workers": 4, "links": [{**LINK, "owned-missing": "nxdomain"}]},
            {"privatelink.azurecr.io": REGISTRY_ZONE})
        for name in ("eastus", "westus"):
            # From many ports, so that every worker is asked.
            for _ in range(40):
                self.ask(daemon, f"myregistry.{name}.data.azurecr.io")
        self.wait_until(lambda: "no record for myregistry.westus" in daemon.running.text(), "the notice")
        stats = daemon.told("stats")[0]
        self.assertEqual(stats['missing_records_total{zone="privatelink.azurecr.io"}'], 80, stats)
        told = [line for line in daemon.running.lines if "no record for" in line]
        self.assertEqual(len(told), 2, told)


class LastGoodCopyTests(EndToEndCase):
    def test_a_disk_that_takes_long_delays_no_reload(self):
        daemon = self.prepare_daemon(
            {"zones": {"state-directory": "state"}}, {"a.example": SOA + "www A 10.0.0.1\n"})
        state = daemon.directory / "state"
        state.mkdir()
        # Whoever writes to it waits for a reader.
        os.mkfifo(state / "a.example.zone.new")
        self.start(daemon)
        self.wait_until(lambda: "copier" in threads(daemon.running.pid), "the copy is being made")
        daemon.write_zone("a.example", SOA + "www A 10.0.0.2\n")
        self.assertEqual(daemon.reload()["zones"], 1)
        self.assertEqual(self.dig(daemon, "www.a.example").data("A"), ["10.0.0.2"])
        # Let go, it fails, and then copies what is newest.
        with open(state / "a.example.zone.new", "rb", buffering=0) as reader:
            reader.read()
        copy = state / "a.example.zone"
        self.wait_until(lambda: copy.exists() and "10.0.0.2" in copy.read_text(), "the copy")

    def test_a_disk_that_takes_nothing_is_told_of_in_few_words(self):
        (self.directory / "file").write_text("")
        daemon = self.start_daemon(
            {"zones": {"state-directory": str(self.directory / "file/state")}},
            {f"z{number}.example": SOA for number in range(30)})
        daemon.running.wait_for_line("no last good copy: cannot make .*file/state")
        daemon.reload()
        reported = [line for line in daemon.running.lines if "no last good copy" in line]
        self.assertLessEqual(len(reported), 2, reported)


class RestartKeyTests(EndToEndCase):
    def test_a_restart_key_is_named_at_every_reload_and_changes_nothing(self):
        upstream = self.start_upstream()
        daemon = self.start_daemon(
            {"workers": 1, "forward": [{"zone": ".", "servers": [upstream.endpoint]}]},
            {"a.example": SOA + "www A 10.0.0.1\n"})
        daemon.write_settings({"zones": {"directory": "elsewhere"}, "pending-questions": 1})
        for _ in range(2):
            self.assertEqual(
                set(daemon.reload()["restart-keys"]), {"zones.directory", "pending-questions"})
        zone = daemon.told("zones")[0]["zones"][0]
        self.assertEqual(pathlib.Path(zone["file"]), daemon.zone_file("a.example"))
        # Two questions may still wait at once.
        client = self.datagrams(daemon)
        for name in ("one.example.", "two.example."):
            upstream.on(name, Reply(f"{name} 60 A 198.51.100.7", delay=0.5))
            client.send(query(name).encode())
        answers = [Message.decode(client.receive()[0]).rcode for _ in range(2)]
        self.assertEqual(answers, ["NOERROR", "NOERROR"])
        daemon.write_settings({"zones": {"directory": "zones"}, "pending-questions": None})
        self.assertEqual(daemon.reload()["restart-keys"], [])

    def test_the_managers_state_directory_is_no_changed_key(self):
        state = self.directory / "state"
        daemon = self.start_daemon(environment={"STATE_DIRECTORY": str(state)})
        self.assertEqual(daemon.reload()["restart-keys"], [])

    def test_a_reload_with_wrong_settings_says_what_is_still_served(self):
        daemon = self.start_daemon(zones={"a.example": SOA + "www A 10.0.0.1\n"})
        daemon.write_settings("nonsense: 1\n")
        report, succeeded = daemon.told("reload")
        self.assertFalse(succeeded)
        self.assertEqual((report["zones"], report["records"]), (1, 2), report)


class ExplainTests(EndToEndCase):
    def test_whoever_may_use_the_socket_is_told_though_this_machine_may_not_ask(self):
        daemon = self.start_daemon(
            {"access": {"allow": ["192.0.2.0/24"]}}, {"a.example": SOA + "www A 10.0.0.1\n"})
        self.assertEqual(self.dig(daemon, "www.a.example").status, "REFUSED")
        report = daemon.told("explain", "www.a.example")[0]
        self.assertEqual(report["status"], "NOERROR", report)


class DirectoryTests(EndToEndCase):
    def test_a_link_that_leads_to_another_directory_now_is_a_change(self):
        daemon = self.prepare_daemon({"zones": {"directory": "current/"}})
        for version in ("first", "second"):
            (daemon.directory / version).mkdir()
            (daemon.directory / version / "a.example.zone").write_text(SOA + f"{version} A 10.0.0.1\n")
        current = daemon.directory / "current"
        current.symlink_to("first")
        self.start(daemon)
        (daemon.directory / "new").symlink_to("second")
        (daemon.directory / "new").rename(current)
        self.wait_until(
            lambda: self.ask(daemon, "second.a.example").rcode == "NOERROR", "the change is served")


def holds_signal(process, number):
    """Whether a process has a signal wait."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    return int(mask.split()[1], 16) >> (number - 1) & 1 == 1


def threads(process):
    """The names of a process's threads."""
    names = set()
    for name in pathlib.Path(f"/proc/{process}/task").glob("*/comm"):
        try:
            names.add(name.read_text().strip())
        except OSError:
            pass
    return names


if __name__ == "__main__":
    unittest.main()
