// The parts that the servers are made of: frames, buffers, tables of slots and their order.

import Addresses
import Testing

@testable import Transport

@Suite struct PartTests {
    @Test(
        "a frame is what the two octets of length say",
        arguments: [
            ([], 0, Frame.incomplete), ([0], 0, .incomplete), ([0, 0], 0, .message(2..<2)),
            ([0, 2, 1], 0, .incomplete), ([0, 2, 1, 2], 0, .message(2..<4)),
            ([0, 2, 1, 2, 9], 0, .message(2..<4)), ([9, 0, 1, 7], 1, .message(3..<4)),
            ([1, 0], 0, .incomplete), ([1, 1], 0, .tooLong), ([255, 255], 0, .tooLong),
        ])
    func frames(octets: [UInt8], start: Int, expected: Frame) {
        #expect(Frame(in: octets.span, at: start, limit: 256) == expected)
    }

    @Test("a buffer that is never empty does not keep what was written")
    func outputBuffer() {
        var buffer = OutputBuffer()
        let message = [UInt8](repeating: 7, count: 1_000)
        buffer.appendFrame(message.span)
        for _ in 0..<10_000 {
            buffer.appendFrame(message.span)
            buffer.skip(1_002)
        }
        #expect(buffer.count == 1_002)
        #expect(buffer.heldOctets <= 4_008)
        buffer.skip(5_000)
        #expect(buffer.isEmpty)
    }

    @Test("what moves to another buffer stands behind what it has, without what was written")
    func moving() {
        var first = OutputBuffer([1, 2, 3])
        var second = OutputBuffer([9])
        first.skip(1)
        first.move(to: &second)
        #expect(first.isEmpty)
        #expect(second.count == 3)
        second.skip(2)
        #expect(second.count == 1)
    }

    private final class Element {
        let key: UInt64
        init(_ key: UInt64) { self.key = key }
    }

    @Test("a key is given once, and a freed slot is used again")
    func slotTable() {
        var table = SlotTable<Element>(capacity: 3)
        var keys: Set<UInt64> = []
        var last = table.insert { Element($0) }
        for _ in 0..<1_000 {
            #expect(keys.insert(last.key).inserted)
            #expect(table[last.key] === last)
            let old = last.key
            table.remove(old)
            table.remove(old)
            #expect(table[old] == nil && table.count == 0)
            last = table.insert { Element($0) }
            #expect(SlotTable<Element>.slot(of: last.key) == 0)
            #expect(table[old] == nil)
        }
        _ = table.insert { Element($0) }
        _ = table.insert { Element($0) }
        #expect(table.isFull && table.elements.count == 3)
        #expect(table[0] == nil && table[.max] == nil)
    }

    @Test("lists of slots keep their order of activity, whatever happens to them")
    func activityList() {
        var links = ActivityLinks()
        var lists = [ActivityList(), ActivityList()]
        var plain: [[Int]] = [[], []]
        var random = SeededGenerator(state: 11)
        for _ in 0..<5_000 {
            let slot = Int.random(in: 0..<20, using: &random)
            let list = Int.random(in: 0...1, using: &random)
            if let at = plain.firstIndex(where: { $0.contains(slot) }) {
                if Bool.random(using: &random) {
                    links.remove(slot, from: &lists[at])
                    plain[at].removeAll { $0 == slot }
                } else {
                    links.renew(slot, in: &lists[at])
                    plain[at].removeAll { $0 == slot }
                    plain[at].append(slot)
                }
            } else {
                links.append(slot, to: &lists[list])
                plain[list].append(slot)
            }
            for index in 0...1 {
                var walked: [Int] = []
                var next = lists[index].first
                while let slot = next {
                    walked.append(slot)
                    next = links.newer(than: slot)
                }
                #expect(walked == plain[index])
                #expect(lists[index].count == plain[index].count)
            }
        }
    }

    @Test(
        "an endpoint becomes a socket address and comes back",
        arguments: ["127.0.0.1:53", "255.1.2.3:65535", "[::1]:53", "[2001:db8::ff00:1]:1"])
    func socketAddresses(text: String) throws {
        let endpoint = try #require(Endpoint(text, defaultPort: 53))
        #expect(SocketAddress(endpoint).endpoint == endpoint)
    }
}

/// SplitMix64, so that what failed once fails again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct FixedOctetTests {
    @Test("they are zeros at first, and what was written last")
    func changes() {
        var octets = FixedOctets(count: 10_000)
        #expect(octets.count == 10_000)
        #expect(octets.span.count == 10_000)
        var sum = 0
        for index in 0..<10_000 { sum += Int(octets.span[index]) }
        #expect(sum == 0)
        var changed = octets.mutableSpan
        changed[0] = 1
        changed[9_999] = 2
        #expect(octets.span[0] == 1)
        #expect(octets.span[9_999] == 2)
    }

    @Test("there are none beyond the last, and none at all is no number of them")
    func bounds() async {
        await #expect(processExitsWith: .failure) {
            let octets = FixedOctets(count: 3)
            _ = octets.span[3]
        }
        await #expect(processExitsWith: .failure) { _ = FixedOctets(count: 0) }
    }
}
