"""EDNS options between the daemon and a client that knows them: dig."""

import unittest

from endtoend.case import REGISTRY_ZONE, EndToEndCase
from endtoend.dig import dig
from endtoend.message import Options, query

ZONES = {"privatelink.azurecr.io": REGISTRY_ZONE}
NAME = "myregistry.privatelink.azurecr.io"
SECRET = "0123456789abcdef0123456789abcdef"
OLD_SECRET = "fedcba9876543210fedcba9876543210"
COOKIE, KEEPALIVE, NSID, CLIENT_SUBNET = 10, 11, 3, 8


class CookieTests(EndToEndCase):
    def start_server(self, name="privatelinkd", **cookies):
        return self.start_daemon({"listen": ["127.0.0.1:0"], "cookies": cookies}, ZONES, name=name)

    def cookie(self, daemon, sent):
        """The cookie that comes back for one that is sent, and the RCODE."""
        answer = self.ask(daemon, NAME, options=Options(options=[(COOKIE, sent)]))
        return dict(answer.options.options)[COOKIE], answer.rcode

    def test_dig_finds_the_servers_cookie_good(self):
        daemon = self.start_server()
        answer = self.dig(daemon, NAME, "A", "+cookie")
        self.assertRegex(answer.text, r"; COOKIE: [0-9a-f]{48} \(good\)")
        self.assertEqual(answer.data("A"), ["10.0.0.7"])

    def test_daemons_with_the_same_secret_know_each_others_cookies(self):
        """RFC 9018, section 1: several servers behind one address."""
        first, second = (self.start_server(name, secrets=[SECRET], require=True) for name in ("a", "b"))
        other = self.start_server("c", secrets=[OLD_SECRET], require=True)
        client = b"\1\2\3\4\5\6\7\x08"
        made, code = self.cookie(first, client)
        self.assertEqual((made[:8], len(made), code), (client, 24, "23"))
        self.assertEqual(self.cookie(second, made)[1], "NOERROR")
        self.assertEqual(self.cookie(other, made)[1], "23")

    def test_a_secret_that_is_rolled_over_by_a_reload(self):
        daemon = self.start_server(secrets=[OLD_SECRET], require=True)
        made, _ = self.cookie(daemon, b"\1\2\3\4\5\6\7\x08")
        daemon.write_settings({"cookies": {"secrets": [SECRET, OLD_SECRET]}})
        daemon.reload()
        renewed, code = self.cookie(daemon, made)
        self.assertEqual(code, "NOERROR")
        self.assertNotEqual(renewed, made)
        daemon.write_settings({"cookies": {"secrets": [SECRET]}})
        daemon.reload()
        self.assertEqual(self.cookie(daemon, made)[1], "23")
        self.assertEqual(self.cookie(daemon, renewed)[1], "NOERROR")

    def test_dig_gets_through_where_cookies_are_required(self):
        daemon = self.start_server(secrets=[SECRET], require=True)
        self.assertEqual(self.dig(daemon, NAME, "A", "+cookie").data("A"), ["10.0.0.7"])
        self.assertEqual(self.dig(daemon, NAME, "A", "+cookie", "+nobadcookie").status, "BADCOOKIE")
        self.assertEqual(self.dig(daemon, NAME, "A", "+nocookie").data("A"), ["10.0.0.7"])
        self.assertEqual(self.dig(daemon, NAME, "A", "+cookie", "+tcp").data("A"), ["10.0.0.7"])

    def test_a_query_for_a_cookie_alone(self):
        """RFC 7873, section 5.4."""
        answer = self.ask_for_nothing(self.start_server())
        self.assertEqual((answer.rcode, answer.question, answer.answer), ("NOERROR", None, []))
        self.assertEqual(len(dict(answer.options.options)[COOKIE]), 24)

    def ask_for_nothing(self, daemon):
        message = query(NAME, options=Options(options=[(COOKIE, b"\1\2\3\4\5\6\7\x08")]))
        message.question = None
        return self.datagrams(daemon).ask(message)


class OptionTests(EndToEndCase):
    def test_the_servers_identifier(self):
        daemon = self.start_daemon({"listen": ["127.0.0.1:0"], "identity": {"id": "dns-1"}}, ZONES)
        self.assertIn('("dns-1")', self.dig(daemon, NAME, "A", "+nsid").text)
        self.assertNotIn("NSID", self.dig(daemon, NAME, "A").text)
        told = self.ask(daemon, "id.server", "TXT", question_class=3)
        self.assertEqual(told.find("TXT"), ['"dns-1"'])

    def test_without_an_identifier_nothing_is_told(self):
        daemon = self.start_daemon({"listen": ["127.0.0.1:0"]}, ZONES)
        answer = self.ask(daemon, NAME, options=Options(options=[(NSID, b"")]))
        self.assertNotIn(NSID, dict(answer.options.options))

    def test_the_time_that_a_connection_is_kept(self):
        """RFC 7828: in tenths of a second, over TCP alone."""
        daemon = self.start_daemon({"listen": ["127.0.0.1:0"], "tcp": {"idle-timeout": "12s"}}, ZONES)
        asked = query(NAME, options=Options(options=[(KEEPALIVE, b"")]))
        answer = self.stream(daemon).ask(asked)
        self.assertEqual(dict(answer.options.options)[KEEPALIVE], (120).to_bytes(2, "big"))
        answer = self.datagrams(daemon).ask(asked)
        self.assertNotIn(KEEPALIVE, dict(answer.options.options))

    def test_no_option_passes_to_a_server_upstream_or_back(self):
        """RFC 6891, section 6.1.1: options are between neighbours; a client's subnet is nobody's business."""
        upstream = self.start_upstream()
        upstream.on("www.example.com.", "www.example.com. 60 A 198.51.100.7")
        daemon = self.start_daemon(
            {"listen": ["127.0.0.1:0"], "forward": [{"zone": ".", "servers": [upstream.endpoint]}]})
        options = [(CLIENT_SUBNET, b"\0\1\x18\0\xc6\x33\x64"), (NSID, b""), (65001, b"secret")]
        answer = self.ask(daemon, "www.example.com", options=Options(options=options))
        self.assertEqual(answer.find("A"), ["198.51.100.7"])
        self.assertEqual(set(dict(answer.options.options)) & {CLIENT_SUBNET, NSID, 65001}, set())
        seen = upstream.asked("www.example.com.")[0].message
        self.assertEqual(set(dict(seen.options.options)) - {COOKIE}, set())

    def test_the_size_that_a_client_takes_is_kept(self):
        daemon = self.start_daemon(
            {"listen": ["127.0.0.1:0"]},
            {"large.example": "".join(f'@ 10 TXT "{number:03} {"x" * 60}"\n' for number in range(30))})
        for payload, limit in ((None, 512), (512, 512), (1000, 1000), (1232, 1232), (4096, 1232)):
            with self.subTest(payload=payload):
                options = None if payload is None else Options(payload=payload)
                client = self.datagrams(daemon)
                client.send(query("large.example", "TXT", options=options).encode())
                octets, _ = client.receive()
                self.assertLessEqual(len(octets), limit)
                self.assertTrue(octets[2] & 2, "TC")
        whole = dig(daemon.address, daemon.port, "large.example", "TXT")
        self.assertEqual(len(whole.answer), 30)


if __name__ == "__main__":
    unittest.main()
