"""The zone directory of a running daemon: what a change in it does, when it is noticed, and what a file with a
mistake gets."""

import os
import signal
import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.message import query

ORIGIN = "privatelink.azurecr.io"
NAME = "myregistry.azurecr.io"
PRIVATE_NAME = "myregistry.privatelink.azurecr.io"
RELOADED = r"reloaded(?: with mistakes)?: "
PUBLIC_ADDRESS = "198.51.100.10"
BROKEN = REGISTRY_ZONE + "broken A 10.0.0.300\n"


def zone(address):
    return REGISTRY_ZONE.replace("10.0.0.7", address)


class ZoneStoreTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()

    def start_store(self, files, **settings):
        return self.start_daemon(
            {"links": [LINK], "forward": [{"zone": ".", "servers": [self.upstream.endpoint]}],
             **settings}, files)

    def changed(self, daemon, change):
        """Makes a change and waits for the reload that it leads to; the line that tells of it."""
        mark = daemon.running.mark()
        change()
        return daemon.running.wait_for_line(RELOADED + ".*", after=mark)[0]

    def assert_public(self, daemon, name):
        """The name is not answered from a zone."""
        self.upstream.on(f"{name}.", f"{name}. 60 A {PUBLIC_ADDRESS}")
        self.assertEqual(self.dig(daemon, name).data("A"), [PUBLIC_ADDRESS])

    def assert_failed_zone(self, daemon, name):
        answer = self.dig(daemon, name)
        self.assertEqual(answer.status, "SERVFAIL", answer.text)
        self.assertEqual([number for number, _ in answer.extended_errors], [24], answer.text)
        self.assertEqual(answer.answer, [])


