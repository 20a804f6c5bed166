"""Clients over TCP that are slow, idle, many or rude (RFC 7766), and what others notice of them: nothing."""

import os
import resource
import unittest

from endtoend.case import EndToEndCase
from endtoend.client import Stream, framed
from endtoend.message import Message, Options, query
from endtoend.upstream import Reply

NAME = "myregistry.privatelink.azurecr.io"
#: An answer of about 60 000 octets.
BIG = "".join(f'big 10 TXT "{number:03} {"x" * 240}"\n' for number in range(230))
ZONES = {"privatelink.azurecr.io": "myregistry 10 A 10.0.0.7\n" + BIG}
BIG_NAME = "big.privatelink.azurecr.io"


def resident_octets(pid):
    """The memory of a process that is not the kernel's."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        fields = dict(line.split(":", 1) for line in file if ":" in line and line[0].isupper())
    return int(fields["Pss"].split()[0]) * 1024


def open_files(pid):
    """How many descriptors a process has."""
    return len(os.listdir(f"/proc/{pid}/fd"))


class StreamTests(EndToEndCase):
    def start_server(self, tcp=None, **settings):
        self.upstream = self.start_upstream()
        return self.start_daemon(
            {"listen": ["127.0.0.1:0"], "forward": [{"zone": ".", "servers": [self.upstream.endpoint]}],
             "tcp": tcp or {}, "upstream": {"loop-probes": False}, **settings}, ZONES)

    def assert_served(self, client):
        self.assertEqual(client.ask(query(NAME)).find("A"), ["10.0.0.7"])


class AnswerTests(StreamTests):
    def test_answers_come_as_they_are_ready(self):
        """RFC 7766, section 6.2.1.1."""
        client = self.stream(self.start_server())
        self.upstream.on("slow.example.com.", Reply("slow.example.com. 60 A 198.51.100.1", delay=1.5))
        self.upstream.on("quick.example.com.", Reply("quick.example.com. 60 A 198.51.100.2", delay=0.3))
        client.send(b"".join(map(framed, [
            query("slow.example.com", id=1), query("quick.example.com", id=2), query(NAME, id=3)])))
        self.assertEqual([client.receive().id for _ in range(3)], [3, 2, 1])

    def test_a_half_close_ends_after_the_last_answer(self):
        """RFC 7766, section 6.2.4: also when that has to come from a server upstream first."""
        daemon = self.start_server()
        self.upstream.on("slow.example.com.", Reply("slow.example.com. 60 A 198.51.100.1", delay=1))
        client = self.stream(daemon)
        client.send(framed(query("slow.example.com", id=1)) + framed(query(NAME, id=2)))
        client.end_sending()
        self.assertEqual([client.receive().id for _ in range(2)], [2, 1])
        self.assertIsNone(client.receive())

    def test_an_answer_that_is_larger_than_the_buffers(self):
        daemon = self.start_server()
        client = self.stream(daemon, receive_buffer=2048)
        for number in range(20):
            client.send_message(query(BIG_NAME, "TXT", id=number))
        for number in range(20):
            answer = client.receive()
            self.assertEqual((answer.id, len(answer.answer)), (number, 230))

    def test_over_udp_the_same_answer_is_cut(self):
        daemon = self.start_server()
        answer = self.ask(daemon, BIG_NAME, "TXT", options=Options(payload=65535))
        self.assertIn("tc", answer.flags)
        self.assertLessEqual(len(answer.encode()), 1232)

    def test_a_client_that_does_not_read_delays_nobody_and_costs_little(self):
        daemon = self.start_server(tcp={"idle-timeout": "60s"})
        before = resident_octets(daemon.running.pid)
        sleepers = [self.stream(daemon, receive_buffer=2048) for _ in range(20)]
        for sleeper in sleepers:
            sleeper.socket.setblocking(False)
            asked = 0
            try:
                while asked < 2_000:
                    sleeper.socket.send(framed(query(BIG_NAME, "TXT", id=asked)))
                    asked += 1
            except BlockingIOError:
                pass
            self.assertGreater(asked, 100)
        for _ in range(50):
            with Stream(daemon.address, daemon.port) as client:
                self.assert_served(client)
        self.assertLess(resident_octets(daemon.running.pid) - before, 20 << 20)
        # One that reads at last gets what it asked for.
        reader = sleepers[0]
        reader.socket.settimeout(15)
        self.assertEqual([len(reader.receive().answer) for _ in range(50)], [230] * 50)

    def test_a_client_that_never_reads_is_closed(self):
        daemon = self.start_server()
        before = open_files(daemon.running.pid)
        client = self.stream(daemon, receive_buffer=2048)
        client.send(b"".join(framed(query(BIG_NAME, "TXT", id=number)) for number in range(100)))
        self.wait_until(lambda: open_files(daemon.running.pid) > before, "a connection")
        self.wait_until(
            lambda: open_files(daemon.running.pid) == before, "the end of the connection", patience=30)

    def test_an_empty_message_is_passed_over(self):
        client = self.stream(self.start_server())
        client.send(b"\0\0" * 3 + framed(query(NAME)) + b"\0\0")
        self.assertEqual(client.receive().find("A"), ["10.0.0.7"])
        self.assert_served(client)

    def test_messages_of_every_length_leave_the_server_whole(self):
        daemon = self.start_server()
        client = self.stream(daemon)
        for length in (1, 11, 12, 13, 511, 512, 4096, 65535):
            client.send(framed(query(NAME, id=7).encode().ljust(length, b"\0")[:length]))
        self.assertEqual(daemon.running.process.poll(), None)
        with Stream(daemon.address, daemon.port) as other:
            self.assert_served(other)


class LimitTests(StreamTests):
    def test_at_the_limit_the_one_that_is_idle_for_longest_is_closed(self):
        daemon = self.start_server(tcp={"connections": 8, "idle-timeout": "60s"}, workers=1)
        clients = [self.stream(daemon) for _ in range(8)]
        for client in clients:
            self.assert_served(client)
        self.assert_served(clients[0])
        late = self.stream(daemon)
        self.assert_served(late)
        self.assertIsNone(clients[1].receive())
        for client in (clients[0], *clients[2:], late):
            self.assert_served(client)

    def test_one_client_cannot_take_the_connections_of_others(self):
        daemon = self.start_server(
            tcp={"connections": 100, "connections-per-client": 4, "idle-timeout": "60s"}, workers=1)
        friend = self.stream(daemon, source="127.0.0.2")
        self.assert_served(friend)
        greedy = [self.stream(daemon, source="127.0.0.3") for _ in range(20)]
        self.assert_served(greedy[-1])
        closed = 0
        for client in greedy[:16]:
            self.assertIsNone(client.receive())
            closed += 1
        self.assertEqual(closed, 16)
        self.assert_served(friend)
        for client in greedy[16:]:
            self.assert_served(client)

    def test_ten_thousand_idle_connections(self):
        count = 10_000
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < count + 200:
            self.skipTest(f"this user may open {hard} files only")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        daemon = self.start_server(
            tcp={"connections": 12_000, "connections-per-client": 12_000, "idle-timeout": "10m"})
        self.hold(daemon, 200)
        before = resident_octets(daemon.running.pid)
        held = self.hold(daemon, count)
        self.assertLessEqual((resident_octets(daemon.running.pid) - before) / count, 2048)
        for client in held[::50]:
            self.assert_served(client)
        self.assertEqual(self.ask(daemon, NAME).find("A"), ["10.0.0.7"])

    def hold(self, daemon, count):
        """Opens connections, asks once over each, and leaves them open."""
        clients = [self.stream(daemon, source=f"127.0.0.{2 + number % 8}") for number in range(count)]
        for client in clients:
            client.send_message(query(NAME))
        for client in clients:
            self.assertEqual(client.receive().find("A"), ["10.0.0.7"])
        return clients

    def test_the_limit_of_descriptors_is_raised_at_the_start(self):
        daemon = self.prepare_daemon(zones=ZONES, prefix=["prlimit", "--nofile=256:4096"])
        self.start(daemon)
        with open(f"/proc/{daemon.running.pid}/limits") as file:
            limits = next(line for line in file if line.startswith("Max open files")).split()
        self.assertEqual(limits[3:5], ["4096", "4096"])

    def test_with_few_descriptors_the_oldest_idle_connection_makes_room(self):
        daemon = self.prepare_daemon(
            {"listen": ["127.0.0.1:0"], "workers": 1, "tcp": {"idle-timeout": "60s"}}, ZONES,
            prefix=["prlimit", "--nofile=64:64"])
        self.start(daemon)
        first = self.stream(daemon)
        self.assert_served(first)
        crowd = [self.stream(daemon) for _ in range(80)]
        self.assert_served(crowd[-1])
        self.assertIsNone(first.receive())
        self.assertEqual(self.ask(daemon, NAME).find("A"), ["10.0.0.7"])
        self.assertLess(open_files(daemon.running.pid), 64)
        self.assert_served(crowd[-40])


class UpstreamStreamTests(StreamTests):
    def start_forwarder(self):
        daemon = self.start_server(workers=1)
        daemon.write_settings({"forward": [
            {"zone": ".", "servers": [self.upstream.endpoint], "transport": "tcp"}]})
        daemon.reload()
        return daemon

    def test_one_connection_serves_many_questions(self):
        """RFC 7766, section 6.2.1."""
        daemon = self.start_forwarder()
        for number in range(20):
            name = f"name{number}.example.com."
            self.upstream.on(name, Reply(f"{name} 60 A 198.51.100.{number}", delay=0.2))
        client = self.datagrams(daemon)
        for number in range(20):
            client.send(query(f"name{number}.example.com", id=number).encode())
        answers = [Message.decode(client.receive()[0]) for _ in range(20)]
        self.assertEqual({(answer.id, *answer.find("A")) for answer in answers},
                         {(number, f"198.51.100.{number}") for number in range(20)})
        self.assertLessEqual(len({seen.source for seen in self.upstream.seen}), 3)

    def test_a_connection_that_closes_under_a_question_is_no_answer(self):
        daemon = self.start_forwarder()
        self.upstream.on(
            "www.example.com.", Reply(close=True), Reply("www.example.com. 60 A 198.51.100.7"))
        self.assertEqual(self.ask(daemon, "www.example.com").find("A"), ["198.51.100.7"])
        self.assertEqual(len(self.upstream.asked("www.example.com.")), 2)


if __name__ == "__main__":
    unittest.main()
