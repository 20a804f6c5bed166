"""The store by hand: privatelinkctl changes records and whole zones as az does, and a running daemon serves the
change when the command has ended."""

import json
import os
import pty
import socket
import subprocess
import unittest

from endtoend import programs
from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.namespace import in_namespace
from endtoend.programs import REPOSITORY
from endtoend.upstream import Reply

ORIGIN = "privatelink.azurecr.io"
NAME = "myregistry.azurecr.io"
AZ = REPOSITORY / "Tests/StoreTests/Fixtures/az"


def ctl(*words, stdin=None):
    """Runs privatelinkctl without a terminal; what it did, with its streams as text."""
    return subprocess.run(
        ["setsid", programs.privatelinkctl(), *words], input=stdin, capture_output=True, text=True, timeout=60)


class StoreCase(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.zones = self.directory / "zones"
        self.zones.mkdir()

    def store(self, *words, stdin=None, status=0):
        """Runs a command on the store without a daemon; its standard output."""
        done = ctl("--socket", str(self.directory / "none"), *words, "--directory", str(self.zones), stdin=stdin)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def text(self, origin=ORIGIN):
        return (self.zones / f"{origin}.zone").read_text()

    def write(self, text, origin=ORIGIN):
        (self.zones / f"{origin}.zone").write_text(text)


class RecordTests(StoreCase):
    def test_every_type_is_added_shown_and_removed(self):
        self.store("zone", "create", ORIGIN)
        options = {
            "a": ("--ipv4-address", "10.0.0.7"), "aaaa": ("--ipv6-address", "2001:db8::7"),
            "cname": ("--cname", "a.example.com"), "mx": ("--exchange", "mail.example.com", "--preference", "10"),
            "ptr": ("--ptrdname", "host.example.com"),
            "srv": ("--priority", "1", "--weight", "2", "--port", "443", "--target", "host.example.com"),
            "txt": ("--value", "one; \"two\"", "three"),
        }
        data = {
            "a": "10.0.0.7", "aaaa": "2001:db8::7", "cname": "a.example.com.", "mx": "10 mail.example.com.",
            "ptr": "host.example.com.", "srv": "1 2 443 host.example.com.", "txt": '"one; \\"two\\"" "three"',
        }
        for kind, words in options.items():
            self.store("record-set", kind, "add-record", "--zone", ORIGIN, "--name", f"x{kind}", *words)
            shown = json.loads(
                self.store("--json", "record-set", kind, "show", "--zone", ORIGIN, "--name", f"x{kind}"))
            self.assertEqual(
                shown["record-sets"],
                [{"name": f"x{kind}", "ttl": 10, "type": kind.upper(), "fqdn": f"x{kind}.{ORIGIN}.",
                  "records": [data[kind]]}])
        listed = json.loads(self.store("--json", "record-set", "list", "--zone", ORIGIN))["record-sets"]
        self.assertEqual(len(listed), 8)
        before = self.text()
        for kind, words in options.items():
            self.store("record-set", kind, "add-record", "--zone", ORIGIN, "--name", f"x{kind}", *words)
            self.assertEqual(self.text(), before)
            self.store("record-set", kind, "remove-record", "--zone", ORIGIN, "--name", f"x{kind}", *words)
            before = self.text()
        self.assertEqual(
            [row["type"] for row in json.loads(self.store("--json", "zone", "show", ORIGIN))["record-sets"]], ["SOA"])

    def test_wrong_usage_and_refusals(self):
        self.write(REGISTRY_ZONE)
        add = ("record-set", "a", "add-record", "--zone", ORIGIN, "--name", "x", "--ipv4-address")
        self.assertIn("is not an IPv4 address", self.store(*add, "10.0.0.300", status=2))
        self.assertIn("is not an IPv4 address", self.store(*add, "2001:db8::1", status=2))
        self.store("record-set", "a", "add-record", "--zone", ORIGIN, status=2)
        self.assertIn(
            "there is no zone", self.store(
                "record-set", "a", "list", "--zone", "other.example", status=1))
        self.assertIn(
            "cannot be an alias", self.store(
                "record-set", "cname", "set-record", "--zone", ORIGIN, "--name", "myregistry", "--cname", "x.example",
                status=1))
        self.assertIn(
            "use --yes to write without asking, or --dry-run", self.store(
                "record-set", "a", "delete", "--zone", ORIGIN, "--name", "myregistry", status=1))
        self.assertEqual(self.text(), REGISTRY_ZONE)
        self.write(REGISTRY_ZONE + "broken A 10.0.0.300\n")
        self.assertRegex(self.store(*add, "10.0.0.8", status=1), r"zone:6:10: \"10\.0\.0\.300\" is not")

    def test_a_running_daemon_serves_the_change(self):
        daemon = self.start_daemon({"links": [LINK]}, {ORIGIN: REGISTRY_ZONE})

        def told(*words):
            done = ctl(*words, "--config", str(daemon.settings_file))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return done.stdout
        self.assertIn("reloaded: the daemon serves it", told(
            "record-set", "a", "add-record", "--zone", ORIGIN, "--name", "other", "--ipv4-address", "10.0.0.9"))
        self.assert_registry(self.dig(daemon, "other.azurecr.io"), "other", "10.0.0.9")
        told("record-set", "a", "delete", "--zone", ORIGIN, "--name", "other", "--yes")
        self.assertEqual(self.dig(daemon, "other.azurecr.io").data("A"), [])
        told("zone", "rollback", ORIGIN, "--yes")
        self.assert_registry(self.dig(daemon, "other.azurecr.io"), "other", "10.0.0.9")
        # Whoever says so by hand means it, even where a reload by itself would be refused.
        told("record-set", "a", "delete", "--zone", ORIGIN, "--name", "other", "--yes")
        for name in ("myregistry", "myregistry.westeurope.data", "myregistry.northeurope.data"):
            told("record-set", "a", "delete", "--zone", ORIGIN, "--name", name, "--yes")
        self.assertEqual(self.dig(daemon, NAME).data("A"), [])
        versions = json.loads(told("--json", "zone", "history", ORIGIN))["versions"]
        told("zone", "rollback", ORIGIN, "--to", str(versions[4]["serial"]), "--yes")
        self.assert_registry(self.dig(daemon, NAME))
        daemon.stop()
        self.assertIn("not reloaded: ", told(
            "record-set", "a", "add-record", "--zone", ORIGIN, "--name", "third", "--ipv4-address", "10.0.0.10"))
        self.assertIn("third", daemon.zone_file(ORIGIN).read_text())


class ZoneTests(StoreCase):
    def test_a_zone_is_created_deleted_and_brought_back(self):
        self.assertIn("new", self.store("zone", "create", "--name", ORIGIN))
        self.assertIn("already has a zone", self.store("zone", "create", ORIGIN, status=1))
        text = self.text()
        self.assertIn("there is no zone nosuch.", self.store("zone", "rollback", "nosuch", "--yes", status=1))
        self.store("zone", "delete", ORIGIN, status=1)
        self.assertIn("- @", self.store("zone", "delete", ORIGIN, "--dry-run"))
        self.store("zone", "delete", ORIGIN, "--yes")
        self.assertEqual(self.store("zone", "list"), "none\n")
        # What comes back is a change of what was deleted, and its serial number says so.
        self.store("zone", "rollback", ORIGIN, "--yes")
        self.assertIn(" 1 3600 ", text)
        self.assertEqual(self.text(), text.replace(" 1 3600 ", " 2 3600 "))

    def test_a_file_with_mistakes_that_is_rolled_back_is_not_called_new(self):
        self.write(REGISTRY_ZONE)
        self.store("record-set", "a", "add-record", "--zone", ORIGIN, "--name", "x", "--ipv4-address", "10.1.0.1")
        self.write("nonsense\n")
        self.assertNotIn("new)", self.store("zone", "rollback", ORIGIN, "--dry-run"))
        self.assertNotIn("new)", self.store("zone", "rollback", ORIGIN, "--yes"))
        self.store("zone", "delete", ORIGIN, "--yes")
        self.assertIn("zone, new)", self.store("zone", "rollback", ORIGIN, "--dry-run"))

    def test_a_zone_that_cannot_be_read_hides_no_other(self):
        self.write(REGISTRY_ZONE)
        (self.zones / "broken.example.zone").mkdir()
        rows = json.loads(self.store("--json", "zone", "list"))["zones"]
        self.assertEqual(
            [(row["zone"], row["records"], row["mistakes"]) for row in rows],
            [("broken.example.", None, 1), (f"{ORIGIN}.", 4, 0)])

    def test_history_tells_what_a_name_resolved_to(self):
        self.write(REGISTRY_ZONE)
        for number in range(1, 24):
            self.store(
                "record-set", "a", "add-record", "--zone", ORIGIN, "--name", f"n{number}", "--ipv4-address", "10.1.0.1")
        versions = json.loads(self.store("--json", "zone", "history", ORIGIN))["versions"]
        self.assertEqual([row["version"] for row in versions], ["current"] + 20 * ["kept"])
        self.assertEqual([row["serial"] for row in versions], list(range(24, 3, -1)))
        self.assertEqual(versions[1]["changes"], "+1 -0 ~0")
        when = versions[2]["replaced"]
        had = json.loads(self.store("--json", "zone", "history", ORIGIN, "--name", "n23"))["versions"]
        self.assertEqual([row["records"] for row in had[:2]], [["10.1.0.1"], []])
        self.assertIn("10.0.0.7", self.store("zone", "history", ORIGIN, "--name", "myregistry", "--at", when))
        self.assertIn("no kept version", self.store("zone", "history", ORIGIN, "--at", "2001-01-01", status=1))
        self.store("zone", "history", ORIGIN, "--at", "yesterday", status=2)
        self.assertIn("serial number 999", self.store("zone", "rollback", ORIGIN, "--to", "999", "--yes", status=1))
        self.store("zone", "rollback", ORIGIN, "--to", "now", "--yes", status=2)
        self.store("zone", "rollback", ORIGIN, "--to", str(versions[20]["serial"]), "--yes")
        self.assertNotIn("n4 ", self.text())
        self.assertIn("n3 ", self.text())
        self.assertIn(" 25 3600", self.text())

    def test_an_exported_zone_is_the_same_to_the_checker(self):
        self.write(REGISTRY_ZONE)
        exported = self.store("zone", "export", ORIGIN)
        self.assertEqual(exported, self.store_check("--print"))
        self.store("zone", "export", ORIGIN, "--file-name", str(self.directory / "exported"))
        self.assertEqual((self.directory / "exported").read_text(), exported)

    def store_check(self, *words):
        done = ctl("zone", "check", ORIGIN, str(self.zones / f"{ORIGIN}.zone"), *words)
        self.assertEqual(done.returncode, 0)
        return done.stdout

    def test_a_check_tells_every_mistake(self):
        self.write(REGISTRY_ZONE + "a A 10.0.0.300\nb A\n")
        done = ctl("zone", "check", ORIGIN, str(self.zones / f"{ORIGIN}.zone"))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"zone:6:5: .*\n.*zone:7:4: .*\nzone privatelink.azurecr.io.: 2 mistakes\n$")
        self.assertEqual(ctl("zone", "check", ORIGIN, "nowhere").returncode, 1)
        self.assertEqual(ctl("zone", "check", "a..b", "nowhere").returncode, 2)

    def test_a_file_that_is_too_large_is_refused_unread(self):
        file = self.zones / f"{ORIGIN}.zone"
        self.write(REGISTRY_ZONE)
        os.truncate(file, 600 << 20)
        sentence = f"cannot read {file}: {600 << 20} bytes, more than the limit of {256 << 20}"
        config = self.directory / "settings.yaml"
        config.write_text("zones:\n  directory: zones\n")
        commands = [
            [programs.privatelinkctl(), "zone", "check", ORIGIN, str(file)],
            [programs.privatelinkctl(), "zone", "export", ORIGIN, "--directory", str(self.zones)],
            [programs.privatelinkctl(), "record-set", "a", "add-record", "--zone", ORIGIN, "--name", "new",
             "--ipv4-address", "10.0.0.9", "--directory", str(self.zones)],
            [programs.privatelinkd(), "--check-config", "--config", str(config)],
        ]
        for command in commands:
            # Half of the file's size would not be enough to read it.
            done = subprocess.run(
                ["prlimit", f"--as={512 << 20}", *command], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn(sentence, done.stdout + done.stderr)


@unittest.skipUnless(os.geteuid() == 0, "needs two users")
class GroupTests(StoreCase):
    def test_a_member_of_the_group_edits_a_zone_that_root_wrote(self):
        group, member = 54321, 54322
        self.directory.chmod(0o755)
        os.chown(self.zones, 0, group)
        self.zones.chmod(0o2775)
        self.write(REGISTRY_ZONE)
        file = self.zones / f"{ORIGIN}.zone"
        os.chown(file, 0, group)
        file.chmod(0o640)

        def add(number):
            return subprocess.run(
                [programs.privatelinkctl(), "record-set", "a", "add-record", "-z", ORIGIN, "-n", f"n{number}", "-a",
                 "10.0.0.9", "--directory", str(self.zones), "--socket", str(self.directory / "none")],
                user=member, group=member, extra_groups=[group], capture_output=True, text=True, timeout=60)
        for number in range(2):
            done = add(number)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            status = file.stat()
            self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o777), (member, group, 0o640))
            told = f"note: {file} belongs to user {member} now, and not to root"
            self.assertEqual(told in done.stdout, number == 0, done.stdout)
        self.assertIn("n1 ", file.read_text())
        self.store("record-set", "a", "add-record", "-z", ORIGIN, "-n", "root", "-a", "10.0.0.9")
        self.assertEqual(file.stat().st_uid, member)


