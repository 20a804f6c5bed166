"""Where the daemon listens, from which address it answers, and what it says when it cannot have an address."""

import copy
import pathlib
import socket
import unittest

from endtoend.case import EndToEndCase
from endtoend.client import Datagrams, Stream
from endtoend.message import query
from endtoend.namespace import in_namespace

ZONES = {"privatelink.azurecr.io": "myregistry 10 A 10.0.0.7\n"}
QUERY = query("myregistry.privatelink.azurecr.io")


def hold(address, port, kind=socket.SOCK_DGRAM):
    """A socket that has an address and port, as another program's would."""
    holder = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    if ":" in address:
        holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    holder.bind((address, port))
    if kind == socket.SOCK_STREAM:
        holder.listen()
    return holder


class ListeningTests(EndToEndCase):
    def assert_does_not_start(self, daemon, pattern):
        """One clear sentence and exit status 1; returns all that was written."""
        running = self.launch(daemon)
        self.assertEqual(running.wait(), 1, running.text())
        self.assertRegex(running.text(), pattern)
        return running.text()

    def test_a_wildcard_listener_answers_from_the_address_that_was_asked(self):
        daemon = self.start_daemon({"listen": ["0.0.0.0:0", "[::]:0"]}, ZONES)
        for server in ("127.0.0.1", "127.0.0.53", "127.1.2.3"):
            with self.subTest(server=server), Datagrams(server, daemon.port) as client:
                self.assertEqual(client.ask(QUERY).find("A"), ["10.0.0.7"])
            with self.subTest(server=server), Stream(server, daemon.port) as client:
                self.assertEqual(client.ask(QUERY).find("A"), ["10.0.0.7"])
        with Datagrams("::1", daemon.port6) as client:
            self.assertEqual(client.ask(QUERY).find("A"), ["10.0.0.7"])

    @in_namespace("fd00::53/128", "fd00::54/128", "10.1.0.4/32", "10.1.0.5/32")
    def test_several_addresses_of_a_machine_on_port_53(self):
        daemon = self.start_daemon({"listen": ["0.0.0.0", "[::]"]}, ZONES)
        self.assertEqual(daemon.endpoints, [("0.0.0.0", 53), ("::", 53)])
        for server in ("10.1.0.4", "10.1.0.5", "127.0.0.1", "fd00::53", "fd00::54", "::1"):
            with self.subTest(server=server), Datagrams(server, 53) as client:
                self.assertEqual(client.ask(QUERY).find("A"), ["10.0.0.7"])

    def test_the_ipv6_wildcard_leaves_ipv4_to_others(self):
        with hold("127.0.0.1", 0) as holder:
            port = holder.getsockname()[1]
            daemon = self.start_daemon({"listen": [f"[::]:{port}"]}, ZONES)
            self.assertEqual(daemon.endpoints, [("::", port)])

    def test_a_second_instance_on_the_same_port(self):
        first = self.start_daemon(zones=ZONES, name="first")
        second = self.prepare_daemon(
            {"listen": [f"{address}:{port}" if ":" not in address else f"[{address}]:{port}"
                        for address, port in first.endpoints]}, ZONES, name="second")
        text = self.assert_does_not_start(
            second, rf"cannot listen on 127\.0\.0\.1:{first.port} \(UDP\): another program has this")
        self.assertIn(f"cannot listen on [::1]:{first.port6} (UDP)", text)
        self.assertEqual(self.ask(first, "myregistry.privatelink.azurecr.io").find("A"), ["10.0.0.7"])

    def test_a_second_instance_may_share_the_settings_of_the_first_but_not_its_sockets(self):
        first = self.start_daemon(zones=ZONES, name="first")
        first.write_settings({"listen": [first.endpoint]})
        again = copy.copy(first)
        self.assert_does_not_start(again, "another program has this address and port")
        self.assertEqual(first.status()["process-id"], first.running.pid)

    def test_another_program_has_the_port(self):
        for kind, word in ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")):
            with self.subTest(word), hold("127.0.0.1", 0, kind) as holder:
                port = holder.getsockname()[1]
                daemon = self.prepare_daemon({"listen": [f"127.0.0.1:{port}"]}, ZONES, name=word)
                text = self.assert_does_not_start(
                    daemon,
                    rf"cannot listen on 127\.0\.0\.1:{port} \({word}\): another program has this")
                self.assertEqual(len(text.splitlines()), 1)

    def test_an_address_that_the_machine_does_not_have(self):
        daemon = self.prepare_daemon({"listen": ["192.0.2.1:5300"]}, ZONES)
        self.assert_does_not_start(daemon, "no interface of this machine has this address")

    @in_namespace()
    def test_a_privileged_port_without_the_privilege(self):
        daemon = self.prepare_daemon(
            {"listen": ["127.0.0.1:53"]}, ZONES,
            prefix=["setpriv", "--bounding-set", "-net_bind_service", "--inh-caps", "-net_bind_service"])
        text = self.assert_does_not_start(
            daemon, r"cannot listen on 127\.0\.0\.1:53 \(UDP\): not permitted; ports below 1024 need")
        self.assertEqual(len(text.splitlines()), 1)

    @in_namespace()
    def test_the_stub_of_systemd_resolved_holds_port_53(self):
        marker = pathlib.Path("/run/systemd/resolve/stub-resolv.conf")
        daemon = self.prepare_daemon({"listen": ["0.0.0.0:53"]}, ZONES)
        with hold("127.0.0.53", 53):
            text = self.assert_does_not_start(daemon, "another program has this address and port")
            self.assertNotIn("systemd-resolved", text)
            marker.parent.mkdir(parents=True)
            marker.write_text("nameserver 127.0.0.53\n")
            text = self.assert_does_not_start(
                daemon, "systemd-resolved's stub listener may hold port 53: set DNSStubListener=no")
            self.assertEqual(len(text.splitlines()), 1)
        self.start(daemon)


if __name__ == "__main__":
    unittest.main()
