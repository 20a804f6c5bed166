"""`explain` reports what is served: a thousand names of every kind, by explain and by dig, all sections."""

import itertools
import subprocess
import time
import unittest

from endtoend.answer_kinds import AnswerKinds, name_of
from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.dig import Dig
from endtoend.message import Record

TYPES = ["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "SRV", "PTR", "HTTPS"]
CORPORATE = """
$TTL 60
@ SOA ns.corp.internal. hostmaster.corp.internal. 5 3600 600 86400 30
@ NS ns
ns A 10.1.0.1
$GENERATE 1-40 host$ A 10.1.1.$
$GENERATE 1-40 alias$ CNAME host$
$GENERATE 1-40 away$ CNAME plain-9$.parade.example.
$GENERATE 1-40 registry$ CNAME myregistry.azurecr.io.
$GENERATE 1-20 loop$ CNAME loop$
*.wild A 10.1.2.1
a.b.empty A 10.1.2.2
moved DNAME other.corp.internal.
x.other A 10.1.2.3
below NS ns.elsewhere.example.
mail MX 10 host1
text TXT "one" "two words"
"""


class ExplainAgreesTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        self.upstream.on("*.", AnswerKinds().reply)
        self.upstream.on(".", AnswerKinds().reply)
        self.daemon = self.start_daemon(
            {"links": [LINK, {"public": "vault.azure.net", "private": "privatelink.vaultcore.azure.net",
                              "owned-missing": "nxdomain"}],
             "zones": {"watch": False},
             "forward": [{"zone": ".", "servers": [self.upstream.endpoint]}]},
            {"privatelink.azurecr.io": REGISTRY_ZONE + "$GENERATE 1-60 reg$ A 10.2.0.$\n",
             "privatelink.vaultcore.azure.net": "@ SOA . . 1 1 1 1 10\n$GENERATE 1-30 vault$ A 10.3.0.$\n",
             "corp.internal": CORPORATE})

    def questions(self):
        numbers = itertools.count(1)
        for kind, word in itertools.product(AnswerKinds.kinds(), TYPES):
            yield name_of(kind, next(numbers), "below." if kind == "dname" else ""), word
        for number, word in itertools.product(range(1, 31), ("A", "AAAA", "CNAME", "HTTPS")):
            yield f"reg{number}.azurecr.io.", word
            yield f"reg{number}.westeurope.data.azurecr.io.", word
        for number in range(1, 41):
            for name in ("host", "alias", "away", "registry", "loop"):
                yield f"{name}{number}.corp.internal.", "A" if number % 2 else "AAAA"
        for number in range(1, 31):
            yield f"vault{number}.vault.azure.net.", "A"
            yield f"sub.vault{number}.vault.azure.net.", "TXT"
            yield f"n{number}.wild.corp.internal.", "A"
            yield "x.moved.corp.internal.", TYPES[number % len(TYPES)]
            yield f"h{number}.below.corp.internal.", "A"
        for name, word in itertools.product(
                ("corp.internal.", "empty.corp.internal.", "mail.corp.internal.", "text.corp.internal.",
                 "nothing.corp.internal.", "localhost.", "www.test.", "1.0.0.127.in-addr.arpa.", "myregistry.azurecr.io.",
                 "azurecr.io.", "privatelink.azurecr.io."), TYPES):
            yield name, word

    def dig_all(self, questions):
        """What dig prints for each question, many to a process."""
        questions = list(questions)
        for start in range(0, len(questions), 50):
            words = [word for question in questions[start:start + 50] for word in ("-q", question[0], "-t", question[1])]
            done = subprocess.run(
                ["dig", f"@{self.daemon.address}", "-p", str(self.daemon.port), "+tries=1", "+timeout=20", "+nocookie",
                 *words], capture_output=True, text=True, timeout=60)
            texts = done.stdout.split(";; ->>HEADER<<-")[1:]
            self.assertEqual(len(texts), len(questions[start:start + 50]), done.stdout[-500:])
            yield from (Dig(";; ->>HEADER<<-" + text, done.returncode) for text in texts)

    def test_a_thousand_names(self):
        questions = list(dict.fromkeys(self.questions()))
        self.assertGreaterEqual(len(questions), 1_000)
        explained = []
        started = time.monotonic()
        for name, word in questions[::2]:
            explained.append(self.daemon.call("explain", name, word)[1])
        dug = list(self.dig_all(questions))
        for name, word in questions[1::2]:
            explained.append(self.daemon.call("explain", name, word)[1])
        ordered = questions[::2] + questions[1::2]
        found = dict(zip(questions, dug))
        self.aging = time.monotonic() - started + 1
        differing = [
            (question, *difference) for question, report in zip(ordered, explained)
            if (difference := self.difference(report, found[question]))]
        self.assertEqual(differing, [], f"{len(differing)} of {len(questions)} differ")

    def difference(self, report, answer):
        """The first part in which the two disagree; TTLs may differ by the time between."""
        if report["status"] != answer.status:
            return "status", report, answer.text
        if sorted(report["flags"]) != sorted(answer.flags):
            return "flags", report["flags"], answer.flags
        for section in ("answer", "authority"):
            ours = [Record.parse(line) for line in report[section]]
            theirs = getattr(answer, section)
            alike = len(ours) == len(theirs) and all(
                (a.name, a.type, a.data) == (b.name, b.type, b.data) and abs(a.ttl - b.ttl) <= self.aging
                for a, b in zip(ours, theirs))
            if not alike:
                return section, report[section], theirs
        error = answer.extended_errors[0] if answer.extended_errors else None
        ours = report["extended-error"]
        # Whoever asks second is told that the servers failed a moment ago (RFC 8914, code 13).
        codes = {ours and int(ours.split()[0]), error and error[0]}
        if len(codes - {13}) > 1 or (13 in codes and None in codes):
            return "extended error", ours, error
        return None


if __name__ == "__main__":
    unittest.main()
