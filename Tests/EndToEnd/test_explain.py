"""An explanation says where the record stands, and what is missing for an answer to be private."""

import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase

ORIGIN = "privatelink.azurecr.io"


class ExplainTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        self.daemon = self.start_daemon(
            {"links": [LINK, {"service": "blob"}], "zones": {"watch": False},
             "forward": [{"zone": ".", "servers": [self.upstream.endpoint]}]},
            {ORIGIN: REGISTRY_ZONE + "$INCLUDE more.part\n*.wild A 10.0.0.99\ntext TXT x\n"
                     "$GENERATE 1-3 g$ A 10.0.3.$\n"})
        (self.daemon.zones / "more.part").write_text("; included\nincluded A 10.0.0.50\n")
        self.daemon.reload()

    def explain(self, name, kind="A"):
        return self.daemon.told("explain", name, kind)[0]

    def public(self, name):
        self.upstream.on(f"{name}.", f"{name}. 60 A 198.51.100.1")

    def places(self, name):
        return [(row["file"].rsplit("/", 1)[1], row["line"], row["remark"])
                for row in self.explain(name)["places"]]

    def test_the_records_file_and_line(self):
        zone = f"{ORIGIN}.zone"
        self.assertEqual(self.places("myregistry.azurecr.io"), [(zone, 3, None)])
        self.assertEqual(self.places(f"myregistry.westeurope.data.{ORIGIN}"), [(zone, 4, None)])
        self.assertEqual(self.places("included.azurecr.io"), [("more.part", 2, None)])
        self.assertEqual(self.places("any.wild.azurecr.io"), [(zone, 7, None)])
        self.assertEqual(self.places("g2.azurecr.io"), [(zone, 9, None)])
        self.assertEqual(self.explain("myregistry.azurecr.io")["missing"], [])
        self.assertEqual(self.explain("myregistry.azurecr.io", "AAAA")["missing"], [])
        self.public("www.example.org")
        self.assertEqual(self.places("www.example.org"), [])

    def test_a_file_that_is_not_served(self):
        zone = f"{ORIGIN}.zone"
        self.daemon.write_zone(ORIGIN, "; moved\n" + REGISTRY_ZONE.replace("10.0.0.5", "10.0.0.55"))
        self.assertEqual(self.places("myregistry.azurecr.io"), [(zone, 4, None)])
        self.assertEqual(
            self.places("myregistry.westeurope.data.azurecr.io"),
            [(zone, None, "the file has changed and is not served yet")])
        self.daemon.write_zone(ORIGIN, REGISTRY_ZONE + "broken A 10.0.0.300\n")
        self.daemon.told("reload")
        self.assertEqual(
            self.places("myregistry.azurecr.io"), [(zone, 3, "as loaded before the file had a mistake")])

    def test_what_is_missing(self):
        for name in ("myregistry.eastus.data.azurecr.io", "store.blob.core.windows.net", "www.example.org"):
            self.public(name)
        self.upstream.on(
            "vault.vault.azure.net.", "vault.vault.azure.net. 60 CNAME vault.privatelink.vaultcore.azure.net.\n"
            "vault.privatelink.vaultcore.azure.net. 60 A 198.51.100.1")
        config = f"--config {self.daemon.settings_file.resolve()}"
        add = ("`privatelinkctl record-set a add-record --zone privatelink.azurecr.io --name {} --ipv4-address ADDRESS "
               + config + "` adds it")
        self.assertEqual(
            self.explain("myregistry.eastus.data.azurecr.io")["missing"],
            ["zone privatelink.azurecr.io, which has other records of the same registry, has no record "
             "myregistry.eastus.data; " + add.format("myregistry.eastus.data")])
        self.assertEqual(
            self.explain("text.azurecr.io")["missing"],
            ["text in zone privatelink.azurecr.io has no address; " + add.format("text")])
        self.assertIn(
            f"`privatelinkctl zone create privatelink.blob.core.windows.net {config}`",
            self.explain("store.blob.core.windows.net")["missing"][0])
        self.assertIn("{service: key-vault}", self.explain("vault.vault.azure.net")["missing"][0])
        self.assertEqual(self.explain("www.example.org")["missing"], [])
        text = self.daemon.control("explain", "myregistry.eastus.data.azurecr.io").stdout
        self.assertIn("missing:", text)

    def test_it_starts_with_the_result(self):
        self.public("other.azurecr.io")
        self.public("myregistry.eastus.data.azurecr.io")
        self.public("www.example.org")
        for words, result in (
                (("myregistry.azurecr.io",), "myregistry.azurecr.io resolves to 10.0.0.7 (private)"),
                (("other.azurecr.io",), "other.azurecr.io resolves to 198.51.100.1 (public): "
                 "zone privatelink.azurecr.io has no record other"),
                (("myregistry.eastus.data.azurecr.io",), "myregistry.eastus.data.azurecr.io resolves to 198.51.100.1 "
                 "(public): zone privatelink.azurecr.io, which has other records of the same registry, has no record "
                 "myregistry.eastus.data"),
                (("www.example.org",), "www.example.org resolves to 198.51.100.1 (public)"),
                (("myregistry.azurecr.io", "AAAA"), "myregistry.azurecr.io is an alias of "
                 "myregistry.privatelink.azurecr.io, which has no AAAA record"),
                (("nowhere.invalid",), "nowhere.invalid does not exist")):
            with self.subTest(words):
                self.assertEqual(self.daemon.control("explain", *words).stdout.splitlines()[0], result)
                self.assertEqual(self.daemon.told("explain", *words)[0]["result"], result)

    def test_a_registry_that_is_public_on_purpose_gets_no_advice(self):
        self.public("other.azurecr.io")
        self.assertEqual(self.explain("other.azurecr.io")["missing"], [])
        # Public DNS leads to the private zone's name where there is a private endpoint.
        self.upstream.on(
            "linked.azurecr.io.", "linked.azurecr.io. 60 CNAME linked.privatelink.azurecr.io.\n"
            "linked.privatelink.azurecr.io. 60 A 198.51.100.1")
        self.assertIn("--name linked ", self.explain("linked.azurecr.io")["missing"][0])

    def test_urls_and_image_references_are_reduced_to_the_host(self):
        for text in ("https://myregistry.azurecr.io/v2/", "myregistry.azurecr.io/app:1.2", "myregistry.azurecr.io:443",
                     "oci://user@myregistry.azurecr.io/charts?x=1", "myregistry.azurecr.io/app@sha256:0123"):
            with self.subTest(text):
                self.assertEqual(self.explain(text)["name"], "myregistry.azurecr.io.")


if __name__ == "__main__":
    unittest.main()
