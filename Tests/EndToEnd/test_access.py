"""Who may ask: lists for all listeners and for one of them, over UDP and TCP, refused or ignored, and reloads."""

import socket
import unittest

from endtoend.case import EndToEndCase
from endtoend.client import Datagrams, Stream
from endtoend.daemon import SOA
from endtoend.message import Message, query

NAME = "www.a.example"
ZONES = {"a.example": SOA + "www A 10.0.0.1\n"}
REFUSED, DROPPED = "REFUSED", None


class AccessTests(EndToEndCase):
    def rcode(self, endpoint, source, stream=False):
        """What a client at an address gets for the zone's name; None for nothing."""
        if stream:
            client = Stream(*endpoint, source=source)
            self.addCleanup(client.close)
            client.send_message(query(NAME))
            # Answered behind it, so that silence needs no patience.
            client.end_sending()
            answer = client.receive()
            return answer and answer.rcode
        with Datagrams(*endpoint, source=source) as client:
            client.socket.settimeout(0.5)
            client.send(query(NAME).encode())
            try:
                return Message.decode(client.receive()[0]).rcode
            except socket.timeout:
                return None

    def assert_rcode(self, endpoint, source, expected):
        for stream in (False, True):
            self.assertEqual(self.rcode(endpoint, source, stream), expected, (endpoint, source, stream))

    def test_each_listener_has_its_own_rules_where_it_says_so(self):
        daemon = self.start_daemon({
            "listen": [
                "127.0.0.1:0",
                {"address": "127.0.0.3:0", "protocol": "dns", "access": {"allow": ["127.0.0.2"]}},
                {"address": "127.0.0.4:0", "access": {"deny": ["127.0.0.2"], "action": "drop"}},
                {"address": "[::1]:0", "access": {"deny": ["::1"]}},
            ],
            "access": {"allow": ["127.0.0.0/8", "::1"], "deny": ["127.0.0.8/30"]},
        }, ZONES)
        plain, narrow, dropping, six = daemon.endpoints
        self.assert_rcode(plain, "127.0.0.1", "NOERROR")
        self.assert_rcode(plain, "127.0.0.9", REFUSED)
        self.assert_rcode(narrow, "127.0.0.2", "NOERROR")
        self.assert_rcode(narrow, "127.0.0.1", REFUSED)
        self.assert_rcode(dropping, "127.0.0.1", "NOERROR")
        self.assert_rcode(dropping, "127.0.0.2", DROPPED)
        # Its own list of what is denied takes the place of the other.
        self.assert_rcode(dropping, "127.0.0.9", "NOERROR")
        self.assert_rcode(six, "::1", REFUSED)
        self.assertEqual(daemon.told("stats")[0]["denied_total"], 8)

    def test_a_reload_changes_what_holds_for_all(self):
        daemon = self.start_daemon({"listen": ["127.0.0.1:0"]}, ZONES)
        self.assert_rcode(daemon.endpoints[0], "127.0.0.1", "NOERROR")
        daemon.write_settings({"access": {"deny": ["127.0.0.1"], "action": "drop"}})
        daemon.reload()
        self.assert_rcode(daemon.endpoints[0], "127.0.0.1", DROPPED)
        self.assert_rcode(daemon.endpoints[0], "127.0.0.2", "NOERROR")


if __name__ == "__main__":
    unittest.main()
