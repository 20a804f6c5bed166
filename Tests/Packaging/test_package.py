"""The package in a machine of its own: what an administrator does with it, and what goes wrong.

PRIVATELINKD_PACKAGES is the directory with two packages, of which the later version is the upgrade."""

import os
import pathlib
import re
import time
import unittest

from machine import Machine, reason_to_skip

SKIP = reason_to_skip()
ZONE = """\
$TTL 10
@           SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10
myregistry  A   10.0.0.7
"""
ZONE_FILE = "/etc/privatelinkd/zones/privatelink.azurecr.io.zone"
SETTINGS = "/etc/privatelinkd/privatelinkd.yaml"
UNIT = "privatelinkd.service"


@unittest.skipIf(SKIP, SKIP)
class PackageCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.machine = Machine()
        self.addCleanup(self.machine.close)
        packages = sorted(pathlib.Path(os.environ["PRIVATELINKD_PACKAGES"]).glob("privatelinkd_*.deb"))
        self.assertEqual(len(packages), 2, packages)
        self.old, self.new = (self.machine.put(package) for package in packages)
        self.machine.put(pathlib.Path(__file__).parent / "ask.py")
        self.run_in = self.machine.run

    def install(self, package=None):
        return self.run_in(f"apt-get install -y --allow-downgrades {package or self.old}")

    def add_zone(self):
        """As root does it, with root's own umask."""
        self.run_in(f"umask 022; cat >{ZONE_FILE} <<'TEXT'\n{ZONE}TEXT")
        self.wait_for_answer("0 10.0.0.7")

    def property(self, name):
        return self.run_in(f"systemctl show -P {name} {UNIT}").strip()

    def ask(self, name="myregistry.azurecr.io", transport="udp", address="127.0.0.1"):
        return self.run_in(f"python3 /var/lib/test/ask.py {name} {transport} {address}", check=False).strip()

    def wait_for_answer(self, expected, name="myregistry.azurecr.io"):
        self.wait_until(lambda: self.ask(name) == expected, f"the answer {expected}")

    def wait_until(self, condition, what, patience=20):
        deadline = time.monotonic() + patience
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"no {what}\n" + self.run_in(f"systemctl show {UNIT}", check=False))
            time.sleep(0.1)


class LifeTests(PackageCase):
    def test_from_installation_to_purge(self):
        self.install()
        self.assertEqual(self.property("ActiveState"), "active")
        self.assertEqual(self.run_in(f"stat -c '%A %U:%G' {SETTINGS} /etc/privatelinkd/zones").split("\n")[:2],
                         ["-rw-r----- root:_privatelinkd", "drwxrws--- root:_privatelinkd"])
        self.add_zone()
        for transport in ("udp", "tcp"):
            for address in ("127.0.0.1", "::1"):
                self.assertEqual(self.ask("myregistry.azurecr.io", transport, address), "0 10.0.0.7")
        first = self.property("MainPID")

        self.run_in(f"systemctl reload {UNIT}")
        self.assertEqual(self.property("MainPID"), first)
        self.run_in(f"echo '%' >>{ZONE_FILE}")
        self.assertNotEqual(self.machine.status_of(f"systemctl reload {UNIT}"), 0)
        self.assertEqual(self.ask(), "0 10.0.0.7")
        self.run_in(f"sed -i '/%/d' {ZONE_FILE}; systemctl reload {UNIT}")

        for package in (self.new, self.old):
            self.install(package)
            self.assertIn(self.run_in("dpkg-query -W -f '${Version}' privatelinkd"), package)
            self.assertNotEqual(self.property("MainPID"), first)
            self.assertEqual(self.property("ActiveState"), "active")
            self.assertEqual(self.ask(), "0 10.0.0.7")
            first = self.property("MainPID")

        self.run_in("apt-get remove -y privatelinkd")
        self.assertNotEqual(self.machine.status_of(f"systemctl is-active {UNIT}"), 0)
        self.run_in(f"test -e {ZONE_FILE}; test -e {SETTINGS}")
        self.install()
        self.wait_for_answer("0 10.0.0.7")
        # Nobody is there to answer, so that the zones stay.
        self.run_in("apt-get purge -y privatelinkd")
        self.run_in(f"test -e {ZONE_FILE}; test ! -e {SETTINGS}; test ! -e /var/lib/privatelinkd")

    def test_a_purge_takes_the_zones_where_that_was_answered(self):
        self.install()
        self.add_zone()
        # What a dialog's answer becomes, when postrm asks.
        self.run_in("echo privatelinkd privatelinkd/purge-zones boolean true | debconf-set-selections")
        self.run_in("apt-get purge -y privatelinkd; test ! -e /etc/privatelinkd")

    def test_an_administrator_of_the_group_edits_what_root_wrote(self):
        self.install()
        self.add_zone()
        self.run_in("useradd --groups _privatelinkd clerk; useradd stranger")
        ctl = "runuser -u clerk -- privatelinkctl"
        zone = "--zone-name privatelink.azurecr.io"
        self.run_in(f"{ctl} status")
        self.run_in(f"{ctl} record-set a add-record {zone} --record-set-name clerks --ipv4-address 10.0.0.8")
        self.wait_for_answer("0 10.0.0.8", "clerks.azurecr.io")
        self.run_in(f"runuser -u clerk -- sh -c 'echo editors A 10.0.0.9 >>{ZONE_FILE}'")
        self.wait_for_answer("0 10.0.0.9", "editors.azurecr.io")
        # And the other way round.
        self.run_in(f"privatelinkctl record-set a add-record {zone} --record-set-name roots --ipv4-address 10.0.0.10")
        self.wait_for_answer("0 10.0.0.10", "roots.azurecr.io")
        self.run_in(f"runuser -u clerk -- sh -c 'echo later A 10.0.0.11 >>{ZONE_FILE}'")
        self.wait_for_answer("0 10.0.0.11", "later.azurecr.io")
        self.assertNotEqual(self.machine.status_of(f"runuser -u stranger -- cat {ZONE_FILE}"), 0)
        self.assertNotEqual(self.machine.status_of(f"runuser -u stranger -- cat {SETTINGS}"), 0)
        self.assertNotEqual(self.machine.status_of("runuser -u stranger -- privatelinkctl status"), 0)


