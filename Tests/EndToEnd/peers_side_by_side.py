"""The same questions for privatelinkd, BIND, Unbound and Knot Resolver in front of one scripted server upstream. They
get the same RCODE, flags, sections and EDNS, or the difference is one of those that docs/differences.md gives a
reason for; and each of those is met, so that the page cannot say too much."""

import itertools
import re
import struct
import unittest
from collections import Counter
from typing import NamedTuple

from endtoend.case import EndToEndCase
from endtoend.client import Datagrams, Stream
from endtoend.differences import RULES
from endtoend.message import Options, encode_name, query
from endtoend.namespace import in_namespace
from endtoend.comparable import Observed
from endtoend.answer_kinds import AnswerKinds, name_of
from endtoend.peers import Bind, KnotResolver, Unbound
from endtoend.programs import REPOSITORY

PRIVATELINKD, INTERNET = "10.1.0.4", "203.0.113.53"
PEERS = {Bind.name: "192.168.0.10", Unbound.name: "192.168.0.11", KnotResolver.name: "192.168.0.12"}
TYPES = ["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "SRV", "PTR", "CAA", "HTTPS", "TYPE65400"]
WAYS = {
    "usual": dict(flags=("rd",)),
    "without EDNS": dict(flags=("rd",), options=None),
    "DO": dict(flags=("rd",), options=Options(dnssec_ok=True)),
    "AD": dict(flags=("rd", "ad")),
    "CD": dict(flags=("rd", "cd")),
    "RD clear": dict(flags=()),
}
SPECIAL = [
    "localhost.", "www.localhost.", "invalid.", "www.invalid.", "test.", "www.test.", "onion.", "www.onion.",
    "home.arpa.", "www.home.arpa.", "resolver.arpa.", "_dns.resolver.arpa.", "1.0.0.127.in-addr.arpa.",
    "2.0.0.127.in-addr.arpa.", "127.in-addr.arpa.", "1.0.0.10.in-addr.arpa.", "local.", "www.local.", ".",
]
HEADER = struct.Struct("!6H")
NAME = encode_name(name_of("plain", "0"))
QUESTION = NAME + struct.pack("!2H", 1, 1)
OPT = b"\0" + struct.pack("!2HIH", 41, 1232, 0, 0)


class Asked(NamedTuple):
    """A question, for the rules: its kind, the way it is asked, its type, and the message."""

    kind: str
    way: str
    type: str
    octets: bytes


def answer_kind_questions():
    numbers = itertools.count(1)
    for kind, (way, more), type_word in itertools.product(AnswerKinds.kinds(), WAYS.items(), TYPES):
        name = name_of(kind, next(numbers), "below." if kind == "dname" else "")
        yield Asked(kind, way, type_word, query(name, type_word, **more).encode())


def special_questions():
    for name, type_word, way in itertools.product(SPECIAL, ["A", "AAAA", "PTR", "SOA", "TXT", "HTTPS"], ["usual", "DO"]):
        yield Asked(f"special {name}", way, type_word, query(name, type_word, **WAYS[way]).encode())


def unusual_questions():
    for type_word in ("ANY", "AXFR", "IXFR", "TYPE253", "TYPE254", "TYPE249", "TYPE250", "OPT", "TYPE0", "DNSKEY"):
        octets = query(name_of("plain", type_word.lower()), type_word).encode()
        yield Asked("unusual type", "usual", type_word, octets)
    for number in (2, 3, 4, 254, 255):
        octets = query(name_of("plain", "1"), "A", question_class=number).encode()
        yield Asked("class", "usual", "A", octets)
    for name in ("version.bind.", "id.server.", "hostname.bind."):
        yield Asked("class", "usual", "TXT", query(name, "TXT", question_class=3).encode())
    for opcode in (1, 2, 3, 4, 5, 6, 9, 15):
        yield Asked("opcode", "usual", "A", query(name_of("plain", "2"), opcode=opcode).encode())
    for version in (1, 255):
        yield Asked("EDNS version", "usual", "A", query(name_of("plain", "3"), options=Options(version=version)).encode())
    for payload in (0, 100, 511, 512, 4096, 65535):
        octets = query(name_of("plain", "4"), options=Options(payload=payload)).encode()
        yield Asked("EDNS payload", "usual", "A", octets)
    for code in (3, 8, 9, 10, 11, 12, 14, 15, 65001):
        for data in (b"", b"\1", b"12345678", b"\0\1\x18\0\xc6\x33\x64"):
            octets = query(name_of("plain", "5"), options=Options(options=[(code, data)])).encode()
            yield Asked(f"option {code}", "usual", "A", octets)


def malformed_questions():
    def head(bits=0x0100, questions=1, answers=0, authorities=0, additionals=0):
        return HEADER.pack(0, bits, questions, answers, authorities, additionals)

    record = NAME + struct.pack("!2HIH", 1, 1, 60, 4) + b"\1\2\3\4"
    messages = {
        "no question": head(questions=0),
        "no question, with EDNS": head(questions=0, additionals=1) + OPT,
        "two questions": head(questions=2) + QUESTION * 2,
        "a header alone": head(),
        "half a name": head() + NAME[:9],
        "a name alone": head() + NAME,
        "a strange label": head() + b"\x41abc" + QUESTION,
        "a reserved label": head() + b"\x80" + QUESTION,
        "a pointer to itself": head() + b"\xc0\x0c" + QUESTION[-4:],
        "a pointer forwards": head() + b"\xc0\x20" + QUESTION[-4:] + NAME + NAME,
        "a name of 256 octets": head() + 4 * (b"\x3f" + b"a" * 63) + QUESTION,
        "a missing record": head(additionals=1) + QUESTION,
        "half an OPT record": head(additionals=1) + QUESTION + OPT[:7],
        "two OPT records": head(additionals=2) + QUESTION + OPT * 2,
        "OPT of a name": head(additionals=1) + QUESTION + NAME + OPT[1:],
        "OPT in the answer": head(answers=1) + QUESTION + OPT,
        "OPT in the authority": head(authorities=1) + QUESTION + OPT,
        "a long option": head(additionals=1) + QUESTION + b"\0" + struct.pack("!2HIH2H", 41, 1232, 0, 4, 10, 8),
        "an answer": head(answers=1) + QUESTION + record,
        "an authority": head(authorities=1) + QUESTION + record,
        "an additional": head(additionals=1) + QUESTION + record,
        "more octets": head() + QUESTION + b"more",
        "a response": head(bits=0x8180) + QUESTION,
        "AA": head(bits=0x0500) + QUESTION,
        "TC": head(bits=0x0300) + QUESTION,
        "RA": head(bits=0x0180) + QUESTION,
        "Z": head(bits=0x0140) + QUESTION,
        "an RCODE": head(bits=0x0103) + QUESTION,
        "eleven octets": head()[:11],
        "one octet": b"\0",
    }
    for what, octets in messages.items():
        yield Asked(f"malformed: {what}", "usual", "A", octets)
    whole = head(additionals=1) + QUESTION + b"\0" + struct.pack("!2HIH2H", 41, 1232, 0, 12, 10, 8) + bytes(8)
    for size in range(2, len(whole)):
        yield Asked(f"malformed: cut at {size}", "usual", "A", whole[:size])


class SideBySideTests(EndToEndCase):
    def start_all(self):
        upstream = self.start_upstream(INTERNET, 53)
        upstream.on("*.", AnswerKinds().reply)
        upstream.on(".", AnswerKinds().reply)
        for peer, more in ((Bind, {"forwarding": ""}), (Unbound, {"forwarding": ""}), (KnotResolver, {})):
            running, ready = peer.start(self.directory, PEERS[peer.name], INTERNET, **more)
            self.watch(running)
            running.wait_for_line(ready)
        self.start_daemon({"listen": [PRIVATELINKD], "forward": [{"zone": ".", "servers": [INTERNET]}]})
        self.servers = {"privatelinkd": PRIVATELINKD, **PEERS}

    def open(self, kind):
        clients = {name: kind(address, 53) for name, address in self.servers.items()}
        for client in clients.values():
            self.addCleanup(client.close)
        return clients

    def assert_same(self, questions, kind=Datagrams):
        """Asks all servers all questions; every difference must have a rule."""
        clients = self.open(kind)
        used, unexplained, asked = Counter(), [], 0
        for number, question in enumerate(questions):
            asked += 1
            answers = self.ask_all(clients, question, number + 1)
            for peer in PEERS:
                for field, values in answers["privatelinkd"].differences(answers[peer]).items():
                    rule = next((rule for rule in RULES if rule.covers(peer, question, field, *values)), None)
                    if rule is None:
                        unexplained.append(
                            f"{question.kind}, {question.way}, {question.type}: {field} is {values[0]}"
                            f" here and {values[1]} of {peer}")
                    else:
                        used[rule.name] += 1
        self.assertEqual(unexplained, [], f"{len(unexplained)} differences without a reason:\n"
                         + "\n".join(unexplained[:60]))
        return used, asked

    def ask_all(self, clients, question, number):
        """What each server says. That one says nothing is seen by its answer to the question after."""
        octets = struct.pack("!H", number)[:len(question.octets)] + question.octets[2:]
        follower = query(name_of("plain", "0"), id=number ^ 0x8000).encode()
        may_be_silent = question.kind.startswith(("malformed", "opcode"))
        for client in clients.values():
            client.send(octets)
            if may_be_silent:
                client.send(follower)
        return {name: self.receive(client, number, may_be_silent) for name, client in clients.items()}

    def receive(self, client, number, may_be_silent):
        found = None
        while True:
            octets, _ = client.receive()
            received = struct.unpack("!H", octets[:2])[0]
            if received == number:
                found = Observed(octets)
                if not may_be_silent:
                    return found
            elif received == number ^ 0x8000:
                return found or Observed(None)

    @in_namespace(*(f"{address}/32" for address in (PRIVATELINKD, INTERNET, *PEERS.values())), patience=600)
    def test_the_same_questions_get_the_same_answers(self):
        self.start_all()
        used, asked = Counter(), 0
        for questions in (answer_kind_questions, special_questions, unusual_questions, malformed_questions):
            more, count = self.assert_same(questions())
            used += more
            asked += count
        self.assertGreater(asked, 2_500)
        self.assertEqual({rule.name for rule in RULES} - set(used), set(), "rules for what does not happen")

    @in_namespace(*(f"{address}/32" for address in (PRIVATELINKD, INTERNET, *PEERS.values())), patience=600)
    def test_the_same_over_tcp(self):
        self.start_all()
        self.assert_same((each for each in answer_kind_questions() if each.way in ("usual", "DO")), StreamClient)

    def test_every_rule_has_its_reason_on_the_page(self):
        page = (REPOSITORY / "docs/differences.md").read_text()
        self.assertEqual(re.findall(r"^### (.*)$", page, re.MULTILINE), [rule.name for rule in RULES])


class StreamClient:
    """A connection for each question, as a stub resolver makes it."""

    def __init__(self, server, port):
        self.server, self.port = server, port
        self.stream = None

    def send(self, octets):
        self.close()
        self.stream = Stream(self.server, self.port)
        self.stream.send(struct.pack("!H", len(octets)) + octets)

    def receive(self):
        return self.stream.receive_octets(), None

    def close(self):
        if self.stream:
            self.stream.close()


if __name__ == "__main__":
    unittest.main()
