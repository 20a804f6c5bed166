// One object that many read and some replace: no reader sees an older one after a newer one, and a
// replaced object is freed when its last reader releases it.

import Events
import Synchronization
import Testing

/// An object that knows its number and is counted.
private final class Numbered: Sendable {
    let number: UInt64
    private let living: LivingCount

    init(_ number: UInt64, _ living: LivingCount) {
        self.number = number
        self.living = living
        living.value.add(1, ordering: .relaxed)
    }

    deinit { living.value.subtract(1, ordering: .relaxed) }
}

private final class LivingCount: Sendable {
    let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
}

@Suite struct PublishedTests {
    @Test("generations count up from one, and a reader is told of a change once")
    func generations() {
        let living = LivingCount()
        let published = Published(Numbered(10, living))
        #expect(published.generation == 1)
        var (local, seen) = published.read()
        #expect(local.number == 10 && seen == 1)
        #expect(!published.refresh(&local, seen: &seen))
        let (generation, replaced) = published.publish(Numbered(11, living))
        #expect(generation == 2 && replaced.number == 10)
        #expect(published.refresh(&local, seen: &seen))
        #expect(local.number == 11 && seen == 2)
        #expect(!published.refresh(&local, seen: &seen))
        seen = 0
        #expect(published.refresh(&local, seen: &seen))
    }

    @Test("readers of many threads see the newest, and never an older one again")
    func concurrentReaders() throws {
        let living = LivingCount()
        let last: UInt64 = 2_000
        let published = Published(Numbered(1, living))
        let readers = try (0..<3).map { number in
            try Thread.start(named: "reader \(number)") {
                var (local, seen) = published.read()
                var highest = local.number
                while local.number < last {
                    guard published.refresh(&local, seen: &seen) else { continue }
                    // One publisher: the object's number is its generation.
                    if local.number != seen || local.number <= highest {
                        Issue.record("\(local.number) as \(seen) after \(highest)")
                    }
                    highest = local.number
                }
            }
        }
        let publisher = try Thread.start(named: "publisher") {
            for number in 2...last { published.publish(Numbered(number, living)) }
        }
        publisher.join()
        for reader in readers { reader.join() }
        #expect(published.generation == last)
        #expect(living.count == 1)
    }

    @Test("each of many publishers gets a generation of its own and what it replaced")
    func concurrentPublishers() throws {
        let living = LivingCount()
        let published = Published(Numbered(0, living))
        let found = Mutex<(generations: [UInt64], replaced: [UInt64])>(([], []))
        let threads = try (0..<3).map { part in
            try Thread.start(named: "publisher") {
                for step in 1...500 {
                    let number = UInt64(part * 500 + step)
                    let (generation, replaced) = published.publish(Numbered(number, living))
                    let old = replaced.number
                    found.withLock {
                        $0.generations.append(generation)
                        $0.replaced.append(old)
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        let (generations, replaced) = found.withLock { $0 }
        #expect(generations.sorted() == (2...1_501).map { $0 })
        #expect((replaced + [published.read().value.number]).sorted() == (0...1_500).map { $0 })
        #expect(living.count == 1)
    }
}

@Suite struct SystemTests {
    @Test("the elapsed clock never goes back")
    func clock() {
        var before = SystemClock.elapsed()
        for _ in 0..<1_000 {
            let now = SystemClock.elapsed()
            #expect(now >= before)
            before = now
        }
        // Later than this was written, and in seconds.
        #expect(SystemClock.wallSeconds() > 1_700_000_000)
        #expect(SystemClock.wallSeconds() < 10_000_000_000)
        #expect(SystemClock.monotonicMicroseconds() <= SystemClock.elapsed() / 1_000)
    }

    @Test("all octets that are asked for are overwritten", arguments: [0, 1, 7, 256, 4_096])
    func random(count: Int) {
        var written = [Bool](repeating: false, count: count)
        // An octet stays zero in each of sixteen fillings once in 2 to the 128.
        for _ in 0..<16 {
            var octets = [UInt8](repeating: 0, count: count)
            var span = octets.mutableSpan
            SystemRandom.fill(&span)
            for index in octets.indices where octets[index] != 0 { written[index] = true }
        }
        #expect(written.allSatisfy { $0 })
    }

    @Test("errors are equal by number and speak the system's words")
    func errors() {
        #expect(SystemError("bind", 98) == SystemError("listen", 98))
        #expect(SystemError("bind", 98) != SystemError("bind", 99))
        #expect(SystemError("bind", 98).description == "bind: Address already in use")
        #expect(SystemError.text(of: 123_456).contains("123456"))
    }
}
