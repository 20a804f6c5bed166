"""The main job, as dig sees it: a registry's private names from the zone, everything else from the server upstream.
The stand-in for that server is a second daemon with the sample zones that scripts/run shows."""

import unittest

from endtoend.case import LINK, EndToEndCase
from endtoend.programs import REPOSITORY

SAMPLES = REPOSITORY / "config/demo"
PUBLIC_CHAIN = [
    ("public.azurecr.io.", "CNAME", "weu-1.azcr.io."),
    ("weu-1.azcr.io.", "CNAME", "weu-1-fe.westeurope.cloudapp.azure.com."),
    ("weu-1-fe.westeurope.cloudapp.azure.com.", "A", "198.51.100.10"),
]


def sample_zones(name):
    """The zones of one of the sample's two daemons."""
    return {path.stem: path.read_text() for path in (SAMPLES / name / "zones").glob("*.zone")}


class MainJobTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.azure = self.start_daemon(zones=sample_zones("azure"), name="azure")
        self.resolver = self.start_daemon(
            {"links": [LINK], "forward": [{"zone": ".", "servers": [self.azure.endpoint]}],
             "upstream": {"loop-probes": False}},
            sample_zones("resolver"), name="resolver")

    def every_way(self, daemon, name, kind="A", *options):
        """The same question over UDP and TCP, by IPv4 and IPv6."""
        from endtoend.dig import dig
        for address, port in daemon.endpoints:
            for transport in ("+notcp", "+tcp"):
                with self.subTest(address=address, transport=transport):
                    answer = dig(address, port, name, kind, transport, *options)
                    self.assertEqual(answer.exit_status, 0, answer.text)
                    yield answer

    def test_the_check_of_azures_guide(self):
        for answer in self.every_way(self.resolver, "myregistry.azurecr.io"):
            self.assert_registry(answer)
            self.assertEqual(answer.flags, ["qr", "rd", "ra"])
            self.assertEqual(answer.counts["ANSWER"], 2)

    def test_the_stand_in_alone_gives_the_public_chain(self):
        for answer in self.every_way(self.azure, "myregistry.azurecr.io"):
            self.assertEqual(answer.status, "NOERROR")
            self.assertEqual(answer.chain, [
                ("myregistry.azurecr.io.", "CNAME", "myregistry.privatelink.azurecr.io."),
                ("myregistry.privatelink.azurecr.io.", "CNAME", "weu-1.azcr.io."),
                *PUBLIC_CHAIN[1:],
            ])

    def test_data_endpoints(self):
        for region, address in (("westeurope", "10.0.0.5"), ("northeurope", "10.0.0.6")):
            for answer in self.every_way(self.resolver, f"myregistry.{region}.data.azurecr.io"):
                self.assert_registry(answer, f"myregistry.{region}.data", address)

    def test_a_type_that_the_registry_lacks_is_no_data_and_never_asked_outside(self):
        for kind in ("AAAA", "HTTPS"):
            for answer in self.every_way(self.resolver, "myregistry.azurecr.io", kind):
                self.assertEqual(answer.status, "NOERROR")
                self.assertEqual(answer.chain, [
                    ("myregistry.azurecr.io.", "CNAME", "myregistry.privatelink.azurecr.io.")])
                self.assertEqual(
                    [(record.name, record.ttl, record.type) for record in answer.authority],
                    [("privatelink.azurecr.io.", 10, "SOA")])
        self.assertEqual(self.azure.status()["queries-answered"], 0)

    def test_a_registry_that_is_not_in_the_zone(self):
        for answer in self.every_way(self.resolver, "public.azurecr.io"):
            self.assertEqual(answer.status, "NOERROR")
            self.assertEqual(answer.flags, ["qr", "rd", "ra"])
            self.assertEqual(answer.chain, PUBLIC_CHAIN)

    def test_an_unrelated_name(self):
        for answer in self.every_way(self.resolver, "www.example.com"):
            self.assertEqual(answer.chain, [("www.example.com.", "A", "203.0.113.80")])
        for answer in self.every_way(self.resolver, "example.com", "MX"):
            self.assertEqual(answer.chain, [("example.com.", "MX", "10 mail.example.com.")])

    def test_a_name_that_nobody_has(self):
        for answer in self.every_way(self.resolver, "nowhere.example.com"):
            self.assertEqual(answer.status, "NXDOMAIN")
            self.assertEqual([record.type for record in answer.authority], ["SOA"])

    def test_the_private_name_itself_is_answered_with_authority(self):
        for answer in self.every_way(self.resolver, "myregistry.privatelink.azurecr.io"):
            self.assertEqual(answer.flags, ["qr", "aa", "rd", "ra"])
            self.assertEqual(
                answer.chain, [("myregistry.privatelink.azurecr.io.", "A", "10.0.0.7")])

    def test_the_askers_spelling_comes_back(self):
        for answer in self.every_way(self.resolver, "MyRegistry.AzureCR.io"):
            self.assertEqual(answer.answer[0].name, "MyRegistry.AzureCR.io.")
            self.assertEqual(answer.data("A"), ["10.0.0.7"])

    def test_without_edns_there_is_none_in_the_answer(self):
        for answer in self.every_way(self.resolver, "myregistry.azurecr.io", "A", "+noedns"):
            self.assert_registry(answer)
            self.assertNotIn("EDNS", answer.text)

    def test_without_recursion_zones_and_links_are_answered_and_all_else_refused(self):
        for answer in self.every_way(self.resolver, "myregistry.azurecr.io", "A", "+norecurse"):
            self.assert_registry(answer)
            self.assertEqual(answer.flags, ["qr", "ra"])
        for answer in self.every_way(self.resolver, "www.example.com", "A", "+norecurse"):
            self.assertEqual(answer.status, "REFUSED")


if __name__ == "__main__":
    unittest.main()
