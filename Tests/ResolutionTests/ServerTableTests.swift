// What the resolver keeps of servers and clients, each against a plain table or the rule that it stands for.

import Addresses
import DNSWire
import Testing

@testable import Resolution

/// Random numbers from a seed.
private func seededRandom(_ seed: UInt64) -> RandomSource {
    var generator = SeededGenerator(seed: seed)
    return RandomSource { octets in
        for index in octets.indices { octets[index] = UInt8(truncatingIfNeeded: generator.next()) }
    }
}

private func serverKey(_ number: UInt32) -> ServerKey {
    ServerKey(endpoint: Endpoint(IPAddress(ipv4: 0xC000_0200 | number), port: 53), source: nil)
}

@Test("a ledger of clients agrees with plain lists, whatever comes and goes", arguments: 0..<4)
func clientLedger(_ seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    var ledger = ClientLedger(hasher: NameHasher(key: 7))
    var lists: [IPAddress: [SlabHandle]] = [:]
    for step in 0..<4_000 {
        let address = IPAddress(ipv4: UInt32.random(in: 0..<8, using: &generator))
        var list = lists[address] ?? []
        if Bool.random(using: &generator) || list.isEmpty {
            let handle = SlabHandle(slot: UInt32(step), generation: 0)
            #expect(ledger.add(handle, of: address) == list.last)
            list.append(handle)
        } else {
            let index = Int.random(in: list.indices, using: &generator)
            ledger.remove(
                of: address, between: index > 0 ? list[index - 1] : nil,
                and: index + 1 < list.count ? list[index + 1] : nil)
            list.remove(at: index)
        }
        lists[address] = list.isEmpty ? nil : list
        let greatest = lists.values.map(\.count).max() ?? 0
        #expect(ledger.count(of: address) == list.count)
        #expect(ledger.clientCount == lists.count)
        #expect(ledger.questionCount == lists.values.reduce(0) { $0 + $1.count })
        #expect(ledger.greatestCount == greatest)
        let oldest = Set(lists.values.filter { $0.count == greatest }.map { $0[0] })
        if let found = ledger.oldestOfGreatest {
            #expect(oldest.contains(found))
        } else {
            #expect(lists.isEmpty)
        }
    }
}

@Test("a queue of handles gives the oldest first")
func handleQueue() {
    var generator = SeededGenerator(seed: 7)
    var queue = HandleQueue()
    var plain: [SlabHandle] = []
    for step in 0..<3_000 as Range<UInt32> {
        if UInt32.random(in: 0..<5, using: &generator) < (step < 1_500 ? 3 : 2) {
            let handle = SlabHandle(slot: step, generation: 0)
            queue.append(handle)
            plain.append(handle)
        } else {
            let oldest = plain.isEmpty ? nil : plain.removeFirst()
            #expect(queue.popFirst() == oldest)
        }
        #expect(queue.count == plain.count)
    }
}

@Test("a server keeps its place while a fetch refers to it, and gives it up when no group names it")
func serverPlaces() {
    var random = seededRandom(1)
    var table = UpstreamTable()
    let first = table.index(of: serverKey(1), random: &random)
    let second = table.index(of: serverKey(2), random: &random)
    #expect(first != second)
    #expect(table.index(of: serverKey(1), random: &random) == first)
    table[first].references += 1
    table.keepOnly([serverKey(2)])
    #expect(table.index(of: serverKey(1)) == first)
    table.release(first)
    #expect(table.index(of: serverKey(1)) == nil)
    #expect(table.index(of: serverKey(2)) == second)
    let third = table.index(of: serverKey(3), random: &random)
    #expect(third == first)
    #expect(table[third].key == serverKey(3) && table[third].lastAnswer == nil)
    table.keepOnly([serverKey(2), serverKey(3)])
    #expect(table.index(of: serverKey(3)) == third)
}

@Test("each server has a client cookie of its own")
func clientCookies() {
    var random = seededRandom(2)
    var table = UpstreamTable()
    var cookies: Set<[UInt8]> = []
    for number in 0..<100 as Range<UInt32> {
        let place = table.index(of: serverKey(number), random: &random)
        cookies.insert(table[place].traits.clientCookie)
    }
    #expect(cookies.count == 100)
}

@Test(
    "RFC 6298, section 2: round trips are srtt, and how long is usual follows from how they vary"
)
func roundTrips() {
    var record = UpstreamStats(serverKey(1), clientCookie: 0)
    #expect(record.rto == nil)
    record.answered(after: .milliseconds(80), at: second(1))
    #expect(record.srtt == .milliseconds(80))
    #expect(record.rto == .milliseconds(80 + 4 * 40))
    record.answered(after: .milliseconds(160), at: second(2))
    #expect(record.srtt == .milliseconds(90))
    #expect(record.rto == .milliseconds(90 + 4 * 50))
    for _ in 0..<200 { record.answered(after: .milliseconds(20), at: second(3)) }
    let settled = (record.srtt?.nanoseconds ?? 0) / 1_000_000
    #expect(settled == 20 || settled == 19)
    // An answer that tells nothing of the network changes nothing.
    let before = record.rto
    record.answered(after: nil, at: second(4))
    #expect(record.rto == before && record.wasHeard(since: second(3)))
}

