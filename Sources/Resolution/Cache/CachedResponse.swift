// A cached upstream answer: checked, reduced to the records of the question's alias chain, and
// rewritten in the order of that chain. It is immutable and shared by the cache and by waiting
// queries.

internal import Addresses
internal import DNSWire

/// One question's answer from one group of servers.
final class CachedResponse: Sendable {
    /// A whole message: question folded, the chain's records, then what proves a denial.
    let octets: [UInt8]
    /// The flags that came, of which AD is used.
    let flags: MessageFlags
    /// NOERROR, NXDOMAIN or YXDOMAIN.
    let responseCode: ResponseCode
    /// Where the first record starts.
    let recordsStart: Int
    /// The number of records of the chain.
    let answerCount: Int
    /// The number of records that prove a denial.
    let authorityCount: Int
    /// Whether the answer holds for every type: a denial of the name that was asked.
    let deniesName: Bool
    /// Whether it has no alias, so that everything in it is of the name that was asked.
    let isDirect: Bool
    /// Whether the chain stops at an alias about whose target nothing is said.
    let endsAtAlias: Bool
    /// The scope of the answer, if the server got a client's network; it is then valid for no other
    /// network.
    let subnetScope: UInt8?
    /// The group of servers that said so.
    let group: UInt64
    /// Which of them.
    let server: Endpoint
    /// When it came.
    let received: Instant
    /// Its lifetime in seconds: with zero, it is only for the queries that wait for it.
    let lifetime: UInt32

    /// Keeps what a writer has written.
    init(
        octets: [UInt8], recordsStart: Int, summary: ResponseSummary, group: UInt64,
        server: Endpoint, received: Instant
    ) {
        self.octets = octets
        self.recordsStart = recordsStart
        self.group = group
        self.server = server
        self.received = received
        flags = summary.flags
        responseCode = summary.responseCode
        answerCount = summary.answerCount
        authorityCount = summary.authorityCount
        deniesName = summary.responseCode == .nameError && summary.hops == 0
        isDirect = summary.hops == 0
        endsAtAlias = summary.endsAtAlias
        subnetScope = summary.subnetScope
        lifetime = summary.lifetime
    }

    /// When it may no longer be used.
    var expiry: Instant { received + .seconds(UInt64(lifetime)) }

    /// Bytes of memory, about.
    var size: Int { octets.count + 176 }

    /// Since when it counts as old: a tenth of its time before its expiry.
    var refreshTime: Instant {
        received + TimeSpan(nanoseconds: UInt64(lifetime) * 900_000_000)
    }

    /// The number of octets of the name that was asked.
    var nameCount: Int { recordsStart - MessageHeader.size - 4 }

    /// Whether this answers a question for `name`, folded.
    func isAbout(_ name: Span<UInt8>) -> Bool {
        let octets = octets
        guard recordsStart == MessageHeader.size + name.count + 4 else { return false }
        return octets.span.holds(name, at: MessageHeader.size)
    }

    /// Whether the name that was asked is `suffix` or below it; `suffix` is folded and in wire form.
    func isAtOrBelow(_ suffix: Span<UInt8>) -> Bool {
        let octets = octets
        return octets.span.extracting(MessageHeader.size..<(recordsStart - 4)).isAtOrBelow(suffix)
    }

    /// Whether an alias of the chain leads to `suffix` or below it; `name` is for reading.
    func leads(to suffix: Span<UInt8>, reading name: inout NameBuffer) -> Bool {
        guard !isDirect else { return false }
        let octets = octets
        var position = recordsStart
        for _ in 0..<answerCount {
            guard let record = try? MessageReader.record(in: octets.span, at: position) else {
                return false
            }
            position = record.end
            guard record.type == .cname,
                (try? name.read(from: octets.span, at: record.dataStart)) != nil
            else { continue }
            if name.folded.isAtOrBelow(suffix) { return true }
        }
        return false
    }
}

extension Span<UInt8> {
    /// Whether this name is `suffix` or below it; both folded and in wire form.
    func isAtOrBelow(_ suffix: Span<UInt8>) -> Bool {
        var start = 0
        while count - start > suffix.count { start += Int(self[start]) + 1 }
        guard count - start == suffix.count else { return false }
        for index in 0..<suffix.count where self[start + index] != suffix[index] { return false }
        return true
    }
}

extension CachedResponse {
    /// Where and when it came from, for `explain`.
    func description(at now: Instant) -> String {
        let age = now.since(received).wholeSeconds
        return "\(server) said so \(age) s ago; it is kept for \(lifetime) s"
    }
}

/// The properties of a response other than its records.
struct ResponseSummary {
    var flags: MessageFlags
    var responseCode: ResponseCode
    var answerCount = 0
    var authorityCount = 0
    var hops = 0
    var isNegative = false
    var endsAtAlias = false
    var subnetScope: UInt8?
    var lifetime: UInt32 = .max
}
