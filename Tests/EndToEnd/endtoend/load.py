"""A steady load of queries over UDP and TCP from one thread, and a check of every answer to them. Queries are
encoded before they are sent and equal answers are read once, so that one core drives some thousands a second."""

import random
import selectors
import socket
import struct
import threading
import time
from collections import Counter
from typing import NamedTuple

from .client import framed
from .message import Message, query

TURN = 0.004


class Question(NamedTuple):
    """What is asked, and what the check is told of it."""

    name: str
    type: str
    subject: object


class Waiting(NamedTuple):
    """A query whose answer has not come."""

    question: Question
    epoch: int
    sent: float


class Load:
    """Sends `rate` queries a second, each from `make()`, and calls `check(subject, answer, first, last)`: the answer
    as a message, and the epochs between which it was made; what it returns is kept as a failure."""

    def __init__(self, address, port, make, check, rate, streams=4, sockets=8, stream_share=0.3):
        self.make, self.check, self.rate, self.stream_share = make, check, rate, stream_share
        self.answered = Counter()
        self.failures = []
        self.slowest = 0.0
        #: Epochs: how many changes were begun, and how many of them are known to be complete.
        self.begun = self.completed = 0
        self._known = {}
        self._random = random.Random(1)
        self._selector = selectors.DefaultSelector()
        self._datagrams = [_Channel(_datagram_socket(address, port)) for _ in range(sockets)]
        self._streams = [_Channel(_stream_socket(address, port)) for _ in range(streams)]
        for channel in self._datagrams:
            self._selector.register(channel.socket, selectors.EVENT_READ, (self._read_datagrams, channel))
        for channel in self._streams:
            self._selector.register(channel.socket, selectors.EVENT_READ, (self._read_stream, channel))
        self._ending = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_):
        """Ends the sending, waits for what is still to come, and closes."""
        self._ending = True
        self._thread.join()
        for channel in self._datagrams + self._streams:
            channel.socket.close()

    @property
    def channels(self):
        return self._datagrams + self._streams

    def waiting(self):
        """The queries without an answer, at about this moment."""
        return [waiting for channel in self.channels for waiting in list(channel.waiting.values())]

    def measured_rate(self):
        """Answers a second while queries were sent."""
        return sum(self.answered.values()) / (self.ended - self.started)

    # The thread

    def _run(self):
        sent, patience = 0, 15
        while not self._ending:
            due = int((time.monotonic() - self.started) * self.rate)
            for _ in range(min(due - sent, 200)):
                self._send()
                sent += 1
            self._turn(TURN)
        self.ended = time.monotonic()
        while any(channel.waiting for channel in self.channels) and time.monotonic() < self.ended + patience:
            self._turn(0.1)

    def _turn(self, seconds):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                read, channel = key.data
                read(channel)

    def _send(self):
        over_stream = self._random.random() < self.stream_share
        channel = self._random.choice(self._streams if over_stream else self._datagrams)
        question = self.make()
        channel.number = channel.number + 1 & 0xFFFF
        octets = query(question.name, question.type, id=channel.number).encode()
        channel.waiting[channel.number] = Waiting(question, self.completed, time.monotonic())
        channel.socket.send(framed(octets) if over_stream else octets)

    def _read_datagrams(self, channel):
        while True:
            try:
                octets = channel.socket.recv(65535)
            except BlockingIOError:
                return
            self._take(channel, octets, "udp")

    def _read_stream(self, channel):
        more = channel.socket.recv(1 << 18)
        if not more:
            self._selector.unregister(channel.socket)
            self.failures.append("a connection was closed")
            return
        channel.pending += more
        while len(channel.pending) >= 2:
            length = channel.pending[0] << 8 | channel.pending[1]
            if len(channel.pending) < 2 + length:
                return
            octets = channel.pending[2:2 + length]
            channel.pending = channel.pending[2 + length:]
            self._take(channel, octets, "tcp")

    def _take(self, channel, octets, transport):
        last = self.begun
        number = struct.unpack("!H", octets[:2])[0]
        waiting = channel.waiting.pop(number, None)
        if waiting is None:
            self.failures.append(f"an answer that nobody waits for: {octets.hex()}")
            return
        question = waiting.question
        self.slowest = max(self.slowest, time.monotonic() - waiting.sent)
        answer = self._decoded(octets)
        if answer.question != (question.name, question.type):
            self.failures.append(f"asked for {question}, answered {answer}")
        elif failure := self.check(question.subject, answer, waiting.epoch, last):
            self.failures.append(f"{question} over {transport}: {failure}")
        self.answered[transport] += 1

    def _decoded(self, octets):
        key = octets[2:]
        answer = self._known.get(key)
        if answer is None:
            answer = Message.decode(octets)
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[key] = answer
        return answer


class _Channel:
    """A socket and the queries on it, by number."""

    def __init__(self, its_socket):
        self.socket = its_socket
        self.waiting = {}
        self.number = 0
        self.pending = b""


def _datagram_socket(address, port):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    made.connect((address, port))
    made.setblocking(False)
    return made


def _stream_socket(address, port):
    made = socket.create_connection((address, port), timeout=15)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
