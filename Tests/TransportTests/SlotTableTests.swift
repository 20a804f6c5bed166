// Tables of slots, and lists of slots in order of activity.

import Testing

@testable import Transport

@Suite struct SlotTableTests {
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
        var lists = [IdleList(), IdleList()]
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
                    links.touch(slot, in: &lists[at])
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
}
