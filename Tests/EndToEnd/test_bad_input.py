"""What messages get that no well-behaved client sends: nothing, or a reply that says what was wrong with them. That
nothing came is shown by the answer to a good query behind the bad one, on the same socket."""

import struct
import unittest

from endtoend.case import EndToEndCase
from endtoend.client import framed
from endtoend.message import Message, Options, encode_name, query

GOOD = query("myregistry.privatelink.azurecr.io", id=0x600D)
NAME = encode_name("myregistry.privatelink.azurecr.io")
QUESTION = NAME + struct.pack("!2H", 1, 1)


def header(id=0xBAD, bits=0x0100, questions=1, answers=0, authorities=0, additionals=0):
    return struct.pack("!6H", id, bits, questions, answers, authorities, additionals)


NOTHING = {
    "no octet": b"",
    "one octet": b"\x0b",
    "eleven octets": header()[:11],
    "a response": header(bits=0x8180) + QUESTION,
    "a response without a question": header(bits=0x8183, questions=0),
}

FORMERR = {
    "no question": header(questions=0),
    "two questions": header(questions=2) + QUESTION + QUESTION,
    "a header alone": header(),
    "half a name": header() + NAME[:9],
    "a name without type and class": header() + NAME,
    "a label type that does not exist": header() + b"\x80" + QUESTION,
    "a pointer to itself": header() + b"\xc0\x0c" + struct.pack("!2H", 1, 1),
    "a name of 256 octets": header() + b"".join(b"\x3f" + b"a" * 63 for _ in range(4)) + QUESTION,
    "records that are not there": header(additionals=1) + QUESTION,
    "two OPT records": header(additionals=2) + QUESTION + 2 * (b"\0" + struct.pack("!2HIH", 41, 1232, 0, 0)),
    "an OPT record that is not the root's": header(additionals=1) + QUESTION + b"\1a\0"
    + struct.pack("!2HIH", 41, 1232, 0, 0),
    "an option that ends behind its record": header(additionals=1) + QUESTION + b"\0"
    + struct.pack("!2HIH2H", 41, 1232, 0, 4, 10, 8),
}


class BadInputTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.daemon = self.start_daemon(
            zones={"privatelink.azurecr.io": "myregistry 10 A 10.0.0.7\n"})

    def assert_good(self, octets):
        self.assertEqual(Message.decode(octets).id, GOOD.id)
        self.assertEqual(Message.decode(octets).find("A"), ["10.0.0.7"])

    def test_nothing_over_udp(self):
        client = self.datagrams(self.daemon)
        for what, octets in NOTHING.items():
            with self.subTest(what):
                client.send(octets)
                client.send(GOOD.encode())
                self.assert_good(client.receive()[0])

    def test_a_response_over_tcp_gets_nothing(self):
        for what in ("a response", "a response without a question"):
            with self.subTest(what):
                client = self.stream(self.daemon)
                client.send(framed(NOTHING[what]) + framed(GOOD))
                octets = client.receive_octets()
                # A connection that only wastes time may be closed instead.
                if octets is not None:
                    self.assert_good(octets)

    def test_format_errors(self):
        client = self.datagrams(self.daemon)
        for what, octets in FORMERR.items():
            with self.subTest(what):
                client.send(octets)
                reply = Message.decode(client.receive()[0])
                self.assertEqual((reply.id, reply.rcode), (0xBAD, "FORMERR"))
                self.assertIn("qr", reply.flags)
                over_tcp = self.stream(self.daemon)
                over_tcp.send(framed(octets))
                reply = over_tcp.receive()
                self.assertEqual((reply.id, reply.rcode), (0xBAD, "FORMERR"))

    def test_other_opcodes_are_not_implemented(self):
        for opcode in (1, 2, 3, 4, 5, 6, 15):
            with self.subTest(opcode=opcode):
                reply = self.ask(self.daemon, "myregistry.privatelink.azurecr.io", opcode=opcode, id=7)
                self.assertEqual((reply.id, reply.rcode, reply.opcode), (7, "NOTIMP", opcode))

    def test_a_later_edns_version(self):
        reply = self.ask(
            self.daemon, "myregistry.privatelink.azurecr.io", options=Options(version=1), id=7)
        self.assertEqual((reply.id, reply.rcode, reply.answer), (7, "BADVERS", []))
        self.assertEqual(reply.options.version, 0)

    def test_transfers_are_refused(self):
        for kind in ("AXFR", "IXFR"):
            with self.subTest(kind):
                self.assertEqual(self.ask(self.daemon, "privatelink.azurecr.io", kind).rcode, "REFUSED")
        client = self.stream(self.daemon)
        self.assertEqual(client.ask(query("privatelink.azurecr.io", "AXFR")).rcode, "REFUSED")

    def test_other_classes(self):
        reply = self.ask(self.daemon, "version.bind", "TXT", question_class=3)
        self.assertEqual(reply.rcode, "REFUSED")
        reply = self.ask(self.daemon, "myregistry.privatelink.azurecr.io", question_class=4)
        self.assertEqual(reply.rcode, "REFUSED")

    def test_unknown_options_are_ignored(self):
        options = Options(options=[(65001, b"whatever"), (3, b""), (10, b"\1" * 8)])
        reply = self.ask(self.daemon, "myregistry.privatelink.azurecr.io", options=options)
        self.assertEqual(reply.find("A"), ["10.0.0.7"])
        self.assertNotIn(65001, [code for code, _ in reply.options.options])

    def test_octets_behind_the_message_are_passed_over(self):
        client = self.datagrams(self.daemon)
        client.send(GOOD.encode() + b"more")
        self.assert_good(client.receive()[0])

    def test_every_octet_of_a_query_changed_in_turn_ends_in_an_answer_to_the_next(self):
        client = self.datagrams(self.daemon)
        whole = query("myregistry.privatelink.azurecr.io", id=0xBAD).encode()
        for position in range(2, len(whole)):
            for value in {0, 1, 0x3F, 0x40, 0x80, 0xC0, 0xFF}:
                client.send(whole[:position] + bytes([value]) + whole[position + 1:])
            client.send(whole[:position])
            client.send(GOOD.encode())
            while True:
                octets = client.receive()[0]
                if octets[:2] == b"\x60\x0d":
                    break
                self.assertEqual(octets[:2], b"\x0b\xad")
            self.assert_good(octets)

    def test_a_client_that_may_not_ask_is_refused(self):
        daemon = self.start_daemon(
            {"access": {"allow": ["127.0.0.2/32"]}},
            {"privatelink.azurecr.io": "myregistry 10 A 10.0.0.7\n"}, name="closed")
        stranger = self.datagrams(daemon, source="127.0.0.1")
        reply = stranger.ask(query("myregistry.privatelink.azurecr.io", id=7))
        self.assertEqual((reply.id, reply.rcode, reply.answer), (7, "REFUSED", []))
        self.assertNotIn("ra", reply.flags)
        self.assertEqual([number for number, _ in reply.extended_errors], [18])
        over_tcp = self.stream(daemon, source="127.0.0.1")
        self.assertEqual(over_tcp.ask(query("www.example.com")).rcode, "REFUSED")
        friend = self.datagrams(daemon, source="127.0.0.2")
        self.assertEqual(friend.ask(GOOD).find("A"), ["10.0.0.7"])


class StreamTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.daemon = self.start_daemon(
            {"tcp": {"idle-timeout": "500ms"}},
            {"privatelink.azurecr.io": "myregistry 10 A 10.0.0.7\n"})

    def test_any_segmentation(self):
        octets = framed(GOOD) * 3
        for size in (1, 2, 3, 7, 31, len(octets)):
            with self.subTest(size=size):
                client = self.stream(self.daemon)
                for start in range(0, len(octets), size):
                    client.send(octets[start:start + size])
                for _ in range(3):
                    self.assertEqual(client.receive().find("A"), ["10.0.0.7"])

    def test_pipelined_queries_are_all_answered(self):
        client = self.stream(self.daemon)
        client.send(b"".join(
            framed(query("myregistry.privatelink.azurecr.io", id=number)) for number in range(500)))
        self.assertEqual({client.receive().id for _ in range(500)}, set(range(500)))

    def test_a_silent_connection_is_closed(self):
        client = self.stream(self.daemon)
        self.assertEqual(client.ask(GOOD).find("A"), ["10.0.0.7"])
        self.assertIsNone(client.receive())

    def test_after_a_half_close_the_answers_still_come(self):
        client = self.stream(self.daemon)
        client.send(framed(GOOD) * 5)
        client.end_sending()
        for _ in range(5):
            self.assertEqual(client.receive().find("A"), ["10.0.0.7"])
        self.assertIsNone(client.receive())


if __name__ == "__main__":
    unittest.main()
