// The resolver's tables, each against a plain one that is obviously right.

import DNSWire
import Testing

@testable import Resolution

extension Slab {
    /// The element, or nil when its row was given back.
    fileprivate subscript(known handle: SlabHandle) -> Element? {
        contains(handle) ? self[handle] : nil
    }
}

@Test(
    "a slab's handle is known until its row is given back, and never names the row's next element")
func slabHandles() {
    var slab = Slab(blank: "blank")
    let first = slab.take()
    #expect(slab[first] == "blank")
    slab[first] = "first"
    #expect(slab[known: first] == "first")
    slab.giveBack(first)
    #expect(slab[known: first] == nil && slab.count == 0)
    slab.giveBack(first)
    #expect(slab.count == 0)
    let second = slab.take()
    #expect(second.slot == first.slot && second != first)
    #expect(slab[known: first] == nil && slab[known: second] != nil)
    // Its room is used again, and what is in it is the taker's business.
    #expect(slab[second] == "first")
    slab[second].append("!")
    #expect(slab[second] == "first!")
    slab.giveBack(first)
    #expect(slab[known: second] == "first!" && slab.count == 1)
    #expect(SlabHandle(rawValue: second.rawValue) == second)
    #expect(slab[known: SlabHandle(slot: 9, generation: 1)] == nil)
}

