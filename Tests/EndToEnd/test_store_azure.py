"""What az prints, into a store and out of it again: the recorded outputs of the real az, imported by the built program
and served by a running daemon."""

import json
import re
import subprocess
import unittest

from endtoend import programs
from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.programs import REPOSITORY
from test_store import ORIGIN, StoreCase, ctl

RECORDED = REPOSITORY / "Tests/StoreTests/Fixtures/az/recorded"
EXPORT = RECORDED / "zone-export.corp.internal.zone"


class ExportInTheStoreTests(EndToEndCase):
    """docs/store.md: a file may be copied into the store."""

    def test_the_daemon_reads_an_export_as_the_import_does(self):
        reverse = RECORDED / "zone-export.0.10.in-addr.arpa.zone"
        daemon = self.start_daemon(
            {"zones": {"watch": False}},
            {"corp.internal": EXPORT.read_text(), "0.10.in-addr.arpa": reverse.read_text()})

        def data(name, kind):
            return sorted(self.dig(daemon, name, kind).data(kind))
        self.assertEqual(data("corp.internal", "MX"), ["10 mail.corp.internal.", "20 mx.example.net."])
        self.assertEqual(
            data("_sip._tcp.corp.internal", "SRV"), ["1 5 5060 mail.corp.internal.", "2 0 5061 sip.example.net."])
        self.assertEqual(data("25.0.2.10.corp.internal", "PTR"), ["mail.corp.internal."])
        self.assertEqual(data("7.0.0.10.in-addr.arpa", "PTR"), ["contosoreg.azurecr.io."])
        self.assertEqual(data("corp.internal", "SOA"), [
            "azureprivatedns.net. azureprivatedns-host.microsoft.com. 42 3600 300 2419200 300"])
        long = re.findall(r'"([kl]+)"', data("long.corp.internal", "TXT")[0])
        self.assertEqual([len(text) for text in long], [255, 145])
        self.assertEqual(data("backslash.corp.internal", "TXT"), ['"a\\\\b \\\\\\\\c \\\\065 \\"d"'])
        zones = json.loads(self.control(daemon, "--json", "zones"))["zones"]
        # The zone has one odd record in Azure too; nothing of the dialect is a warning.
        warnings = [warning for zone in zones for warning in zone["warnings"]]
        self.assertEqual(len(warnings), 1, warnings)
        self.assertIn("last.corp.internal., which the MX record names, does not exist", warnings[0])

    def control(self, daemon, *words):
        done = ctl("--socket", str(daemon.control_socket), *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class ImportTests(StoreCase):
    def recorded(self, *names, status=0):
        return self.store("import", *[str(RECORDED / name) for name in names], "--yes", status=status)

    def given(self, text, *words, status=0):
        return self.store("import", "-", "--yes", *words, stdin=text, status=status)

    def test_a_page_removes_nothing_and_a_bare_part_is_stopped_by_the_guard(self):
        self.recorded("record-set-list.corp.internal.json")
        text = self.text("corp.internal")
        told = self.recorded("rest-all.json")
        self.assertIn("note: ", told)
        self.assertIn("nextlink", told)
        self.assertNotIn("  - ", told)
        self.assertEqual(self.text("corp.internal"), text)
        told = self.recorded("maxitems.json", status=1)
        self.assertIn("lose more than half of its records", told)
        self.assertEqual(self.text("corp.internal"), text)

    def test_the_export_behind_the_listing_changes_nothing(self):
        self.recorded("record-set-list.corp.internal.json")
        text = self.text("corp.internal")
        self.assertEqual(self.recorded(EXPORT.name), "nothing to change\n")
        self.assertEqual(self.text("corp.internal"), text)

    def test_what_is_left_out_is_reported_by_name(self):
        told = self.recorded("public-record-set-list.example.com.json")
        for words in ("alias.example.com. A is an empty record set", "child.example.com. NS", "example.com. CAA"):
            self.assertRegex(told, f"(?m)^note: .*{re.escape(words)}")
        group = (RECORDED / "zone-group-list.pe-fabrikam.json").read_text()
        told = self.given(group.replace('"Succeeded",\n    "resourceGroup"', '"Updating",\n    "resourceGroup"'))
        self.assertRegex(told, r"(?m)^note: .*pe-fabrikam is still Updating")

    def test_an_endpoint_that_is_not_approved(self):
        self.write("$TTL 10\n@ SOA a b 1 2 3 4 5\noldreg A 10.0.0.61\n")
        text = self.text()
        for name, state in (("pe-pending", "Pending"), ("pe-rejected", "Disconnected")):
            told = self.recorded(f"pe-show.{name}.json", f"nic-show.{name}.json")
            self.assertRegex(told, f"(?m)^note: private endpoint {name} .*its connection is {state}")
            self.assertRegex(told, "(?m)^nothing to change$")
            self.assertEqual(self.text(), text)
            told = self.store("check", "--against", str(RECORDED / f"pe-show.{name}.json"), status=1)
            self.assertRegex(told, f"(?m)^wrong: private endpoint {name} .*its connection is {state}")
        told = self.store(
            "import", str(RECORDED / "ipconfig-list.json"), "--yes", "--prefer", "nobody", status=1)
        self.assertIn("--prefer nobody: no source has this name", told)

    def test_sources_that_differ_may_be_dead(self):
        nic = (RECORDED / "nic-show.pe-rejected.json").read_text()
        other = self.directory / "other.json"
        other.write_text(nic.replace("pe-rejected", "pe-new").replace("10.0.0.6", "10.0.1.6"))
        files = [str(RECORDED / "nic-show.pe-rejected.json"), str(other)]
        told = self.store("import", *files, "--yes", status=1)
        self.assertIn("an interface does not show the state of its connection", told)
        self.store("import", *files, str(RECORDED / "pe-show.pe-rejected.json"), "--yes")
        self.assertIn("oldreg 10 IN A 10.0.1.61\n", self.text())

    def test_registries_name_what_ought_to_exist(self):
        self.recorded("ipconfig-list.json")
        for name in ("acr-show.contosoreg.json", "replication-list.contosoreg.json"):
            self.assertEqual(self.recorded(name), "nothing to change\n")
        self.store(
            "record-set", "a", "delete", "--zone", ORIGIN, "--name", "contosoreg.eastus.data", "--yes")
        for name in ("acr-show.contosoreg.json", "replication-list.contosoreg.json"):
            told = self.recorded(name)
            self.assertRegex(told, r"(?m)^note: contosoreg\.eastus\.data\.azurecr\.io\. should exist")
        told = self.recorded("show-endpoints.fabrikamreg.json", "show-endpoints.georeg.json")
        for name in ("fabrikamreg.westeurope.data", "georeg.eastus.geo"):
            self.assertIn(f"note: {name}.azurecr.io. should exist", told)
        self.assertRegex(self.recorded("acr-pec-list.json"), r"(?m)^note: .*pe-contoso is Approved")

    def test_other_formats_are_one_sentence(self):
        for name in ("nic-show.pe-contoso.yaml", "nic-show.pe-contoso.table", "nic-show.pe-contoso.tsv",
                     "show-endpoints.contosoreg.ansi", "show-endpoints.fabrikamreg.json.err"):
            told = self.recorded(name, status=1)
            self.assertEqual(len(told.splitlines()), 1, told)
        warning = (RECORDED / "show-endpoints.fabrikamreg.json.err").read_text()
        output = (RECORDED / "show-endpoints.fabrikamreg.json").read_text()
        told = self.given(warning + output, status=1)
        self.assertEqual(len(told.splitlines()), 1, told)
        self.assertIn("no 2>&1", told)
        told = self.given("ERROR: (ResourceNotFound) no such thing\nCode: ResourceNotFound\n", status=1)
        self.assertEqual(len(told.splitlines()), 1, told)
        self.assertIn("az failed", told)

    def test_an_empty_list_warns(self):
        told = self.given("[]\n")
        self.assertRegex(told, "(?m)^note: .*empty")
        self.assertRegex(told, "(?m)^warning: .*empty")
        self.assertEqual(list(self.zones.iterdir()), [])
        report = json.loads(self.store("--json", "import", "-", "--yes", stdin="[]"))
        self.assertEqual(len(report["warnings"]), 1)

    def test_a_zone_file_that_does_not_tell_its_zone(self):
        text = "@ 3600 IN SOA ns1 admin 1 3600 300 2419200 10\n@ IN NS ns1\nns1 IN A 10.0.0.1\n"
        self.assertIn("use --zone ORIGIN", self.given(text, status=1))
        self.assertEqual(list(self.zones.iterdir()), [])
        self.given(text, "--zone", "corp.example")
        served = self.text("corp.example")
        (self.zones / "corp.example.zone").unlink()
        other = self.directory / "corp.example.dns"
        other.write_text(text)
        self.store("import", str(other), "--yes")
        self.assertEqual(self.text("corp.example"), served)
        (self.zones / "corp.example.zone").unlink()
        for words in ((), ("--zone", "corp.example")):
            self.given("$ORIGIN corp.example\n" + text, *words)
            self.assertEqual(self.text("corp.example"), served)
            (self.zones / "corp.example.zone").unlink()

    def test_a_preview_shows_the_serial_number(self):
        nic = str(RECORDED / "ipconfig-list.json")
        self.assertRegex(self.store("import", nic, "--dry-run"), r"(?m)^zone .* \(.*, new\), serial 1$")
        self.write(REGISTRY_ZONE)
        shown = self.store("import", nic, "--dry-run")
        serial = re.search(r"(?m)^zone .*, serial (\d+) -> (\d+)$", shown)
        self.assertIsNotNone(serial, shown)
        self.assertIn(f" {serial[1]} ", self.text())
        self.assertIn(f"zone, serial {serial[2]}\n", self.store("import", nic, "--yes"))
        self.assertIn(f" {serial[2]} ", self.text())

    def test_suspicious_names_are_warned_about(self):
        told = self.given(
            f"$ORIGIN {ORIGIN}.\n@ 10 SOA a. b. 1 2 3 4 5\nmyregistry.{ORIGIN} 10 A 10.0.0.7\n")
        self.assertRegex(told, r"(?m)^warning: myregistry\.\S+ repeats the zone's name")


class WordsOfAzTests(StoreCase):
    def test_a_whole_name_is_taken_for_the_relative_one(self):
        self.write("$TTL 10\n@ SOA a b 1 2 3 4 5\n")
        name = "myregistry.westeurope.data.azurecr.io"
        record = ("--zone", ORIGIN, "--name", name, "--ipv4-address", "10.0.0.4")
        told = self.store("record-set", "a", "add-record", *record)
        self.assertRegex(told, f"(?m)^note: {name} is read as myregistry.westeurope.data in {ORIGIN}")
        self.assertIn("\nmyregistry.westeurope.data A 10.0.0.4\n", self.text())
        self.assertIn(
            "10.0.0.4", self.store("record-set", "a", "show", "--zone", ORIGIN, "--name", name + "."))
        self.store("record-set", "a", "remove-record", *record)
        self.assertNotIn("10.0.0.4", self.text())
        self.assertIn("is not in the zone", self.store(
            "record-set", "a", "add-record", "--zone", ORIGIN, "--name", "x.example.org.",
            "--ipv4-address", "10.0.0.4", status=1))

    def test_the_resource_group_is_ignored_and_create_and_update_do_what_they_can(self):
        group = ("-g", "rg-dns")
        told = self.store("zone", "create", *group, "-n", ORIGIN)
        self.assertIn("note: --resource-group is ignored", told)
        record_set = ("--resource-group", "rg-dns", "-z", ORIGIN, "-n", "myregistry")
        text = self.text()
        told = self.store("record-set", "a", "create", *record_set, "--ttl", "300")
        self.assertIn("nothing to change", told)
        self.assertIn("add-record --ttl 300", told)
        self.assertEqual(self.text(), text)
        self.store("record-set", "a", "create", "-z", "nowhere.example", "-n", "x", status=1)
        self.store("record-set", "a", "update", *record_set, "--ttl", "60", status=1)
        self.store("record-set", "a", "add-record", *record_set, "-a", "10.0.0.7")
        told = self.store("record-set", "a", "update", *record_set, "--set", "ttl=60", "--metadata", "a=b")
        self.assertIn("note: --metadata is ignored", told)
        self.assertIn("myregistry 60 IN A 10.0.0.7\n", self.text())
        self.store("record-set", "a", "update", *record_set, "--ttl", "120")
        self.assertIn("myregistry 120 IN A 10.0.0.7\n", self.text())
        self.store("record-set", "a", "update", *record_set, "--set", "name=x", status=2)
        self.store("import", *group, str(RECORDED / "ipconfig-list.json"), "--yes")
        self.store("zone", "delete", *group, "-n", ORIGIN, "-y")


class ServedTests(EndToEndCase):
    def test_a_change_is_called_served_when_it_is(self):
        daemon = self.start_daemon({"links": [LINK], "zones": {"watch": False}}, {ORIGIN: REGISTRY_ZONE})
        other = self.directory / "other"
        other.mkdir()
        add = ("record-set", "a", "add-record", "--zone", ORIGIN, "--name", "new", "--ipv4-address", "10.0.0.9")
        (other / f"{ORIGIN}.zone").write_text(REGISTRY_ZONE)
        done = ctl(*add, "--directory", str(other), "--socket", str(daemon.control_socket))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("the daemon serves it", done.stdout)
        self.assertIn("reloaded, but not served:", done.stdout)
        self.assertEqual(self.dig(daemon, "new.azurecr.io").data("A"), [])
        # Settings that name another directory than the daemon's are no such choice.
        settings = self.directory / "other.yaml"
        settings.write_text(f"zones:\n  directory: {other}\ncontrol:\n  socket: {daemon.control_socket}\n")
        done = ctl("zone", "create", "corp.example", "--config", str(settings))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("corp.example. is not a zone of the daemon", done.stdout)
        done = ctl(*add, "--config", str(daemon.settings_file))
        self.assertIn("reloaded: the daemon serves it", done.stdout)
        self.assert_registry(self.dig(daemon, "new.azurecr.io"), "new", "10.0.0.9")
        done = ctl("zone", "delete", ORIGIN, "--yes", "--config", str(daemon.settings_file))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("reloaded: the daemon serves it", done.stdout)


if __name__ == "__main__":
    unittest.main()
