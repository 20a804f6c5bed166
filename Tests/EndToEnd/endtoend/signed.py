"""A small signed world: a root zone with keys of the test's own and zones below it, served by one BIND as a resolver
upstream would serve them. A validator needs only the anchor."""

import re
import subprocess

from .running import Running

ALGORITHM = "ECDSAP256SHA256"
HEAD = "$TTL 60\n@ SOA ns.test-root. hostmaster.test-root. 1 3600 300 2419200 60\n@ NS ns.test-root.\n"


class SignedWorld:
    """Zones by origin, `.` first; those in `signed` are signed, and those in `broken` are spoilt after that."""

    def __init__(self, directory, zones, signed, broken=()):
        self.directory = directory / "world"
        self.directory.mkdir()
        self.zones, self.signed, self.broken = zones, {".", *signed}, broken
        self._delegations = {origin: "" for origin in zones}
        # The deepest first: a parent's file needs the DS records of its children.
        for origin in sorted(zones, key=lambda origin: -origin.rstrip(".").count(".") - (origin != ".")):
            self._write(origin)
        self.anchor = self._anchor()

    def _write(self, origin):
        parent = "." if origin != "." else None
        text = HEAD + self.zones[origin] + self._delegations[origin]
        if origin == ".":
            text += "ns.test-root. A 127.0.0.1\n"
        path = self._path(origin)
        path.write_text(text)
        if parent:
            self._delegations[parent] += f"{origin} NS ns.test-root.\n"
        if origin in self.signed:
            self._sign(origin, path)
            if parent:
                self._delegations[parent] += self._set(origin, "dsset").read_text()
        if origin in self.broken:
            # The address that was signed is not the one that is served.
            signed = path.read_text()
            path.write_text(re.sub(r"(\sA\s+)203\.0\.113\.\d+", r"\g<1>192.0.2.66", signed))

    def _sign(self, origin, path):
        keys = ["dnssec-keygen", "-q", "-K", str(self.directory), "-a", ALGORITHM]
        self._run(*keys, "-f", "KSK", origin)
        self._run(*keys, origin)
        self._run("dnssec-signzone", "-S", "-K", str(self.directory), "-d", str(self.directory),
                  "-o", origin, "-f", str(path), str(path))

    def _run(self, *command):
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")

    def _path(self, origin):
        return self.directory / f"{origin}zone"

    def _set(self, origin, kind):
        return self.directory / f"{kind}-{origin}"

    def _anchor(self):
        """The root's DS record, as a line of a zone file."""
        return self._set(".", "dsset").read_text().splitlines()[0]

    @property
    def bind_anchor(self):
        """The same, as BIND's settings have it."""
        tag, algorithm, digest, *text = self.anchor.split("DS", 1)[1].split()
        return f'trust-anchors {{ . static-ds {tag} {algorithm} {digest} "{"".join(text)}"; }};'

    def start(self, address):
        """Serves all zones; returns the server and the line that it writes when it is ready."""
        zones = "\n".join(
            f'zone "{origin}" {{ type primary; file "{self._path(origin)}"; }};' for origin in self.zones)
        settings = self.directory / "named.conf"
        settings.write_text(f"""
            options {{
                directory "{self.directory}";
                listen-on {{ {address}; }};
                listen-on-v6 {{ none; }};
                recursion no;
                allow-query {{ any; }};
                dnssec-validation no;
                pid-file none;
                notify no;
            }};
            controls {{ }};
            {zones}
            """)
        return Running("the signed world", ["named", "-g", "-n", "1", "-c", str(settings)]), r"running$"
