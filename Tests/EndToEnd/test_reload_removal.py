"""A zone's file that disappears: a private name never turns public without a word. Zones of links, and more than half
of all zones at once, go on as they were and are reported as errors, until somebody says that their end is meant."""

import os
import shutil
import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase

ORIGIN = "privatelink.azurecr.io"
NAME = "myregistry.azurecr.io"
SMALL = "$TTL 10\n@ SOA a b 7 2 3 4 5\nwww A 10.1.0.1\n"
STATE = {"directory": "zones", "state-directory": "state"}
SERVING = r"serving serial 1 from \d\d:\d\d UTC"


class RemovalCase(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        for name in (NAME, f"myregistry.{ORIGIN}", "www.other.example"):
            self.upstream.on(f"{name}.", f"{name}. 60 A 198.51.100.10")

    def prepare_store(self, zones=None, **settings):
        return self.prepare_daemon(
            {"links": [LINK], "zones": STATE, "metrics": {"listen": "127.0.0.1:0"},
             "forward": [{"zone": ".", "servers": [self.upstream.endpoint]}], **settings},
            {ORIGIN: REGISTRY_ZONE} if zones is None else zones)

    def start_store(self, zones=None, **settings):
        daemon = self.start(self.prepare_store(zones, **settings))
        self.wait_for_copies(daemon)
        return daemon

    def copy(self, daemon, origin=ORIGIN):
        return daemon.directory / "state" / f"{origin}.zone"

    def wait_for_copies(self, daemon):
        for path in daemon.zones.glob("*.zone"):
            self.wait_until((daemon.directory / "state" / path.name).exists, f"a copy of {path.name}")

    def store(self, daemon, *words, status=0):
        """Runs a command that works on the store."""
        done = daemon.control(*words, "--config", str(daemon.settings_file))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def rows(self, daemon):
        return {row["origin"].rstrip("."): row for row in daemon.told("zones")[0]["zones"]}

    def assert_private(self, daemon):
        self.assert_registry(self.dig(daemon, NAME))

    def assert_public(self, daemon, name=NAME):
        self.assertEqual(self.dig(daemon, name).data("A"), ["198.51.100.10"])

    def assert_removed(self, daemon, copy="", origins=(ORIGIN,)):
        """The zones go on, and each channel says that their files are gone and what is served."""
        self.assert_private(daemon)
        gone = rf"{daemon.zone_file(ORIGIN)}:1:1: the file is gone \({SERVING}{copy}\); `privatelinkctl zone delete " \
            rf"{ORIGIN}` or `privatelinkctl reload --force` drops the zone"
        daemon.running.wait_for_line("error: " + gone)
        report, succeeded = daemon.told("reload")
        self.assertFalse(succeeded)
        self.assertRegex("\n".join(report["mistakes"]), gone)
        self.assertEqual((report["removed"], report["removed-still-served"]), (0, len(origins)))
        status = daemon.status()
        self.assertEqual(status["removed-zones"], [f"{origin}." for origin in origins])
        self.assertRegex("\n".join(status["errors"]), gone)
        rows = self.rows(daemon)
        self.assertEqual([rows[origin]["state"] for origin in origins], ["removed"] * len(origins))
        self.assertRegex(rows[ORIGIN]["errors"][0], gone)
        self.assertEqual(rows[ORIGIN]["warnings"], [])
        self.assertRegex(self.store(daemon, "check", status=1), "wrong: " + gone)
        self.assertEqual(daemon.told("stats")[0]['zones{state="removed"}'], len(origins))


class LinkedZoneTests(RemovalCase):
    def test_the_file_of_a_linked_zone_goes_and_comes_back(self):
        daemon = self.start_store()
        path = daemon.zone_file(ORIGIN)
        for change in (path.unlink, lambda: path.rename(path.with_suffix(".bak"))):
            change()
            self.assert_removed(daemon)
            daemon.write_zone(ORIGIN, REGISTRY_ZONE)
            self.assertEqual(daemon.reload()["removed-still-served"], 0)
            self.assert_private(daemon)
            self.assertEqual(self.rows(daemon)[ORIGIN]["state"], "ok")
            self.assertEqual(daemon.status()["removed-zones"], [])
            self.assertEqual(daemon.status()["errors"], [])
            self.assertIn("nothing is wrong", self.store(daemon, "check"))

    def test_the_same_file_comes_back(self):
        """Its inode, size and times may be what they were."""
        daemon = self.start_store()
        path = daemon.zone_file(ORIGIN)
        path.rename(daemon.directory / "away")
        self.assert_removed(daemon)
        (daemon.directory / "away").rename(path)
        self.assertEqual(self.rows(daemon)[ORIGIN]["state"] if daemon.reload() else None, "ok")

    def test_a_file_that_comes_back_broken_keeps_the_data(self):
        daemon = self.start_store()
        daemon.zone_file(ORIGIN).unlink()
        self.assert_removed(daemon)
        daemon.write_zone(ORIGIN, REGISTRY_ZONE + "broken A 10.0.0.300\n")
        report, succeeded = daemon.told("reload")
        self.assertEqual((succeeded, report["kept"]), (False, 1))
        self.assert_private(daemon)
        daemon.write_zone(ORIGIN, "")
        report, succeeded = daemon.told("reload")
        self.assertFalse(succeeded)
        self.assertIn("would go from 3 records to 0", report["mistakes"][0])
        self.assert_private(daemon)

    def test_zone_delete_drops_the_zone_and_its_copy(self):
        daemon = self.start_store()
        daemon.zone_file(ORIGIN).unlink()
        self.assert_removed(daemon)
        self.assertIn("removed: ", self.store(daemon, "zone", "delete", ORIGIN, "--yes"))
        self.assert_public(daemon)
        self.assertEqual(self.rows(daemon), {})
        self.wait_until(lambda: not self.copy(daemon).exists(), "the end of the copy")
        self.assertTrue(daemon.told("reload")[1])
        self.assertIn("there is no zone", self.store(daemon, "zone", "delete", ORIGIN, "--yes", status=1))
        self.assertEqual(daemon.stop(), 0)
        self.start(daemon)
        self.assert_public(daemon)

    def test_zone_delete_of_a_file_that_is_there(self):
        daemon = self.start_store()
        self.store(daemon, "zone", "delete", ORIGIN, "--yes")
        daemon.running.wait_for_line(rf"notice: zone {ORIGIN}\. is no longer served: it was deleted")
        self.assert_public(daemon)
        self.wait_until(lambda: not self.copy(daemon).exists(), "the end of the copy")

    def test_a_forced_reload_drops_the_zone_for_good(self):
        daemon = self.start_store()
        daemon.zone_file(ORIGIN).unlink()
        self.assert_removed(daemon)
        report, succeeded = daemon.told("reload", "--force")
        self.assertEqual((succeeded, report["removed"]), (True, 1))
        self.assertIn("the reload was forced", report["notices"][0])
        self.assert_public(daemon)
        self.wait_until(lambda: ORIGIN not in (daemon.directory / "state" / "served").read_text(), "the zone's end")
        self.assertTrue(self.copy(daemon).exists())
        self.assertEqual(daemon.stop(), 0)
        self.start(daemon)
        self.assert_public(daemon)

    def test_after_a_restart_the_copy_is_served(self):
        daemon = self.start_store()
        daemon.zone_file(ORIGIN).unlink()
        self.assert_removed(daemon)
        for _ in range(2):
            self.assertEqual(daemon.stop(), 0)
            self.start(daemon)
            self.assert_removed(daemon, copy=", the last good copy")
        # What nobody serves can be deleted too.
        self.assertEqual(daemon.stop(), 0)
        self.store(daemon, "zone", "delete", ORIGIN, "--yes")
        self.start(daemon)
        self.assert_public(daemon)
        daemon.running.wait_for_line(rf"warning: .*no zone has {ORIGIN}\.")
        self.wait_until(lambda: not self.copy(daemon).exists(), "the end of the copy")

    def test_a_file_that_goes_while_nothing_runs(self):
        daemon = self.start_store()
        self.assertEqual(daemon.stop(), 0)
        daemon.zone_file(ORIGIN).unlink()
        self.start(daemon)
        self.assert_removed(daemon, copy=", the last good copy")

    def test_without_file_and_copy_a_zone_that_was_served_has_failed(self):
        daemon = self.start_store()
        self.assertEqual(daemon.stop(), 0)
        daemon.zone_file(ORIGIN).unlink()
        self.copy(daemon).unlink()
        self.start(daemon)
        answer = self.dig(daemon, NAME)
        self.assertEqual((answer.status, [number for number, _ in answer.extended_errors]), ("SERVFAIL", [24]))
        daemon.running.wait_for_line(rf"error: .*{ORIGIN}.zone:1:1: the file is gone \(SERVFAIL for its names\)")
        self.assertEqual(daemon.status()["failed-zones"], [f"{ORIGIN}."])
        self.store(daemon, "zone", "delete", ORIGIN, "--yes")
        self.assert_public(daemon)

    def test_an_earlier_deletion_says_nothing_of_a_file_that_was_made_again(self):
        daemon = self.start_store()
        self.store(daemon, "zone", "delete", ORIGIN, "--yes")
        self.assert_public(daemon)
        daemon.write_zone(ORIGIN, REGISTRY_ZONE)
        daemon.reload()
        self.wait_for_copies(daemon)
        daemon.zone_file(ORIGIN).unlink()
        self.assert_removed(daemon)
        self.assertEqual(daemon.stop(), 0)
        self.start(daemon)
        self.assert_removed(daemon, copy=", the last good copy")

    def test_without_a_state_directory_the_history_tells(self):
        daemon = self.prepare_store()
        daemon.write_settings({"zones": {"state-directory": None}})
        self.start(daemon)
        self.store(daemon, "record-set", "a", "add-record", "--zone", ORIGIN, "--name", "more",
                   "--ipv4-address", "10.0.0.9")
        self.assertEqual(daemon.stop(), 0)
        daemon.zone_file(ORIGIN).unlink()
        self.start(daemon)
        self.assertEqual(self.dig(daemon, NAME).status, "SERVFAIL")
        self.assertEqual(daemon.status()["failed-zones"], [f"{ORIGIN}."])
        self.store(daemon, "zone", "delete", ORIGIN, "--yes")
        self.assert_public(daemon)
        self.assertEqual(daemon.stop(), 0)
        self.start(daemon)
        self.assert_public(daemon)

    def test_a_dry_run_says_that_a_reload_would_fail(self):
        daemon = self.start_store()
        daemon.zone_file(ORIGIN).unlink()
        report, succeeded = daemon.told("reload", "--dry-run")
        self.assertFalse(succeeded)
        self.assertIn("the file is gone", report["mistakes"][0])
        self.assertEqual(report["zones"], [])

    def test_a_zone_that_encloses_the_private_side_and_one_below_it_stay_too(self):
        child = f"westeurope.data.{ORIGIN}"
        daemon = self.start_store({
            "azurecr.io": SMALL, child: SMALL.replace("www", "myregistry"), "a.example": SMALL, "b.example": SMALL,
            "c.example": SMALL}, links=[{"public": "pub.example", "private": "privatelink.azurecr.io"}])
        daemon.zone_file(child).unlink()
        self.assertFalse(daemon.told("reload")[1])
        self.assertEqual(daemon.status()["removed-zones"], [f"{child}."])
        answer = self.dig(daemon, "myregistry.westeurope.data.pub.example")
        self.assertEqual(answer.data("A"), ["10.1.0.1"])
        daemon.zone_file("azurecr.io").unlink()
        self.assertFalse(daemon.told("reload")[1])
        self.assertEqual(daemon.status()["removed-zones"], ["azurecr.io.", f"{child}."])

    def test_a_link_that_never_had_a_zone_is_a_loud_warning(self):
        daemon = self.start_store({})
        daemon.running.wait_for_line(
            rf"warning: {daemon.settings_file}:\d+:\d+: warning: no zone has {ORIGIN}\., which a link needs: "
            r"names below azurecr\.io\. get their public answers")
        self.assert_public(daemon)
        report = daemon.reload()
        self.assertIn("no zone has", report["warnings"][0])
        self.assertIn("no zone has", daemon.status()["warnings"][0])
        self.assertIn("no zone has", self.store(daemon, "check", status=1))


class OtherZoneTests(RemovalCase):
    ZONES = {ORIGIN: REGISTRY_ZONE, "other.example": SMALL, "third.example": SMALL}

    def test_the_file_of_another_zone_removes_it_with_a_line_that_names_it(self):
        daemon = self.start_store(self.ZONES)
        daemon.zone_file("other.example").unlink()
        report = daemon.reload()
        sentence = f"zone other.example. is no longer served: {daemon.zone_file('other.example')} is gone"
        daemon.running.wait_for_line("warning: " + sentence)
        self.assert_public(daemon, "www.other.example")
        self.assertEqual(daemon.status()["zones"], 2)
        self.assertEqual(report["mistakes"], [])
        # The copy stays for a week from now on, and serves a file that comes back broken.
        copy = self.copy(daemon, "other.example")
        self.wait_until(lambda: "other" not in (daemon.directory / "state" / "served").read_text(), "the zone's end")
        self.assertTrue(copy.exists())
        daemon.write_zone("other.example", "broken\n")
        self.assertFalse(daemon.told("reload")[1])
        self.assertEqual(self.rows(daemon)["other.example"]["state"], "from last good copy")
        self.assertEqual(self.dig(daemon, "www.other.example").data("A"), ["10.1.0.1"])
        daemon.zone_file("other.example").unlink()
        daemon.reload()
        self.wait_until(lambda: "other" not in (daemon.directory / "state" / "served").read_text(), "the zone's end")
        os.utime(copy, (copy.stat().st_mtime - 8 * 86_400,) * 2)
        daemon.reload()
        self.wait_until(lambda: not copy.exists(), "the end of the copy")

    def test_a_directory_that_turns_out_to_be_empty_changes_nothing(self):
        """A lost mount, a failed sync: also zones that no link needs go on, and no copy is lost."""
        daemon = self.start_store(self.ZONES)
        away = daemon.directory / "away"
        daemon.zones.rename(away)
        daemon.zones.mkdir()
        self.assert_removed(daemon, origins=sorted(self.ZONES, key=lambda name: name.split(".")[::-1]))
        self.assertEqual(self.dig(daemon, "www.other.example").data("A"), ["10.1.0.1"])
        for origin in self.ZONES:
            self.assertTrue(self.copy(daemon, origin).exists())
        self.assertEqual(daemon.stop(), 0)
        self.start(daemon)
        self.assert_removed(
            daemon, copy=", the last good copy", origins=sorted(self.ZONES, key=lambda name: name.split(".")[::-1]))
        self.assertEqual(self.dig(daemon, "www.other.example").data("A"), ["10.1.0.1"])
        daemon.zones.rmdir()
        away.rename(daemon.zones)
        self.assertEqual(daemon.reload()["removed-still-served"], 0)
        self.assertEqual({row["state"] for row in self.rows(daemon).values()}, {"ok"})

    def test_an_empty_directory_at_the_start(self):
        daemon = self.start_store(self.ZONES)
        self.assertEqual(daemon.stop(), 0)
        shutil.rmtree(daemon.zones)
        daemon.zones.mkdir()
        self.start(daemon)
        self.assert_private(daemon)
        self.assertEqual(self.dig(daemon, "www.other.example").data("A"), ["10.1.0.1"])
        # What went with the others stays though more has come since.
        for number in range(9):
            daemon.write_zone(f"n{number}.example", SMALL)
        self.assertFalse(daemon.told("reload")[1])
        self.wait_for_copies(daemon)
        self.assertEqual(daemon.stop(), 0)
        self.start(daemon)
        self.assertEqual(len(daemon.status()["removed-zones"]), 3)

    def test_the_settings_are_checked_as_a_start_would_see_them(self):
        daemon = self.start_store(self.ZONES)
        self.assertEqual(daemon.stop(), 0)
        daemon.zone_file(ORIGIN).unlink()
        running = self.start_program("check", daemon.command("--check-config"))
        self.assertEqual(running.wait(), 1)
        self.assertRegex(running.text(), rf"{ORIGIN}.zone:1:1: the file is gone \({SERVING}, the last good copy\)")


class EmptiedTests(RemovalCase):
    """A file that is found empty at the start, by a disk that was full or a restart in the middle of a change."""

    def assert_kept(self, daemon):
        self.assert_private(daemon)
        daemon.running.wait_for_line(
            rf"error: {daemon.zone_file(ORIGIN)}:1:1: the zone would go from 3 records to 0; `privatelinkctl reload "
            rf"--force` applies the change \({SERVING}, the last good copy\)")
        self.assertEqual(self.rows(daemon)[ORIGIN]["state"], "from last good copy")

    def test_an_emptied_file_is_refused_until_it_is_forced(self):
        daemon = self.start_store()
        for text in ("", REGISTRY_ZONE.replace("myregistry", ";")):
            self.assertEqual(daemon.stop(), 0)
            daemon.write_zone(ORIGIN, text)
            for _ in range(2):
                self.start(daemon)
                self.assert_kept(daemon)
                self.assertFalse(daemon.told("reload")[1])
                self.assertEqual(daemon.stop(), 0)
            self.start(daemon)
        self.assertTrue(daemon.told("reload", "--force")[1])
        self.assert_public(daemon)

    def test_the_setting_turns_the_guard_off(self):
        daemon = self.start_store()
        self.assertEqual(daemon.stop(), 0)
        daemon.write_zone(ORIGIN, "")
        daemon.write_settings({"zones": {"refuse-shrinking": False}})
        self.start(daemon)
        self.assert_public(daemon)

    def test_what_a_command_wrote_while_nothing_ran_is_served(self):
        daemon = self.start_store({ORIGIN: REGISTRY_ZONE.split("myregistry.west")[0]})
        self.assertEqual(daemon.stop(), 0)
        self.store(daemon, "record-set", "a", "delete", "--zone", ORIGIN, "--name", "myregistry", "--yes")
        self.start(daemon)
        self.assert_public(daemon)
        self.assertEqual(self.rows(daemon)[ORIGIN]["state"], "ok")


class OutsideTests(RemovalCase):
    def test_a_file_that_is_really_elsewhere_is_neither_served_nor_quoted(self):
        secret = self.directory / "shadow"
        secret.write_text("root:$6$topsecret:20000:0:99999:7:::\n@ SOA a b 1 2 3 4 5\n")
        daemon = self.start_store()
        path = daemon.zone_file(ORIGIN)
        path.unlink()
        path.symlink_to(secret)
        (daemon.zones / "including.example.zone").write_text(SMALL + f"$INCLUDE {secret}\n")
        report, succeeded = daemon.told("reload")
        self.assertFalse(succeeded)
        self.assertRegex("\n".join(report["mistakes"]), rf"{path}:1:1: .*outside the zone directory \({SERVING}\)")
        self.assert_private(daemon)
        self.assertEqual(self.rows(daemon)["including.example"]["state"], "failed")
        spoken = [daemon.control(*words).stdout for words in (["zones"], ["status"], ["explain", NAME], ["reload"])]
        spoken += [self.store(daemon, "check", status=1), daemon.running.text()]
        self.assertEqual(daemon.stop(), 0)
        running = self.start_program("check", daemon.command("--check-config"))
        self.assertEqual(running.wait(), 1)
        for text in spoken + [running.text()]:
            self.assertNotIn("topsecret", text)
            self.assertNotIn("$6$", text)


class ConsequenceTests(RemovalCase):
    def test_a_broken_zone_says_what_clients_get(self):
        daemon = self.start(self.prepare_store({ORIGIN: REGISTRY_ZONE, "new.example": "broken\n"}))
        daemon.running.wait_for_line(r"error: .*new\.example\.zone:1:.*\(SERVFAIL for its names\)")
        daemon.write_zone(ORIGIN, REGISTRY_ZONE + "broken A 10.0.0.300\n")
        daemon.told("reload")
        daemon.running.wait_for_line(rf"error: .*{ORIGIN}\.zone:6:10: .*\({SERVING}\)")
        status = daemon.status()
        self.assertEqual((status["kept-zones"], status["failed-zones"], status["removed-zones"]),
                         ([f"{ORIGIN}."], ["new.example."], []))
        row = self.rows(daemon)[ORIGIN]
        self.assertRegex(row["errors"][0], rf"zone:6:10: .*\({SERVING}\)")
        self.assertEqual(row["warnings"], [])
        self.assertRegex(row["loaded"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(row["serial"], 1)

    def test_warnings_are_no_errors(self):
        daemon = self.start_store({ORIGIN: "$TTL 10\nmyregistry A 10.0.0.7\n"})
        row = self.rows(daemon)[ORIGIN]
        self.assertEqual(row["errors"], [])
        self.assertIn("SOA", row["warnings"][0])


class ChildZoneTests(RemovalCase):
    def test_a_child_zone_that_hides_a_data_endpoint_is_reported_everywhere(self):
        child = f"westeurope.data.{ORIGIN}"
        data = "myregistry.westeurope.data.azurecr.io"
        self.upstream.on(f"{data}.", f"{data}. 60 A 198.51.100.11")
        daemon = self.start_store({ORIGIN: REGISTRY_ZONE, child: "$TTL 10\n@ SOA a b 1 2 3 4 5\nother A 10.0.0.99\n"})
        hides = f"warning: zone {child}. hides 1 name of zone {ORIGIN}., myregistry.{child}. first"
        daemon.running.wait_for_line("warning: .*" + hides)
        for warnings in (daemon.reload()["warnings"], daemon.status()["warnings"]):
            self.assertEqual(warnings, [f"{daemon.zone_file(ORIGIN)}:4:1: {hides}"])
        self.assertIn(hides, self.store(daemon, "check", status=1))
        answer = self.dig(daemon, data)
        self.assertEqual(answer.data("A"), ["198.51.100.11"])
        self.assertEqual([number for number, _ in answer.extended_errors], [0], answer.text)
        self.assertIn(f"myregistry.{child}", answer.extended_errors[0][1])
        daemon.running.wait_for_line(
            rf"warning: .*no record for myregistry\.{child}\.: zone {child}\. hides the record of zone {ORIGIN}\.")
        missing = daemon.told("explain", data)[0]["missing"]
        self.assertEqual(len(missing), 1)
        self.assertIn(f"zone {child} hides myregistry.westeurope.data of zone {ORIGIN} ", missing[0])
        self.assertIn(f"--zone {child} --name myregistry ", missing[0])
        running = self.start_program("check", daemon.command("--check-config"))
        self.assertEqual(running.wait(), 0)
        self.assertIn(hides, running.text())


if __name__ == "__main__":
    unittest.main()
