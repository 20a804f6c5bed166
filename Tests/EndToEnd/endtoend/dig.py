"""Debian's dig as the client, its output read into parts that tests can compare."""

import re
import subprocess

from .message import Record

SECTIONS = {"ANSWER": "answer", "AUTHORITY": "authority", "ADDITIONAL": "additional"}


class Dig:
    """What dig printed."""

    def __init__(self, text, exit_status):
        self.text = text
        self.exit_status = exit_status
        self.status = _first(r"status: (\w+)", text)
        flags = _first(r";; flags: ([a-z ]*);", text)
        self.flags = flags.split() if flags is not None else None
        self.counts = {word: int(number) for word, number in re.findall(r"(\w+): (\d+)[,\n]", text)
                       if word in ("QUERY", *SECTIONS)}
        self.server = _first(r";; SERVER: ([^#\s]+)#", text)
        self.extended_errors = [
            (int(number), words) for number, words in re.findall(r"; EDE: (\d+) \([^)]*\)(?:: \((.*)\))?", text)]
        self.answer, self.authority, self.additional = [], [], []
        section = None
        for line in text.splitlines():
            if heading := re.match(r";; (\w+) SECTION:", line):
                section = SECTIONS.get(heading[1])
            elif line and not line.startswith(";") and section:
                getattr(self, section).append(Record.parse(line))

    def data(self, kind):
        """The data of the answer's records of a type, in order."""
        return [record.data for record in self.answer if record.type == kind]

    @property
    def chain(self):
        """The answer without TTLs: triples of owner, type and data."""
        return [(record.name, record.type, record.data) for record in self.answer]


def dig(server, port, name, kind="A", *options, patience=30):
    """Asks once; `options` are dig's own words."""
    command = [
        "dig", f"@{server}", "-p", str(port), "+tries=1", "+timeout=20", *options, name, kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience)
    return Dig(done.stdout + done.stderr, done.returncode)


def _first(pattern, text):
    match = re.search(pattern, text)
    return match[1] if match else None
