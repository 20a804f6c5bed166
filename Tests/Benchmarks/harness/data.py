"""What the servers are asked for: registries with an alias and a private address, as zone files and
as lists of names.

The same registries always, from a fixed seed, so that two runs compare. `Registries` writes the
form that a server needs: privatelinkd has the addresses in the private zone and makes the aliases
by its link; peers hold both in one zone.
"""

import pathlib
import random
import shutil

PUBLIC = "azurecr.io"
PRIVATE = "privatelink.azurecr.io"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class Registries:
    def __init__(self, count, directory):
        self.count = count
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        generator = random.Random(count)
        names = set()
        while len(names) < count:
            names.add("acr" + "".join(generator.choices(LETTERS, k=9)))
        self.labels = sorted(names)
        generator.shuffle(self.labels)

    def watched(self, suffix):
        """The name whose address differs between the two versions."""
        return f"{self.labels[-1]}.{suffix}"

    def _address(self, number, version):
        changed = version if number == self.count - 1 else 0
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{(number & 255) ^ changed}"

    def _write(self, name, lines):
        path = self.directory / name
        if not path.exists():
            partial = path.with_suffix(".partial")
            with open(partial, "w", encoding="ascii") as file:
                file.writelines(lines)
            partial.rename(path)
        return path

    def private_records(self, version=0):
        """The addresses alone, in the private zone."""

        def lines():
            for number, label in enumerate(self.labels):
                yield f"{label} IN A {self._address(number, version)}\n"

        return self._write(f"private-{self.count}-{version}", lines())

    def public_records(self, version=0):
        """Aliases and addresses in one zone, for servers without links."""

        def lines():
            for number, label in enumerate(self.labels):
                yield f"{label} 1800 IN CNAME {label}.privatelink\n"
                yield f"{label}.privatelink IN A {self._address(number, version)}\n"

        return self._write(f"public-{self.count}-{version}", lines())

    def hosts(self):
        """The addresses as a hosts file, and the aliases as dnsmasq's settings."""
        hosts = self._write(
            f"hosts-{self.count}",
            (
                f"{self._address(number, 0)} {label}.{PRIVATE}\n"
                for number, label in enumerate(self.labels)
            ),
        )
        aliases = self._write(
            f"aliases-{self.count}",
            (f"cname={label}.{PUBLIC},{label}.{PRIVATE},1800\n" for label in self.labels),
        )
        return hosts, aliases

    def questions(self, suffix=PUBLIC, watched=False):
        """A file of the names below the suffix, or of the watched one alone."""
        labels = self.labels[-1:] if watched else self.labels
        kind = "watched" if watched else "questions"
        return self._write(
            f"{kind}-{self.count}-{suffix}", (f"{label}.{suffix}\n" for label in labels)
        )


def write_zone(path, origin, serial, records):
    """A zone file: the head with this serial, and the records from a file."""
    with open(path, "wb") as zone:
        zone.write(
            f"$ORIGIN {origin}.\n$TTL 10\n"
            f"@ 3600 IN SOA ns.example. hostmaster.example. {serial} 3600 300 2419200 10\n"
            "@ 3600 IN NS ns.example.\n".encode()
        )
        with open(records, "rb") as source:
            shutil.copyfileobj(source, zone)


def other_names(count, directory):
    """Names outside every local zone, for the cache."""
    path = pathlib.Path(directory) / f"names-{count}"
    if not path.exists():
        generator = random.Random(count)
        with open(path, "w", encoding="ascii") as file:
            for number in range(count):
                label = "".join(generator.choices(LETTERS, k=6))
                file.write(f"www{number}.{label}.example.com\n")
    return path
