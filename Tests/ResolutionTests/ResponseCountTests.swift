// Durations fall into the bucket whose end is the first that is not below them.

import Addresses
import Testing

@testable import Resolution

@Suite struct ResponseCountTests {
    @Test func bucketsEndWhereTheTableSays() {
        for (index, end) in ResponseCounts.bucketEnds.enumerated() {
            #expect(ResponseCounts.bucket(end) == index)
            #expect(ResponseCounts.bucket(end + 1) == index + 1)
        }
        #expect(ResponseCounts.bucket(0) == 0)
        #expect(ResponseCounts.bucket(.max) == ResponseCounts.bucketEnds.count)
    }

    @Test func aBatchIsMeasuredOnce() {
        var counts = ResponseCounts()
        counts.countResponse(.link, .noError)
        counts.countResponse(.link, .noData)
        counts.countResponse(.cache, .noError)
        counts.countResponse(.forward, .noError, after: .milliseconds(3))
        counts.measure(TimeSpan(nanoseconds: 50_000))
        counts.measure(TimeSpan(nanoseconds: 5_000_000))
        #expect(counts.durations(.link).counts[1] == 2)
        #expect(counts.durations(.link).sum == 100_000)
        #expect(counts.durations(.cache).counts.reduce(0, +) == 1)
        #expect(counts.durations(.forward).counts[4] == 1)
        #expect(counts.allResponses == 4)
    }
}
