"""A validator in front, with a trust anchor of the test's own: signatures pass through untouched, broken ones are
found behind us as they would be without us, and private answers are taken where the suffix is unsigned or excepted."""

import unittest

from endtoend.case import LINK, EndToEndCase
from endtoend.dig import dig
from endtoend.namespace import in_namespace
from endtoend.peers import Bind, Unbound, snippet
from endtoend.signed import SignedWorld

PRIVATELINKD, PEER, AZURE = "10.1.0.4", "192.168.0.10", "168.63.129.16"
ADDRESSES = [f"{address}/32" for address in (PRIVATELINKD, PEER, AZURE)]
ORIGIN = "privatelink.azurecr.io"
WORLD = {
    ".": "",
    "signed.example.": "www A 203.0.113.1\n*.wild A 203.0.113.2\nalias CNAME www.signed.example.\n",
    "broken.example.": "www A 203.0.113.3\n",
    "azurecr.io.": "plain A 203.0.113.4\nmyregistry CNAME myregistry.privatelink\n"
                   "myregistry.privatelink A 203.0.113.5\n",
}


class ValidationTests(EndToEndCase):
    def start_world(self, *also_signed):
        """The signed world as Azure's resolver, and privatelinkd in front of it."""
        self.world = SignedWorld(
            self.directory, WORLD, {"signed.example.", "broken.example.", *also_signed}, {"broken.example."})
        self.start_named(*self.world.start(AZURE))
        self.daemon = self.start_daemon(
            {"listen": [PRIVATELINKD], "links": [LINK], "forward": [{"zone": ".", "servers": [AZURE]}]},
            {ORIGIN: "$TTL 10\n@ SOA azureprivatedns.net. host.microsoft.com. 1 3600 300 2419200 10\n"
                     "myregistry A 10.0.0.7\n"})

    def start_named(self, running, ready):
        self.watch(running)
        running.wait_for_line(ready)

    def assert_answer(self, name, kind, status, data, is_authentic, *options):
        answer = dig(PEER, 53, name, kind, "+dnssec", *options)
        self.assertEqual((answer.status, answer.data(kind)), (status, data), answer.text)
        self.assertEqual("ad" in answer.flags, is_authentic, answer.text)
        return answer


class TransparencyTests(ValidationTests):
    """What passes through us, without a validator."""

    @in_namespace(*ADDRESSES)
    def test_signatures_and_denials_come_through_as_they_are(self):
        self.start_world()
        for name, kind in (
                ("www.signed.example", "A"), ("signed.example", "DNSKEY"), ("signed.example", "DS"),
                ("www.signed.example", "AAAA"), ("nowhere.signed.example", "A"), ("x.wild.signed.example", "A"),
                ("alias.signed.example", "A"), ("azurecr.io", "DS"), (".", "DNSKEY")):
            for _ in ("from the server", "from the cache"):
                with self.subTest(name=name, kind=kind):
                    direct = dig(AZURE, 53, name, kind, "+dnssec", "+tcp")
                    through = dig(PRIVATELINKD, 53, name, kind, "+dnssec", "+tcp")
                    self.assertEqual(through.status, direct.status)
                    for section in ("answer", "authority"):
                        self.assertEqual(
                            self.contents(through, section), self.contents(direct, section), through.text)
                    self.assertIn("RRSIG", through.text)

    def contents(self, answer, section):
        """The records of a section; name servers beside an answer are not passed on."""
        found = getattr(answer, section)
        return sorted((record.name, record.type, record.data) for record in found
                      if section == "answer" or not self.is_name_server(record))

    def is_name_server(self, record):
        return record.type == "NS" or record.type == "RRSIG" and record.data.startswith("NS ")

    @in_namespace(*ADDRESSES)
    def test_the_plain_answer_and_the_signed_one_are_kept_apart(self):
        self.start_world()
        for _ in range(2):
            self.assertNotIn("RRSIG", dig(PRIVATELINKD, 53, "www.signed.example", "A").text)
            self.assertIn("RRSIG", dig(PRIVATELINKD, 53, "www.signed.example", "A", "+dnssec").text)

    @in_namespace(*ADDRESSES)
    def test_the_ds_of_a_local_zone_is_its_parents(self):
        """RFC 4035, section 3.1.4.1."""
        self.start_world()
        answer = dig(PRIVATELINKD, 53, ORIGIN, "DS")
        self.assertEqual([record.name for record in answer.authority], ["azurecr.io."], answer.text)


class UnboundValidationTests(ValidationTests):
    def start_validator(self, more=""):
        anchor = self.directory / "root.anchor"
        anchor.write_text(self.world.anchor + "\n")
        self.start_named(*Unbound.start(
            self.directory, PEER, PRIVATELINKD, f'trust-anchor-file: "{anchor}"\n{more}',
            modules="validator iterator"))

    def assert_forwarded_names_are_validated(self):
        self.assert_answer("www.signed.example", "A", "NOERROR", ["203.0.113.1"], True)
        self.assert_answer("alias.signed.example", "A", "NOERROR", ["203.0.113.1"], True)
        self.assert_answer("x.wild.signed.example", "A", "NOERROR", ["203.0.113.2"], True)
        self.assert_answer("nowhere.signed.example", "A", "NXDOMAIN", [], True)
        self.assert_answer("www.signed.example", "AAAA", "NOERROR", [], True)
        self.assert_answer("www.broken.example", "A", "SERVFAIL", [], False)
        self.assert_answer("www.broken.example", "A", "NOERROR", ["192.0.2.66"], False, "+cd")

    def assert_private_names_are_taken(self):
        self.assert_answer("myregistry.azurecr.io", "A", "NOERROR", ["10.0.0.7"], False)
        self.assert_answer("myregistry.azurecr.io", "AAAA", "NOERROR", [], False)

    @in_namespace(*ADDRESSES)
    def test_an_unsigned_suffix(self):
        self.start_world()
        self.start_validator()
        self.assert_private_names_are_taken()
        self.assert_answer("plain.azurecr.io", "A", "NOERROR", ["203.0.113.4"], False)
        self.assert_forwarded_names_are_validated()

    @in_namespace(*ADDRESSES)
    def test_a_signed_suffix_needs_an_exception(self):
        self.start_world("azurecr.io.")
        self.start_validator()
        self.assert_answer("plain.azurecr.io", "A", "NOERROR", ["203.0.113.4"], True)
        self.assert_answer("myregistry.azurecr.io", "A", "SERVFAIL", [], False)

    @in_namespace(*ADDRESSES)
    def test_a_signed_suffix_with_the_exception(self):
        self.start_world("azurecr.io.")
        self.start_validator(self.exception())
        self.assert_private_names_are_taken()
        self.assert_forwarded_names_are_validated()

    def exception(self):
        return snippet("/etc/unbound/unbound.conf.d/privatelinkd-validator.conf")


class BindValidationTests(UnboundValidationTests):
    def start_validator(self, more=""):
        self.start_named(*Bind.start(
            self.directory, PEER, PRIVATELINKD, more, validation="dnssec-validation yes;",
            anchors=self.world.bind_anchor))

    def exception(self):
        return snippet("/etc/bind/named.conf.options, in options")


if __name__ == "__main__":
    unittest.main()
