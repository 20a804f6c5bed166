"""A server upstream that does what a test's script says: answer, wait, keep silent, truncate, refuse, lie. One
thread, its own sockets on one port for UDP and TCP, and a list of all that it was asked."""

import heapq
import itertools
import multiprocessing
import selectors
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Callable, NamedTuple

from .client import family
from .message import Message, Options, records


@dataclass
class Reply:
    """What the server does with a query."""

    answer: str = ""
    rcode: str = "NOERROR"
    authority: str = ""
    flags: tuple = ()
    delay: float = 0.0
    #: Nothing is said; over TCP the connection stays open.
    drop: bool = False
    #: Over UDP the reply is empty and says TC.
    truncate: bool = False
    #: Over TCP the connection is closed in place of a reply.
    close: bool = False
    #: The last word on the octets, given the query's.
    change: Callable[[bytes, bytes], bytes] = None
    options: Options = field(default_factory=Options)


class Seen(NamedTuple):
    """A query as the server got it."""

    #: In lower case; `message` has it as it was asked.
    name: str
    type: str
    transport: str
    message: Message
    source: tuple
    at: float


REFUSAL = Reply(rcode="REFUSED")


class Upstream:
    """The server. `script` maps names, or `*.NAME` for all below one, to replies; several replies for a name are
    used in turn, and the last one again and again. A reply may be made by a function of the query and transport."""

    def __init__(self, address="127.0.0.1", port=0):
        self.address = address
        self.seen = []
        #: What the daemon asks every server of its own accord, to notice those that lead back to it.
        self.probes = []
        self._script = {}
        self._changed = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._later = []
        self._numbers = itertools.count()
        self._open(address, port)
        self._waker, self._wakened = socket.socketpair()
        self._selector.register(self._wakened, selectors.EVENT_READ, self._stop)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _open(self, address, port):
        for _ in range(16):
            self._datagrams = socket.socket(family(address), socket.SOCK_DGRAM)
            self._datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            self._datagrams.bind((address, port))
            self.port = self._datagrams.getsockname()[1]
            self._listener = socket.socket(family(address), socket.SOCK_STREAM)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self._listener.bind((address, self.port))
                break
            except OSError:
                # A port that the system chose for UDP may be taken for TCP.
                self._datagrams.close()
                self._listener.close()
                if port:
                    raise
        self._listener.listen(128)
        for each, action in ((self._datagrams, self._read_datagrams), (self._listener, self._accept)):
            each.setblocking(False)
            self._selector.register(each, selectors.EVENT_READ, action)

    @property
    def endpoint(self):
        """The address and port as a setting has it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    # The script

    def on(self, name, *replies, type=None):
        """Says what a name, or `*.NAME`, gets; with a type, for that type alone."""
        replies = [Reply(reply) if isinstance(reply, str) else reply for reply in replies]
        with self._changed:
            self._script[name.lower(), type] = replies

    def _reply_for(self, message, transport):
        name, kind = message.question
        name = name.lower()
        names = [name] + ["*." + name.split(".", count)[count] for count in range(1, name.count(".") + 1)]
        for key in itertools.product(names, (kind, None)):
            if replies := self._script.get(key):
                reply = replies.pop(0) if len(replies) > 1 else replies[0]
                return reply(message, transport) if callable(reply) else reply
        return REFUSAL

    def asked(self, name, kind=None):
        """The queries for a name, so far."""
        with self._changed:
            return [seen for seen in self.seen
                    if seen.name == name.lower() and kind in (None, seen.type)]

    def wait_until_asked(self, name, count=1, patience=15):
        """Waits for a number of queries for a name."""
        deadline = time.monotonic() + patience
        with self._changed:
            while sum(seen.name == name.lower() for seen in self.seen) < count:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{self.endpoint} was not asked for {name} {count} times")
                self._changed.wait(left)

    def forget(self):
        """Empties the list of what was asked."""
        with self._changed:
            self.seen.clear()

    # The loop

    def stop(self):
        if self._stopping:
            return
        self._stopping = True
        self._waker.send(b".")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._waker.close()

    def _stop(self, _):
        self._wakened.recv(16)

    def _run(self):
        while not self._stopping:
            wait = self._later[0][0] - time.monotonic() if self._later else None
            for key, _ in self._selector.select(None if wait is None else max(0, wait)):
                key.data(key.fileobj)
            while self._later and self._later[0][0] <= time.monotonic():
                heapq.heappop(self._later)[2]()

    def _read_datagrams(self, listening):
        while True:
            try:
                octets, source = listening.recvfrom(65535)
            except BlockingIOError:
                return
            self._answer(octets, "udp", source, lambda reply, to=source: listening.sendto(reply, to))

    def _accept(self, listener):
        connection, source = listener.accept()
        connection.setblocking(False)
        pending = bytearray()

        def read(connection):
            try:
                more = connection.recv(65535)
            except OSError:
                more = b""
            if not more:
                return self._close(connection)
            pending.extend(more)
            while len(pending) >= 2 and len(pending) >= 2 + (length := pending[0] << 8 | pending[1]):
                octets = bytes(pending[2:2 + length])
                del pending[:2 + length]
                self._answer(octets, "tcp", source, lambda reply: self._send(connection, reply))

        self._selector.register(connection, selectors.EVENT_READ, read)

    def _close(self, connection):
        if connection.fileno() >= 0:
            self._selector.unregister(connection)
            connection.close()

    def _send(self, connection, octets):
        if octets is None or connection.fileno() < 0:
            return self._close(connection)
        connection.setblocking(True)
        try:
            connection.sendall(struct.pack("!H", len(octets)) + octets)
        except OSError:
            return self._close(connection)
        connection.setblocking(False)

    def _answer(self, octets, transport, source, send):
        message = Message.decode(octets)
        name, kind = message.question
        seen = Seen(name.lower(), kind, transport, message, source[:2], time.monotonic())
        with self._changed:
            (self.probes if seen.name.startswith("loop-probe-") else self.seen).append(seen)
            reply = self._reply_for(message, transport)
            self._changed.notify_all()
        if reply.drop or (reply.close and transport == "udp"):
            return
        made = None if reply.close else _made(reply, message, octets, transport)
        if reply.delay:
            entry = (time.monotonic() + reply.delay, next(self._numbers), lambda: send(made))
            return heapq.heappush(self._later, entry)
        send(made)


class SeparateUpstream:
    """A server with a fixed script in a process of its own, for a test that has much else to do. `script` maps names
    to functions or replies, as `Upstream.on` takes them; what was asked is not told."""

    def __init__(self, script):
        fork = multiprocessing.get_context("fork")
        self._ours, theirs = fork.Pipe()
        self._process = fork.Process(target=self._serve, args=(script, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.endpoint = self._ours.recv()

    def _serve(self, script, theirs):
        self._ours.close()
        upstream = Upstream()
        for name, reply in script.items():
            upstream.on(name, reply)
        theirs.send(upstream.endpoint)
        try:
            theirs.recv()
        except EOFError:
            upstream.stop()

    def stop(self):
        self._ours.close()
        self._process.join()


def _made(reply, query, octets, transport):
    message = Message(
        id=query.id, flags={"qr", "ra", *reply.flags} | query.flags & {"rd", "cd"}, rcode=reply.rcode,
        question=query.question, question_class=query.question_class,
        options=reply.options if query.options else None)
    if reply.truncate and transport == "udp":
        message.flags.add("tc")
    else:
        message.answer = records(reply.answer)
        message.authority = records(reply.authority)
    made = message.encode()
    return reply.change(made, octets) if reply.change else made
