"""TCP towards servers: connections are used again and by many questions at once, and one that closes under a question
costs nobody an answer (RFC 7766)."""

import contextlib
import socket
import struct
import threading
import time
import unittest

from endtoend.case import EndToEndCase
from endtoend.message import Message, query
from endtoend.upstream import Reply

ADDRESS = "198.51.100.7"


class FewAnswers:
    """A server over TCP that answers the first queries of each connection, and then closes it or says nothing more.

    The close is abrupt where `resets`: what it has not read makes its kernel break the connection off."""

    def __init__(self, answers=1, closes=True, resets=False, backlog=None, delay=0):
        self.answers, self.closes, self.resets, self.delay = answers, closes, resets, delay
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.endpoint = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.silent = []
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def accept(self):
        # Until the listener is closed.
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                if not self.delay:
                    self.serve(connection)
                    continue
                self.threads.append(threading.Thread(target=self.serve, args=(connection,), daemon=True))
                self.threads[-1].start()

    def serve(self, connection):
        # A connection that the daemon has closed is done.
        with contextlib.suppress(OSError, struct.error):
            self.answer(connection)

    def answer(self, connection):
        stream = connection.makefile("rb", buffering=0)
        for _ in range(self.answers):
            octets = stream.read(struct.unpack("!H", stream.read(2))[0])
            end = octets.index(0, 12) + 5
            reply = octets[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + octets[12:end]
            reply += b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(ADDRESS)
            time.sleep(self.delay)
            connection.sendall(struct.pack("!H", len(reply)) + reply)
        if not self.closes:
            self.silent.append((connection, stream))
            return
        if not self.resets:
            connection.shutdown(socket.SHUT_WR)
        stream.close()
        connection.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join()
        for connection, stream in self.silent:
            stream.close()
            connection.close()


class UpstreamConnectionTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        self.daemon = self.start_daemon({
            "listen": ["127.0.0.1:0"], "workers": 1, "upstream": {"loop-probes": False},
            "forward": [{"zone": ".", "servers": [self.upstream.endpoint], "transport": "tcp"}]})

    def answer(self, message, _):
        return Reply(f"{message.question[0]} 60 A {ADDRESS}")

    def test_one_question_after_another_uses_one_connection(self):
        self.upstream.on("*.example.com.", self.answer)
        for number in range(20):
            self.assertEqual(self.ask(self.daemon, f"name{number}.example.com").find("A"), [ADDRESS])
        self.assertEqual(len({seen.source for seen in self.upstream.seen}), 1)

    def test_questions_share_a_connection_and_do_not_wait_for_a_slow_answer(self):
        self.upstream.on("*.example.com.", self.answer)
        self.upstream.on("slow.example.com.", Reply(f"slow.example.com. 60 A {ADDRESS}", delay=1.5))
        client = self.datagrams(self.daemon)
        names = ["slow"] + [f"name{number}" for number in range(20)]
        for number, name in enumerate(names):
            client.send(query(f"{name}.example.com", id=number).encode())
        replies = [Message.decode(client.receive()[0]) for _ in names]
        self.assertEqual(sorted(reply.id for reply in replies), list(range(len(names))))
        self.assertEqual(replies[-1].id, 0)
        self.assertEqual(len({seen.source for seen in self.upstream.seen}), 1)

    def test_a_question_whose_connection_closes_is_asked_over_another_one(self):
        self.upstream.on("www.example.com.", Reply(close=True), f"www.example.com. 60 A {ADDRESS}")
        started = time.monotonic()
        self.assertEqual(self.ask(self.daemon, "www.example.com").find("A"), [ADDRESS])
        self.assertLess(time.monotonic() - started, 1)
        first, second = self.upstream.asked("www.example.com.")
        self.assertNotEqual(first.source, second.source)

    def test_all_questions_of_a_connection_that_closes_are_answered(self):
        self.upstream.on("*.example.com.", self.answer)
        self.upstream.on(
            "closing.example.com.", Reply(close=True, delay=0.2), f"closing.example.com. 60 A {ADDRESS}")
        for number in range(10):
            name = f"late{number}.example.com."
            self.upstream.on(name, Reply(drop=True), f"{name} 60 A {ADDRESS}")
        client = self.datagrams(self.daemon)
        names = [f"late{number}" for number in range(10)] + ["closing"]
        for number, name in enumerate(names):
            client.send(query(f"{name}.example.com", id=number).encode())
        started = time.monotonic()
        replies = [Message.decode(client.receive()[0]) for _ in names]
        self.assertLess(time.monotonic() - started, 1.5)
        self.assertEqual([reply.find("A") for reply in replies], [[ADDRESS]] * len(names))
        self.assertEqual({reply.id for reply in replies}, set(range(len(names))))

    def ask_at_once(self, server, count, rounds):
        """Asks a number of questions at a time, several times; returns how long each round took."""
        self.addCleanup(server.close)
        daemon = self.start_daemon({
            "listen": ["127.0.0.1:0"], "workers": 1, "upstream": {"loop-probes": False},
            "forward": [{"zone": ".", "servers": [server.endpoint], "transport": "tcp"}]}, name="other")
        client = self.datagrams(daemon)
        times = []
        for number in range(rounds):
            started = time.monotonic()
            for id in range(count):
                client.send(query(f"name{number}-{id}.example.com", id=id).encode())
            replies = [Message.decode(client.receive()[0]) for _ in range(count)]
            self.assertEqual([reply.find("A") for reply in replies], [[ADDRESS]] * count)
            times.append(time.monotonic() - started)
        return times

    def test_a_server_that_closes_after_each_answer_answers_all(self):
        self.ask_at_once(FewAnswers(), 60, 3)

    def test_a_server_that_breaks_connections_off_after_each_answer_answers_all(self):
        self.ask_at_once(FewAnswers(resets=True), 40, 10)

    def test_a_server_that_breaks_connections_off_and_lets_five_wait_answers_all(self):
        self.ask_at_once(FewAnswers(resets=True, backlog=5), 40, 3)

    def test_a_slow_server_that_closes_after_each_answer_answers_all_since_it_gets_several_connections(self):
        times = self.ask_at_once(FewAnswers(delay=0.2), 40, 2)
        self.assertLess(max(times), 3)

    def test_a_server_that_answers_once_on_each_connection_answers_all_and_then_in_time(self):
        times = self.ask_at_once(FewAnswers(closes=False), 40, 3)
        self.assertLess(max(times[1:]), 1)

    def test_a_connection_that_died_unnoticed_delays_its_questions_and_no_others(self):
        server = FewAnswers(answers=3, closes=False)
        self.addCleanup(server.close)
        daemon = self.start_daemon({
            "listen": ["127.0.0.1:0"], "workers": 1, "upstream": {"loop-probes": False},
            "forward": [{"zone": ".", "servers": [server.endpoint], "transport": "tcp"}]}, name="other")
        times = []
        for number in range(6):
            started = time.monotonic()
            self.assertEqual(self.ask(daemon, f"name{number}.example.com").find("A"), [ADDRESS])
            times.append(time.monotonic() - started)
        self.assertGreater(times[3], 1)
        self.assertLess(max(times[:3] + times[4:]), 1)


if __name__ == "__main__":
    unittest.main()
