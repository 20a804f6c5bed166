// Timers: once per arming, in order, not before their time but for what libevent's coarse clock takes.

import Events
import Testing

@Suite struct TimerTests {
    @Test("a timer fires once, not before its time")
    func once() throws {
        let loop = try EventLoop()
        let fired = Count()
        let timer = try TimerEvent(loop) { fired.value += 1 }
        try loop.settle(milliseconds: 5)
        #expect(fired.value == 0)
        let start = SystemClock.elapsed()
        timer.arm(afterNanoseconds: 50_000_000)
        try loop.turn { fired.value > 0 }
        #expect(SystemClock.elapsed() - start >= 40_000_000)
        try loop.settle(milliseconds: 5)
        #expect(fired.value == 1)
        timer.arm(afterNanoseconds: 0)
        try loop.turn { fired.value == 2 }
        _ = consume timer
    }

    @Test("arming again replaces the earlier time, later or sooner")
    func replaced() throws {
        let loop = try EventLoop()
        let fired = Count()
        let timer = try TimerEvent(loop) { fired.value += 1 }
        timer.arm(afterNanoseconds: 3_600_000_000_000)
        timer.arm(afterNanoseconds: 1_000_000)
        try loop.turn { fired.value > 0 }
        timer.arm(afterNanoseconds: 1_000_000)
        timer.arm(afterNanoseconds: 3_600_000_000_000)
        try loop.settle(milliseconds: 20)
        #expect(fired.value == 1)
        _ = consume timer
    }

    @Test("timers fire in the order of their times")
    func order() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        let held = try [60, 20, 40].map { milliseconds in
            let timer = try TimerEvent(loop) { fired.append(milliseconds) }
            timer.arm(afterNanoseconds: UInt64(milliseconds) * 1_000_000)
            return Box<TimerEvent>(timer)
        }
        try loop.turn { fired.count == 3 }
        #expect(fired == [20, 40, 60])
        for timer in held { timer.event = nil }
    }

    @Test("the longest time is as good as never")
    func never() throws {
        let loop = try EventLoop()
        let fired = Count()
        let timer = try TimerEvent(loop) { fired.value += 1 }
        timer.arm(afterNanoseconds: .max)
        try loop.settle(milliseconds: 5)
        #expect(fired.value == 0)
        _ = consume timer
    }

    @Test("a timer that is gone does not fire")
    func gone() throws {
        let loop = try EventLoop()
        let fired = Count()
        let held = Box<TimerEvent>(try TimerEvent(loop) { fired.value += 1 })
        held.event?.arm(afterNanoseconds: 1_000_000)
        held.event = nil
        try loop.settle(milliseconds: 20)
        #expect(fired.value == 0)
    }
}

@Suite struct DeadlineTests {
    @Test("a deadline fires once, not before its time, and again when it is armed again")
    func once() throws {
        let loop = try EventLoop()
        let fired = Count()
        let deadline = try DeadlineEvent(loop) { fired.value += 1 }
        try loop.settle(milliseconds: 5)
        #expect(fired.value == 0)
        let start = SystemClock.elapsed()
        deadline.arm(afterNanoseconds: 50_000_000)
        try loop.turn { fired.value > 0 }
        #expect(SystemClock.elapsed() - start >= 50_000_000)
        try loop.settle(milliseconds: 5)
        #expect(fired.value == 1)
        deadline.arm(afterNanoseconds: 0)
        try loop.turn { fired.value == 2 }
        _ = consume deadline
    }

    @Test("arming again replaces the earlier time, later or sooner, even one that is over already")
    func replaced() throws {
        let loop = try EventLoop()
        let fired = Count()
        let deadline = try DeadlineEvent(loop) { fired.value += 1 }
        deadline.arm(afterNanoseconds: .max)
        deadline.arm(afterNanoseconds: 1_000_000)
        try loop.turn { fired.value > 0 }
        deadline.arm(afterNanoseconds: 1)
        deadline.arm(afterNanoseconds: 3_600_000_000_000)
        try loop.settle(milliseconds: 20)
        #expect(fired.value == 1)
        _ = consume deadline
    }
}