class WatchTests(ZoneStoreTests):
    def setUp(self):
        super().setUp()
        self.daemon = self.start_store({ORIGIN: zone("10.0.0.7")})

    def test_a_file_that_is_renamed_into_place(self):
        line = self.changed(self.daemon, lambda: self.daemon.write_zone(ORIGIN, zone("10.0.0.8")))
        self.assertIn("1 changed", line)
        self.assert_registry(self.dig(self.daemon, NAME), address="10.0.0.8")

    def test_a_file_that_is_written_in_place(self):
        self.changed(self.daemon, lambda: self.daemon.zone_file(ORIGIN).write_text(zone("10.0.0.8")))
        self.assert_registry(self.dig(self.daemon, NAME), address="10.0.0.8")

    def test_half_a_file_is_not_served_before_it_is_closed(self):
        """Half a file often parses: the first half here lacks the data endpoints."""
        text = zone("10.0.0.8")
        end = text.index("myregistry.westeurope")
        with open(self.daemon.zone_file(ORIGIN), "w") as file:
            file.write(text[:end])
            file.flush()
            os.fsync(file.fileno())
            # Another file's change is noticed and taken over while this one is open.
            line = self.changed(
                self.daemon, lambda: self.daemon.write_zone("other.example", "@ 10 A 10.0.0.1\n"))
            self.assertIn("1 added", line)
            self.assert_registry(
                self.dig(self.daemon, "myregistry.westeurope.data.azurecr.io"),
                "myregistry.westeurope.data", "10.0.0.5")
            mark = self.daemon.running.mark()
            file.write(text[end:])
        self.daemon.running.wait_for_line(RELOADED, after=mark)
        self.assert_registry(self.dig(self.daemon, NAME), address="10.0.0.8")

    def test_a_new_zone_and_one_that_is_deleted(self):
        self.assert_public(self.daemon, "www.new.example")
        self.changed(self.daemon, lambda: self.daemon.write_zone("new.example", "www 10 A 10.0.0.1\n"))
        self.assertEqual(self.dig(self.daemon, "www.new.example").data("A"), ["10.0.0.1"])
        line = self.changed(self.daemon, lambda: self.daemon.zone_file("new.example").unlink())
        self.assertIn("1 removed", line)
        self.assert_public(self.daemon, "www.new.example")

    def test_a_zone_that_is_renamed_to_another_origin(self):
        self.daemon.write_zone("old.example", "www 10 A 10.0.0.1\n")
        self.changed(self.daemon, lambda: None)
        self.changed(self.daemon, lambda: self.daemon.zone_file("old.example").rename(
            self.daemon.zone_file("new.example")))
        self.assertEqual(self.dig(self.daemon, "www.new.example").data("A"), ["10.0.0.1"])
        self.assert_public(self.daemon, "www.old.example")

    def test_a_broken_file_keeps_the_old_data(self):
        line = self.changed(self.daemon, lambda: self.daemon.write_zone(ORIGIN, BROKEN))
        self.assertIn("reloaded with mistakes", line)
        self.daemon.running.wait_for_line(rf"error: {self.daemon.zone_file(ORIGIN)}:6:10: ")
        self.assert_registry(self.dig(self.daemon, NAME))
        self.assertEqual(self.daemon.told("zones")[0]["zones"][0]["state"], "kept old data")
        self.changed(self.daemon, lambda: self.daemon.write_zone(ORIGIN, zone("10.0.0.9")))
        self.assert_registry(self.dig(self.daemon, NAME), address="10.0.0.9")
        self.assertEqual(self.daemon.told("zones")[0]["zones"][0]["state"], "ok")

    def test_a_directory_that_is_gone_changes_nothing(self):
        away = self.daemon.zones.with_name("away")
        self.daemon.zones.rename(away)
        report, succeeded = self.daemon.told("reload")
        self.assertFalse(succeeded)
        self.assertEqual(report["removed"], 0)
        self.assert_registry(self.dig(self.daemon, NAME))
        away.rename(self.daemon.zones)
        self.daemon.reload()
        self.daemon.write_zone(ORIGIN, zone("10.0.0.8"))
        # The renamings lead to reloads too, of which one may come between.
        self.wait_until(
            lambda: "10.0.0.8" in self.dig(self.daemon, NAME).data("A"), "the change of the zone")
        self.assert_registry(self.dig(self.daemon, NAME), address="10.0.0.8")

    def test_an_included_file_counts(self):
        self.daemon.zones.joinpath("endpoints.inc").write_text("myregistry 10 A 10.0.0.7\n")
        self.changed(self.daemon, lambda: self.daemon.write_zone(
            ORIGIN, REGISTRY_ZONE.replace("myregistry      ", "; ") + "$INCLUDE endpoints.inc\n"))
        self.changed(self.daemon, lambda: self.daemon.zones.joinpath("endpoints.inc").write_text(
            "myregistry 10 A 10.0.0.17\n"))
        self.assertIn("10.0.0.17", self.dig(self.daemon, NAME).data("A"))

    def test_an_included_file_that_was_missing_counts_when_it_comes(self):
        part = self.daemon.zones / "more.part"
        line = self.changed(
            self.daemon, lambda: self.daemon.write_zone(ORIGIN, zone("10.0.0.8") + "$INCLUDE more.part\n"))
        self.assertIn("reloaded with mistakes", line)
        line = self.changed(self.daemon, lambda: part.write_text("more A 10.0.0.9\n"))
        self.assertIn("reloaded: 1 zone, 1 changed", line)
        self.assert_registry(self.dig(self.daemon, "more.azurecr.io"), "more", "10.0.0.9")


