// The loop: rounds, what comes at the end of them, and how it ends.

import Events
import Testing

@Suite struct LoopTests {
    @Test("what is requested for a round's end comes after its closures, once")
    func roundEnd() throws {
        let loop = try EventLoop()
        let (first, second) = (try Pipe(), try Pipe())
        var calls: [String] = []
        let end = Box<EndOfTick>(nil)
        end.event = try EndOfTick(loop) {
            calls.append("end")
            loop.stop()
        }
        let one = try ReadinessEvent(loop, descriptor: first.reading, .readable) {
            first.drain()
            calls.append("closure")
            end.event?.request()
        }
        let two = try ReadinessEvent(loop, descriptor: second.reading, .readable) {
            second.drain()
            calls.append("closure")
            end.event?.request()
        }
        first.write()
        second.write()
        loop.run()
        #expect(calls == ["closure", "closure", "end"])
        _ = consume one
        _ = consume two
        end.event = nil
    }

    @Test("an end that is requested in a round's end comes again, and one that is not does not")
    func laterEnds() throws {
        let loop = try EventLoop()
        var ends = 0
        let end = Box<EndOfTick>(nil)
        end.event = try EndOfTick(loop) {
            ends += 1
            if ends < 3 { end.event?.request() }
        }
        end.event?.request()
        let timer = try TimerEvent(loop) { loop.stop() }
        timer.arm(afterNanoseconds: 20_000_000)
        loop.run()
        #expect(ends == 3)
        _ = consume timer
        end.event = nil
    }

    @Test("a loop that was stopped before it ran returns at once, and runs when it is run again")
    func stoppedBefore() throws {
        let loop = try EventLoop()
        var rounds = 0
        let end = try EndOfTick(loop) {
            rounds += 1
            loop.stop()
        }
        end.request()
        loop.stop()
        loop.run()
        #expect(rounds == 0)
        loop.run()
        #expect(rounds == 1)
        _ = consume end
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
                let held = Box<EndOfTick>(nil)
                held.event = try? EndOfTick(loop) {
                    fired += 1
                    if fired == 100 { loop.stop() } else { held.event?.request() }
                }
                held.event?.request()
                loop.run()
                #expect(fired == 100)
                held.event = nil
            }
        }
        for thread in threads { thread.join() }
    }
}
