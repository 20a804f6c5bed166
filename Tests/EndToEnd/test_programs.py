"""One file with two names: the name that it is called by says which program it is."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from endtoend import programs


class ProgramTests(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def usage(self, program):
        done = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        return next(line for line in done.stdout.splitlines() if line.startswith("USAGE: "))

    def test_each_program_has_its_name(self):
        self.assertRegex(self.usage(programs.privatelinkd()), "^USAGE: privatelinkd ")
        self.assertRegex(self.usage(programs.privatelinkctl()), "^USAGE: privatelinkctl ")

    def test_the_name_decides_wherever_the_file_is(self):
        link = self.directory / "privatelinkctl"
        os.symlink(programs.privatelinkd(), link)
        self.assertRegex(self.usage(link), "^USAGE: privatelinkctl ")
        path = dict(os.environ, PATH=f"{self.directory}:{os.environ['PATH']}")
        done = subprocess.run(
            ["privatelinkctl", "--help"], env=path, capture_output=True, text=True, timeout=30)
        self.assertIn("USAGE: privatelinkctl ", done.stdout)

    def test_by_any_other_name_it_is_the_daemon(self):
        for name in ("privatelinkd-next", "privatelinkctl.old", "privatelinkctls"):
            copy = self.directory / name
            shutil.copy(programs.privatelinkctl(), copy)
            self.assertRegex(self.usage(copy), "^USAGE: privatelinkd ")


if __name__ == "__main__":
    unittest.main()
