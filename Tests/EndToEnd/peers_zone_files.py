"""What `zone check --print` writes is taken by BIND, Knot and NSD, and BIND and NSD read the same zone in it: over all
zone files of the repository, and over a zone of every printable byte in every kind of word."""

import collections
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from endtoend import programs
from endtoend.checkers import CHECKERS, Bind, Nsd
from endtoend.programs import REPOSITORY

HEAD = "$TTL 60\n@ SOA ns hostmaster 1 3600 300 2419200 10\n@ NS ns\nns A 192.0.2.1\n"
# MD and MF, which BIND takes in no spelling (RFC 973 made them obsolete).
OBSOLETE = (b" IN TYPE3 ", b" IN TYPE4 ")


def printed(directory, origin, file):
    done = subprocess.run([programs.privatelinkctl(), "zone", "check", origin, file, "--print"], cwd=directory,
                          capture_output=True, timeout=60)
    return done.stdout if done.returncode == 0 else None


def for_servers(text, origin):
    """The printed zone with the NS record that Azure's zones lack and servers want, without what BIND refuses."""
    apex = origin.encode() + b"."
    lines = [line for line in text.splitlines(keepends=True) if not any(word in line for word in OBSOLETE)]
    if not any(line.lower().startswith(apex) and b" IN NS " in line for line in lines):
        lines.append(apex + b" 60 IN NS ns.invalid.\n")
    return b"".join(lines)


def every_byte():
    """A zone with every byte in a name, a string, a list of protocols, a template and a property."""
    lines = [HEAD]
    for byte in range(256):
        spelled = f"\\{byte:03}"
        lines.append(f"o{spelled}x A 192.0.2.2\n")
        lines.append(f"c{byte} CNAME o{spelled}x\n")
        lines.append(f'd{byte} TXT "a{spelled}b" {spelled}\n')
        lines.append(f'd{byte} CAA 0 issue "a{spelled}b"\n')
        lines.append(f'd{byte} URI 1 1 "a{spelled}b"\n')
        if byte not in b',\\"':
            lines.append(f'd{byte} SVCB 1 . alpn="h2,a{spelled}b,h3"\n')
        lines.append(f'd{byte} HTTPS 1 . key667="a{spelled}b" key668="{spelled}"\n')
    return "".join(lines)


class ZoneFiles(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def assert_all_read(self, directory, origin, file):
        """Every checker takes what is printed, and those that print what they read have read the same."""
        text = printed(directory, origin, file)
        if text is None:
            return False
        text = for_servers(text, origin)
        (self.directory / "printed").write_bytes(text)
        for checker in CHECKERS:
            verdict = checker.check(self.directory, origin, "printed")
            self.assertTrue(verdict.accepts, f"{checker.name} on {file}: {verdict.text}")
        for checker in (Bind, Nsd):
            compiled = checker.compiled(self.directory, origin, "printed")
            (self.directory / "compiled").write_bytes(compiled)
            again = printed(self.directory, origin, "compiled")
            self.assertIsNotNone(again, f"{checker.name} wrote a zone that cannot be read")
            self.assertEqual(self.lines(text, checker), self.lines(again, checker), f"{checker.name} on {file}")
        return True

    @staticmethod
    def lines(text, checker):
        """The records. NSD reads commas and backslashes in the list of protocols, and does not escape them when it
        prints them: owners that have such a list are left out."""
        lines = text.lower().splitlines()
        odd = {line.split()[0] for line in lines if checker is Nsd and b"svcb" in line and b"\\" in line}
        return collections.Counter(line for line in lines if line.split()[0] not in odd)

    def test_the_corpus(self):
        counts = collections.Counter()
        for path in sorted((REPOSITORY / "Tests").rglob("*.zone")):
            name = path.name.removesuffix(".zone")
            origin = name if path.parent.name in ("good", "bad", "lenient", "stricter") else {
                "zone-export.corp.internal": "corp.internal", "zone-export.0.10.in-addr.arpa": "0.10.in-addr.arpa",
            }.get(name, "example")
            with self.subTest(file=str(path.relative_to(REPOSITORY))):
                counts[self.assert_all_read(path.parent, origin, path.name)] += 1
        self.assertGreater(counts[True], 15)

    def test_every_byte(self):
        (self.directory / "bytes").write_text(every_byte())
        self.assertTrue(self.assert_all_read(self.directory, "example", "bytes"))


if __name__ == "__main__":
    unittest.main()
