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

/// Queues of a plain kind: an array for each client, in the order of their turns.
private struct PlainQueues {
    var turns: [[(client: UInt32, queue: [(SlabHandle, Instant)])]] = [[], []]

    mutating func append(_ handle: SlabHandle, _ client: UInt32, _ ring: Int, _ now: Instant) {
        guard let row = turns[ring].firstIndex(where: { $0.client == client }) else {
            return turns[ring].append((client, [(handle, now)]))
        }
        turns[ring][row].queue.append((handle, now))
    }

    mutating func popFirst(_ now: Instant) -> SlabHandle? {
        for ring in 0...1 {
            // An empty queue goes when it has its turn.
            guard let first = turns[ring].firstIndex(where: { !$0.queue.isEmpty }) else {
                turns[ring] = []
                continue
            }
            turns[ring].removeFirst(first)
            var row = turns[ring].removeFirst()
            let isLong = now.since(row.queue[0].1) > .milliseconds(100)
            let (handle, _) = isLong ? row.queue.removeLast() : row.queue.removeFirst()
            if !row.queue.isEmpty { turns[ring].append(row) }
            return handle
        }
        return nil
    }

    mutating func drop(unless wanted: (SlabHandle) -> Bool) {
        for ring in 0...1 {
            for row in turns[ring].indices { turns[ring][row].queue.removeAll { !wanted($0.0) } }
        }
    }
}

@Test(
    "requests wait in a queue for each client, which have their turns; long ones give the newest",
    arguments: [100, 20] as [UInt64])
func requestQueues(_ turn: UInt64) {
    var generator = SeededGenerator(seed: 7)
    var queues = RequestQueues(hasher: fixedHasher)
    var plain = PlainQueues()
    for step in 0..<6_000 as Range<UInt32> {
        let now = Instant(nanoseconds: UInt64(step) * 1_000_000)
        // Grows at first, and is empty now and then in the end.
        if UInt32.random(in: 0..<5, using: &generator) < (step < 3_000 ? 3 : 2) {
            let handle = SlabHandle(slot: step, generation: 0)
            let client = UInt32.random(in: 1...5, using: &generator)
            let isLast = UInt64.random(in: 0..<turn, using: &generator) == 0
            queues.append(handle, of: IPAddress(ipv4: client), to: 3, isLast: isLast, at: now)
            plain.append(handle, client, isLast ? 1 : 0, now)
        } else {
            let next = queues.popFirst(3, at: now)
            #expect(next == plain.popFirst(now))
        }
        if step % 500 == 499 {
            queues.drop { $0.slot % 3 == 0 }
            plain.drop { $0.slot % 3 == 0 }
        }
        let (count, other) = (queues.count, queues.popFirst(2, at: now))
        #expect(count == plain.turns.joined().reduce(0) { $0 + $1.queue.count })
        #expect(other == nil)
    }
}

@Test("queues are crowded when there is twice as much as was wanted at the last look")
func crowdedQueues() {
    var queues = RequestQueues(hasher: fixedHasher)
    for number in 0..<1_024 as Range<UInt32> {
        let handle = SlabHandle(slot: number, generation: 0)
        queues.append(handle, of: IPAddress(ipv4: 1), to: 0, isLast: false, at: second(0))
    }
    let wasCrowded = queues.isCrowded
    #expect(!wasCrowded)
    let last = SlabHandle(slot: 1_024, generation: 0)
    queues.append(last, of: IPAddress(ipv4: 1), to: 0, isLast: false, at: second(0))
    let isCrowded = queues.isCrowded
    #expect(isCrowded)
    queues.drop { $0.slot < 900 }
    let (count, isStillCrowded) = (queues.count, queues.isCrowded)
    #expect(count == 900 && !isStillCrowded)
}

@Test("names are silent where several had no answer lately, and none has had one since")
func silentNames() {
    var names = SilentNames()
    for _ in 0..<3 {
        #expect(!names.contains(7, at: second(1)))
        names.noteSilence(7, at: second(1))
    }
    #expect(names.contains(7, at: second(10)))
    #expect(!names.contains(8, at: second(1)))
    #expect(!names.contains(7, at: second(12)))
    names.noteSilence(7, at: second(12))
    #expect(!names.contains(7, at: second(12)))
    for _ in 0..<2 { names.noteSilence(7, at: second(12)) }
    names.noteAnswer(8)
    #expect(names.contains(7, at: second(12)))
    names.noteAnswer(7)
    #expect(!names.contains(7, at: second(12)))
}

@Test("IPv6 clients are networks of 64 bits, IPv4 clients addresses, mapped ones too")
func clientNetworks() throws {
    func network(_ text: String) throws -> String {
        "\(try #require(IPAddress(text)).clientNetwork)"
    }
    #expect(try network("192.0.2.7") == "192.0.2.7")
    #expect(try network("::ffff:192.0.2.7") == "192.0.2.7")
    #expect(try network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::")
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
