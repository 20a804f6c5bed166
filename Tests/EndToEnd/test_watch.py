"""The ways in which a zone directory changes: editors that rename, git over the directory, the swap of a Kubernetes
volume, bursts, many zones. A zone is never away in between, and nothing is read twice."""

import os
import subprocess
import time
import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase

ORIGIN = "privatelink.azurecr.io"
NAME = "myregistry.azurecr.io"


def zone(address):
    return REGISTRY_ZONE.replace("10.0.0.7", address)


class WatchCase(EndToEndCase):
    def start_store(self, zones=None, before=None):
        daemon = self.prepare_daemon({"links": [LINK]}, zones)
        if before:
            before(daemon.zones)
        return self.start(daemon)

    def wait_for(self, daemon, address, name=NAME):
        self.wait_until(lambda: self.dig(daemon, name).data("A") == [address], address)

    def reloads(self, daemon):
        """The lines that tell of reloads."""
        return [line for line in daemon.running.text().splitlines() if ": reloaded" in line]

    def wait_until_quiet(self, daemon):
        """Waits until no reload was told of for twice the time that a burst may take."""
        count = -1
        while count != len(self.reloads(daemon)):
            count = len(self.reloads(daemon))
            time.sleep(1)


class EditorTests(WatchCase):
    def test_an_editor_that_renames_the_old_file_away(self):
        """vim with backupcopy=no: the old file becomes the backup, the new one is written, the backup goes."""
        daemon = self.start_store({ORIGIN: zone("10.0.0.7")})
        path = daemon.zone_file(ORIGIN)
        backup = path.with_name(path.name + "~")
        for address in ("10.0.0.8", "10.0.0.9"):
            path.rename(backup)
            path.write_text(zone(address))
            backup.unlink()
            self.wait_for(daemon, address)
        self.assertEqual([line for line in self.reloads(daemon) if "1 removed" in line], [])

    def test_an_editor_that_writes_beside_and_leaves_its_files(self):
        """Lock files, swap files and backups beside a zone are none themselves."""
        daemon = self.start_store({ORIGIN: zone("10.0.0.7")})
        for name in (f".{ORIGIN}.zone.swp", f"{ORIGIN}.zone~", f".#{ORIGIN}.zone", f"#{ORIGIN}.zone#", "4913"):
            (daemon.zones / name).write_text("no zone\n")
        daemon.write_zone(ORIGIN, zone("10.0.0.8"))
        self.wait_for(daemon, "10.0.0.8")
        self.assertEqual(daemon.status()["zones"], 1)
        self.assertEqual(daemon.reload()["mistakes"], [])


class GitTests(WatchCase):
    def git(self, directory, *words):
        subprocess.run(
            ["git", "-C", str(directory), "-c", "user.name=test", "-c", "user.email=test@example.net", *words],
            check=True, capture_output=True, timeout=60,
            env={**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.directory)})

    def test_a_pull_over_the_directory(self):
        source = self.directory / "source"
        source.mkdir()
        self.git(source, "init", "-q", "-b", "main")

        def commit(address, number):
            (source / f"{ORIGIN}.zone").write_text(zone(address))
            for index in range(20):
                (source / f"z{index}.example.zone").write_text(f"$TTL 10\n@ SOA a b {number} 2 3 4 5\nx A {address}\n")
            self.git(source, "add", "-A")
            self.git(source, "commit", "-q", "-m", f"number {number}")
        commit("10.0.0.7", 1)
        daemon = self.start_store(
            before=lambda zones: (zones.rmdir(), self.git(self.directory, "clone", "-q", str(source), str(zones))))
        self.assert_registry(self.dig(daemon, NAME))
        for number, address in enumerate(("10.0.0.8", "10.0.0.9"), 2):
            commit(address, number)
            self.git(daemon.zones, "pull", "-q")
            self.wait_for(daemon, address)
            self.wait_for(daemon, address, "x.z19.example")
        # A branch without the zone does not make its names public, and the way back ends the state of error.
        self.git(daemon.zones, "rm", "-q", f"{ORIGIN}.zone", "z7.example.zone")
        self.wait_until(lambda: daemon.status()["removed-zones"] == [f"{ORIGIN}."], "the file's end")
        self.assertEqual(daemon.status()["zones"], 20)
        self.wait_for(daemon, "10.0.0.9")
        self.git(daemon.zones, "reset", "-q", "--hard")
        self.wait_until(lambda: daemon.status()["removed-zones"] == [], "the file's return")
        self.wait_for(daemon, "10.0.0.9")


class VolumeTests(WatchCase):
    def put(self, zones, version, text):
        """Swaps a volume's content as the kubelet does: a new directory, and ..data renamed to point to it."""
        fresh = zones / f"..{version}"
        fresh.mkdir()
        (fresh / f"{ORIGIN}.zone").write_text(text)
        (zones / "..data_tmp").symlink_to(fresh.name)
        old = os.readlink(zones / "..data") if (zones / "..data").exists() else None
        (zones / "..data_tmp").rename(zones / "..data")
        link = zones / f"{ORIGIN}.zone"
        if not link.is_symlink():
            link.symlink_to(f"..data/{ORIGIN}.zone")
        if old:
            (zones / old / f"{ORIGIN}.zone").unlink()
            (zones / old).rmdir()

    def test_the_swap_of_a_volume(self):
        daemon = self.start_store(before=lambda zones: self.put(zones, "2026_01", zone("10.0.0.7")))
        self.assert_registry(self.dig(daemon, NAME))
        for version, address in (("2026_02", "10.0.0.8"), ("2026_03", "10.0.0.9")):
            self.put(daemon.zones, version, zone(address))
            self.wait_for(daemon, address)
        self.put(daemon.zones, "2026_04", zone("10.0.0.300"))
        daemon.running.wait_for_line("reloaded with mistakes")
        self.assert_registry(self.dig(daemon, NAME), address="10.0.0.9")
        self.assertEqual([line for line in self.reloads(daemon) if "1 removed" in line], [])


class ManyZonesTests(WatchCase):
    def test_a_burst_is_few_reloads(self):
        daemon = self.start_store({ORIGIN: zone("10.0.0.7")})
        for number in range(300):
            daemon.write_zone(f"z{number}.example", "$TTL 10\n@ SOA a b 1 2 3 4 5\nx A 10.0.0.1\n")
        self.wait_until(lambda: daemon.status()["zones"] == 301, "all zones")
        self.wait_until_quiet(daemon)
        self.assertLessEqual(len(self.reloads(daemon)), 10)

    def test_of_ten_thousand_zones_the_one_that_changed_is_read_again(self):
        text = "$TTL 10\n@ SOA a b 1 2 3 4 5\n" + "".join(f"n{number} A 10.0.{number}.1\n" for number in range(9))

        def fill(zones):
            for number in range(10_000):
                (zones / f"z{number}.example.zone").write_text(text)
        daemon = self.prepare_daemon({"links": [LINK]})
        fill(daemon.zones)
        daemon.launch()
        self.watch(daemon.running)
        daemon.wait_until_ready()
        self.assertEqual(daemon.reload()["files-read"], 0)
        with open(daemon.zone_file("z77.example"), "a") as file:
            file.write("new A 10.0.99.1\n")
        line = daemon.running.wait_for_line("reloaded: 10000 zones, 1 changed.*")[0]
        self.assertIn("1 file read", line)
        self.assertEqual(self.dig(daemon, "new.z77.example").data("A"), ["10.0.99.1"])


if __name__ == "__main__":
    unittest.main()
