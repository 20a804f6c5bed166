// The table of metrics is the page of the documentation, and every metric of it has figures.

import Control
import Foundation
import Resolution
import Settings
import Store
import Testing

@testable import Daemon

@Suite struct MetricTests {
    @Test func committedPageIsCurrent() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/metrics.md")
        if ProcessInfo.processInfo.environment["REWRITE_DOCUMENTATION"] != nil {
            try Data(MetricTable.reference.utf8).write(to: file)
        }
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(
            committed == MetricTable.reference,
            "run REWRITE_DOCUMENTATION=1 swift test --filter MetricTests")
    }

    @Test func everyMetricOfTheTableHasFiguresAndNoOther() throws {
        let figures = MetricFigures(
            workers: [WorkerFigures()], cache: CacheUsage(), cacheLimit: 1,
            loaded: LoadResult(
                snapshot: nil, settings: Settings(), zones: [], report: ReloadReport()),
            reloads: ReloadCounts(), lastLoadEnded: .now, lastReload: nil, isReady: true,
            process: .current)
        let statistics = figures.statistics
        #expect(
            Set(statistics.map(\.family.name))
                == Set(MetricTable.sections.flatMap(\.families).map(\.name)))
        for statistic in statistics {
            for sample in statistic.samples {
                #expect(sample.labels.count == statistic.family.labels.count, "\(statistic.family)")
            }
        }
    }

    @Test func aReloadThatWouldLoseMostRecordsIsCountedAsRefused() {
        var counts = ReloadCounts()
        var report = ReloadReport()
        counts.count(report, zones: [])
        report.succeeded = true
        counts.count(report, zones: [])
        #expect(counts == ReloadCounts(succeeded: 1, failed: 1, refused: 0))
    }

    @Test func theProcessIsMeasured() {
        let process = ProcessFigures.current
        #expect(process.started > 1_600_000_000)
        #expect(process.residentOctets > 1_000_000)
        #expect(process.openDescriptors > 2)
        #expect(process.maximumDescriptors >= process.openDescriptors)
    }
}
