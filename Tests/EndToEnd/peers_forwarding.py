"""What clients get of an on-premises server that forwards azurecr.io here: Debian's BIND, Unbound and dnsmasq, with
the snippets of docs/guide.md. Everything is in one network namespace, where the Internet is a script."""

import unittest

from endtoend.case import LINK, EndToEndCase
from endtoend.dig import dig
from endtoend.namespace import in_namespace
from endtoend.peers import Bind, Dnsmasq, Unbound
from endtoend.upstream import Reply

PRIVATELINKD, PEER, AZURE, INTERNET = "10.1.0.4", "192.168.0.10", "168.63.129.16", "203.0.113.53"
ADDRESSES = [f"{address}/32" for address in (PRIVATELINKD, PEER, AZURE, INTERNET)]
# dnsmasq holds the documentation's addresses for private ones.
UNRELATED_ADDRESS = "93.184.215.14"
PUBLIC_ADDRESS = "198.51.100.10"
ORIGIN = "privatelink.azurecr.io"
MISSING = "myregistry.swedencentral.data"
# Short TTLs, so that a test sees a change in a second.
ZONE = """\
$TTL 1
@                           SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 1
myregistry                  A   10.0.0.7
myregistry.westeurope.data  A   10.0.0.5
myregistry.northeurope.data A   10.0.0.6
"""


