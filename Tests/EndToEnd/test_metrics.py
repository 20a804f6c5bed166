"""What monitors read over HTTP, `privatelinkctl stats` and `cache`, and the log of queries."""

import re
import socket
import time
import urllib.error
import urllib.request

from endtoend.case import EndToEndCase


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MetricsTests(EndToEndCase):
    def setUp(self):
        super().setUp()
        self.upstream = self.start_upstream()
        self.upstream.on("www.example.com.", "www.example.com. 300 A 198.51.100.7")
        self.daemon = self.start_resolver(self.upstream)

    def restart_with_metrics(self):
        port = free_port()
        self.daemon.stop()
        self.daemon.write_settings({"metrics": {"listen": f"127.0.0.1:{port}"}})
        self.daemon.launch().wait_until_ready()
        return f"http://127.0.0.1:{port}"

    def test_figures_in_the_text_that_prometheus_reads(self):
        base = self.restart_with_metrics()
        self.dig(self.daemon, "myregistry.azurecr.io")
        self.dig(self.daemon, "www.example.com")
        self.dig(self.daemon, "www.example.com")
        with urllib.request.urlopen(base + "/metrics", timeout=10) as reply:
            self.assertEqual(reply.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            text = reply.read().decode()
        figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        self.assertEqual(figures['privatelinkd_queries_total{protocol="udp",type="A"}'], "3")
        self.assertEqual(figures['privatelinkd_responses_total{source="link",rcode="NOERROR"}'], "1")
        self.assertEqual(figures['privatelinkd_responses_total{source="forward",rcode="NOERROR"}'], "1")
        self.assertEqual(figures['privatelinkd_responses_total{source="cache",rcode="NOERROR"}'], "1")
        for source in ("link", "forward", "cache"):
            self.assertEqual(figures[f'privatelinkd_response_duration_seconds_count{{source="{source}"}}'], "1")
            self.assertGreater(float(figures[f'privatelinkd_response_duration_seconds_sum{{source="{source}"}}']), 0)
        self.assertEqual(figures["privatelinkd_upstream_queries_total"], "1")
        self.assertEqual(figures['privatelinkd_zones{state="current"}'], "1")
        self.assertEqual(figures['privatelinkd_zone_current{zone="privatelink.azurecr.io"}'], "1")
        self.assertEqual(figures[f'privatelinkd_upstream_up{{server="{self.upstream.endpoint}"}}'], "1")
        names = {re.match(r"[a-z_]+", name)[0] for name in figures}
        for name in names:
            family = re.sub("_(bucket|sum|count)$", "", name) if "duration_seconds_" in name else name
            self.assertRegex(text, rf"(?m)^# HELP {family} .+\.$")
            self.assertRegex(text, rf"(?m)^# TYPE {family} (counter|gauge|histogram)$")

    def test_a_missing_record_that_turns_public_is_counted_by_zone_and_link(self):
        base = self.restart_with_metrics()
        self.upstream.on("myregistry.eastus.data.azurecr.io.",
                         "myregistry.eastus.data.azurecr.io. 60 A 198.51.100.9")
        self.dig(self.daemon, "myregistry.eastus.data.azurecr.io")
        self.dig(self.daemon, "myregistry.azurecr.io", "AAAA")
        figures = self.daemon.told("stats")[0]
        self.assertEqual(figures['missing_records_total{zone="privatelink.azurecr.io"}'], 1)
        self.assertEqual(figures['public_answers_total{link="azurecr.io"}'], 1)
        self.assertEqual(figures['responses_total{source="link",rcode="NODATA"}'], 1)
        self.assertIn("/metrics", urllib.request.urlopen(base + "/metrics", timeout=10).url)

    def test_silent_connections_do_not_keep_a_monitor_waiting(self):
        base = self.restart_with_metrics()
        port = int(base.rsplit(":", 1)[1])
        for _ in range(40):
            silent = socket.create_connection(("127.0.0.1", port), timeout=10)
            self.addCleanup(silent.close)
        for _ in range(5):
            began = time.monotonic()
            with urllib.request.urlopen(base + "/readyz", timeout=10) as reply:
                self.assertEqual(reply.status, 200)
            self.assertLess(time.monotonic() - began, 2)

    def test_health_readiness_and_what_is_not_there(self):
        base = self.restart_with_metrics()
        for path, status in [("/healthz", 200), ("/readyz", 200), ("/readyz?verbose", 200), ("/other", 404)]:
            try:
                with urllib.request.urlopen(base + path, timeout=10) as reply:
                    self.assertEqual(reply.status, status)
            except urllib.error.HTTPError as refusal:
                self.assertEqual(refusal.code, status)
        request = urllib.request.Request(base + "/metrics", data=b"x", method="POST")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        self.assertEqual(refused.exception.code, 405)

    def test_a_client_that_sends_no_request_is_let_go(self):
        base = self.restart_with_metrics()
        address = ("127.0.0.1", int(base.rsplit(":", 1)[1]))
        with socket.create_connection(address, timeout=20) as endless:
            endless.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 9_000)
            self.assertEqual(endless.recv(1), b"")
        with urllib.request.urlopen(base + "/healthz", timeout=10) as reply:
            self.assertEqual(reply.status, 200)

    def test_stats_and_cache_and_flush(self):
        self.dig(self.daemon, "www.example.com")
        self.dig(self.daemon, "www.example.com")
        figures, succeeded = self.daemon.told("stats")
        self.assertTrue(succeeded)
        self.assertEqual(figures['queries_total{protocol="udp",type="A"}'], 2)
        report, _ = self.daemon.told("cache")
        self.assertEqual((report["entries"], report["hits"], report["misses"]), (1, 1, 1))
        self.assertEqual(report["hit-ratio"], 0.5)
        self.assertEqual(self.daemon.told("flush", "other.example")[0]["flushed"], 0)
        self.assertEqual(self.daemon.told("flush", "example.com")[0]["flushed"], 1)
        self.dig(self.daemon, "www.example.com")
        self.assertEqual(self.daemon.told("stats")[0]["upstream_queries_total"], 2)
        self.assertEqual(self.daemon.told("flush")[0], {"name": ".", "flushed": 1})

    def test_queries_are_logged_where_the_settings_say_so_and_from_the_next_reload_on(self):
        self.dig(self.daemon, "myregistry.azurecr.io")
        self.daemon.write_settings({"log": {"queries": True}})
        self.daemon.reload()
        self.dig(self.daemon, "myregistry.azurecr.io")
        self.daemon.running.wait_for_line(
            r"info: query 127\.0\.0\.1:\d+ udp myregistry\.azurecr\.io\. A: NOERROR, 2 answers")
        self.dig(self.daemon, "+tcp", "www.example.com")
        self.daemon.running.wait_for_line(r"info: query 127\.0\.0\.1:\d+ tcp www\.example\.com\. A: NOERROR, 1 ")

    def test_a_reload_changes_the_level_of_the_log(self):
        self.daemon.write_settings({"log": {"queries": True, "level": "warning"}})
        self.daemon.reload()
        self.dig(self.daemon, "myregistry.azurecr.io")
        self.daemon.write_settings({"log": {"level": "info"}})
        self.daemon.reload()
        self.dig(self.daemon, "www.example.com")
        self.daemon.running.wait_for_line(r"query .* www\.example\.com\.")
        self.assertNotIn("udp myregistry", "\n".join(self.daemon.running.lines))