class ReloadTests(ZoneStoreTests):
    def test_without_the_watch_a_signal_reloads(self):
        daemon = self.start_store({ORIGIN: REGISTRY_ZONE}, zones={"directory": "zones", "watch": False})
        daemon.write_zone(ORIGIN, zone("10.0.0.8"))
        self.assert_registry(self.dig(daemon, NAME))
        self.changed(daemon, lambda: daemon.running.send_signal(signal.SIGHUP))
        self.assert_registry(self.dig(daemon, NAME), address="10.0.0.8")

    def test_once_a_reload_is_told_nothing_is_answered_from_the_old_data(self):
        daemon = self.start_store({ORIGIN: REGISTRY_ZONE}, zones={"directory": "zones", "watch": False})
        clients = [self.datagrams(daemon) for _ in range(16)]
        for number in range(1, 40):
            daemon.write_zone(ORIGIN, zone(f"10.0.1.{number}"))
            daemon.call("reload")
            for client in clients:
                self.assertEqual(client.ask(query(NAME)).find("A"), [f"10.0.1.{number}"])

    def test_a_zone_takes_the_place_of_forwarded_answers_at_once(self):
        self.upstream.on("www.example.com.", "www.example.com. 3600 A 198.51.100.7")
        daemon = self.start_store({})
        self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["198.51.100.7"])
        daemon.write_zone("example.com", "www 10 A 10.0.0.1\n")
        daemon.reload()
        self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["10.0.0.1"])
        daemon.zone_file("example.com").unlink()
        self.assertTrue(daemon.told("reload", "--force")[1])
        self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["198.51.100.7"])

    def test_settings_are_reloaded_too(self):
        daemon = self.start_store({ORIGIN: REGISTRY_ZONE})
        daemon.write_settings({"links": [{**LINK, "ttl": 7}]})
        self.assertEqual(daemon.reload()["restart-keys"], [])
        self.assertEqual([record.ttl for record in self.dig(daemon, NAME).answer], [7, 10])
        daemon.write_settings({"links": []})
        daemon.reload()
        self.assert_public(daemon, NAME)

    def test_a_mistake_in_the_settings_changes_nothing(self):
        daemon = self.start_store({ORIGIN: REGISTRY_ZONE})
        daemon.write_zone(ORIGIN, zone("10.0.0.8"))
        daemon.write_settings("nonsense: true\n")
        report, succeeded = daemon.told("reload")
        self.assertFalse(succeeded)
        self.assertTrue(report["mistakes"][0].startswith(f"{daemon.settings_file}:1:1: "))
        self.assert_registry(self.dig(daemon, NAME))
        status = daemon.status()
        self.assertEqual((status["ready"], status["zones"]), (True, 1))

    def test_a_changed_restart_key_is_named(self):
        daemon = self.start_store({ORIGIN: REGISTRY_ZONE})
        daemon.write_settings({"workers": 1, "cache": {"size": "1MiB"}, "links": [{**LINK, "ttl": 7}]})
        self.assertEqual(daemon.reload()["restart-keys"], ["workers", "cache.size"])
        daemon.running.wait_for_line("warning: workers changes at the next start only")
        self.assertEqual([record.ttl for record in self.dig(daemon, NAME).answer], [7, 10])
        self.assertEqual(daemon.status()["workers"], 2)


