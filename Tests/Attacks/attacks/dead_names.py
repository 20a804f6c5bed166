"""Names that no server answers: how long others wait for names that are not cached, and for local ones."""

import heapq
import random
import select
import socket
import threading
import time

from endtoend.message import query

DEAD = b"\4dead\0"
ROUND_TRIP = 0.02
RATE = 1000
SECONDS = 8
#: What a question without an answer counts as.
LOST = 10.0


class Server(threading.Thread):
    """Answers every name after a round trip, but those below `dead.`, which it ignores."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.ending = False

    def run(self):
        later, count = [], 0
        while not self.ending:
            now = time.monotonic()
            while later and later[0][0] <= now:
                _, _, octets, client = heapq.heappop(later)
                self.socket.sendto(octets, client)
            wait = min(0.1, later[0][0] - now) if later else 0.1
            if not select.select([self.socket], [], [], max(0, wait))[0]:
                continue
            octets, client = self.socket.recvfrom(4096)
            if DEAD not in octets.lower():
                count += 1
                heapq.heappush(later, (time.monotonic() + ROUND_TRIP, count, answer(octets), client))


def answer(octets):
    """An address for whatever is asked."""
    end = octets.index(0, 12) + 5
    record = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc6\x33\x64\x07"
    return octets[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + octets[12:end] + record


class Attack(threading.Thread):
    """Asks `RATE` new dead names a second, from as many addresses in turn."""

    def __init__(self, address, sources):
        super().__init__(daemon=True)
        self.sockets = []
        for number in range(sources):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.bind((f"127.0.1.{number + 1}", 0))
            made.connect(address)
            made.setblocking(False)
            self.sockets.append(made)
        self.ending = False
        self.sent = 0

    def run(self):
        began = time.monotonic()
        dice = random.Random(1)
        while not self.ending:
            while self.sent < (time.monotonic() - began) * RATE:
                octets = query(f"{dice.getrandbits(48):x}.zone.dead", id=self.sent & 0xFFFF).encode()
                client = self.sockets[self.sent % len(self.sockets)]
                client.send(octets)
                self.sent += 1
                try:
                    while True:
                        client.recv(4096)
                except BlockingIOError:
                    pass
            time.sleep(0.001)


class Others:
    """Clients that ask 50 names a second that are not cached, and 50 local ones."""

    def __init__(self, address):
        self.clients = []
        for number in range(4):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.bind((f"127.0.2.{number + 1}", 0))
            made.connect(address)
            made.setblocking(False)
            self.clients.append(made)

    def ask(self, seconds, prefix):
        """The waits for uncached and for local names, in seconds."""
        began, sent, waiting, waits = time.monotonic(), 0, {}, {"uncached": [], "local": []}
        while time.monotonic() < began + seconds or (waiting and time.monotonic() < began + seconds + 8):
            while sent < (time.monotonic() - began) * 100 and sent < seconds * 100:
                kind = "local" if sent % 2 else "uncached"
                name = "www.local.example" if sent % 2 else f"{prefix}{sent}.live.example"
                client = self.clients[sent % 4]
                client.send(query(name, id=sent).encode())
                waiting[sent] = (kind, time.monotonic())
                sent += 1
            for client in select.select(self.clients, [], [], 0.002)[0]:
                octets = client.recv(4096)
                kind, asked = waiting.pop(int.from_bytes(octets[:2], "big"), (None, 0))
                if kind:
                    isAnswered = octets[3] & 15 == 0 and octets[7] > 0
                    waits[kind].append(time.monotonic() - asked if isAnswered else LOST)
        for kind, _ in waiting.values():
            waits[kind].append(LOST)
        return waits


def percentile(waits, percent=99):
    waits = sorted(waits)
    return waits[min(len(waits) - 1, len(waits) * percent // 100)]


def run(start_daemon, report):
    """Measures without an attack, with one from one client, and with one from 64."""
    server = Server()
    server.start()
    daemon = start_daemon(
        {"listen": ["127.0.0.1:0"], "workers": 2, "access": {"allow": ["127.0.0.0/8"]},
         "forward": [{"zone": ".", "servers": [server.endpoint]}]},
        {"local.example": "@ 60 SOA ns admin 1 3600 300 86400 10\nwww 60 A 10.0.0.1\n"})
    address = (daemon.address, daemon.port)
    others = Others(address)
    others.ask(1, "w")
    usual = figures(others.ask(SECONDS, "q"))
    report("no attack", **usual)
    good = True
    for sources in (1, 64):
        attack = Attack(address, sources)
        attack.start()
        time.sleep(2)
        attacked = figures(others.ask(SECONDS, f"a{sources}-"))
        attack.ending = True
        attack.join()
        ratio = attacked["uncached_p99_ms"] / usual["uncached_p99_ms"]
        report(f"{RATE} dead names a second from {sources}", **attacked, ratio=round(ratio, 2), names=attack.sent)
        good = good and ratio <= 1.5 and attacked["lost"] == 0
        # What still waits is over.
        time.sleep(7)
    server.ending = True
    return good


def figures(waits):
    return {
        "uncached_p99_ms": round(percentile(waits["uncached"]) * 1000, 1),
        "uncached_median_ms": round(percentile(waits["uncached"], 50) * 1000, 1),
        "local_p99_ms": round(percentile(waits["local"]) * 1000, 1),
        "lost": sum(wait >= LOST for kind in waits.values() for wait in kind),
    }