class LastGoodTests(EndToEndCase):
    def test_what_was_written_by_hand_and_served_comes_back(self):
        state = self.directory / "state"
        daemon = self.start_daemon(
            {"links": [LINK], "zones": {"watch": False, "state-directory": str(state)}}, {ORIGIN: REGISTRY_ZONE})
        config = ("--config", str(daemon.settings_file))
        daemon.write_zone(ORIGIN, REGISTRY_ZONE.replace("10.0.0.7", "10.0.0.77"))
        daemon.reload()
        daemon.write_zone(ORIGIN, "nonsense\n")
        copy = state / f"{ORIGIN}.zone"
        self.wait_until(lambda: copy.exists() and "10.0.0.77" in copy.read_text(), "last good copy")
        versions = json.loads(ctl("--json", "zone", "history", ORIGIN, *config).stdout)["versions"]
        self.assertEqual([row["version"] for row in versions], ["current", "last-good"])
        done = ctl("zone", "rollback", ORIGIN, "--to", "last-good", "--yes", *config)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("10.0.0.77", (daemon.zones / f"{ORIGIN}.zone").read_text())
        self.assert_registry(self.dig(daemon, NAME), address="10.0.0.77")

    def test_a_zone_that_no_link_leads_to_and_the_settings_of_the_daemon_that_answers(self):
        daemon = self.start_daemon({"links": [], "zones": {"watch": False}}, {})
        socket = ("--socket", str(daemon.control_socket))
        for words in (("zone", "create", ORIGIN),
                      ("record-set", "a", "add-record", "-z", ORIGIN, "-n", "myregistry", "-a", "10.0.0.7")):
            done = ctl(*words, *socket)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("note: the settings do not link azurecr.io. to privatelink.azurecr.io.", done.stdout)
            self.assertIn("reloaded: the daemon serves it", done.stdout)
        daemon.write_settings({"links": [LINK]})
        done = ctl("record-set", "a", "add-record", "-z", ORIGIN, "-n", "other", "-a", "10.0.0.8", *socket)
        self.assertNotIn("do not link", done.stdout)


