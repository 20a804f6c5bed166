// What the unit tests of this target share: a generator with a seed, names, and answers as the cache keeps them.

import Addresses
import DNSWire

@testable import Resolution

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The hasher of everything in these tests.
let fixedHasher = ScenarioStage.hasher

/// A name made for look-ups.
func buffer(_ name: Name) -> NameBuffer {
    var buffer = NameBuffer(hasher: fixedHasher)
    buffer.set(name)
    return buffer
}

/// A moment of the tests' clock.
func second(_ seconds: UInt64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

extension CacheKey {
    /// A key of group 1 and type A.
    static let plain = CacheKey(group: 1, type: .a, dnssecOK: false, checkingDisabled: false)
}

extension CachedResponse {
    /// An answer about `name`, whose records are `size` octets of zeros.
    convenience init(
        about name: Name, size: Int = 16, lifetime: UInt32 = 60, received: Instant = second(0),
        code: ResponseCode = .noError
    ) {
        var summary = ResponseSummary(flags: MessageFlags(bits: 0x8180), responseCode: code)
        summary.lifetime = lifetime
        let question = MessageOctets.question(name.folded, .a)
        self.init(
            octets: [UInt8](repeating: 0, count: 12) + question
                + [UInt8](repeating: 0, count: size),
            recordsStart: 12 + question.count, summary: summary, group: 1,
            server: Endpoint(.loopbackIPv4, port: 53), received: received)
    }
}

extension CachedResponse {
    /// Whether it is an answer about this name.
    func answers(_ name: Name) -> Bool { isAbout(name.folded.octets.span) }
}

extension AnswerCache {
    /// Keeps an answer about its own name.
    func insert(_ response: CachedResponse, about name: Name, _ key: CacheKey = .plain) {
        insert(response, key, name.folded.octets.span, nameHash: buffer(name).hash)
    }

    /// The fresh answer to a question.
    func fresh(_ name: Name, _ key: CacheKey = .plain, at now: Instant) -> CachedResponse? {
        guard case .fresh(let response) = find(key, buffer(name), at: now) else { return nil }
        return response
    }
}
