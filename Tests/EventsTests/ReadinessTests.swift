// Descriptors that are watched: when the closure is called, when it is not, and that it may end its own watch.

import Events
import Glibc
import Testing

@Suite struct ReadinessTests {
    @Test("readable is told for as long as there is something to read")
    func levelTriggered() throws {
        let loop = try EventLoop()
        let pipe = try Pipe()
        let calls = Count()
        let event = try ReadinessEvent(loop, descriptor: pipe.reading, .readable) {
            calls.value += 1
        }
        try loop.settle()
        #expect(calls.value == 0)
        pipe.write()
        try loop.turn { calls.value == 3 }
        #expect(pipe.drain() == 1)
        let seen = calls.value
        try loop.settle(milliseconds: 5)
        #expect(calls.value == seen)
        _ = consume event
    }

    @Test("the end of a stream is readable")
    func endOfStream() throws {
        let loop = try EventLoop()
        let pipe = try Pipe()
        let calls = Count()
        let event = try ReadinessEvent(loop, descriptor: pipe.reading, .readable) {
            calls.value += 1
        }
        pipe.closeWriting()
        try loop.turn { calls.value > 0 }
        _ = consume event
    }

    @Test("writable is told at once, and not while the pipe is full")
    func writable() throws {
        let loop = try EventLoop()
        let pipe = try Pipe()
        let calls = Count()
        let event = try ReadinessEvent(loop, descriptor: pipe.writing, .writable) {
            calls.value += 1
        }
        try loop.turn { calls.value > 0 }
        let block = [UInt8](repeating: 0, count: 65_536)
        while unsafe block.withUnsafeBytes({ unsafe write(pipe.writing, $0.baseAddress, $0.count) })
            > 0
        {}
        #expect(errno == EAGAIN)
        let seen = calls.value
        try loop.settle(milliseconds: 5)
        #expect(calls.value == seen)
        while pipe.drain() > 0 {}
        try loop.turn { calls.value > seen }
        _ = consume event
    }

    @Test("a paused watch is silent until it is resumed")
    func pause() throws {
        let loop = try EventLoop()
        let pipe = try Pipe()
        let calls = Count()
        var event = try ReadinessEvent(
            loop, descriptor: pipe.reading, .readable, enabled: false
        ) { calls.value += 1 }
        var isEnabled = event.isEnabled
        #expect(!isEnabled)
        pipe.write()
        try loop.settle(milliseconds: 5)
        #expect(calls.value == 0)
        try event.enable()
        try event.enable()
        isEnabled = event.isEnabled
        #expect(isEnabled)
        try loop.turn { calls.value > 0 }
        event.disable()
        event.disable()
        let seen = calls.value
        try loop.settle(milliseconds: 5)
        #expect(calls.value == seen)
        _ = consume event
    }

    @Test("a closure may end its own watch")
    func endsItself() throws {
        let loop = try EventLoop()
        let pipe = try Pipe()
        let calls = Count()
        let held = Box<ReadinessEvent>(nil)
        held.event = try ReadinessEvent(loop, descriptor: pipe.reading, .readable) {
            held.event = nil
            calls.value += 1
        }
        pipe.write()
        try loop.settle(milliseconds: 5)
        #expect(calls.value == 1)
    }

    @Test("a closure may end another watch of its round, which is then not called")
    func endsAnother() throws {
        let loop = try EventLoop()
        let pipes = [try Pipe(), try Pipe()]
        let calls = Count()
        let held = [Box<ReadinessEvent>(nil), Box<ReadinessEvent>(nil)]
        for (index, pipe) in pipes.enumerated() {
            held[index].event = try ReadinessEvent(
                loop, descriptor: pipe.reading, .readable
            ) {
                calls.value += 1
                pipe.drain()
                held[1 - index].event = nil
            }
            pipe.write()
        }
        try loop.settle(milliseconds: 5)
        #expect(calls.value == 1)
        for event in held { event.event = nil }
    }

    @Test("what cannot be watched is an error with its number")
    func regularFile() throws {
        let loop = try EventLoop()
        let file = unsafe open("/etc/passwd", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        do {
            let event = try ReadinessEvent(loop, descriptor: file, .readable) {}
            _ = consume event
            Issue.record("a regular file was watched")
        } catch {
            #expect(error == SystemError("epoll_ctl", EPERM))
        }
    }
}
