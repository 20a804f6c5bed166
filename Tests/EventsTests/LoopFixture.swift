// What the tests of the loop share: pipes, and turns of a loop that end when something was seen, or with a failure
// when it was not seen for ten seconds.

import Events
import Glibc
import Testing

/// A pipe whose ends are closed with it.
final class Pipe {
    let reading: CInt
    private(set) var writing: CInt

    init() throws {
        var ends: [CInt] = [-1, -1]
        let result = unsafe pipe(&ends)
        try #require(result == 0)
        (reading, writing) = (ends[0], ends[1])
        for end in ends {
            #expect(fcntl(end, F_SETFL, O_NONBLOCK) == 0)
            #expect(fcntl(end, F_SETFD, FD_CLOEXEC) == 0)
        }
    }

    deinit {
        close(reading)
        closeWriting()
    }

    /// Makes the reading end readable.
    func write() {
        var octet: UInt8 = 1
        let count = unsafe Glibc.write(writing, &octet, 1)
        #expect(count == 1)
    }

    /// Reads everything; returns the number of bytes.
    @discardableResult
    func drain() -> Int {
        var octets = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe octets.withUnsafeMutableBytes { buffer in
            unsafe read(reading, buffer.baseAddress, buffer.count)
        }
        return max(count, 0)
    }

    func closeWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }
}

/// A registration that a closure may end.
final class Box<Event: ~Copyable> {
    var event: Event?
    init(_ event: consuming Event?) { self.event = event }
}

/// A number that closures count up on one thread.
final class Count {
    var value = 0
}

extension EventLoop {
    /// Turns until `condition` holds.
    func turn(
        until condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let isOverdue = Count()
        let timer = try TimerEvent(self) { isOverdue.value += 1 }
        timer.arm(afterNanoseconds: 10_000_000_000)
        while !condition() {
            turn()
            if isOverdue.value > 0 {
                Issue.record("nothing happened for ten seconds", sourceLocation: sourceLocation)
                break
            }
        }
        _ = consume timer
    }

    /// Turns for as long as everything that is ready now needs, and a little time more.
    func settle(milliseconds: UInt64 = 0) throws {
        let isDone = Count()
        let timer = try TimerEvent(self) { isDone.value += 1 }
        // One round for what is ready already, whatever the order of the closures.
        let end = try EndOfTick(self) { isDone.value += 1 }
        end.request()
        try turn { isDone.value > 0 }
        timer.arm(afterNanoseconds: milliseconds * 1_000_000)
        try turn { isDone.value > 1 }
        _ = consume timer
        _ = consume end
    }
}
