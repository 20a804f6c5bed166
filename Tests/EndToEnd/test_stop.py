"""How the daemon ends: what waits is answered or gets SERVFAIL, connections end in order, and the exit status says
why a start failed."""

import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from endtoend import programs
from endtoend.case import REGISTRY_ZONE, EndToEndCase
from endtoend.daemon import SOA
from endtoend.message import Message, query
from endtoend.upstream import Reply

SILENT = "silent.example.com."


class StopCase(EndToEndCase):
    def start_forwarder(self, **settings):
        self.upstream = self.start_upstream()
        self.upstream.on(SILENT, Reply(drop=True))
        return self.start_daemon(
            {"forward": [{"zone": ".", "servers": [self.upstream.endpoint]}], **settings},
            {"a.example": SOA + "www A 10.0.0.1\n"})

    def wait(self, daemon, name=SILENT):
        """A client whose question waits for the server."""
        client = self.datagrams(daemon)
        client.send(query(name.rstrip(".")).encode())
        self.upstream.wait_until_asked(name)
        return client

    def term(self, daemon):
        self.ended = time.monotonic()
        daemon.running.send_signal(signal.SIGTERM)

    def assert_ended(self, daemon, within):
        self.assertEqual(daemon.running.wait(), 0)
        self.assertLess(time.monotonic() - self.ended, within)


class GraceTests(StopCase):
    def test_all_that_waits_is_answered_and_connections_end_in_order(self):
        daemon = self.start_forwarder()
        names = [f"n{number}.example.com" for number in range(200)]
        self.upstream.on("*.example.com.", lambda message, _: Reply(
            f"{message.question[0]} 60 A 198.51.100.7", delay=1.5))
        client, idle = self.datagrams(daemon), self.stream(daemon)
        streams = [self.stream(daemon) for _ in range(4)]
        self.assertEqual(idle.ask(query("www.a.example")).find("A"), ["10.0.0.1"])
        for number, name in enumerate(names):
            message = query(name, id=number)
            client.send(message.encode()) if number % 2 else streams[number // 2 % 4].send_message(message)
        for name in names:
            self.upstream.wait_until_asked(f"{name}.")
        self.term(daemon)
        answers = [Message.decode(client.receive()[0]) for _ in names[1::2]]
        for stream in streams:
            answers += [stream.receive() for _ in range(25)]
            self.assertIsNone(stream.receive())
            stream.close()
        self.assertIsNone(idle.receive())
        idle.close()
        self.assertEqual(sorted(answer.id for answer in answers), list(range(200)))
        self.assertEqual({answer.rcode for answer in answers}, {"NOERROR"})
        self.assert_ended(daemon, within=5)

    def test_what_no_server_answers_gets_servfail_when_the_grace_is_over(self):
        daemon = self.start_forwarder(stop={"grace": "700ms"})
        client, stream = self.wait(daemon), self.stream(daemon)
        stream.send_message(query(SILENT.rstrip("."), "AAAA"))
        self.wait_until(lambda: daemon.told("stats")[0]["pending_questions"] == 2, "both wait")
        self.term(daemon)
        self.assertEqual(Message.decode(client.receive()[0]).rcode, "SERVFAIL")
        self.assertGreater(time.monotonic() - self.ended, 0.6)
        self.assertEqual(stream.receive().rcode, "SERVFAIL")
        self.assertIsNone(stream.receive())
        self.assert_ended(daemon, within=3)

    def test_a_client_that_does_not_close_its_side_delays_nothing_for_long(self):
        daemon = self.start_forwarder(stop={"grace": "20s"})
        stream = self.stream(daemon)
        stream.ask(query("www.a.example"))
        self.term(daemon)
        self.assertIsNone(stream.receive())
        self.assert_ended(daemon, within=2)

    def test_it_goes_on_reading_and_answering_meanwhile(self):
        daemon = self.start_forwarder(stop={"grace": "1500ms"})
        self.upstream.on("slow.example.com.", Reply("slow.example.com. 60 A 198.51.100.7", delay=0.3))
        self.wait(daemon)
        self.term(daemon)
        daemon.running.wait_for_line("stopping")
        # From many ports, so that each worker is asked.
        for _ in range(20):
            self.assertEqual(self.ask(daemon, "www.a.example").find("A"), ["10.0.0.1"])
        self.assertEqual(self.stream(daemon).ask(query("www.a.example")).find("A"), ["10.0.0.1"])
        self.assertEqual(self.ask(daemon, "slow.example.com").find("A"), ["198.51.100.7"])
        late = self.stream(daemon)
        self.assertEqual(late.ask(query(SILENT.rstrip("."), "TXT")).rcode, "SERVFAIL")
        self.assertGreater(time.monotonic() - self.ended, 1.4)
        self.assert_ended(daemon, within=4)

    def test_a_second_signal_ends_it_at_once(self):
        daemon = self.start_forwarder(stop={"grace": "60s", "delay": "60s"})
        self.wait(daemon)
        self.term(daemon)
        daemon.running.wait_for_line("stopping in 60000 ms")
        daemon.running.send_signal(signal.SIGTERM)
        self.assert_ended(daemon, within=5)


class DelayTests(StopCase):
    def readiness(self, address):
        try:
            with urllib.request.urlopen(f"http://{address}/readyz", timeout=10) as page:
                return page.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_a_load_balancer_learns_of_the_end_before_it_comes(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{holder.getsockname()[1]}"
        daemon = self.start_forwarder(stop={"delay": "1s"}, metrics={"listen": address})
        self.assertEqual(self.readiness(address), 200)
        self.term(daemon)
        self.wait_until(lambda: self.readiness(address) == 503, "503")
        self.assertFalse(daemon.status()["ready"])
        self.assertEqual(self.ask(daemon, "www.a.example").find("A"), ["10.0.0.1"])
        self.assertEqual(self.stream(daemon).ask(query("www.a.example")).find("A"), ["10.0.0.1"])
        self.assertEqual(daemon.running.wait(), 0)
        self.assertGreater(time.monotonic() - self.ended, 0.9)
        self.assertLess(time.monotonic() - self.ended, 4)


class SignalTests(StopCase):
    def test_statistics_are_logged_and_the_other_signal_is_ignored(self):
        daemon = self.start_forwarder()
        self.ask(daemon, "www.a.example")
        daemon.running.send_signal(signal.SIGUSR2)
        daemon.running.send_signal(signal.SIGUSR1)
        daemon.running.wait_for_line(r"info: statistics: queries_total\{protocol=\"udp\",type=\"A\"\}=1 .*process_max_fds=\d")
        self.assertEqual(self.ask(daemon, "www.a.example").find("A"), ["10.0.0.1"])


class ExitStatusTests(EndToEndCase):
    def test_wrong_settings(self):
        daemon = self.prepare_daemon({"nonsense": 1})
        self.assertEqual(self.launch(daemon).wait(), 78)
        daemon.settings_file.unlink()
        self.assertEqual(self.launch(daemon).wait(), 78)

    def test_a_wrong_command_line(self):
        for words in (["--nonsense"], ["--config"], ["more"]):
            done = subprocess.run([programs.privatelinkd(), *words], capture_output=True, text=True, timeout=30)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("Usage: privatelinkd", done.stderr)
        done = subprocess.run([programs.privatelinkd(), "--version"], capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_an_address_that_somebody_else_has(self):
        first = self.start_daemon(zones={"privatelink.azurecr.io": REGISTRY_ZONE})
        second = self.prepare_daemon({"listen": [first.endpoint]}, name="second")
        self.assertEqual(self.launch(second).wait(), 1)


if __name__ == "__main__":
    unittest.main()
