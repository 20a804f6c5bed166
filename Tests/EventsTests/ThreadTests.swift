// Threads, the way into a loop from another one, and signals, which no such thread takes.

import Events
import Foundation
import Glibc
import Synchronization
import Testing

/// A flag that threads share.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

@Suite struct ThreadTests {
    @Test("joining waits for the closure's end, and only once")
    func joins() throws {
        let (go, done) = (Flag(), Flag())
        let thread = try Thread.start(named: "joined") {
            while !go.isSet { sched_yield() }
            done.set()
        }
        #expect(!done.isSet)
        go.set()
        thread.join()
        #expect(done.isSet)
        thread.join()
    }

    @Test("a thread goes on when nobody keeps it")
    func detached() throws {
        let loop = try EventLoop()
        let wakeup = try Wakeup()
        let seen = Count()
        let event = try ReadinessEvent(loop, descriptor: wakeup.descriptor, .readable) {
            wakeup.drain()
            seen.value += 1
        }
        _ = try Thread.start(named: "detached") { wakeup.signal() }
        try loop.turn { seen.value == 1 }
        _ = consume event
    }

    @Test(
        "a thread has its name, cut at fifteen octets",
        arguments: [("loader", "loader"), ("a name that is long", "a name that is ")])
    func names(name: String, kept: String) throws {
        let found = Mutex("")
        let thread = try Thread.start(named: name) {
            let path = "/proc/thread-self/comm"
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            found.withLock { $0 = text }
        }
        thread.join()
        #expect(found.withLock { $0 } == kept + "\n")
    }

    @Test("a thread takes no signals; whoever started it goes on taking them")
    func masks() throws {
        @Sendable func blocked() -> [CInt] {
            var mask = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
            return [SIGHUP, SIGINT, SIGTERM, SIGUSR1].filter { unsafe sigismember(&mask, $0) == 1 }
        }
        let before = blocked()
        let inside = Mutex<[CInt]>([])
        let thread = try Thread.start(named: "masked") {
            let found = blocked()
            inside.withLock { $0 = found }
        }
        thread.join()
        #expect(inside.withLock { $0 } == [SIGHUP, SIGINT, SIGTERM, SIGUSR1])
        #expect(blocked() == before)
    }

    // MARK: Wake-ups

    @Test("signals that nobody drained in between are one")
    func coalesce() throws {
        let loop = try EventLoop()
        let wakeup = try Wakeup()
        let seen = Count()
        for _ in 0..<1_000 { wakeup.signal() }
        let event = try ReadinessEvent(loop, descriptor: wakeup.descriptor, .readable) {
            wakeup.drain()
            seen.value += 1
        }
        try loop.turn { seen.value > 0 }
        try loop.settle(milliseconds: 5)
        #expect(seen.value == 1)
        wakeup.drain()
        wakeup.signal()
        try loop.turn { seen.value == 2 }
        _ = consume event
    }

    @Test("what was shared before a signal is seen after it")
    func handOver() throws {
        let loop = try EventLoop()
        let wakeup = try Wakeup()
        let numbers = Mutex<[Int]>([])
        var taken: [Int] = []
        let event = try ReadinessEvent(loop, descriptor: wakeup.descriptor, .readable) {
            wakeup.drain()
            taken += numbers.withLock { numbers in
                defer { numbers = [] }
                return numbers
            }
        }
        let threads = try (0..<4).map { part in
            try Thread.start(named: "poster") {
                for number in 0..<500 {
                    numbers.withLock { $0.append(part * 500 + number) }
                    wakeup.signal()
                }
            }
        }
        try loop.turn { taken.count == 2_000 }
        #expect(taken.sorted() == Array(0..<2_000))
        for thread in threads { thread.join() }
        _ = consume event
    }
}

/// One after the other: libevent serves the signals of one loop at a time.
@Suite(.serialized) struct SignalTests {
    @Test("a signal calls its closure, and has lost its default action")
    func delivered() throws {
        let loop = try EventLoop()
        let (user, window) = (Count(), Count())
        let first = try SignalEvent(loop, signal: SIGUSR1) { user.value += 1 }
        let second = try SignalEvent(loop, signal: SIGWINCH) { window.value += 1 }
        for round in 1...3 {
            kill(getpid(), SIGUSR1)
            try loop.turn { user.value == round }
        }
        #expect(window.value == 0)
        kill(getpid(), SIGWINCH)
        try loop.turn { window.value == 1 }
        #expect(user.value == 3)
        _ = consume first
        _ = consume second
    }

    @Test("a second loop can have signals when the first has none any more")
    func again() throws {
        for _ in 0..<2 {
            let loop = try EventLoop()
            let seen = Count()
            let event = try SignalEvent(loop, signal: SIGUSR2) {
                seen.value += 1
                loop.stop()
            }
            kill(getpid(), SIGUSR2)
            loop.run()
            #expect(seen.value == 1)
            _ = consume event
        }
    }
}
