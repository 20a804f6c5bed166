"""Servers upstream that die and come back, and what clients notice of it: as little as can be."""

import time
import unittest

from endtoend.case import LINK, REGISTRY_ZONE, EndToEndCase
from endtoend.message import query
from endtoend.upstream import Reply

NAME = "www.example.com"
ADDRESS = "198.51.100.7"


class OutageTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        self.upstream.on(f"{NAME}.", f"{NAME}. 1 A {ADDRESS}")

    def start_forwarder(self, servers=None, **settings):
        return self.start_daemon({
            "listen": ["127.0.0.1:0"], "workers": 1, "links": [LINK],
            "forward": [{"zone": ".", "servers": servers or [self.upstream.endpoint]}], **settings,
        }, {"privatelink.azurecr.io": REGISTRY_ZONE})

    def asked_until(self, daemon, condition, what):
        """Asks until the answer is as it should be; returns it."""
        found = []

        def holds():
            found[:] = [self.ask(daemon, NAME)]
            return condition(found[0])

        self.wait_until(holds, what)
        return found[0]

    def test_the_answer_of_before_is_given_when_every_server_is_silent(self):
        """RFC 8767."""
        daemon = self.start_forwarder()
        self.assertEqual(self.ask(daemon, NAME).find("A"), [ADDRESS])
        self.upstream.on(f"{NAME}.", Reply(drop=True))
        answer = self.asked_until(daemon, lambda answer: answer.extended_errors, "a stale answer")
        self.assertEqual((answer.rcode, answer.find("A")), ("NOERROR", [ADDRESS]))
        self.assertEqual(answer.answer[0].ttl, 30)
        self.assertEqual([number for number, _ in answer.extended_errors], [3])

    def test_a_stale_answer_is_not_waited_for_long(self):
        daemon = self.start_forwarder()
        self.ask(daemon, NAME)
        self.upstream.on(f"{NAME}.", Reply(drop=True))

        def timed():
            started = time.monotonic()
            answer = self.ask(daemon, NAME)
            return time.monotonic() - started, answer

        self.wait_until(lambda: timed()[1].extended_errors, "a stale answer")
        for _ in range(5):
            taken, answer = timed()
            self.assertEqual(answer.find("A"), [ADDRESS])
            self.assertLess(taken, 2.5)

    def test_forward_tells_which_servers_answer_and_how_fast(self):
        dead = "127.0.0.1:9"  # the discard service's port, where nobody listens
        daemon = self.start_forwarder([dead, self.upstream.endpoint])
        self.ask(daemon, NAME)

        def state(endpoint):
            rows = daemon.told("forward")[0]["servers"]
            return next(row for row in rows if row["server"] == endpoint)

        self.wait_until(lambda: state(dead)["state"] == "dead", "the server counts as dead")
        living = state(self.upstream.endpoint)
        self.assertEqual((living["zone"], living["use"], living["state"]), (".", "ordinary", "answers"))
        self.assertGreater(living["round-trip-microseconds"], 0)
        self.assertIsNone(state(dead)["round-trip-microseconds"])
        text = daemon.control("forward").stdout
        self.assertRegex(text, r"(?m)^ZONE +SERVER +USE +STATE +ROUND TRIP \(US\) +IN FLIGHT$")

    def test_a_server_that_stops_answering_and_its_return_are_logged_and_shown_by_status(self):
        other = self.start_upstream()
        other.on("*.", Reply(drop=True))
        daemon = self.start_forwarder([other.endpoint, self.upstream.endpoint])
        self.ask(daemon, NAME)
        line = f"the server {other.endpoint} does not answer"
        self.wait_until(lambda: line in daemon.running.text(), "the log line")
        self.assertIn(f"{other.endpoint} for .: ", str(daemon.status()["failed-servers"]))
        other.on("*.", Reply(rcode="NXDOMAIN"))
        line = f"the server {other.endpoint} answers again"

        def is_back():
            self.ask(daemon, f"{time.monotonic_ns()}.example.com")
            return line in daemon.running.text()

        self.wait_until(is_back, "the server's return")
        self.assertEqual(daemon.status()["failed-servers"], [])

    def test_when_every_server_fails_log_explain_and_error_say_which_and_how(self):
        self.upstream.on("*.", Reply(rcode="REFUSED"))
        daemon = self.start_forwarder()
        for name in ("one.example.com", "two.example.com"):
            answer = self.ask(daemon, name)
            self.assertEqual(answer.rcode, "SERVFAIL")
            self.assertIn("the last with REFUSED", str(answer.extended_errors))
        said = f"{self.upstream.endpoint} responded with REFUSED"
        self.assertEqual(daemon.running.text().count(said), 1)
        self.assertIn(said, daemon.control("explain", "three.example.com").stdout)

    def test_a_server_that_comes_back_is_asked_again(self):
        daemon = self.start_forwarder()
        self.ask(daemon, NAME)
        self.upstream.on(f"{NAME}.", Reply(rcode="SERVFAIL"))
        self.asked_until(daemon, lambda answer: answer.extended_errors, "a stale answer")
        self.upstream.on(f"{NAME}.", f"{NAME}. 60 A 198.51.100.8")
        answer = self.asked_until(
            daemon, lambda answer: answer.find("A") == ["198.51.100.8"], "the new answer")
        self.assertEqual(answer.extended_errors, [])

    def test_without_a_stale_answer_a_failure_is_told_and_remembered_for_a_moment(self):
        """RFC 9520."""
        daemon = self.start_forwarder()
        self.upstream.on("gone.example.com.", Reply(rcode="SERVFAIL"))
        first = self.ask(daemon, "gone.example.com")
        self.assertEqual((first.rcode, first.extended_errors[0][0]), ("SERVFAIL", 22))
        asked = len(self.upstream.asked("gone.example.com."))
        again = self.ask(daemon, "gone.example.com")
        self.assertEqual((again.rcode, again.extended_errors[0][0]), ("SERVFAIL", 13))
        self.assertEqual(len(self.upstream.asked("gone.example.com.")), asked)

    def test_private_names_are_answered_while_everything_else_fails(self):
        self.upstream.on("*.", Reply(drop=True))
        daemon = self.start_forwarder()
        waiting = self.datagrams(daemon)
        for number in range(200):
            waiting.send(query(f"name{number}.example.com", id=number).encode())
        self.upstream.wait_until_asked("name100.example.com.")
        self.assert_registry(self.dig(daemon, "myregistry.azurecr.io"))
        self.assertEqual(daemon.status()["pending-questions"], 200)

    def test_one_dead_server_of_two_delays_nobody_after_the_first_failure(self):
        dead = self.start_upstream()
        dead.on("*.", Reply(drop=True))
        daemon = self.start_forwarder([dead.endpoint, self.upstream.endpoint])
        self.upstream.on("*.example.com.", lambda message, _: Reply(
            f"{message.question[0]} 60 A {ADDRESS}"))
        self.assertEqual(self.ask(daemon, "first.example.com").find("A"), [ADDRESS])
        self.wait_until(lambda: self.is_quick(daemon), "quick answers")
        for number in range(50):
            started = time.monotonic()
            self.assertEqual(self.ask(daemon, f"name{number}.example.com").find("A"), [ADDRESS])
            self.assertLess(time.monotonic() - started, 0.9)

    def is_quick(self, daemon):
        started = time.monotonic()
        self.ask(daemon, f"probe{started}.example.com".replace(".", "-", 1))
        return time.monotonic() - started < 0.2

    def test_flush_forgets_what_was_said(self):
        self.upstream.on(f"{NAME}.", f"{NAME}. 600 A {ADDRESS}")
        daemon = self.start_forwarder()
        self.ask(daemon, NAME)
        self.ask(daemon, NAME)
        cache, _ = daemon.told("cache")
        self.assertEqual((cache["entries"], cache["hits"]), (1, 1))
        self.upstream.on(f"{NAME}.", f"{NAME}. 600 A 198.51.100.8")
        self.assertEqual(daemon.told("flush", "example.org")[0]["flushed"], 0)
        self.assertEqual(self.ask(daemon, NAME).find("A"), [ADDRESS])
        self.assertEqual(daemon.told("flush", "example.com")[0]["flushed"], 1)
        self.assertEqual(self.ask(daemon, NAME).find("A"), ["198.51.100.8"])
        self.assertEqual(daemon.told("flush")[0]["flushed"], 1)
        self.assertEqual(daemon.told("cache")[0]["entries"], 0)


if __name__ == "__main__":
    unittest.main()
