"""What TCP clients may ask for and the kernel may give: how long a connection may idle (RFC 7828), a query in the
first packet (RFC 7413), descriptors that are fewer than connections."""

import contextlib
import pathlib
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


class StreamOptionTests(EndToEndCase):
    def test_a_client_is_told_how_long_its_connection_may_idle_and_held_to_it(self):
        daemon = self.start_daemon({"tcp": {"idle-timeout": "500ms"}}, ZONES)
        client = self.stream(daemon)
        answer = client.ask(query("myregistry.privatelink.azurecr.io",
                                  options=Options(options=[(KEEPALIVE, b"")])))
        self.assertEqual(dict(answer.options.options)[KEEPALIVE], b"\0\5")
        self.assertIsNone(client.receive())

    def test_more_connections_than_descriptors_cost_no_question_its_answer(self):
        upstream = self.start_upstream()
        upstream.on("*.example.com.", lambda message, _: Reply(f"{message.question[0]} 60 A 198.51.100.7"))
        daemon = self.start_daemon(
            {"workers": 1, "forward": [{"zone": ".", "servers": [upstream.endpoint]}]}, ZONES,
            prefix=["prlimit", "--nofile=256:400"])
        daemon.running.wait_for_line(
            "may have 400 descriptors, so it accepts 300 TCP connections at a time, not the 10000")
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
