"""What a terminal may get: no character that does something there, whatever files and clients say; and one place of
each program that writes."""

import pathlib
import re
import subprocess
import unittest

from endtoend import programs
from endtoend.case import EndToEndCase
from endtoend.daemon import SOA

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "Sources"
EVIL = "\x1b[31m\x07\x9b\u202e"
ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

#: The only files that may write to standard output or standard error.
WRITERS = {
    "Daemon/Daemon.swift", "Daemon/Logging/StandardErrorLog.swift",
    "privatelinkctl/Terminal/OutputStream.swift",
}
WRITING = re.compile(r"\b(?:debugPrint|print|fputs|puts|printf|fwrite)\(|\bwrite\((?:STD|1,|2,|descriptor,)")


class OutputTests(EndToEndCase):
    def assert_harmless(self, text):
        self.assertIsNone(ACTIVE.search(text), repr(text))

    def test_file_names_records_and_comments_reach_the_log_and_the_terminal_as_text(self):
        daemon = self.prepare_daemon(zones={"a.example": SOA + f'x A 10.0.0.256 ; {EVIL}\ny{EVIL} NOSUCH z\n'})
        (daemon.zones / f"{EVIL}.example.zone").write_text(SOA)
        (daemon.zones / f"{EVIL}.txt").write_text("")
        done = subprocess.run(
            daemon.command("--check-config"), capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        check = done.stderr.decode()
        self.assertIn("\\u{1b}", check)
        self.assert_harmless(check)
        self.start(daemon)
        self.assert_harmless(daemon.running.text())
        for words in (["zones"], ["status"], ["--json", "zones"], ["explain", f"x{EVIL}.example"], ["reload"]):
            done = daemon.control(*words)
            self.assert_harmless(done.stdout + done.stderr)
        for program in (programs.privatelinkd(), programs.privatelinkctl()):
            done = subprocess.run([program, f"--{EVIL}"], capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 2)
            self.assert_harmless(done.stdout + done.stderr)

    def test_nothing_but_the_writers_writes(self):
        found = set()
        for file in SOURCES.rglob("*.swift"):
            code = re.sub(r"//.*", "", file.read_text())
            if WRITING.search(code):
                found.add(str(file.relative_to(SOURCES)))
        self.assertEqual(found & {name for name in found if name.startswith(("Daemon", "private"))}, WRITERS)


if __name__ == "__main__":
    unittest.main()