class ImportTests(StoreCase):
    def test_an_import_is_shown_and_only_made_with_a_yes(self):
        nic = str(AZ / "nic-show.json")
        shown = self.store("import", nic, "--dry-run")
        self.assertRegex(shown, r"\+ myregistry\.eastus\.data +10 +A +10\.0\.0\.12")
        self.assertEqual(list(self.zones.iterdir()), [])
        self.assertIn("use --yes to write without asking, or --dry-run", self.store("import", nic, status=1))
        self.assertIn("written: ", self.store("import", nic, "--yes"))
        text = self.text()
        self.assertEqual(self.store("import", nic, "--yes"), "nothing to change\n")
        self.assertEqual(self.text(), text)
        self.store("import", nic, "--yes", "--dry-run", status=2)
        self.store("import", "nowhere.json", "--yes", status=1)

    def test_standard_input_and_json(self):
        done = self.store("--json", "import", "-", "--yes", stdin=(AZ / "nic-show.json").read_text())
        report = json.loads(done)
        self.assertEqual(report["reload"], "no-daemon")
        self.assertEqual(len([change for change in report["changes"] if change["type"] == "A"]), 4)
        self.store("import", "--yes", stdin=(AZ / "nic-list.json").read_text())
        self.assertIn("otherregistry", self.text())

    def test_sources_that_differ_are_refused(self):
        files = [str(AZ / "nic-show.json"), str(AZ / "nic-show-spoke.json")]
        told = self.store("import", *files, "--yes", status=1)
        self.assertIn("10.0.0.7 in network interface registry-hub.nic.0001", told)
        self.store("import", *files, "--yes", "--prefer", "registry-spoke")
        self.assertIn("10.1.0.7", self.text())
        self.store("import", *files, "--yes", "--merge")
        self.assertIn("10.0.0.7", self.text())
        self.store("import", *files, "--merge", "--prefer", "x", status=2)

    def test_an_import_in_a_pipeline_does_not_empty_a_zone(self):
        self.store("import", str(AZ / "record-set-list.json"), "--yes")
        empty = self.directory / "empty.txt"
        empty.write_text(f"$ORIGIN {ORIGIN}.\n@ 3600 IN SOA a. b. 1 2 3 4 5\n")
        text = self.text()
        self.assertIn("use --force to write it anyway", self.store("import", str(empty), "--yes", status=1))
        self.assertEqual(self.text(), text)
        self.store("import", str(empty), "--yes", "--force")
        self.assertNotIn("myregistry", self.text())

    def test_a_hand_written_file_keeps_its_layout(self):
        text = (
            "; our registries, do not reorder\n$TTL 10\n"
            "@   SOA  azureprivatedns.net. hostmaster.example. ( 2026010100 ; serial\n      3600 300 2419200 10 )\n\n"
            "legacy                        A  10.9.9.9   ; the old one, by hand\n"
            "myregistry                    A  10.0.0.99  ; login\n")
        self.write(text)
        self.store("import", str(AZ / "nic-show.json"), "--yes")
        written = self.text()
        for line in text.splitlines():
            if "serial" not in line and "10.0.0.99" not in line:
                self.assertIn(line + "\n", written)
        self.assertIn("myregistry                    A  10.0.0.7  ; login\n", written)
        self.assertIn("myregistry.westeurope.data    A  10.0.0.10\n", written)
        self.assertRegex(written, r"\( 20\d{8} ; serial\n")

    def test_an_exported_zone_is_imported_as_the_same_zone(self):
        self.store("import", str(AZ / "record-set-list.json"), "--yes")
        done = ctl("zone", "export", ORIGIN, "--directory", str(self.zones))
        self.assertRegex(done.stderr, r"(?m)^warning: text\.\S+ TXT: az reads a text with a quote")
        exported = done.stdout
        other = self.directory / "exported.txt"
        other.write_text(exported)
        self.store("zone", "delete", ORIGIN, "--yes")
        self.store("zone", "import", ORIGIN, "--file-name", str(other), "--yes")
        self.assertIn(" 1 3600 ", exported)
        again = ctl("zone", "export", ORIGIN, "--directory", str(self.zones)).stdout
        self.assertEqual(again, exported.replace(" 1 3600 ", " 2 3600 "))

    def test_a_running_daemon_serves_what_was_imported(self):
        daemon = self.start_daemon(
            {"links": [LINK], "zones": {"watch": False}}, {ORIGIN: "$TTL 10\nother A 10.9.9.9\n"})
        done = ctl(
            "import", str(AZ / "nic-show.json"), str(AZ / "nic-show-storage.json"), "--yes",
            "--config", str(daemon.settings_file))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("reloaded: the daemon serves it", done.stdout)
        self.assertIn("add {service: blob} to their links", done.stdout)
        self.assert_registry(self.dig(daemon, NAME))
        self.assert_registry(
            self.dig(daemon, "myregistry.eastus.data.azurecr.io"), "myregistry.eastus.data", "10.0.0.12")

    def test_on_a_terminal_it_asks_and_is_coloured(self):
        for answer, made in (("n", False), ("y", True)):
            output, status = self.on_terminal(answer, "import", str(AZ / "nic-show.json"))
            self.assertIn("\x1b[32m  + myregistry ", output)
            self.assertIn("Write this (5 changes)? [y/N] ", output)
            self.assertEqual((status == 0, (self.zones / f"{ORIGIN}.zone").exists()), (made, made), output)

    def test_a_terminal_without_colours(self):
        for variable in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            output, _ = self.on_terminal("n", "import", str(AZ / "nic-show.json"), environment=variable)
            self.assertIn("  + myregistry ", output)
            self.assertNotIn("\x1b[", output)
        output, _ = self.on_terminal("n", "import", str(AZ / "nic-show.json"), environment={"NO_COLOR": ""})
        self.assertIn("\x1b[", output)

    def test_a_pipe_may_answer(self):
        nic = str(AZ / "nic-show.json")
        self.assertIn("nothing was written", self.store("import", nic, stdin="n\n", status=1))
        self.assertEqual(list(self.zones.iterdir()), [])
        self.assertIn("not a terminal", self.store("import", nic, stdin="", status=1))
        self.assertIn("not a terminal", self.store("import", "-", stdin=(AZ / "nic-show.json").read_text(), status=1))
        self.assertIn("written: ", self.store("import", nic, stdin="y\ny\ny\n"))

    def on_terminal(self, answer, *words, environment={}):
        """Runs privatelinkctl on a terminal of its own and answers its question; what it wrote, and its status."""
        child, terminal = pty.fork()
        if child == 0:
            os.execve(programs.privatelinkctl(), [
                "privatelinkctl", "--socket", str(self.directory / "none"), *words, "--directory", str(self.zones)],
                {"TERM": "xterm", **environment})
        output, answered = b"", False
        while True:
            try:
                octets = os.read(terminal, 4096)
            except OSError:
                break
            if not octets:
                break
            output += octets
            if not answered and b"[y/N] " in output:
                os.write(terminal, answer.encode() + b"\n")
                answered = True
        os.close(terminal)
        return output.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class CheckTests(StoreCase):
    def test_what_is_missing_is_told_with_the_command_that_mends_it(self):
        self.store("import", str(AZ / "nic-show.json"), "--yes")
        against = ("check", "--against", str(AZ / "nic-show.json"), str(AZ / "acr-show-endpoints.json"))
        self.assertIn("nothing is wrong", self.store(*against))
        self.store("record-set", "a", "delete", "--zone", ORIGIN, "--name", "myregistry.northeurope.data", "--yes")
        told = self.store(*against, status=1)
        self.assertRegex(told, r"myregistry +10\.0\.0\.7 +eastus 10\.0\.0\.12, northeurope MISSING, west")
        report = json.loads(self.store("--json", *against, status=1))
        self.assertEqual(report["succeeded"], False)
        command = report["findings"][0]["mend"][0]
        self.assertIn(f"  {command}\n", told)
        done = subprocess.run(
            command.replace("privatelinkctl", programs.privatelinkctl(), 1), shell=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(json.loads(self.store("--json", *against))["succeeded"])

    def test_a_linked_zone_without_addresses_is_wrong(self):
        settings = self.directory / "settings.yaml"
        settings.write_text("zones:\n  directory: zones\nlinks:\n  - {public: azurecr.io, private: privatelink.azurecr.io}\n")

        def wrong():
            for words in (("--config", str(settings)), ("--directory", str(self.zones))):
                done = ctl("check", *words)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertRegex(done.stdout, "(?m)^wrong: ")
                self.assertNotIn("nothing is wrong", done.stdout)
            return ctl("check", "--config", str(settings)).stdout

        self.assertIn("no zone has privatelink.azurecr.io.", wrong())
        misnamed = self.zones / f"{ORIGIN}.txt"
        misnamed.write_text(REGISTRY_ZONE)
        self.assertIn(f"{ORIGIN}.txt is not read", wrong())
        misnamed.unlink()
        for text in ("", "; myregistry A 10.0.0.7\n"):
            self.write(text)
            self.assertIn("has no addresses", wrong())
        self.write(REGISTRY_ZONE)
        done = ctl("check", "--config", str(settings))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_an_empty_store_needs_one_import(self):
        nic = str(AZ / "nic-show.json")
        told = self.store("check", "--against", nic, status=1)
        commands = [line.strip() for line in told.splitlines() if line.startswith("  privatelinkctl")]
        self.assertEqual(len(commands), 1, told)
        self.assertTrue(commands[0].startswith(f"privatelinkctl import {nic} "), told)
        self.assertIn(f" --directory {self.zones} --socket {self.directory / 'none'}", commands[0])
        done = subprocess.run(
            commands[0].replace("privatelinkctl", programs.privatelinkctl(), 1) + " --yes", shell=True,
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("nothing is wrong", self.store("check", "--against", nic))

    def test_wrong_usage(self):
        self.store("check", "--subnet", "10.0.0.0/40", status=2)
        self.store("check", "--server", "127.0.0.1", status=2)
        self.store("check", "--merge", status=2)
        self.store("check", "--live", status=2)
        self.store("check", "--against", "nowhere", status=1)

    def test_the_running_daemon_is_asked(self):
        daemon = self.start_daemon({"links": [LINK], "zones": {"watch": False}}, {ORIGIN: REGISTRY_ZONE})
        live = ("check", "--live", "--config", str(daemon.settings_file), "--server", daemon.endpoint)
        done = ctl(*live)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        daemon.write_zone(ORIGIN, REGISTRY_ZONE.replace("10.0.0.7", "10.0.0.77") + "late AAAA 2001:db8::1\n"
                          "late.westeurope.data A 10.0.0.44\n")
        done = ctl("--json", *live)
        self.assertEqual(done.returncode, 1)
        wrong = sorted(finding["sentence"] for finding in json.loads(done.stdout)["findings"])
        self.assertEqual(len(wrong), 10, wrong)
        self.assertIn(
            f"{daemon.endpoint} over TCP: myregistry.azurecr.io. A is 10.0.0.7, not 10.0.0.77", wrong)
        self.assertIn(f"{daemon.endpoint} over UDP: late.azurecr.io. AAAA is REFUSED, not 2001:db8::1", wrong)
        daemon.reload()
        self.assertEqual(ctl(*live).returncode, 0)
        daemon.stop()
        done = ctl(*live)
        self.assertIn("got no answer", done.stdout)

    @in_namespace()
    def test_connections_are_tried(self):
        with socket.create_server(("127.0.0.5", 443)):
            self.write("$TTL 10\na A 127.0.0.5\na.westeurope.data A 127.0.0.6\n")
            told = self.store("check", "--connect", status=1)
        self.assertIn("a.westeurope.data.azurecr.io.: no connection to 127.0.0.6 port 443: Connection refused", told)
        self.assertNotIn("127.0.0.5 port", told)
        self.assertRegex(told, r"(?m)^a +127\.0\.0\.5 .* 1 wrong$")


class CutOverTests(EndToEndCase):
    """The first answer after a reload is the new one, whatever was cached."""

    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        self.daemon = self.start_daemon(
            {"links": [LINK], "zones": {"watch": False},
             "forward": [{"zone": ".", "servers": [self.upstream.endpoint]}]}, {ORIGIN: REGISTRY_ZONE})

    def record(self, verb, *words):
        done = ctl("record-set", "a", verb, "--zone", ORIGIN, "--name", "moved", *words,
                   "--config", str(self.daemon.settings_file))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def cut_over(self, check_public):
        name = "moved.azurecr.io"
        for transport in ("+notcp", "+tcp"):
            for _ in range(3):
                check_public(self.dig(self.daemon, name, "A", transport))
            asked = len(self.upstream.seen)
            self.record("add-record", "--ipv4-address", "10.0.0.77")
            self.assert_registry(self.dig(self.daemon, name, "A", transport), "moved", "10.0.0.77")
            self.assertEqual(self.dig(self.daemon, name, "AAAA", transport).data("AAAA"), [])
            self.assertEqual(len(self.upstream.seen), asked)
            self.record("delete", "--yes")
            check_public(self.dig(self.daemon, name, "A", transport))

    def test_a_registry_that_was_public_and_cached(self):
        self.upstream.on(
            "moved.azurecr.io.", "moved.azurecr.io. 3600 CNAME weu.azcr.io.\nweu.azcr.io. 3600 A 198.51.100.7")

        def check(answer):
            self.assertEqual(answer.data("A"), ["198.51.100.7"], answer.text)
        self.cut_over(check)

    def test_a_registry_that_was_denied_and_cached(self):
        self.upstream.on(
            "moved.azurecr.io.", Reply(rcode="NXDOMAIN", authority="azurecr.io. 3600 SOA a. b. 1 2 3 4 3600"))

        def check(answer):
            self.assertEqual(answer.status, "NXDOMAIN", answer.text)
        self.cut_over(check)


class LinkTests(EndToEndCase):
    def test_settings_name_services_and_zones_of_regions(self):
        upstream = self.start_upstream()
        daemon = self.start_daemon(
            {"links": [{"service": "container-registry"}, {"service": "blob", "ttl": 60}, {"service": "data-explorer"}],
             "forward": [{"zone": ".", "servers": [upstream.endpoint]}]},
            {ORIGIN: REGISTRY_ZONE, "privatelink.blob.core.windows.net": "$TTL 10\nstore A 10.0.1.1\n",
             "privatelink.westeurope.kusto.windows.net": "$TTL 10\ncluster A 10.0.2.1\n"})
        self.assert_registry(self.dig(daemon, NAME))
        self.assertEqual(self.dig(daemon, "store.blob.core.windows.net").data("A"), ["10.0.1.1"])
        self.assertEqual(self.dig(daemon, "cluster.westeurope.kusto.windows.net").data("A"), ["10.0.2.1"])
        other = "cluster.northeurope.kusto.windows.net"
        upstream.on(f"{other}.", f"{other}. 60 A 198.51.100.9")
        self.assertEqual(self.dig(daemon, other).data("A"), ["198.51.100.9"])
        # A region's zone that is new is a link that is new.
        daemon.write_zone("privatelink.northeurope.kusto.windows.net", "$TTL 10\ncluster A 10.0.2.2\n")
        daemon.reload()
        self.assertEqual(self.dig(daemon, other).data("A"), ["10.0.2.2"])

    def test_a_regions_own_zone_has_its_data_endpoints(self):
        daemon = self.start_daemon(
            {"links": [{"service": "container-registry"}]},
            {ORIGIN: REGISTRY_ZONE, f"eastus.data.{ORIGIN}": "$TTL 10\n@ SOA a b 1 2 3 4 5\nmyregistry A 10.0.0.12\n"})
        self.assert_registry(
            self.dig(daemon, "myregistry.eastus.data.azurecr.io"), "myregistry.eastus.data", "10.0.0.12")
        self.assert_registry(self.dig(daemon, NAME))

    def test_the_table_is_listed(self):
        listed = json.loads(ctl("--json", "links").stdout)["links"]
        self.assertGreater(len(listed), 200)
        self.assertIn(
            {"service": "container-registry", "cloud": "public", "public": "azurecr.io.",
             "private": "privatelink.azurecr.io.", "resource": "Microsoft.ContainerRegistry/registries"}, listed)
        self.assertEqual(ctl("links", "--cloud", "moon").returncode, 2)
        self.assertEqual(ctl("links", "moon").returncode, 1)
        for search in ("registry", "AzureCR.io", "ContainerRegistry", "myregistry.westeurope.data.azurecr.io",
                       "https://myregistry.azurecr.io/v2/"):
            found = json.loads(ctl("--json", "links", search).stdout)["links"]
            self.assertIn("container-registry", {row["service"] for row in found}, search)
            self.assertLess(len(found), 20, search)


if __name__ == "__main__":
    unittest.main()
