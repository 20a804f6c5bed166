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


class OneAnswerEach:
    """A server over TCP that answers the first query of each connection, and closes it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        # Until the listener is closed.
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(OSError, struct.error):
                    stream = connection.makefile("rb")
                    octets = stream.read(struct.unpack("!H", stream.read(2))[0])
                    end = octets.index(0, 12) + 5
                    reply = octets[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + octets[12:end]
                    reply += b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(ADDRESS)
                    connection.sendall(struct.pack("!H", len(reply)) + reply)
                    connection.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


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

    def test_a_server_that_closes_after_each_answer_answers_all(self):
        server = OneAnswerEach()
        self.addCleanup(server.close)
        daemon = self.start_daemon({
            "listen": ["127.0.0.1:0"], "workers": 1, "upstream": {"loop-probes": False},
            "forward": [{"zone": ".", "servers": [server.endpoint], "transport": "tcp"}]}, name="other")
        client = self.datagrams(daemon)
        for number in range(60):
            client.send(query(f"name{number}.example.com", id=number).encode())
        replies = [Message.decode(client.receive()[0]) for _ in range(60)]
        self.assertEqual([reply.find("A") for reply in replies], [[ADDRESS]] * 60)


if __name__ == "__main__":
    unittest.main()
