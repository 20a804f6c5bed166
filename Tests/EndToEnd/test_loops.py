"""Servers that forward back to the daemon what it asks them: noticed, told of once, answered at once, and over by
itself."""

import itertools
import time
import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.client import Datagrams
from endtoend.dig import dig
from endtoend.message import Message, query
from endtoend.namespace import in_namespace
from endtoend.upstream import Reply

TOLD = "forwards this daemon's queries back to it"
COMES_BACK = (0, "forwarding loop: the upstream servers send the query back here")
ENDED = "no longer forwards queries back to this daemon"


OWN = "10.1.0.4"


class LoopTests(EndToEndCase):
    def start_forwarder(self, server, listen="127.0.0.1:0"):
        return self.start_daemon({
            "listen": [listen], "workers": 2, "links": [LINK],
            "forward": [{"zone": ".", "servers": [server]}],
        }, {"privatelink.azurecr.io": REGISTRY_ZONE})

    def ask(self, daemon, name):
        """Asks by an address that is always there."""
        with Datagrams("127.0.0.1", daemon.port) as client:
            return client.ask(query(name))

    def assert_told_at_once(self, daemon, name):
        started = time.monotonic()
        answer = self.ask(daemon, name)
        self.assertEqual(answer.rcode, "SERVFAIL")
        self.assertEqual(answer.extended_errors, [COMES_BACK])
        self.assertLess(time.monotonic() - started, 1)

    def state(self, daemon):
        return daemon.told("forward")[0]["servers"][0]["state"]

    def times_told(self, daemon, sentence):
        return daemon.running.text().count(sentence)

    @in_namespace(f"{OWN}/24")
    def test_a_daemon_that_forwards_to_itself(self):
        daemon = self.start_forwarder(OWN, "0.0.0.0:53")
        self.wait_until(lambda: self.state(daemon) == "forwards back here", "the loop is noticed")
        for number in range(20):
            self.assert_told_at_once(daemon, f"name{number}.example.com")
        self.assert_registry(dig("127.0.0.1", daemon.port, "myregistry.azurecr.io"))
        self.assertEqual(self.times_told(daemon, TOLD), 1)

    @in_namespace(f"{OWN}/24")
    def test_a_question_that_comes_before_the_loop_is_noticed_ends_too(self):
        daemon = self.start_daemon({
            "listen": ["0.0.0.0:53"], "workers": 2, "upstream": {"loop-probes": False},
            "forward": [{"zone": ".", "servers": [OWN]}]}, {"privatelink.azurecr.io": REGISTRY_ZONE})
        self.assertEqual(self.ask(daemon, "www.example.com").rcode, "SERVFAIL")
        self.assertLess(daemon.told("stats")[0]["upstream_queries_total"], 10)

        numbers = itertools.count()

        def is_noticed():
            """By all workers, one of which is drawn for each question."""
            answers = [self.ask(daemon, f"name{next(numbers)}.example.com") for _ in range(10)]
            return all(answer.extended_errors == [COMES_BACK] for answer in answers)

        self.wait_until(is_noticed, "the loop is noticed, whichever worker a question comes back to")
        self.assertEqual(self.times_told(daemon, TOLD), 1)

    def test_a_server_that_forwards_back_and_stops_doing_so(self):
        upstream = self.start_upstream()
        daemon = self.start_forwarder(upstream.endpoint)

        def relay(message, _):
            message.id ^= 0x5555
            with Datagrams(daemon.address, daemon.port) as client:
                client.send(message.encode())
                client.socket.settimeout(0.3)
                try:
                    return Reply(rcode=Message.decode(client.receive()[0]).rcode)
                except OSError:
                    return Reply(drop=True)

        upstream.on("*.", relay)
        daemon.reload()
        self.wait_until(lambda: self.state(daemon) == "forwards back here", "the loop is noticed")
        self.wait_until(
            lambda: self.ask(daemon, "first.example.com").extended_errors[0][0] == 0, "both workers know of it")
        for number in range(20):
            self.assert_told_at_once(daemon, f"name{number}.example.com")
        self.assertEqual(upstream.asked("name0.example.com."), [])
        self.assert_registry(dig("127.0.0.1", daemon.port, "myregistry.azurecr.io"))
        upstream.on("*.", Reply(rcode="NXDOMAIN"))
        upstream.on("www.example.com.", "www.example.com. 60 A 198.51.100.7")
        self.wait_until(
            lambda: self.ask(daemon, "www.example.com").find("A") == ["198.51.100.7"], "its end", patience=40)
        self.wait_until(lambda: self.times_told(daemon, ENDED) == 1, "the end is told", patience=40)
        self.assertEqual(self.times_told(daemon, TOLD), 1)


if __name__ == "__main__":
    unittest.main()
