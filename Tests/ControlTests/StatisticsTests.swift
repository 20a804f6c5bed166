// Figures as Prometheus reads them, and as people and programs do.

import Control
import Testing

@Suite struct StatisticsTests {
    private let report = StatisticsReport([
        Statistic("queries_total", .counter, 12, "Messages from clients."),
        Statistic(
            "servers", .gauge,
            [
                Statistic.Sample(1, labels: [("server", "192.0.2.1:53"), ("state", "up")]),
                Statistic.Sample(
                    0, labels: [("server", "a \"quoted\" \\ name\n"), ("state", "down")]),
            ], "Servers."),
    ])

    @Test func prometheusText() {
        #expect(
            report.prometheusText == #"""
                # HELP privatelinkd_queries_total Messages from clients.
                # TYPE privatelinkd_queries_total counter
                privatelinkd_queries_total 12
                # HELP privatelinkd_servers Servers.
                # TYPE privatelinkd_servers gauge
                privatelinkd_servers{server="192.0.2.1:53",state="up"} 1
                privatelinkd_servers{server="a \"quoted\" \\ name\n",state="down"} 0

                """#)
    }

    @Test func aFigureIsALineToPeopleAndAMemberToPrograms() {
        #expect(report.rendered(as: .text).hasPrefix("queries_total: "))
        #expect(report.rendered(as: .json).hasPrefix(#"{"queries_total":12,"#))
    }
}
