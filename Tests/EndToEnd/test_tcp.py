"""TCP as the built daemon serves it (RFC 7766): thousands of idle connections at little memory each, limits that the
settings say, answers out of order, clients that end their half, and the first packet's query where the kernel has it."""

import contextlib
import pathlib
import resource
import socket
import struct
import unittest

from endtoend.case import EndToEndCase
from endtoend.client import Stream, framed
from endtoend.message import Message, Options, query
from endtoend.namespace import in_namespace
from endtoend.upstream import Reply

ZONES = {"privatelink.azurecr.io": "myregistry 10 A 10.0.0.7\n"}
QUERY = query("myregistry.privatelink.azurecr.io")
KEEPALIVE = 11
IDLE_CONNECTIONS = 10_000
#: What an idle connection may cost the daemon.
IDLE_OCTETS = 2_048


def resident(process_id):
    """The memory that a process has resident, in octets."""
    pages = pathlib.Path(f"/proc/{process_id}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


@contextlib.contextmanager
def descriptors(count):
    """Lets this process have so many open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count:
        raise unittest.SkipTest(f"this process may have {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class StreamTests(EndToEndCase):
    def test_answers_come_in_the_order_in_which_they_are_ready(self):
        upstream = self.start_upstream()
        upstream.on("slow.example.com.", Reply("slow.example.com. 60 A 198.51.100.7", delay=0.5))
        upstream.on("quick.example.com.", Reply("quick.example.com. 60 A 198.51.100.8", delay=0.1))
        daemon = self.start_resolver(upstream, workers=1)
        client = self.stream(daemon)
        client.send_message(query("slow.example.com", id=1))
        client.send_message(query("quick.example.com", id=2))
        client.send_message(query("myregistry.azurecr.io", id=3))
        client.end_sending()
        self.assertEqual([client.receive().id for _ in range(3)], [3, 2, 1])
        self.assertIsNone(client.receive())

    def test_a_client_is_told_how_long_its_connection_may_idle_and_held_to_it(self):
        daemon = self.start_daemon({"tcp": {"idle-timeout": "500ms"}}, ZONES)
        client = self.stream(daemon)
        answer = client.ask(query("myregistry.privatelink.azurecr.io",
                                  options=Options(options=[(KEEPALIVE, b"")])))
        self.assertEqual(dict(answer.options.options)[KEEPALIVE], b"\0\5")
        self.assertIsNone(client.receive())

    def test_a_client_has_no_more_connections_than_it_may(self):
        daemon = self.start_daemon({"workers": 1, "tcp": {"connections-per-client": 3}}, ZONES)
        other = self.stream(daemon, source="127.0.0.3")
        clients = [self.stream(daemon, source="127.0.0.2") for _ in range(4)]
        self.assertIsNone(clients[0].receive())
        for client in (other, *clients[1:]):
            self.assertEqual(client.ask(QUERY).find("A"), ["10.0.0.7"])

    def test_thousands_of_idle_connections_cost_little_and_the_oldest_makes_room(self):
        with descriptors(IDLE_CONNECTIONS + 500), contextlib.ExitStack() as stack:
            daemon = self.start_daemon(
                {"workers": 1, "tcp": {"connections": IDLE_CONNECTIONS, "idle-timeout": "10m"}}, ZONES)

            def connect(number):
                # Each address has its limit, and a TCP connection costs the daemon no port.
                source = f"127.0.{1 + number // 200}.1"
                client = stack.enter_context(Stream(daemon.address, daemon.port, source))
                self.assertEqual(client.ask(QUERY).find("A"), ["10.0.0.7"])
                return client

            oldest = connect(0)
            before = resident(daemon.running.pid)
            clients = [connect(number) for number in range(1, IDLE_CONNECTIONS)]
            after = resident(daemon.running.pid)
            each = (after - before) / len(clients)
            print(f"{each:.0f} octets for each of {len(clients)} idle connections")
            self.assertLessEqual(each, IDLE_OCTETS)
            newest = connect(IDLE_CONNECTIONS)
            self.assertIsNone(oldest.receive())
            self.assertEqual(newest.ask(QUERY).find("A"), ["10.0.0.7"])
            self.assertEqual(clients[-1].ask(QUERY).find("A"), ["10.0.0.7"])

    def test_the_descriptor_limit_is_raised_at_the_start(self):
        daemon = self.start_daemon(zones=ZONES, prefix=["prlimit", "--nofile=256:4096"])
        limits = pathlib.Path(f"/proc/{daemon.running.pid}/limits").read_text()
        self.assertRegex(limits, r"Max open files +4096 +4096 ")
        daemon.running.wait_for_line(
            r"may have 4096 descriptors, so that it takes 3072 TCP connections at a time and not the 10000")

    def test_more_connections_than_descriptors_cost_no_question_its_answer(self):
        upstream = self.start_upstream()
        upstream.on("*.example.com.", lambda message, _: Reply(f"{message.question[0]} 60 A 198.51.100.7"))
        daemon = self.start_daemon(
            {"workers": 1, "forward": [{"zone": ".", "servers": [upstream.endpoint]}]}, ZONES,
            prefix=["prlimit", "--nofile=400:400"])
        with contextlib.ExitStack() as stack:
            for number in range(600):
                client = stack.enter_context(
                    Stream(daemon.address, daemon.port, f"127.0.{1 + number // 100}.1"))
                self.assertEqual(client.ask(QUERY).find("A"), ["10.0.0.7"])
            for number in range(50):
                answer = self.ask(daemon, f"host{number}.example.com")
                self.assertEqual(answer.find("A"), ["198.51.100.7"])

    @in_namespace()
    def test_a_query_in_the_first_packet_is_answered(self):
        setting = pathlib.Path("/proc/sys/net/ipv4/tcp_fastopen")
        if not setting.exists():
            self.skipTest("the kernel has no TCP Fast Open")
        setting.write_text("3\n")
        daemon = self.start_daemon(zones=ZONES)
        # The first connection gets the kernel's cookie, later ones carry their query in the first packet.
        for _ in range(3):
            with socket.socket() as client:
                # A timeout of Python's would make the socket one that does not block.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 15, 0))
                client.sendto(framed(QUERY), socket.MSG_FASTOPEN, (daemon.address, daemon.port))
                length = int.from_bytes(client.recv(2, socket.MSG_WAITALL), "big")
                answer = Message.decode(client.recv(length, socket.MSG_WAITALL))
                self.assertEqual(answer.find("A"), ["10.0.0.7"])
        self.assertGreaterEqual(fast_open_count(), 2)


def fast_open_count():
    """Connections that the kernel has taken with a query in their first packet."""
    lines = [line.split() for line in pathlib.Path("/proc/net/netstat").read_text().splitlines()
             if line.startswith("TcpExt:")]
    return int(dict(zip(*lines))["TCPFastOpenPassive"])


if __name__ == "__main__":
    unittest.main()