@Test(
    "a dead server is probed after 1, 2, 4 s and so on, at most 30, and at once when it dies anew")
func probePauses() {
    var record = UpstreamStats(serverKey(1), clientCookie: 0)
    #expect(!record.isDead)
    record.failed(at: second(10))
    var pauses: [UInt64] = []
    var now = second(10)
    for _ in 0..<8 {
        pauses.append(record.nextProbe.since(now).wholeSeconds)
        // What fails before the probe is due belongs to the same outage.
        record.failed(at: now)
        now = record.nextProbe
        record.failed(at: now)
    }
    #expect(pauses == [1, 2, 4, 8, 16, 30, 30, 30])
    #expect(record.isDead && record.hasLongBeenDead(at: now))
    record.answered(after: .milliseconds(1), at: now)
    #expect(!record.isDead && !record.hasLongBeenDead(at: now))
    record.failed(at: now)
    #expect(record.nextProbe.since(now) == .seconds(1) && !record.hasLongBeenDead(at: now))
}

@Test("servers are ranked by whether they answer, usefully, and have room")
func ranks() {
    var record = UpstreamStats(serverKey(1), clientCookie: 0)
    #expect(record.rank(room: 1, at: second(1)) == .ready)
    record.inFlight = 1
    #expect(record.rank(room: 1, at: second(1)) == .busy)
    for _ in 0..<3 { record.wasUseless(at: second(2)) }
    #expect(record.rank(room: 1, at: second(31)) == .useless)
    #expect(record.rank(room: 1, at: second(32)) == .busy)
    record.wasUseful()
    #expect(record.rank(room: 1, at: second(3)) == .busy)
    record.failed(at: second(3))
    #expect(record.rank(room: 2, at: second(3)) == .dead)
    #expect(
        [ServerRank.dead, .busy, .useless, .ready].sorted() == [.ready, .busy, .useless, .dead])
}

@Test("a spelling is the name's in other case, and no other spelling matches it", arguments: 0..<8)
func spellings(_ seed: Int) throws {
    var random = seededRandom(UInt64(seed))
    let name = try Name(text: "registry-01.westeurope.data.azurecr.io.").folded.octets
    let mask = CaseMask(random: &random)
    var spelled = [UInt8](repeating: 0, count: name.count + 7)
    var room = spelled.mutableSpan
    mask.spell(name.span, into: &room)
    spelled.removeLast(7)
    #expect(spelled.map(\.lowercasedASCII) == name)
    #expect(spelled != name)
    func matches(_ octets: [UInt8]) -> Bool { mask.matches(octets.span, at: 0, name.span) }
    #expect(matches(spelled))
    for index in spelled.indices where spelled[index] | 0x20 >= 0x61 {
        var other = spelled
        other[index] ^= 0x20
        #expect(!matches(other))
    }
    #expect(!matches(spelled.dropLast()))
}

@Test("each bit of a spelling is the case of its own letter, and of no other")
func spellingBits() throws {
    let name = try Name(text: "abcdefghij.klmnopqrstuvwxyz.").folded.octets
    for bit in 0..<UInt64(name.count) {
        var expected = name
        if name[Int(bit)] >= 0x61 { expected[Int(bit)] ^= 0x20 }
        var spelled = [UInt8](repeating: 0, count: name.count + 7)
        var room = spelled.mutableSpan
        CaseMask(bits: 1 << bit).spell(name.span, into: &room)
        #expect(Array(spelled.dropLast(7)) == expected, "bit \(bit)")
    }
}

@Test("an index finds what a dictionary has, however many share a hash", arguments: 0..<8)
func hashIndex(_ seed: Int) {
    var random = seededRandom(UInt64(seed))
    var index = HashIndex<UInt16>()
    var reference: Set<UInt16> = []
    // Few hashes, so that rows are taken and many values are not in their own.
    func hash(_ value: UInt16) -> UInt64 { UInt64(value % 50) &* 3 }
    for _ in 0..<4_000 {
        let value = random.nextUInt16() % 400
        if reference.contains(value) {
            #expect(index.remove(hash(value)) { $0 == value })
            reference.remove(value)
        } else {
            #expect(!index.remove(hash(value)) { $0 == value })
            index.insert(hash(value), value)
            reference.insert(value)
        }
        let other = random.nextUInt16() % 400
        let found = index.find(hash(other)) { $0 == other }
        #expect(found == (reference.contains(other) ? other : nil))
    }
    #expect(index.count == reference.count)
    #expect(Set(index.values) == reference)
}
