// The answer cache by itself: what it is bounded by, what it evicts, what it tells apart, and that threads
// may share it.

import DNSWire
import Dispatch
import Testing

@testable import Resolution

/// Names of the same length.
private func numbered(_ number: Int) throws -> Name {
    try Name(text: "n\(100_000 + number).example.")
}

/// A cache that one more answer of the usual size does not fit into, and the names that it holds in order.
private func fullCache() throws -> (cache: AnswerCache, names: [Name]) {
    let cache = AnswerCache(octets: 8_192)
    var names: [Name] = []
    while cache.usage.entries == names.count {
        names.append(try numbered(names.count))
        let name = names[names.count - 1]
        cache.insert(CachedResponse(about: name), about: name)
    }
    // The last one has evicted the first.
    return (cache, Array(names.dropFirst()))
}

@Test("the cache never holds more octets than it may, however many answers come")
func cacheIsBounded() throws {
    let limit = 1 << 20
    let cache = AnswerCache(octets: limit)
    var generator = SeededGenerator(seed: 1)
    for number in 0..<5_000 {
        let name = try numbered(number)
        let size = Int.random(in: 0...2_000, using: &generator)
        cache.insert(CachedResponse(about: name, size: size), about: name)
        #expect(cache.usage.octets <= limit)
    }
    #expect(cache.usage.octets > limit * 9 / 10)
    #expect(cache.usage.entries > 500)
}

@Test("what is larger than the cache is not kept and evicts nothing")
func largeAnswerIsNotKept() throws {
    let cache = AnswerCache(octets: 4_096)
    let small = try numbered(1)
    let large = try numbered(2)
    cache.insert(CachedResponse(about: small), about: small)
    cache.insert(CachedResponse(about: large, size: 4_096), about: large)
    #expect(cache.fresh(small, at: second(1)) != nil)
    #expect(cache.fresh(large, at: second(1)) == nil)
    #expect(cache.usage.entries == 1)
}

@Test("the oldest answer that nobody asked for is evicted first")
func oldestIsEvictedFirst() throws {
    let (cache, names) = try fullCache()
    #expect(cache.usage.entries == names.count && names.count > 10)
    let next = try numbered(1_000)
    cache.insert(CachedResponse(about: next), about: next)
    #expect(cache.usage.entries == names.count)
    #expect(cache.fresh(names[0], at: second(1)) == nil)
    for name in names.dropFirst() + [next] { #expect(cache.fresh(name, at: second(1)) != nil) }
}

@Test("what was asked for is spared when room is made, and goes when it is not asked for again")
func visitedAnswersAreSpared() throws {
    let (cache, names) = try fullCache()
    #expect(cache.fresh(names[0], at: second(1)) != nil)
    for number in 1_000..<(1_000 + names.count / 2) {
        let name = try numbered(number)
        cache.insert(CachedResponse(about: name), about: name)
    }
    #expect(cache.fresh(names[0], at: second(1)) != nil)
    #expect(cache.fresh(names[1], at: second(1)) == nil)
    // Only what is asked for moves the hand past the end, back to the oldest.
    for number in 2_000..<(2_000 + names.count * 6) {
        let name = try numbered(number)
        cache.insert(CachedResponse(about: name), about: name)
        #expect(cache.fresh(name, at: second(1)) != nil)
    }
    #expect(cache.fresh(names[0], at: second(1)) == nil)
}

@Test("a newer answer takes the place of an older one")
func newerReplacesOlder() throws {
    let cache = AnswerCache(octets: 65_536)
    let name = try numbered(1)
    cache.insert(CachedResponse(about: name, size: 10), about: name)
    cache.insert(CachedResponse(about: name, size: 20, received: second(5)), about: name)
    #expect(cache.usage.entries == 1)
    #expect(cache.fresh(name, at: second(6))?.received == second(5))
}

@Test("group, type, DO and CD are told apart; a denial holds for every type of the same question")
func keysAreApart() throws {
    let cache = AnswerCache(octets: 65_536)
    let name = try numbered(1)
    var others = [CacheKey.plain, .plain, .plain, .plain]
    others[0].group = 2
    others[1].type = .aaaa
    others[2].dnssecOK = true
    others[3].checkingDisabled = true
    cache.insert(CachedResponse(about: name), about: name)
    for key in others { #expect(cache.fresh(name, key, at: second(1)) == nil) }
    cache.insert(CachedResponse(about: name, code: .nameError), about: name)
    #expect(cache.fresh(name, others[1], at: second(1))?.responseCode == .nameError)
    for key in [others[0], others[2], others[3]] {
        #expect(cache.fresh(name, key, at: second(1)) == nil)
    }
}

@Test("an answer is fresh until its time is over, to the nanosecond")
func expiry() throws {
    let cache = AnswerCache(octets: 65_536)
    let name = try numbered(1)
    cache.insert(CachedResponse(about: name, lifetime: 60, received: second(100)), about: name)
    #expect(cache.fresh(name, at: Instant(nanoseconds: 159_999_999_999)) != nil)
    #expect(cache.fresh(name, at: second(160)) == nil)
    guard case .expired = cache.find(.plain, buffer(name), at: second(160)) else {
        Issue.record("the expired answer is gone")
        return
    }
}

@Test("the cache agrees with a dictionary, whatever is done to it")
func agreesWithDictionary() throws {
    var generator = SeededGenerator(seed: 2)
    let cache = AnswerCache(octets: 40_000)
    let names = try (0..<300).map(numbered)
    var latest: [Int: Instant] = [:]
    for step in 0..<20_000 {
        let number = Int.random(in: 0..<names.count, using: &generator)
        let now = second(UInt64(step))
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5:
            let size = Int.random(in: 0...600, using: &generator)
            let response = CachedResponse(
                about: names[number], size: size, lifetime: 1_000_000, received: now)
            cache.insert(response, about: names[number])
            latest[number] = now
        case 5..<9:
            guard let found = cache.fresh(names[number], at: now) else { continue }
            #expect(found.received == latest[number])
            #expect(found.answers(names[number]))
        default:
            #expect(cache.flush(names[number]) <= 1)
            #expect(cache.fresh(names[number], at: now) == nil)
        }
        #expect(cache.usage.octets <= 40_000 && cache.usage.octets >= 0)
    }
    let held = names.indices.filter { cache.fresh(names[$0], at: second(20_000)) != nil }
    #expect(held.count == cache.usage.entries)
    #expect(cache.flush(.root) == held.count)
    #expect(cache.usage.entries == 0 && cache.usage.octets == 0)
}

@Test("threads share the cache: each finds only answers to its own question")
func threadsShareCache() throws {
    let limit = 1 << 20
    let cache = AnswerCache(octets: limit)
    let names = try (0..<500).map(numbered)
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
        var generator = SeededGenerator(seed: UInt64(thread))
        for _ in 0..<4_000 {
            let name = names[Int.random(in: 0..<names.count, using: &generator)]
            if Bool.random(using: &generator) {
                let size = Int.random(in: 0...4_000, using: &generator)
                cache.insert(CachedResponse(about: name, size: size), about: name)
            } else if let found = cache.fresh(name, at: second(1)) {
                #expect(found.answers(name))
            }
        }
    }
    #expect(cache.usage.octets <= limit)
    #expect(cache.flush(.root) > 0)
    #expect(cache.usage.octets == 0)
}
