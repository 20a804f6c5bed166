"""DNS cookies that servers of different makers share (RFC 9018): one secret in the settings of privatelinkd and
of Debian's BIND, and each takes what another gave. Everything is in one network namespace."""

import unittest

from endtoend.case import EndToEndCase
from endtoend.client import Datagrams
from endtoend.message import Options, query
from endtoend.namespace import in_namespace
from endtoend.peers import Bind

PRIVATELINKD, SECOND, BIND, INTERNET = "10.1.0.4", "10.1.0.5", "10.1.0.6", "10.1.0.7"
CLIENT = "192.168.0.20"
ADDRESSES = [f"{address}/32" for address in (PRIVATELINKD, SECOND, BIND, INTERNET, CLIENT)]
SECRET, OTHER = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
COOKIE = 10
CLIENT_COOKIE = bytes.fromhex("0123456789abcdef")


class CookieTests(EndToEndCase):
    def start_daemon_at(self, address, secrets, name="privatelinkd"):
        return self.start_daemon(
            {"listen": [address], "cookies": {"secrets": secrets, "require": True}},
            {"corp.example": "www 60 A 10.0.0.1\n"}, name=name)

    def start_peer(self, running, ready):
        self.watch(running)
        running.wait_for_line(ready)

    def start_bind(self, secret):
        self.start_upstream(INTERNET, 53).on("www.example.com.", "www.example.com. 60 A 198.51.100.7")
        self.start_peer(*Bind.start(
            self.directory, BIND, INTERNET, forwarding="", more=f"""
                cookie-algorithm siphash24;
                cookie-secret "{secret}";
                require-server-cookie yes;
            """))

    def ask(self, server, name, cookie=CLIENT_COOKIE):
        """The answer to a query with this cookie, and the cookie that came with it."""
        with Datagrams(server, 53, CLIENT) as client:
            answer = client.ask(query(name, options=Options(options=[(COOKIE, cookie)])))
            return answer, dict(answer.options.options)[COOKIE]

    def cookie_of(self, server):
        """The cookie that a server gives to who has none of it."""
        _, cookie = self.ask(server, "www.example.com" if server == BIND else "www.corp.example")
        self.assertEqual((len(cookie), cookie[:8]), (24, CLIENT_COOKIE))
        return cookie

    def assert_taken(self, cookie):
        answer, _ = self.ask(PRIVATELINKD, "www.corp.example", cookie)
        self.assertEqual((answer.rcode, answer.find("A")), ("NOERROR", ["10.0.0.1"]))

    @in_namespace(*ADDRESSES)
    def test_bind_and_we_take_each_others_cookies(self):
        self.start_bind(SECRET)
        self.start_daemon_at(PRIVATELINKD, [SECRET])
        self.assert_taken(self.cookie_of(BIND))
        answer, _ = self.ask(BIND, "www.example.com", self.cookie_of(PRIVATELINKD))
        self.assertEqual(answer.rcode, "NOERROR")
        answer, _ = self.ask(BIND, "www.example.com")
        self.assertEqual(answer.rcode, "23")

    @in_namespace(*ADDRESSES)
    def test_a_secret_is_replaced_while_clients_have_old_cookies(self):
        first = self.start_daemon_at(PRIVATELINKD, [SECRET])
        second = self.start_daemon_at(SECOND, [SECRET], name="second")
        old = self.cookie_of(SECOND)
        for secrets in ([SECRET, OTHER], [OTHER, SECRET]):
            for daemon in (first, second):
                daemon.write_settings({"cookies": {"secrets": secrets}})
                daemon.reload()
                self.assert_taken(old)
                self.assert_taken(self.cookie_of(SECOND))
        new = self.cookie_of(SECOND)
        first.write_settings({"cookies": {"secrets": [OTHER]}})
        first.reload()
        self.assert_taken(new)
        answer, _ = self.ask(PRIVATELINKD, "www.corp.example", old)
        self.assertEqual(answer.rcode, "23")

    @in_namespace(*ADDRESSES)
    def test_without_a_secret_in_the_settings_each_daemon_has_its_own_and_keeps_it(self):
        daemon = self.start_daemon(
            {"listen": [PRIVATELINKD], "cookies": {"require": True}},
            {"corp.example": "www 60 A 10.0.0.1\n"})
        cookie = self.cookie_of(PRIVATELINKD)
        self.assert_taken(cookie)
        daemon.reload()
        self.assert_taken(cookie)


if __name__ == "__main__":
    unittest.main()
