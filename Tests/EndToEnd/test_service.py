"""The daemon under a service manager: what it tells it, and how it ends."""

import ctypes
import os
import pathlib
import signal
import socket
import unittest

from endtoend.case import REGISTRY_ZONE, EndToEndCase
from endtoend.message import query
from endtoend.upstream import Reply

ORIGIN = "privatelink.azurecr.io"


class ServiceManager:
    """The socket that a service manager listens to (sd_notify(3))."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(15)
        self.socket.bind(self.path)

    def next(self):
        """The next datagram's variables."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def close(self):
        self.socket.close()


class Frozen:
    """Stops one thread of another process by ptrace(2), and lets it go."""

    ATTACH, DETACH, WALL = 16, 17, 0x40000000

    def __init__(self, thread):
        self.thread = thread
        self.library = ctypes.CDLL(None, use_errno=True)
        self.library.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def trace(self, request):
        if self.library.ptrace(request, self.thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def __enter__(self):
        self.trace(self.ATTACH)
        os.waitpid(self.thread, self.WALL)

    def __exit__(self, *_):
        self.trace(self.DETACH)


class ServiceTests(EndToEndCase):
    def start_service(self, environment=None, **settings):
        self.manager = ServiceManager(self.directory / "notify.sock")
        self.addCleanup(self.manager.close)
        return self.start_daemon(
            settings, {ORIGIN: REGISTRY_ZONE},
            environment={"NOTIFY_SOCKET": self.manager.path,
                         "STATE_DIRECTORY": str(self.directory / "state"), **(environment or {})})

    def test_the_watchdog_is_fed_until_it_is_stopped(self):
        daemon = self.start_service({"WATCHDOG_USEC": "400000"})
        self.assertEqual(self.manager.next(), {"READY": "1"})
        for _ in range(5):
            self.assertEqual(self.manager.next(), {"WATCHDOG": "1"})
        daemon.stop()

    def test_the_watchdog_is_not_fed_while_a_worker_hangs(self):
        daemon = self.start_service({"WATCHDOG_USEC": "400000"})
        self.assertEqual(self.manager.next(), {"READY": "1"})
        self.assertEqual(self.manager.next(), {"WATCHDOG": "1"})
        workers = [task for task in pathlib.Path(f"/proc/{daemon.running.pid}/task").iterdir()
                   if (task / "comm").read_text().startswith("worker")]
        with Frozen(int(workers[0].name)):
            # One that the worker was asked for before may be under way.
            self.manager.socket.settimeout(1)
            with self.assertRaises(TimeoutError):
                for _ in range(3):
                    self.manager.next()
        self.manager.socket.settimeout(15)
        self.assertEqual(self.manager.next(), {"WATCHDOG": "1"})

    def test_the_watchdog_of_another_process_is_not_fed(self):
        daemon = self.start_service({"WATCHDOG_USEC": "400000", "WATCHDOG_PID": "1"})
        self.assertEqual(self.manager.next(), {"READY": "1"})
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.manager.next()["STOPPING"], "1")

    def test_ready_reloading_ready_stopping(self):
        daemon = self.start_service()
        self.assertEqual(self.manager.next(), {"READY": "1"})
        daemon.running.send_signal(signal.SIGHUP)
        reloading = self.manager.next()
        self.assertEqual(reloading["RELOADING"], "1")
        self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
        self.assertEqual(self.manager.next(), {"READY": "1"})
        self.assertEqual(daemon.stop(), 0)
        stopping = self.manager.next()
        self.assertEqual(stopping["STOPPING"], "1")
        # The grace, and what the last replies take.
        self.assertEqual(stopping["EXTEND_TIMEOUT_USEC"], "8000000")

    def test_ready_means_that_queries_are_answered(self):
        daemon = self.start_service(listen=["127.0.0.1:0"])
        self.manager.next()
        self.assertEqual(self.ask(daemon, f"myregistry.{ORIGIN}").find("A"), ["10.0.0.7"])

    def test_the_state_directory_of_the_manager_holds_the_copies(self):
        self.start_service()
        copy = self.directory / "state" / f"{ORIGIN}.zone"
        self.wait_until(copy.exists, "a last good copy")

    def test_signals_that_end_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                daemon = self.start_daemon(zones={ORIGIN: REGISTRY_ZONE}, name=number.name)
                client = self.stream(daemon)
                self.assertEqual(client.ask(query(f"myregistry.{ORIGIN}")).find("A"), ["10.0.0.7"])
                daemon.running.send_signal(number)
                self.assertEqual(daemon.running.wait(), 0)
                self.assertFalse(daemon.control_socket.exists())

    def test_it_ends_while_questions_wait_for_servers(self):
        upstream = self.start_upstream()
        upstream.on("www.example.com.", Reply(drop=True))
        daemon = self.start_daemon({"forward": [{"zone": ".", "servers": [upstream.endpoint]}]})
        self.datagrams(daemon).send(query("www.example.com").encode())
        upstream.wait_until_asked("www.example.com.")
        self.assertEqual(daemon.stop(), 0)

    def test_it_may_start_again_at_once_on_the_same_port(self):
        daemon = self.start_daemon(zones={ORIGIN: REGISTRY_ZONE})
        client = self.stream(daemon)
        client.ask(query(f"myregistry.{ORIGIN}"))
        port = daemon.port
        daemon.write_settings({"listen": [f"127.0.0.1:{port}"]})
        daemon.running.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.running.wait(), 0)
        self.start(daemon)
        self.assertEqual(daemon.port, port)
        self.assertEqual(self.ask(daemon, f"myregistry.{ORIGIN}").find("A"), ["10.0.0.7"])


if __name__ == "__main__":
    unittest.main()