@Test("a name is told of once an hour, and of more than a thousand in an hour none")
func recentNames() throws {
    var names = RecentNames()
    func name(_ number: Int) throws -> Name { try Name(text: "r\(number).example.") }
    func at(_ seconds: UInt64) -> Instant { .start + .seconds(seconds) }
    func insert(_ number: Int, _ seconds: UInt64) throws -> Bool {
        names.insert(try name(number), at: at(seconds))
    }
    #expect(try insert(0, 10))
    #expect(try !insert(0, 3_609))
    #expect(try insert(0, 3_610))
    for number in 1..<1_000 { #expect(try insert(number, 3_700)) }
    #expect(try !insert(1_000, 3_700))
    // An hour after the first, there is room for one, and no more.
    #expect(try insert(1_000, 7_210))
    #expect(try !insert(1_001, 7_211))
    #expect(try insert(1_001, 7_300))
    #expect(try insert(1, 7_300))
}

@Test("a slab agrees with a dictionary, whatever is done to it")
func slabAgreesWithDictionary() {
    var generator = SeededGenerator(seed: 3)
    var slab = Slab(blank: -1)
    var model: [SlabHandle: Int] = [:]
    var removed: [SlabHandle] = []
    for step in 0..<10_000 {
        if Bool.random(using: &generator) || model.isEmpty {
            let handle = slab.take()
            slab[handle] = step
            #expect(model.updateValue(step, forKey: handle) == nil)
        } else if let handle = model.keys.randomElement(using: &generator) {
            #expect(slab[handle] == model.removeValue(forKey: handle))
            slab.giveBack(handle)
            removed.append(handle)
        }
        #expect(slab.count == model.count)
    }
    for (handle, value) in model { #expect(slab[known: handle] == value) }
    for handle in removed { #expect(slab[known: handle] == nil) }
}

@Test("a queue of deadlines gives the earliest first, whatever is set and removed")
func deadlinesInOrder() {
    var generator = SeededGenerator(seed: 4)
    var queue = DeadlineQueue()
    var model: [UInt32: UInt64] = [:]
    for _ in 0..<20_000 {
        let slot = UInt32.random(in: 0..<64, using: &generator)
        let handle = SlabHandle(slot: slot, generation: 7)
        if Int.random(in: 0..<3, using: &generator) > 0 {
            let instant = UInt64.random(in: 0..<1_000, using: &generator)
            queue.set(handle, at: Instant(nanoseconds: instant))
            model[slot] = instant
        } else {
            queue.remove(handle)
            model[slot] = nil
        }
        #expect(queue.first?.instant.nanoseconds == model.values.min())
    }
    var last: UInt64 = 0
    while let first = queue.first {
        #expect(first.instant.nanoseconds >= last)
        #expect(model.removeValue(forKey: first.handle.slot) == first.instant.nanoseconds)
        last = first.instant.nanoseconds
        queue.remove(first.handle)
    }
    #expect(model.isEmpty)
}

@Test("an index of suffixes finds what stands at every suffix of a name, and nothing else")
func suffixesAreFound() throws {
    var generator = SeededGenerator(seed: 5)
    let labels = ["a", "b", "c", "privatelink", "azurecr", "io"]
    func randomName(_ most: Int) throws -> Name {
        let count = Int.random(in: 0...most, using: &generator)
        let text = (0..<count).map { _ in labels.randomElement(using: &generator) ?? "" }
        return text.isEmpty ? .root : try Name(text: text.joined(separator: ".") + ".")
    }
    var model: [Name: SuffixEntry] = [:]
    for index in 0..<200 { model[try randomName(4), default: SuffixEntry()].zone = Int32(index) }
    let index = SuffixIndex(model.map { (name: $0.key, entry: $0.value) }, hasher: fixedHasher)
    for _ in 0..<2_000 {
        var name = try randomName(6)
        if Bool.random(using: &generator) { name = try Name(text: "\(name)".uppercased()) }
        let buffer = buffer(name)
        var suffix: Name? = name
        for label in 0...buffer.labelCount {
            let expected = suffix.flatMap { model[$0]?.zone }
            #expect(index.entry(buffer, fromLabel: label)?.zone == expected)
            suffix = suffix?.parent
        }
    }
}

@Test("an index of nothing finds nothing")
func emptySuffixIndex() throws {
    let index = SuffixIndex([], hasher: fixedHasher)
    #expect(index.entry(buffer(try Name(text: "a.example.")), fromLabel: 0) == nil)
    #expect(index.entry(buffer(.root), fromLabel: 0) == nil)
}

@Test("time neither wraps nor goes back")
func timeSaturates() {
    let end = Instant(nanoseconds: .max)
    #expect(end + .seconds(1) == end)
    #expect(second(1).since(second(2)).nanoseconds == 0)
    #expect(TimeSpan.seconds(.max).nanoseconds == .max)
    #expect(TimeSpan.milliseconds(.max).nanoseconds == .max)
}

@Test("random numbers come from block after block, each octet once")
func randomBlocks() {
    var fills: UInt8 = 0
    var random = RandomSource { octets in
        fills += 1
        for index in octets.indices { octets[index] = fills }
    }
    var numbers: [UInt16] = []
    for _ in 0..<1_024 { numbers.append(random.nextUInt16()) }
    #expect(fills == 2)
    #expect(numbers[511] == 0x0101 && numbers[512] == 0x0202)
    #expect(random.nextUInt32() == 0x0303_0303)
}

@Test("whoever chooses types for one name does not choose their places in a table")
func typesDoNotCluster() {
    // What would fill half of a table's places, one beside the other, if a type were multiplied before the name's keyed
    // hash is added.
    let mask: UInt64 = 16_383
    let nameHash = NameHasher(key: 0xDEAD_BEEF).hash(words: 1, 2)
    var isTaken = [Bool](repeating: false, count: Int(mask) + 1)
    for number in 0..<UInt64(1 << 18)
    where number &* 0x9E37_79B9_7F4A_7C15 & mask < 8_192 {
        let key = CacheKey(
            group: 1, type: RecordType(rawValue: UInt16(number >> 2)),
            dnssecOK: number & 1 != 0, checkingDisabled: number & 2 != 0)
        // At most so many have room in the table.
        guard number < 1 << 14 else { break }
        isTaken[Int(key.hash(of: nameHash) & mask)] = true
    }
    var longest = 0
    var run = 0
    for place in isTaken {
        run = place ? run + 1 : 0
        longest = max(longest, run)
    }
    #expect(isTaken.filter { $0 }.count > 4_000)
    #expect(longest < 40)
}
