// Figures as Prometheus reads them, and as people and programs do.

import Control
import Testing

@Suite struct StatisticsTests {
    private let report = StatisticsReport([
        Statistic(MetricFamily("queries_total", .counter, "Queries from clients."), 12),
        Statistic(
            MetricFamily("servers", .gauge, ["server", "state"], "Servers."),
            [
                Statistic.Sample(1, "192.0.2.1:53", "up"),
                Statistic.Sample(0, "a \"quoted\" \\ name\n", "down"),
            ]),
        Statistic(
            MetricFamily("process_cpu_seconds_total", .counter, isCommon: true, "Processor time."),
            [Statistic.Sample(nanoseconds: 1_250_000_000)]),
        Statistic(
            MetricFamily("duration_seconds", .histogram, ["source"], "Durations."),
            [
                Statistic.Sample(
                    counts: [2, 0, 1], ends: [10_000, 1_000_000], sum: 2_000_030_000, "zone")
            ]),
    ])

    @Test func prometheusText() {
        #expect(
            report.prometheusText == #"""
                # HELP privatelinkd_queries_total Queries from clients.
                # TYPE privatelinkd_queries_total counter
                privatelinkd_queries_total 12
                # HELP privatelinkd_servers Servers.
                # TYPE privatelinkd_servers gauge
                privatelinkd_servers{server="192.0.2.1:53",state="up"} 1
                privatelinkd_servers{server="a \"quoted\" \\ name\n",state="down"} 0
                # HELP process_cpu_seconds_total Processor time.
                # TYPE process_cpu_seconds_total counter
                process_cpu_seconds_total 1.25
                # HELP privatelinkd_duration_seconds Durations.
                # TYPE privatelinkd_duration_seconds histogram
                privatelinkd_duration_seconds_bucket{source="zone",le="0.00001"} 2
                privatelinkd_duration_seconds_bucket{source="zone",le="0.001"} 2
                privatelinkd_duration_seconds_bucket{source="zone",le="+Inf"} 3
                privatelinkd_duration_seconds_sum{source="zone"} 2.00003
                privatelinkd_duration_seconds_count{source="zone"} 3

                """#)
    }

    @Test func aFigureIsALineToPeopleAndAMemberToPrograms() {
        #expect(report.rendered(as: .text).hasPrefix("queries_total: "))
        #expect(report.rendered(as: .json).hasPrefix(#"{"queries_total":12,"#))
        #expect(report.rendered(as: .json).contains(#""process_cpu_seconds_total":1.25,"#))
        #expect(
            report.rendered(as: .json).contains(#""duration_seconds_sum{source=\"zone\"}":2.00003"#)
        )
    }

    @Test func combinationsOfLabelsThatNeverOccurredAreLeftOutForPeople() {
        #expect(!report.rendered(as: .text).contains("down"))
    }
}
