// Counts queries, responses and response times. Every worker counts for itself, and metrics show
// the sum over all workers. A count is one addition at a fixed index, whatever a client sends.

public import Addresses
internal import DNSWire

/// Queries by protocol and type, responses by source and result, and their durations by source.
public struct ResponseCounts: Sendable, BitwiseCopyable {
    /// What a response was made from: for a chain of aliases, what had its end.
    public enum Source: UInt8, CaseIterable, Sendable {
        /// A local zone.
        case zone
        /// A private link, and the zone that it leads to.
        case link
        /// The cache.
        case cache
        /// The cache, beyond the TTL (RFC 8767).
        case stale
        /// A server, while the client waited.
        case forward
        /// A reserved name (RFC 6761).
        case special
        /// The daemon's own decision: a refusal, or a query that is no question.
        case policy
    }

    /// What a response says.
    public enum Result: UInt8, CaseIterable, Sendable {
        /// NOERROR with records of the type that was asked for.
        case noError
        /// NOERROR without such records.
        case noData
        /// NXDOMAIN.
        case nameError
        /// SERVFAIL.
        case serverFailure
        /// REFUSED.
        case refused
        /// FORMERR.
        case formatError
        /// Any other RCODE.
        case other
    }

    /// What was asked for.
    public enum QueryType: UInt8, CaseIterable, Sendable {
        /// A host's addresses.
        case a, aaaa
        /// Services.
        case https, svcb, ptr, srv, txt, mx, ns, soa, cname, any
        /// Any other type, and messages whose question could not be read.
        case other
    }

    /// The upper ends of the histogram's buckets, in nanoseconds; the last bucket has no end.
    public static let bucketEnds: [UInt64] =
        [10_000, 100_000] + (0...13).map { 1_000_000 << UInt64($0) }

    private static let sources = 7
    private static let results = 7
    private static let types = 13
    private static let protocols = 4
    private static let buckets = 17

    private var queries = InlineArray<52, UInt64>(repeating: 0)
    private var responses = InlineArray<49, UInt64>(repeating: 0)
    private var durations = InlineArray<119, UInt64>(repeating: 0)
    /// Nanoseconds in all.
    private var totals = InlineArray<7, UInt64>(repeating: 0)
    /// Queries that the fast path answered: a query and a response in one, by protocol, type and whether it is a
    /// denial.
    private var fastAnswers = InlineArray<128, UInt64>(repeating: 0)
    /// Responses since the last `measure(_:)`, and a bit for each source that has any.
    private var unmeasured = InlineArray<7, UInt64>(repeating: 0)
    private var unmeasuredSources: UInt8 = 0

    /// All zero.
    public init() {}

    // MARK: Counting

    /// Counts a query.
    @inline(__always)
    mutating func countQuery(_ type: QueryType, over transport: TransportProtocol) {
        queries[Int(transport.rawValue & 3) &* Self.types &+ Int(type.rawValue)] &+= 1
    }

    /// Counts a response that is given at once; its duration is to be measured.
    @inline(__always)
    mutating func countResponse(_ source: Source, _ result: Result) {
        responses[Int(source.rawValue) &* Self.results &+ Int(result.rawValue)] &+= 1
        unmeasured[Int(source.rawValue)] &+= 1
        unmeasuredSources |= 1 << source.rawValue
    }

    /// Counts a query and its response through a link, which is given at once.
    @inline(__always)
    mutating func countFastAnswer(
        _ type: QueryType, over transport: TransportProtocol, isDenial: Bool
    ) {
        let index = (transport.rawValue & 3) << 5 | type.rawValue << 1 | (isDenial ? 1 : 0)
        fastAnswers[Int(index & 127)] &+= 1
        unmeasured[Int(Source.link.rawValue)] &+= 1
        unmeasuredSources |= 1 << Source.link.rawValue
    }

    /// Counts a response that a client waited for.
    mutating func countResponse(_ source: Source, _ result: Result, after duration: TimeSpan) {
        responses[Int(source.rawValue) * Self.results + Int(result.rawValue)] += 1
        add(1, Int(source.rawValue), duration.nanoseconds)
    }

    /// The responses since the last call took this long, from the arrival of the first to now.
    public mutating func measure(_ duration: TimeSpan) {
        while unmeasuredSources != 0 {
            let source = unmeasuredSources.trailingZeroBitCount
            unmeasuredSources &= unmeasuredSources &- 1
            add(unmeasured[source], source, duration.nanoseconds)
            unmeasured[source] = 0
        }
    }

    @inline(__always)
    private mutating func add(_ count: UInt64, _ source: Int, _ nanoseconds: UInt64) {
        durations[source &* Self.buckets &+ Self.bucket(nanoseconds)] &+= count
        totals[source] &+= count &* nanoseconds
    }

