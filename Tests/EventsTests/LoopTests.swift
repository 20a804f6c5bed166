// The loop: rounds, what comes after each of them, and how it ends.

import Events
import Testing

@Suite struct LoopTests {
    @Test("a round's closures are all called before what comes after the round")
    func rounds() throws {
        let loop = try EventLoop()
        let (first, second) = (try Pipe(), try Pipe())
        var calls: [String] = []
        let one = try ReadinessEvent(loop, descriptor: first.reading, .readable) {
            first.drain()
            calls.append("closure")
        }
        let two = try ReadinessEvent(loop, descriptor: second.reading, .readable) {
            second.drain()
            calls.append("closure")
        }
        first.write()
        second.write()
        loop.run {
            calls.append("after")
            loop.stop()
        }
        #expect(calls == ["closure", "closure", "after"])
        _ = consume one
        _ = consume two
    }

    @Test("what comes after the last round is called too")
    func lastRound() throws {
        let loop = try EventLoop()
        let rounds = Count()
        let timer = try TimerEvent(loop) { loop.stop() }
        timer.fireSoon()
        loop.run { rounds.value += 1 }
        #expect(rounds.value == 1)
        _ = consume timer
    }

    @Test("a loop that was stopped before it ran returns at once, and runs when it is run again")
    func stoppedBefore() throws {
        let loop = try EventLoop()
        let rounds = Count()
        loop.stop()
        loop.run { rounds.value += 1 }
        #expect(rounds.value == 0)
        let timer = try TimerEvent(loop) { loop.stop() }
        timer.fireSoon()
        loop.run { rounds.value += 1 }
        #expect(rounds.value == 1)
        _ = consume timer
    }

    @Test("a loop without events waits for one that another thread brings")
    func emptyLoop() throws {
        let loop = try EventLoop()
        let wakeup = try Wakeup()
        let event = try ReadinessEvent(loop, descriptor: wakeup.descriptor, .readable) {
            loop.stop()
        }
        let thread = try Thread.start(named: "waker") { wakeup.signal() }
        loop.run()
        thread.join()
        _ = consume event
    }

    @Test("loops of many threads know nothing of each other")
    func manyLoops() throws {
        let threads = try (0..<4).map { number in
            try Thread.start(named: "loop \(number)") {
                guard let loop = try? EventLoop() else {
                    Issue.record("no loop")
                    return
                }
                var fired = 0
                let held = Held<TimerEvent>(nil)
                held.event = try? TimerEvent(loop) {
                    fired += 1
                    if fired == 100 { loop.stop() } else { held.event?.fireSoon() }
                }
                held.event?.fireSoon()
                loop.run()
                #expect(fired == 100)
                held.event = nil
            }
        }
        for thread in threads { thread.join() }
    }
}
