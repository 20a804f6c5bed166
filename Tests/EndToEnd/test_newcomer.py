"""What somebody does first: scripts/run. It needs no privilege and no network, says what dig says, stays up, and
leaves nothing behind."""

import glob
import signal
import subprocess
import pathlib
import shutil
import tempfile
import unittest

from endtoend.case import EndToEndCase
from endtoend.dig import dig
from endtoend.namespace import in_namespace
from endtoend.programs import REPOSITORY

README = REPOSITORY / "README.md"


class NewcomerTests(EndToEndCase):
    @in_namespace(patience=1800)
    def test_the_script_shows_the_main_job_and_stays_up(self):
        script = self.start_program("scripts/run", [str(REPOSITORY / "scripts/run")])
        script.wait_for_line("Both daemons are running; Ctrl-C ends them", patience=1500)
        zone = script.wait_for_line(r"edit (\S+) and dig again")[1]
        explain = script.wait_for_line(r"^  (\S+/privatelinkctl .*)$")[1]
        text = script.text()
        shown = [line for line in README.read_text().splitlines() if line.startswith(("$ dig", "weu-1", "myreg", "$ privatelinkctl check"))]
        self.assertGreater(len(shown), 5)
        for line in (
                *shown, "# the registry", "# its data endpoint in one region", "# an unrelated name",
                "myregistry.privatelink.azurecr.io. 10 IN A\t10.0.0.7",
                "myregistry.westeurope.data.privatelink.azurecr.io. 10 IN A 10.0.0.5",
                "weu-1-fe.westeurope.cloudapp.azure.com.\t10 IN A\t198.51.100.10",
                "www.example.com.\t300\tIN\tA\t203.0.113.80"):
            self.assertIn(line, text)
        self.assert_registry(dig("127.0.0.1", 5300, "myregistry.azurecr.io"))
        self.assert_registry(dig("::1", 5300, "myregistry.azurecr.io"))

        # The check at the end names the record that is missing and the command that adds it.
        command = script.wait_for_line(r"^  (privatelinkctl record-set a add-record .*)$")[1]
        place, path = script.wait_for_line(r"^  cd (\S+); PATH=([^:]+):").groups()
        missing = "myregistry.eastus.data.azurecr.io"
        self.assertEqual(dig("127.0.0.1", 5300, missing).data("A"), ["198.51.100.30"])
        done = subprocess.run(
            f"{path}/{command}", shell=True, cwd=place, capture_output=True, text=True, timeout=30)
        self.assertIn("reloaded: the daemon serves it", done.stdout + done.stderr)
        self.assert_registry(dig("127.0.0.1", 5300, missing), "myregistry.eastus.data", "10.0.0.8")

        explained = subprocess.run(explain.split(), capture_output=True, text=True, timeout=30)
        self.assertIn("azurecr.io. to privatelink.azurecr.io.", explained.stdout)
        with open(zone) as file:
            changed = file.read().replace("10.0.0.7", "10.0.0.8")
        with open(zone, "w") as file:
            file.write(changed)
        self.wait_until(
            lambda: dig("127.0.0.1", 5300, "myregistry.azurecr.io").data("A") == ["10.0.0.8"], "the change")

        script.send_signal(signal.SIGINT)
        self.assertEqual(script.wait(), 0)
        self.assertEqual(glob.glob(f"{zone.split('/resolver/')[0]}*"), [])
        self.assertEqual(dig("127.0.0.1", 5300, "myregistry.azurecr.io").status, None)

    @in_namespace(patience=1800)
    def test_a_swift_that_is_too_old_is_told_before_anything_is_installed(self):
        for version, words in (("5.10.1", "this is 5.10.1"), ("6.2", "this is 6.2"), (None, "no swift in PATH")):
            with self.subTest(version), tempfile.TemporaryDirectory() as directory:
                tools = pathlib.Path(directory)
                for tool in ("bash", "env", "sed", "head", "sort", "dirname"):
                    (tools / tool).symlink_to(shutil.which(tool))
                if version:
                    (tools / "swift").write_text(f"#!/bin/bash\necho 'Swift version {version} (swift-{version}-RELEASE)'\n")
                    (tools / "swift").chmod(0o755)
                for script in ("run", "build"):
                    done = subprocess.run(
                        [str(REPOSITORY / "scripts" / script)], env={"PATH": directory}, capture_output=True, text=True,
                        timeout=60)
                    self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
                    self.assertIn(words, done.stderr)

    def test_a_port_that_is_taken_is_told(self):
        upstream = self.start_upstream("127.0.0.1", 5300)
        script = self.start_program("scripts/run", [str(REPOSITORY / "scripts/run")])
        self.assertEqual(script.wait(1500), 1)
        self.assertIn("resolver did not start:", script.text())
        self.assertIn("cannot listen on 127.0.0.1:5300 (UDP): another program has this", script.text())
        self.assertEqual(upstream.seen, [])


if __name__ == "__main__":
    unittest.main()
