"""What a reload would change, told before it is made, and the reload that is refused because a zone would lose most
of its records."""

import json
import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase

ORIGIN = "privatelink.azurecr.io"
MANY = REGISTRY_ZONE + "".join(f"n{number} A 10.0.1.{number}\n" for number in range(1, 10))


class GuardTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()

    def start_guarded(self, zone, **settings):
        return self.start_daemon(
            {"links": [LINK], "zones": {"watch": False},
             "forward": [{"zone": ".", "servers": [self.upstream.endpoint]}], **settings}, {ORIGIN: zone})

    def assert_refused(self, daemon, *words):
        report, succeeded = daemon.told("reload", *words)
        self.assertFalse(succeeded)
        self.assertEqual(report["kept"], 1, report)
        return report["mistakes"]

    def test_an_emptied_zone_is_refused_until_it_is_forced(self):
        daemon = self.start_guarded(REGISTRY_ZONE)
        daemon.write_zone(ORIGIN, REGISTRY_ZONE.split("myregistry")[0])
        for _ in range(2):
            self.assertIn("would go from 3 records to 0; `privatelinkctl reload --force`", self.assert_refused(daemon)[0])
            self.assert_registry(self.dig(daemon, "myregistry.azurecr.io"))
        daemon.running.send_signal(1)
        daemon.running.wait_for_line("reloaded with mistakes")
        self.assert_registry(self.dig(daemon, "myregistry.azurecr.io"))
        self.assertTrue(daemon.told("reload", "--force")[1])
        self.assertNotEqual(self.dig(daemon, "myregistry.azurecr.io").data("A"), ["10.0.0.7"])
        self.assertTrue(daemon.told("reload")[1])

    def test_a_zone_that_loses_more_than_half_is_refused(self):
        daemon = self.start_guarded(MANY)
        lines = MANY.splitlines(keepends=True)
        daemon.write_zone(ORIGIN, "".join(lines[:8]))
        daemon.reload()
        self.assertEqual(self.dig(daemon, "n3.azurecr.io").data("A"), ["10.0.1.3"])
        daemon.write_zone(ORIGIN, MANY)
        daemon.reload()
        daemon.write_zone(ORIGIN, "".join(lines[:7]))
        self.assertIn("from 12 records to 5", self.assert_refused(daemon)[0])
        self.assertEqual(self.dig(daemon, "n9.azurecr.io").data("A"), ["10.0.1.9"])
        # A zone that is whole again is taken as ever.
        daemon.write_zone(ORIGIN, MANY + "new A 10.0.2.1\n")
        daemon.reload()
        self.assertEqual(self.dig(daemon, "new.azurecr.io").data("A"), ["10.0.2.1"])

    def test_a_small_zone_may_lose_half(self):
        daemon = self.start_guarded(REGISTRY_ZONE)
        daemon.write_zone(ORIGIN, "".join(REGISTRY_ZONE.splitlines(keepends=True)[:3]))
        daemon.reload()

    def test_the_setting_turns_the_guard_off(self):
        daemon = self.start_guarded(REGISTRY_ZONE, zones={"watch": False, "refuse-shrinking": False})
        daemon.write_zone(ORIGIN, "$TTL 10\n@ SOA a b 1 2 3 4 5\n")
        daemon.reload()
        daemon.write_zone(ORIGIN, REGISTRY_ZONE)
        daemon.reload()
        daemon.write_settings({"zones": {"refuse-shrinking": True}})
        daemon.write_zone(ORIGIN, "$TTL 10\n@ SOA a b 1 2 3 4 5\n")
        self.assert_refused(daemon)
        daemon.write_settings({"zones": {"refuse-shrinking": False}})
        daemon.reload()

    def test_a_dry_run_tells_records_and_names_and_changes_nothing(self):
        daemon = self.start_guarded(REGISTRY_ZONE)
        for name in ("myregistry", "myregistry.westeurope.data", "late"):
            self.upstream.on(f"{name}.azurecr.io.", f"{name}.azurecr.io. 60 A 198.51.100.1")
            self.dig(daemon, f"{name}.azurecr.io")
        self.ask(daemon, "myregistry.azurecr.io", "AAAA")
        daemon.write_zone(
            ORIGIN, REGISTRY_ZONE.replace("10.0.0.7", "10.0.0.8").replace(
                "myregistry.westeurope.data  A   10.0.0.5\n", "") + "late 60 A 10.0.0.9\n")
        daemon.write_zone("other.example", "$TTL 10\n@ SOA a b 1 2 3 4 5\nx A 10.0.0.1\n")
        for _ in range(2):
            report, succeeded = daemon.told("reload", "--dry-run")
            self.assertTrue(succeeded, report)
            self.assertEqual(
                [(zone["zone"], zone["change"], zone["added"], zone["removed"], zone["changed"])
                 for zone in report["zones"]],
                [("other.example.", "added", 2, 0, 0), (f"{ORIGIN}.", "changed", 1, 1, 1)])
            self.assertIn(
                {"change": "~", "name": "myregistry", "ttl": "10", "type": "A", "zone": f"{ORIGIN}.",
                 "data": "10.0.0.7 -> 10.0.0.8"}, report["records"])
            answers = {(row["name"], row["type"]): (row["now"], row["then"]) for row in report["names"]}
            self.assertEqual(len(answers), 3, answers)
            alias = "CNAME {0}.privatelink.azurecr.io. (1800), A {1} ({2})"
            self.assertEqual(
                answers[("myregistry.azurecr.io.", "A")],
                (alias.format("myregistry", "10.0.0.7", 10), alias.format("myregistry", "10.0.0.8", 10)))
            self.assertEqual(
                answers[("myregistry.westeurope.data.azurecr.io.", "A")][1], "asked upstream")
            self.assertEqual(
                answers[("late.azurecr.io.", "A")], ("asked upstream", alias.format("late", "10.0.0.9", 60)))
            self.assert_registry(self.dig(daemon, "myregistry.azurecr.io"))
        text = daemon.control("reload", "--dry-run").stdout
        self.assertRegex(text, r"a reload: +would succeed")
        self.assertEqual(daemon.reload()["changed"], 1)
        self.assertEqual(daemon.told("reload", "--dry-run")[0]["zones"], [])

    def test_a_dry_run_finds_mistakes_and_what_is_refused(self):
        daemon = self.start_guarded(REGISTRY_ZONE)
        daemon.write_zone(ORIGIN, REGISTRY_ZONE + "broken A 10.0.0.300\n")
        report, succeeded = daemon.told("reload", "--dry-run")
        self.assertFalse(succeeded)
        self.assertIn("zone:6:10: ", report["mistakes"][0])
        daemon.write_zone(ORIGIN, "$TTL 10\n@ SOA a b 1 2 3 4 5\n")
        report, succeeded = daemon.told("reload", "--dry-run")
        self.assertFalse(succeeded)
        self.assertIn("from 3 records to 0", report["mistakes"][0])
        self.assertEqual(report["zones"][0]["removed"], 3)
        daemon.write_settings("listen: nonsense\n")
        report, succeeded = daemon.told("reload", "--dry-run")
        self.assertIn("privatelinkd.yaml:1:", json.dumps(report["mistakes"]))
        self.assertEqual(daemon.control("reload", "--dry-run", "--force").returncode, 2)


if __name__ == "__main__":
    unittest.main()
