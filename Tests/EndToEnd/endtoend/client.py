"""Clients that say exactly what a test wants said, octet by octet, over UDP and TCP."""

import socket
import struct

from .message import Message

PATIENCE = 15


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Datagrams:
    """A UDP client; not connected, so that it sees from which address an answer comes."""

    def __init__(self, server, port, source=None):
        self.server = (server, port)
        self.socket = socket.socket(family(server), socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.bind((source or ("::" if ":" in server else "0.0.0.0"), 0))

    def send(self, octets):
        self.socket.sendto(octets, self.server)

    def receive(self):
        """The next datagram and its source's address and port."""
        octets, source = self.socket.recvfrom(65535)
        return octets, source[:2]

    def ask(self, message):
        """The answer to a query, which must come from where it was sent to."""
        self.send(message.encode())
        octets, source = self.receive()
        if source != self.server:
            raise AssertionError(f"asked {self.server}, answered by {source}")
        return Message.decode(octets)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Stream:
    """A TCP client."""

    def __init__(self, server, port, source=None, receive_buffer=None):
        self.socket = socket.socket(family(server), socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source is not None:
            self.socket.bind((source, 0))
        self.socket.connect((server, port))
        self._pending = b""

    def send(self, octets):
        """Octets as they are."""
        self.socket.sendall(octets)

    def send_message(self, message):
        """A message behind its length (RFC 1035, section 4.2.2)."""
        self.send(framed(message))

    def receive_octets(self):
        """The next message's octets; None when the server has closed."""
        while True:
            if len(self._pending) >= 2:
                length = struct.unpack("!H", self._pending[:2])[0]
                if len(self._pending) >= 2 + length:
                    octets = self._pending[2:2 + length]
                    self._pending = self._pending[2 + length:]
                    return octets
            more = self.socket.recv(65535)
            if not more:
                if self._pending:
                    raise AssertionError("the server closed in the middle of a message")
                return None
            self._pending += more

    def receive(self):
        """The next message; None when the server has closed."""
        octets = self.receive_octets()
        return None if octets is None else Message.decode(octets)

    def ask(self, message):
        self.send_message(message)
        return self.receive()

    def end_sending(self):
        """A half-close: nothing more is asked, answers are awaited."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def framed(message):
    """A message, or octets, behind a length."""
    octets = message.encode() if isinstance(message, Message) else message
    return struct.pack("!H", len(octets)) + octets