class StartTests(ZoneStoreTests):
    STATE = {"directory": "zones", "state-directory": "state"}

    def test_a_start_with_a_broken_zone_serves_the_others(self):
        self.upstream.on(f"{NAME}.", f"{NAME}. 60 A 198.51.100.10")
        self.upstream.on(f"{PRIVATE_NAME}.", f"{PRIVATE_NAME}. 60 A 198.51.100.10")
        self.upstream.on("www.example.com.", "www.example.com. 300 A 198.51.100.7")
        daemon = self.start_store({ORIGIN: BROKEN, "good.example": "www 10 A 10.0.0.1\n"})
        self.assertEqual(self.dig(daemon, "www.good.example").data("A"), ["10.0.0.1"])
        self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["198.51.100.7"])
        for name in (NAME, PRIVATE_NAME, f"other.{ORIGIN}", "other.azurecr.io"):
            self.assert_failed_zone(daemon, name)
        self.assertEqual([seen.name for seen in self.upstream.seen], ["www.example.com."])
        self.assertEqual(daemon.status()["failed-zones"], [f"{ORIGIN}."])
        report, succeeded = daemon.told("reload")
        daemon.running.wait_for_line(RELOADED)
        self.assertEqual((succeeded, report["kept"], report["failed"]), (False, 0, 1))
        self.changed(daemon, lambda: daemon.write_zone(ORIGIN, REGISTRY_ZONE))
        self.assert_registry(self.dig(daemon, NAME))

    def test_a_broken_zone_is_served_from_its_last_good_copy(self):
        daemon = self.start_store({ORIGIN: zone("10.0.0.8")}, zones=self.STATE)
        copy = daemon.directory / "state" / f"{ORIGIN}.zone"
        self.wait_until(copy.exists, "a last good copy")
        self.assertEqual(daemon.stop(), 0)
        daemon.write_zone(ORIGIN, BROKEN)
        self.start(daemon)
        self.assert_registry(self.dig(daemon, NAME), address="10.0.0.8")
        self.assertEqual(daemon.told("zones")[0]["zones"][0]["state"], "from last good copy")
        daemon.running.wait_for_line(rf"error: {daemon.zone_file(ORIGIN)}:6:10: ")

    def test_the_last_good_copy_follows_the_zone(self):
        daemon = self.start_store({ORIGIN: zone("10.0.0.8")}, zones=self.STATE)
        copy = daemon.directory / "state" / f"{ORIGIN}.zone"
        self.wait_until(copy.exists, "a last good copy")
        self.changed(daemon, lambda: daemon.write_zone(ORIGIN, zone("10.0.0.9")))
        self.wait_until(lambda: "10.0.0.9" in copy.read_text(), "a newer copy")
        self.changed(daemon, lambda: daemon.write_zone(ORIGIN, BROKEN))
        self.assertEqual(daemon.stop(), 0)
        self.start(daemon)
        self.assert_registry(self.dig(daemon, NAME), address="10.0.0.9")
        self.changed(daemon, lambda: daemon.zone_file(ORIGIN).unlink())
        self.assert_registry(self.dig(daemon, NAME), address="10.0.0.9")
        self.assertEqual(
            daemon.control("zone", "delete", ORIGIN, "--yes", "--config", str(daemon.settings_file)).returncode, 0)
        self.wait_until(lambda: not copy.exists(), "the end of the copy")

    def test_without_a_directory_the_names_that_links_need_are_failed(self):
        daemon = self.prepare_daemon({"links": [LINK]})
        daemon.zones.rmdir()
        self.start(daemon)
        self.assert_failed_zone(daemon, NAME)

    def test_without_a_directory_no_zone_that_a_pattern_may_need_is_taken_for_absent(self):
        daemon = self.prepare_daemon({"links": [{"service": "kubernetes-service"}]})
        daemon.zones.rmdir()
        self.start(daemon)
        self.assert_failed_zone(daemon, "cluster.westeurope.azmk8s.io")
        self.assert_failed_zone(daemon, "cluster.privatelink.westeurope.azmk8s.io")
        daemon.zones.mkdir()
        self.changed(daemon, lambda: daemon.write_zone("good.example", "www 10 A 10.0.0.1\n"))
        self.assertEqual(daemon.status()["failed-zones"], [])

    def test_without_a_directory_the_last_good_copies_are_served(self):
        daemon = self.start_store({ORIGIN: zone("10.0.0.8"), "good.example": "www 10 A 10.0.0.1\n"}, zones=self.STATE)
        copies = [daemon.directory / "state" / f"{name}.zone" for name in (ORIGIN, "good.example")]
        self.wait_until(lambda: all(copy.exists() for copy in copies), "the last good copies")
        self.assertEqual(daemon.stop(), 0)
        elsewhere = daemon.zones.rename(daemon.directory / "elsewhere")
        self.start(daemon)
        self.assert_registry(self.dig(daemon, NAME), address="10.0.0.8")
        self.assertEqual(self.dig(daemon, "www.good.example").data("A"), ["10.0.0.1"])
        self.changed(daemon, lambda: elsewhere.rename(daemon.zones))
        self.assertEqual([found["state"] for found in daemon.told("zones")[0]["zones"]], ["ok", "ok"])

    def test_a_zone_that_is_deleted_while_nothing_runs_does_not_come_back(self):
        daemon = self.start_store({ORIGIN: zone("10.0.0.8"), "good.example": "www 10 A 10.0.0.1\n"}, zones=self.STATE)
        copy = daemon.directory / "state" / "good.example.zone"
        self.wait_until(copy.exists, "a last good copy")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(
            daemon.control(
                "zone", "delete", "good.example", "--yes", "--config", str(daemon.settings_file)).returncode, 0)
        self.start(daemon)
        self.wait_until(lambda: not copy.exists(), "the end of the copy")
        self.assertEqual(daemon.stop(), 0)
        daemon.write_zone("good.example", BROKEN)
        self.start(daemon)
        self.assertEqual(daemon.status()["failed-zones"], ["good.example."])


if __name__ == "__main__":
    unittest.main()
