"""What the daemon makes of servers upstream that answer, deny, keep silent, truncate, refuse or lie, and what the
links' settings change about it. The servers are scripted."""

import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.message import Message
from endtoend.upstream import Reply

PUBLIC_ADDRESS = "198.51.100.10"
SOA = "azurecr.io. 60 SOA ns1.azurecr.io. hostmaster.azurecr.io. 1 3600 300 2419200 60"


def public_chain(name):
    """What a server that is not linked to the private zone says of a registry with a private endpoint."""
    return (f"{name}.azurecr.io. 1800 CNAME {name}.privatelink.azurecr.io.\n"
            f"{name}.privatelink.azurecr.io. 60 CNAME weu-1.azcr.io.\n"
            f"weu-1.azcr.io. 60 A {PUBLIC_ADDRESS}")


class ForwardingTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()

    def test_a_second_question_is_answered_from_the_cache(self):
        self.upstream.on("www.example.com.", "www.example.com. 300 A 198.51.100.7")
        daemon = self.start_resolver(self.upstream, workers=1)
        for _ in range(3):
            self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["198.51.100.7"])
        self.assertEqual(len(self.upstream.asked("www.example.com.")), 1)

    def test_a_truncated_reply_is_asked_for_over_tcp(self):
        answer = "\n".join(f"many.example.com. 300 A 198.51.100.{number}" for number in range(200))
        self.upstream.on("many.example.com.", Reply(answer, truncate=True))
        daemon = self.start_resolver(self.upstream)
        self.assertEqual(len(self.dig(daemon, "many.example.com", "A", "+tcp").answer), 200)
        self.assertEqual(
            [seen.transport for seen in self.upstream.asked("many.example.com.")], ["udp", "tcp"])
        cut = self.dig(daemon, "many.example.com", "A", "+ignore")
        self.assertIn("tc", cut.flags)

    def test_forwarding_over_tcp_alone(self):
        self.upstream.on("www.example.com.", "www.example.com. 300 A 198.51.100.7")
        daemon = self.start_resolver(self.upstream, forward=[
            {"zone": ".", "servers": [self.upstream.endpoint], "transport": "tcp"}])
        self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["198.51.100.7"])
        self.assertEqual(
            [seen.transport for seen in self.upstream.asked("www.example.com.")], ["tcp"])

    def test_a_lost_query_is_sent_again(self):
        self.upstream.on(
            "www.example.com.", Reply(drop=True), "www.example.com. 300 A 198.51.100.7")
        daemon = self.start_resolver(self.upstream)
        self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["198.51.100.7"])
        first, second = self.upstream.asked("www.example.com.")
        self.assertGreaterEqual(second.at - first.at, 0.9)

    def test_silence_ends_in_servfail_with_an_extended_error(self):
        self.upstream.on("www.example.com.", Reply(drop=True))
        daemon = self.start_resolver(self.upstream, **{"query-timeout": "2s"})
        answer = self.dig(daemon, "www.example.com")
        self.assertEqual(answer.status, "SERVFAIL")
        self.assertEqual([number for number, _ in answer.extended_errors], [22])

    def test_the_next_server_answers_for_one_that_refuses(self):
        other = self.start_upstream()
        self.upstream.on("www.example.com.", Reply(rcode="REFUSED"))
        other.on("www.example.com.", "www.example.com. 300 A 198.51.100.7")
        daemon = self.start_resolver(self.upstream, forward=[
            {"zone": ".", "servers": [self.upstream.endpoint, other.endpoint]}])
        self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["198.51.100.7"])

    def test_a_port_where_nobody_listens_is_passed_over(self):
        gone = self.start_upstream()
        self.upstream.on("www.example.com.", "www.example.com. 300 A 198.51.100.7")
        gone.stop()
        daemon = self.start_resolver(self.upstream, forward=[
            {"zone": ".", "servers": [gone.endpoint, self.upstream.endpoint]}])
        self.assertEqual(self.dig(daemon, "www.example.com").data("A"), ["198.51.100.7"])

    def test_a_reply_with_another_id_or_question_is_not_believed(self):
        def other_id(made, query):
            return bytes([made[0] ^ 1]) + made[1:]

        def other_question(made, query):
            message = Message.decode(made)
            message.question = ("evil.example.com.", "A")
            return message.encode()

        daemon = self.start_resolver(self.upstream)
        for change in (other_id, other_question):
            with self.subTest(change=change.__name__):
                name = f"{change.__name__.replace('_', '-')}.example.com"
                lie = f"{name}. 300 A 192.0.2.66"
                self.upstream.on(
                    f"{name}.", Reply(lie, change=change), f"{name}. 300 A 198.51.100.7")
                self.assertEqual(self.dig(daemon, name).data("A"), ["198.51.100.7"])

    def test_records_that_the_chain_does_not_own_are_left_out(self):
        self.upstream.on("www.example.com.", Reply(
            "www.example.com. 300 A 198.51.100.7\nmyregistry.azurecr.io. 300 A 192.0.2.66"))
        daemon = self.start_resolver(self.upstream)
        self.assertEqual(
            self.dig(daemon, "www.example.com").chain, [("www.example.com.", "A", "198.51.100.7")])
        self.assert_registry(self.dig(daemon, "myregistry.azurecr.io"))

    def test_an_alias_from_outside_is_followed_into_the_zone(self):
        self.upstream.on("images.example.com.", Reply(
            "images.example.com. 300 CNAME myregistry.azurecr.io.\n" + public_chain("myregistry")))
        daemon = self.start_resolver(self.upstream)
        self.assertEqual(self.dig(daemon, "images.example.com").chain, [
            ("images.example.com.", "CNAME", "myregistry.azurecr.io."),
            ("myregistry.azurecr.io.", "CNAME", "myregistry.privatelink.azurecr.io."),
            ("myregistry.privatelink.azurecr.io.", "A", "10.0.0.7"),
        ])

    def test_each_hop_goes_to_the_servers_of_its_own_forward_zone(self):
        private = self.start_upstream()
        self.upstream.on("other.azurecr.io.", public_chain("other"))
        private.on(
            "other.privatelink.azurecr.io.", "other.privatelink.azurecr.io. 10 A 10.9.0.4")
        daemon = self.start_daemon({"forward": [
            {"zone": ".", "servers": [self.upstream.endpoint]},
            {"zone": "privatelink.azurecr.io", "servers": [private.endpoint]}]})
        self.assertEqual(self.dig(daemon, "other.azurecr.io").chain, [
            ("other.azurecr.io.", "CNAME", "other.privatelink.azurecr.io."),
            ("other.privatelink.azurecr.io.", "A", "10.9.0.4"),
        ])
        self.assertEqual(self.upstream.asked("other.privatelink.azurecr.io."), [])

    def test_no_servers_means_refused(self):
        daemon = self.start_resolver(self.upstream, forward=[
            {"zone": ".", "servers": []}, {"zone": "example.com", "servers": [self.upstream.endpoint]}])
        answer = self.dig(daemon, "www.example.org")
        self.assertEqual((answer.status, [n for n, _ in answer.extended_errors]), ("REFUSED", [20]))
        self.assertEqual(self.upstream.seen, [])


class LinkTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        self.upstream.on("other.azurecr.io.", public_chain("other"))
        self.upstream.on("other.privatelink.azurecr.io.", Reply(
            f"other.privatelink.azurecr.io. 60 CNAME weu-1.azcr.io.\nweu-1.azcr.io. 60 A {PUBLIC_ADDRESS}"))
        self.upstream.on("plain.azurecr.io.", Reply(
            f"plain.azurecr.io. 60 CNAME weu-1.azcr.io.\nweu-1.azcr.io. 60 A {PUBLIC_ADDRESS}"))
        self.missing = "myregistry.swedencentral.data"
        self.upstream.on(f"{self.missing}.azurecr.io.", public_chain(self.missing))

    def start_link(self, **changes):
        return self.start_resolver(self.upstream, links=[{**LINK, **changes}])

    def test_a_missing_registry_is_forwarded(self):
        daemon = self.start_link(**{"when-missing": "forward"})
        self.assertEqual(self.dig(daemon, "other.azurecr.io").data("A"), [PUBLIC_ADDRESS])

    def test_a_missing_registry_with_a_private_alias_is_denied_by_when_missing(self):
        daemon = self.start_link(**{"when-missing": "nxdomain"})
        answer = self.dig(daemon, "other.azurecr.io")
        self.assertEqual(answer.status, "NXDOMAIN")
        self.assertEqual(
            answer.chain, [("other.azurecr.io.", "CNAME", "other.privatelink.azurecr.io.")])
        self.assertEqual([record.name for record in answer.authority], ["privatelink.azurecr.io."])
        self.assertEqual(self.dig(daemon, "plain.azurecr.io").data("A"), [PUBLIC_ADDRESS])

    def test_a_missing_record_of_an_owned_registry_is_forwarded_and_named(self):
        daemon = self.start_link()
        answer = self.dig(daemon, f"{self.missing}.azurecr.io")
        self.assertEqual(answer.status, "NOERROR")
        self.assertEqual(answer.data("A"), [PUBLIC_ADDRESS])
        self.assertEqual([number for number, _ in answer.extended_errors], [0])
        self.assertIn(f"{self.missing}.privatelink.azurecr.io", answer.extended_errors[0][1])
        daemon.running.wait_for_line(rf"{self.missing}\.privatelink\.azurecr\.io\.")

    def test_a_missing_record_of_an_owned_registry_is_denied_by_owned_missing(self):
        daemon = self.start_link(**{"owned-missing": "nxdomain"})
        answer = self.dig(daemon, f"{self.missing}.azurecr.io")
        self.assertEqual(answer.status, "NXDOMAIN")
        self.assertEqual(answer.chain, [
            (f"{self.missing}.azurecr.io.", "CNAME", f"{self.missing}.privatelink.azurecr.io.")])
        self.assertEqual([record.name for record in answer.authority], ["privatelink.azurecr.io."])
        self.assertIn(f"{self.missing}.privatelink.azurecr.io", answer.extended_errors[0][1])
        self.assertEqual(self.upstream.seen, [])
        self.assertEqual(self.dig(daemon, "other.azurecr.io").data("A"), [PUBLIC_ADDRESS])

    def test_fallback_servers_are_asked_when_the_ordinary_ones_deny(self):
        fallback = self.start_upstream()
        fallback.on("rare.azurecr.io.", "rare.azurecr.io. 60 A 203.0.113.9")
        fallback.on("never.azurecr.io.", Reply(rcode="NXDOMAIN", authority=SOA))
        for name in ("rare", "never"):
            self.upstream.on(f"{name}.azurecr.io.", Reply(rcode="NXDOMAIN", authority=SOA))
        daemon = self.start_link(fallback=[fallback.endpoint])
        self.assertEqual(self.dig(daemon, "rare.azurecr.io").data("A"), ["203.0.113.9"])
        self.assertEqual(self.dig(daemon, "never.azurecr.io").status, "NXDOMAIN")
        self.assertEqual(self.dig(daemon, "plain.azurecr.io").data("A"), [PUBLIC_ADDRESS])
        self.assertEqual(fallback.asked("plain.azurecr.io."), [])

    def test_silent_fallback_servers_are_a_failure_and_no_denial(self):
        fallback = self.start_upstream()
        fallback.on("rare.azurecr.io.", Reply(drop=True))
        self.upstream.on("rare.azurecr.io.", Reply(rcode="NXDOMAIN", authority=SOA))
        daemon = self.start_resolver(
            self.upstream, links=[{**LINK, "fallback": [fallback.endpoint]}],
            **{"query-timeout": "2s"})
        self.assertEqual(self.dig(daemon, "rare.azurecr.io").status, "SERVFAIL")

    def test_links_are_settings_and_any_pair_of_suffixes_will_do(self):
        daemon = self.start_daemon(
            {"links": [{"public": "vault.azure.net", "private": "privatelink.vaultcore.azure.net",
                        "ttl": 60}]},
            {"privatelink.vaultcore.azure.net": "keys 30 A 10.1.0.9\n"})
        self.assertEqual([tuple(record) for record in self.dig(daemon, "keys.vault.azure.net").answer], [
            ("keys.vault.azure.net.", 60, "CNAME", "keys.privatelink.vaultcore.azure.net."),
            ("keys.privatelink.vaultcore.azure.net.", 30, "A", "10.1.0.9")])

    def test_a_regional_endpoint(self):
        daemon = self.start_daemon(
            {"links": [LINK]},
            {"privatelink.azurecr.io": REGISTRY_ZONE + "myregistry.westeurope.geo A 10.0.0.8\n"})
        self.assert_registry(
            self.dig(daemon, "myregistry.westeurope.geo.azurecr.io"),
            "myregistry.westeurope.geo", "10.0.0.8")


if __name__ == "__main__":
    unittest.main()