    /// The first bucket whose end is not below `nanoseconds`.
    static func bucket(_ nanoseconds: UInt64) -> Int {
        if nanoseconds <= 10_000 { return 0 }
        if nanoseconds <= 100_000 { return 1 }
        let milliseconds = (nanoseconds - 1) / 1_000_000
        return min(2 + (UInt64.bitWidth - milliseconds.leadingZeroBitCount), buckets - 1)
    }

    /// Adds another worker's counts.
    public mutating func add(_ other: ResponseCounts) {
        for index in queries.indices { queries[index] += other.queries[index] }
        for index in responses.indices { responses[index] += other.responses[index] }
        for index in durations.indices { durations[index] += other.durations[index] }
        for index in totals.indices { totals[index] &+= other.totals[index] }
        for index in fastAnswers.indices { fastAnswers[index] += other.fastAnswers[index] }
        for index in unmeasured.indices { unmeasured[index] += other.unmeasured[index] }
        unmeasuredSources |= other.unmeasuredSources
    }

    // MARK: Reading

    /// The number of queries.
    public func queries(_ type: QueryType, over transport: TransportProtocol) -> UInt64 {
        let index = Int(transport.rawValue & 3) << 5 | Int(type.rawValue) << 1
        return queries[Int(transport.rawValue & 3) * Self.types + Int(type.rawValue)]
            + fastAnswers[index] + fastAnswers[index | 1]
    }

    /// The number of responses.
    public func responses(_ source: Source, _ result: Result) -> UInt64 {
        let count = responses[Int(source.rawValue) * Self.results + Int(result.rawValue)]
        guard source == .link, result == .noError || result == .noData else { return count }
        let first = result == .noData ? 1 : 0
        return stride(from: first, to: fastAnswers.count, by: 2).reduce(count) {
            $0 + fastAnswers[$1]
        }
    }

    /// The number of responses in each bucket of the histogram, and the sum of their durations in nanoseconds.
    public func durations(_ source: Source) -> (counts: [UInt64], sum: UInt64) {
        let start = Int(source.rawValue) * Self.buckets
        return (
            (start..<(start + Self.buckets)).map { durations[$0] }, totals[Int(source.rawValue)]
        )
    }

    /// The number of all queries.
    public var allQueries: UInt64 {
        fastAnswers.indices.reduce(queries.indices.reduce(0) { $0 + queries[$1] }) {
            $0 + fastAnswers[$1]
        }
    }

    /// The number of all responses.
    public var allResponses: UInt64 {
        fastAnswers.indices.reduce(responses.indices.reduce(0) { $0 + responses[$1] }) {
            $0 + fastAnswers[$1]
        }
    }
}

extension ResponseCounts: Equatable {
    /// Equal in what was counted, in whichever way it was answered.
    public static func == (left: ResponseCounts, right: ResponseCounts) -> Bool {
        TransportProtocol.allCases.allSatisfy { transport in
            QueryType.allCases.allSatisfy {
                left.queries($0, over: transport) == right.queries($0, over: transport)
            }
        }
            && Source.allCases.allSatisfy { source in
                Result.allCases.allSatisfy {
                    left.responses(source, $0) == right.responses(source, $0)
                }
            }
            && left.durations.indices.allSatisfy { left.durations[$0] == right.durations[$0] }
            && left.unmeasured.indices.allSatisfy { left.unmeasured[$0] == right.unmeasured[$0] }
    }
}

extension ResponseCounts.QueryType {
    /// The class that a type belongs to.
    @inline(__always)
    init(_ type: RecordType) {
        self =
            switch type {
            case .a: .a
            case .aaaa: .aaaa
            case .https: .https
            case .svcb: .svcb
            case .ptr: .ptr
            case .srv: .srv
            case .txt: .txt
            case .mx: .mx
            case .ns: .ns
            case .soa: .soa
            case .cname: .cname
            case .any: .any
            default: .other
            }
    }
}

extension ResponseCounts.Result {
    /// What a reply says by its header. One whose answer section begins with an alias has records of the type only
    /// where no SOA is in its authority section.
    @inline(__always)
    ///
    /// - Parameter head: the octets 2 to 9 of the reply: flags, and the numbers of questions, answers and authorities.
    init(head: UInt64, followsAlias: Bool) {
        self =
            switch head >> 48 & 0xF {
            case 0:
                head & 0xFFFF_0000 == 0 || (followsAlias && head & 0xFFFF != 0)
                    ? .noData : .noError
            case 1: .formatError
            case 2: .serverFailure
            case 3: .nameError
            case 5: .refused
            default: .other
            }
    }
}
