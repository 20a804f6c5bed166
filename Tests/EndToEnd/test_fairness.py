"""Clients that keep a worker busy, and what others notice of them: next to nothing."""

import select
import signal
import threading
import time
import unittest

from endtoend.case import EndToEndCase
from endtoend.client import Datagrams, framed
from endtoend.message import query

NAME = "myregistry.privatelink.azurecr.io"
ZONES = {"privatelink.azurecr.io": "myregistry 10 A 10.0.0.7\n"}
CONNECTIONS = 100
MESSAGES = 1500


class FairnessTests(EndToEndCase):
    def test_a_datagram_does_not_wait_for_all_that_connections_have_to_ask(self):
        daemon = self.start_daemon({"listen": ["127.0.0.1:0"], "workers": 1}, ZONES)
        streams = [self.stream(daemon).socket for _ in range(CONNECTIONS)]
        # The kernel decides who comes first; in five rounds the datagram is not always among them.
        for _ in range(5):
            waited, all_waited = self.ask_all_at_once(daemon, streams)
            self.assertLess(waited, all_waited / 4)

    def ask_all_at_once(self, daemon, streams):
        """Seconds until a datagram's answer, and until the last of many connections' answers."""
        # Stopped, so that all is there at once, the datagram last.
        daemon.running.send_signal(signal.SIGSTOP)
        for stream in streams:
            stream.sendall(framed(query(NAME)) * MESSAGES)
        with Datagrams(daemon.address, daemon.port) as client:
            client.send(query(NAME).encode())
            reader = Reader(streams)
            reader.start()
            began = time.monotonic()
            daemon.running.send_signal(signal.SIGCONT)
            client.receive()
            waited = time.monotonic() - began
        reader.join()
        self.assertGreater(reader.octets, CONNECTIONS * MESSAGES * len(query(NAME).encode()))
        return waited, reader.ended - began


class Reader(threading.Thread):
    """Reads what connections get until all have been silent for a while."""

    def __init__(self, streams):
        super().__init__()
        self.streams = streams
        self.octets = 0
        self.ended = 0.0

    def run(self):
        while ready := select.select(self.streams, [], [], 1)[0]:
            for stream in ready:
                self.octets += len(stream.recv(1 << 20))
            self.ended = time.monotonic()


if __name__ == "__main__":
    unittest.main()
