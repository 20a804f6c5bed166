"""The daemon under everything at once, round after round.

In each round it is asked for local names and for new ones at fixed rates and for as many as it can give
over connections, and something happens to it meanwhile. No answer may be wrong or missing, whatever that is. Memory
and descriptors are held against what they were at the end of the first quarter, when a small cache is full.
"""

import argparse
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time

from harness import peers, processes
from harness.data import PUBLIC, Registries
from harness.servers import Scene
from harness.toolbox import ROOT, Toolbox, enter_own_network

LOCAL_RATE, NEW_RATE = 2_000, 1_500
ROUND_SECONDS = 5
GROWTH_OCTETS, GROWTH_DESCRIPTORS = 12 << 20, 64


class Wrong(Exception):
    """Something that must never happen."""


class Soak:
    def __init__(self, toolbox, seed):
        self.toolbox = toolbox
        self.random = random.Random(seed)
        self.ports = [processes.free_port(), processes.free_port()]
        self.upstreams = [toolbox.standin(port) for port in self.ports]
        scene = Scene(
            Registries(1_000, toolbox.directory / "data"), self.ports, workers=2, cache_size="4MiB"
        )
        self.server = peers.PrivateLinkDaemon(toolbox, scene, toolbox.directory / "servers/soak")
        self.version = 0

    # What happens in a round.

    def nothing(self):
        """Nothing."""

    def new_zone(self):
        """The zone changes and is loaded again, five times."""
        for _ in range(5):
            self.version = 1 - self.version
            self.server.place_zone(self.version)
            self.reload()

    def new_settings(self):
        """The settings change the order of the servers and are loaded again, five times."""
        path = self.server.directory / "privatelinkd.yaml"
        for _ in range(5):
            first, second = (f'"127.0.0.1:{port}"' for port in self.ports)
            text = path.read_text()
            there = f"[{first}, {second}]" in text
            old, new = (first, second), (second, first)
            if not there:
                old, new = new, old
            path.write_text(text.replace(f"[{', '.join(old)}]", f"[{', '.join(new)}]"))
            self.reload()

    def broken_zone(self):
        """The zone's file is broken, which a reload refuses, and mended."""
        path = self.server.zone_path()
        whole = path.read_bytes()
        path.write_bytes(whole + b"broken IN A 10.0.0\n")
        if self.control("reload").returncode == 0:
            raise Wrong("a broken zone was loaded")
        path.write_bytes(whole)
        self.reload()

    def silent_server(self):
        """One of the two servers falls silent, and is started again."""
        self.upstreams[0].send_signal(signal.SIGUSR1)
        time.sleep(ROUND_SECONDS / 2)
        self.restart_server(0)

    def dead_server(self):
        """One of the two servers ends, and is started again."""
        number = self.random.randrange(2)
        processes.stop(self.upstreams[number])
        time.sleep(ROUND_SECONDS / 2)
        self.restart_server(number)

    def flush(self):
        """The cache is emptied, and the daemon is asked how it is, twenty times."""
        for _ in range(20):
            for command in (["flush"], ["status"], ["stats"], ["explain", f"soak.{PUBLIC}"]):
                self.control(*command)

    def rubbish(self):
        """Ten thousand datagrams that are no queries, or broken ones."""
        query = bytes.fromhex("12340100000100000000000103777777076578616d706c6503636f6d0000010001")
        query += bytes.fromhex("0000291000000000000000")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for number in range(10_000):
                octets = bytearray(query)
                for _ in range(self.random.randrange(1, 6)):
                    octets[self.random.randrange(len(octets))] = self.random.randrange(256)
                cut = self.random.randrange(len(octets) + 1)
                client.sendto(octets[:cut], ("127.0.0.1", self.server.port))
                if number % 100 == 0:
                    time.sleep(0.01)

    def half_connections(self):
        """Two hundred connections that send a part of a message and stay, then go."""
        clients = []
        for _ in range(200):
            client = socket.create_connection(("127.0.0.1", self.server.port), 5)
            client.sendall(b"\x00\x40" + os.urandom(self.random.randrange(0, 40)))
            clients.append(client)
        time.sleep(ROUND_SECONDS / 2)
        for client in clients:
            client.close()

    EVENTS = (
        nothing,
        new_zone,
        silent_server,
        rubbish,
        new_settings,
        dead_server,
        half_connections,
        broken_zone,
        flush,
    )

    # Parts of them.

    def control(self, *command):
        program = self.toolbox.daemon("privatelinkctl")
        where = ["--socket", self.server.directory / "control.sock"]
        return subprocess.run(
            [program, *where, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )

    def reload(self):
        done = self.control("reload")
        if done.returncode != 0:
            raise Wrong(f"a reload failed: {done.stdout.decode()}{done.stderr.decode()}")

    def restart_server(self, number):
        processes.stop(self.upstreams[number])
        self.upstreams[number] = self.toolbox.standin(self.ports[number])

    # Rounds.

    def begin_load(self, name, manner, options):
        report = self.server.directory / f"{name}.json"
        report.write_bytes(b"")
        options = [*options, "--seconds", ROUND_SECONDS, "--seed", self.random.randrange(1 << 30)]
        command = self.toolbox.load_command(manner, self.server, options)
        return name, report, processes.start(command, {processes.LOAD_CORE}, report)

    def round(self, event):
        local = self.server.local_questions()
        fresh = ["--unique", f"n{self.random.randrange(1 << 40):x}.example.com"]
        limits = ["--timeout", 4, "--clients", 4]
        loads = [
            self.begin_load("local", "rate", [*local, "--rate", LOCAL_RATE, *limits]),
            self.begin_load("new", "rate", [*fresh, "--rate", NEW_RATE, *limits]),
            self.begin_load("tcp", "tcp", [*local, "--clients", 4, "--window", 4]),
        ]
        event(self)
        figures = {}
        for name, report, process in loads:
            process.wait(ROUND_SECONDS + 30)
            processes.running.remove(process)
            tally = self.toolbox.parse(report)
            figures[name] = tally["answers"]
            if tally["lost"] or tally["wrong"] or not tally["answers"]:
                raise Wrong(f"{name} names: {tally}")
        return figures

    def state(self):
        pid = self.server.process.pid
        if self.server.process.poll() is not None:
            raise Wrong(f"the daemon ended: {self.server.log.read_text(errors='replace')[-2000:]}")
        return processes.resident_octets(pid), len(os.listdir(f"/proc/{pid}/fd"))

    def run(self, rounds):
        print("round  local    new      tcp   memory  descriptors  what happened", flush=True)
        self.server.start(cores={processes.SERVER_CORE, processes.LOAD_CORE})
        self.server.await_answer(self.server.local_questions())
        quarter = None
        for number in range(rounds):
            event = self.EVENTS[number % len(self.EVENTS)]
            figures = self.round(event)
            memory, descriptors = self.state()
            print(
                f"{number + 1:5} {figures['local']:6} {figures['new']:6} {figures['tcp']:8}"
                f" {memory / (1 << 20):5.0f} MB {descriptors:12}  {event.__doc__}",
                flush=True,
            )
            if number + 1 == max(rounds // 4, 2):
                quarter = memory, descriptors
            elif quarter and memory > quarter[0] + GROWTH_OCTETS:
                raise Wrong(f"memory grew from {quarter[0]} to {memory} octets")
            elif quarter and descriptors > quarter[1] + GROWTH_DESCRIPTORS:
                raise Wrong(f"descriptors grew from {quarter[1]} to {descriptors}")

    def stop(self):
        self.server.stop()
        processes.stop_all()


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description="Runs the daemon under load while things happen to it, on loopback alone. "
        "Needs two cores.",
    )
    parser.add_argument("--seconds", type=int, default=1_800, help="about how long (1800)")
    parser.add_argument("--seed", type=int, default=1, help="of what is random (1)")
    parser.add_argument("--binaries", help="directory with release builds of the programs")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    toolbox = Toolbox(ROOT / ".build/soak", options.binaries)
    if not options.inside:
        subprocess.run([ROOT / "scripts/setup", "cost"], check=True)
        toolbox.build()
        toolbox.build_daemon()
        sys.argv += ["--binaries", str(toolbox.daemons)]
        enter_own_network(sys.argv)
    soak = Soak(toolbox, options.seed)
    begun = time.monotonic()
    try:
        soak.run(max(2, options.seconds // ROUND_SECONDS))
    except Wrong as fault:
        print(f"{fault}\nlog: {pathlib.Path(soak.server.log)}")
        return 1
    finally:
        soak.stop()
    print(f"sound for {time.monotonic() - begun:.0f} s")
    return 0
