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
            self.places("myregistry.azurecr.io"), [(zone, 3, "as it was before the file had a mistake")])

    def test_what_is_missing(self):
        for name in ("other.azurecr.io", "myregistry.eastus.data.azurecr.io", "store.blob.core.windows.net",
                     "vault.vault.azure.net", "www.example.org"):
            self.public(name)
        add = "`privatelinkctl record-set a add-record --zone privatelink.azurecr.io --name {} --ipv4-address ADDRESS` adds it"
        self.assertEqual(
            self.explain("other.azurecr.io")["missing"],
            ["zone privatelink.azurecr.io. has no record for other.privatelink.azurecr.io.; " + add.format("other")])
        self.assertEqual(
            self.explain("myregistry.eastus.data.azurecr.io")["missing"],
            ["zone privatelink.azurecr.io., which has other records of the same registry, has no record for "
             "myregistry.eastus.data.privatelink.azurecr.io.; " + add.format("myregistry.eastus.data")])
        self.assertEqual(
            self.explain("text.azurecr.io")["missing"],
            ["text.privatelink.azurecr.io. exists in zone privatelink.azurecr.io. and has no address; "
             + add.format("text")])
        self.assertIn(
            "`privatelinkctl zone create privatelink.blob.core.windows.net`",
            self.explain("store.blob.core.windows.net")["missing"][0])
        self.assertIn("{service: key-vault}", self.explain("vault.vault.azure.net")["missing"][0])
        self.assertEqual(self.explain("www.example.org")["missing"], [])
        text = self.daemon.control("explain", "myregistry.eastus.data.azurecr.io").stdout
        self.assertIn("missing:", text)


if __name__ == "__main__":
    unittest.main()