class PeerTests:
    """Mixed into a class for each server."""

    def start_all(self, forward=None, **link):
        """privatelinkd, Azure's resolver and the Internet, and the server in front."""
        self.azure = self.start_upstream(AZURE, 53)
        self.internet = self.start_upstream(INTERNET, 53)
        public = f"weu-1.azcr.io. 1 A {PUBLIC_ADDRESS}"
        for name in ("other", "later", MISSING):
            alias = f"{name}.{ORIGIN}. 1 CNAME weu-1.azcr.io.\n{public}"
            self.azure.on(f"{name}.azurecr.io.", f"{name}.azurecr.io. 1 CNAME {name}.{ORIGIN}.\n{alias}")
            self.azure.on(f"{name}.{ORIGIN}.", alias)
        self.azure.on("plain.azurecr.io.", f"plain.azurecr.io. 1 CNAME weu-1.azcr.io.\n{public}")
        for server in (self.azure, self.internet):
            server.on("weu-1.azcr.io.", public)
            server.on("weu-1.azcr.io.", Reply(authority=(
                "azcr.io. 1 SOA ns1.azcr.io. hostmaster.azcr.io. 1 3600 300 2419200 1")), type="AAAA")
        self.internet.on("www.example.com.", f"www.example.com. 60 A {UNRELATED_ADDRESS}")
        self.daemon = self.start_daemon(
            {"listen": [PRIVATELINKD], "links": [{**LINK, **link}],
             "forward": forward or [{"zone": ".", "servers": [AZURE]}]}, {ORIGIN: ZONE})
        running, ready = self.peer.start(self.directory, PEER, INTERNET)
        self.watch(running)
        running.wait_for_line(ready)

    def ask_peer(self, name, kind="A"):
        answer = dig(PEER, 53, name, kind)
        self.assertEqual(answer.exit_status, 0, answer.text)
        return answer

    def assert_address(self, name, address):
        answer = self.ask_peer(name)
        self.assertEqual((answer.status, answer.data("A")), ("NOERROR", [address]), answer.text)
        return answer

    def assert_comes_to(self, name, address):
        """What was known before may be told until its TTL has passed."""
        self.wait_until(lambda: self.ask_peer(name).data("A") == [address], f"{name} at {address}")

    def assert_nothing_leaked(self):
        """Nobody on the Internet was asked for a name below azurecr.io."""
        self.assertEqual(
            [seen.name for seen in self.internet.seen if seen.name.lower().endswith("azurecr.io.")], [])

    @in_namespace(*ADDRESSES)
    def test_registries(self):
        self.start_all()
        answer = self.assert_address("myregistry.azurecr.io", "10.0.0.7")
        self.assertEqual(answer.chain, [
            ("myregistry.azurecr.io.", "CNAME", f"myregistry.{ORIGIN}."),
            (f"myregistry.{ORIGIN}.", "A", "10.0.0.7")])
        self.assert_address("myregistry.westeurope.data.azurecr.io", "10.0.0.5")
        self.assert_address("myregistry.northeurope.data.azurecr.io", "10.0.0.6")
        for kind in ("AAAA", "HTTPS"):
            answer = self.ask_peer("myregistry.azurecr.io", kind)
            self.assertEqual((answer.status, answer.data(kind)), ("NOERROR", []), answer.text)
        self.assertEqual(self.azure.seen, [])
        self.assert_address("other.azurecr.io", PUBLIC_ADDRESS)
        self.assert_address("plain.azurecr.io", PUBLIC_ADDRESS)
        self.assert_address("www.example.com", UNRELATED_ADDRESS)
        self.assert_nothing_leaked()

    @in_namespace(*ADDRESSES)
    def test_a_missing_data_endpoint_is_forwarded(self):
        self.start_all(**{"owned-missing": "forward"})
        self.assert_address(f"{MISSING}.azurecr.io", PUBLIC_ADDRESS)
        self.assert_nothing_leaked()

    @in_namespace(*ADDRESSES)
    def test_a_missing_data_endpoint_is_denied(self):
        self.start_all(**{"owned-missing": "nxdomain"})
        for kind in ("A", "AAAA"):
            answer = self.ask_peer(f"{MISSING}.azurecr.io", kind)
            self.assertEqual((answer.status, answer.data(kind)), ("NXDOMAIN", []), answer.text)
        self.assert_address("myregistry.azurecr.io", "10.0.0.7")
        self.assert_address("other.azurecr.io", PUBLIC_ADDRESS)
        self.assertEqual(self.azure.asked(f"{MISSING}.azurecr.io."), [])
        self.assert_nothing_leaked()

    @in_namespace(*ADDRESSES)
    def test_a_missing_registry_is_denied(self):
        self.start_all(**{"when-missing": "nxdomain"})
        answer = self.ask_peer("other.azurecr.io")
        self.assertEqual((answer.status, answer.data("A")), ("NXDOMAIN", []), answer.text)
        self.assert_address("plain.azurecr.io", PUBLIC_ADDRESS)
        self.assert_address("myregistry.azurecr.io", "10.0.0.7")
        self.assert_nothing_leaked()

    @in_namespace(*ADDRESSES)
    def test_a_daemon_that_is_nothing_but_the_target(self):
        """Where an alias leaves azurecr.io the answer ends; who asked goes on, or does not."""
        self.start_all([{"zone": "azurecr.io", "servers": [AZURE]}, {"zone": ".", "servers": []}])
        self.assert_address("myregistry.azurecr.io", "10.0.0.7")
        for name in ("plain", "other"):
            answer = self.ask_peer(f"{name}.azurecr.io")
            expected = [PUBLIC_ADDRESS] if self.peer.follows_aliases else []
            self.assertEqual((answer.status, answer.data("A")), ("NOERROR", expected), answer.text)
        self.assertEqual(dig(PRIVATELINKD, 53, "www.example.com").status, "REFUSED")
        self.assert_nothing_leaked()

    @in_namespace(*ADDRESSES)
    def test_a_record_comes_and_goes_by_a_reload(self):
        self.start_all()
        self.assert_address("later.azurecr.io", PUBLIC_ADDRESS)
        self.daemon.write_zone(ORIGIN, ZONE + "later A 10.0.0.9\n")
        self.daemon.reload()
        self.assert_comes_to("later.azurecr.io", "10.0.0.9")
        self.daemon.write_zone(ORIGIN, ZONE.replace("10.0.0.7", "10.0.0.17"))
        self.daemon.reload()
        self.assert_comes_to("later.azurecr.io", PUBLIC_ADDRESS)
        self.assert_address("myregistry.azurecr.io", "10.0.0.17")
        self.assert_nothing_leaked()


class BindTests(PeerTests, EndToEndCase):
    peer = Bind


class UnboundTests(PeerTests, EndToEndCase):
    peer = Unbound


class DnsmasqTests(PeerTests, EndToEndCase):
    peer = Dnsmasq


if __name__ == "__main__":
    unittest.main()