class BadInputTests(PackageCase):
    def test_a_taken_port_53_is_named_and_nothing_is_started(self):
        holder = self.machine.start(
            "exec python3 -c 'import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
            " s.bind((\"127.0.0.53\", 53)); print(1, flush=True); time.sleep(600)'")
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        holder.stdout.readline()
        said = self.install()
        self.assertRegex(said, r"privatelinkd is not started, because port 53 is taken:\s+python3 \(process \d+\)")
        self.assertIn("systemctl start privatelinkd", said)
        self.assertEqual(self.property("ActiveState"), "inactive")
        self.assertEqual(self.run_in("dpkg-query -W -f '${Status}' privatelinkd"), "install ok installed")
        process = re.search(r"process (\d+)", said)[1]
        self.run_in(f"kill {process}; while kill -0 {process} 2>&-; do sleep 0.1; done; systemctl start privatelinkd")
        self.assertEqual(self.property("ActiveState"), "active")

    def test_an_upgrade_with_wrong_settings_or_zones_leaves_the_old_process_serving(self):
        self.install()
        self.add_zone()
        for file in (SETTINGS, ZONE_FILE):
            with self.subTest(file):
                process = self.property("MainPID")
                self.run_in(f"cp -p {file} /var/lib/test/kept; echo 'nonsense: [' >>{file}")
                said = self.install(self.new)
                self.assertIn(f"{file}:", said)
                self.assertIn("goes on as it was", said)
                self.assertEqual(self.property("MainPID"), process)
                self.assertEqual(self.ask(), "0 10.0.0.7")
                self.run_in(f"cat /var/lib/test/kept >{file}")
                self.install(self.old)

    def test_wrong_settings_and_command_lines_are_not_tried_again(self):
        self.install()
        self.run_in(f"systemctl stop {UNIT}; echo 'nonsense: 1' >>{SETTINGS}")
        self.assertNotEqual(self.machine.status_of(f"systemctl start {UNIT}"), 0)
        self.assertEqual(self.property("ExecMainStatus"), "78")
        time.sleep(0.5)
        self.assertEqual(self.property("ActiveState"), "failed")
        self.assertEqual(self.property("NRestarts"), "0")

    def test_the_kernel_kills_it_and_systemd_starts_it_again(self):
        self.install()
        self.add_zone()
        for _ in range(10):
            process = self.property("MainPID")
            self.run_in(f"kill -KILL {process}")
            self.wait_until(lambda: self.property("MainPID") not in (process, "0"), "new process")
            self.wait_for_answer("0 10.0.0.7")
        self.assertEqual(self.property("NRestarts"), "10")


class ConfinementTests(PackageCase):
    def test_it_has_one_capability_and_a_system_call_filter(self):
        self.install()
        status = dict(line.split(":\t", 1) for line in
                      self.run_in(f"cat /proc/{self.property('MainPID')}/status").splitlines() if ":\t" in line)
        bind_service = f"{1 << 10:016x}"
        self.assertEqual([status[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")],
                         [bind_service] * 4 + ["1", "2"])
        self.assertNotEqual(status["Uid"].split()[0], "0")

    def test_the_watchdog_is_fed_and_ends_a_process_that_hangs(self):
        self.install()
        self.machine.write(f"/etc/systemd/system/{UNIT}.d/test.conf", "[Service]\nWatchdogSec=3s\n")
        self.run_in(f"systemctl daemon-reload; systemctl restart {UNIT}")
        process = self.property("MainPID")
        time.sleep(8)
        self.assertEqual((self.property("MainPID"), self.property("NRestarts")), (process, "0"))
        self.run_in(f"kill -STOP {process}")
        self.wait_until(lambda: self.property("MainPID") not in (process, "0"), "new process after the watchdog", 60)
        self.assertGreater(int(self.property("NRestarts")), 0)
        self.wait_until(lambda: self.property("ActiveState") == "active", "active unit")


if __name__ == "__main__":
    unittest.main()
