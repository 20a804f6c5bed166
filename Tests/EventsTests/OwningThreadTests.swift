// A loop, what it watches and a confined value are used on the thread that they were made on; debug builds end the
// process when another thread does so.

import Glibc
import Testing

@testable import Events

/// Takes what may not leave its thread to another one, which is the mistake that is to be found.
private struct Smuggled<Value>: @unchecked Sendable {
    let value: Value
}

/// What another thread might try.
enum WrongUse: String, CaseIterable, Codable, Sendable {
    case run, turn, stop, watch, arm, request, disable, confined

    /// Does it, on this thread or on another one.
    func attempt(onOtherThread isOther: Bool) throws {
        let loop = try EventLoop()
        let pipe = try Pipe()
        let timer = Box(try TimerEvent(loop) {})
        let end = Box(try EndOfTick(loop) {})
        let readable = Box(try ReadinessEvent(loop, descriptor: pipe.reading, .readable) {})
        let confined = LoopConfined(1)
        let body = Smuggled(value: {
            switch self {
            case .run:
                loop.stop()
                loop.run()
            case .turn:
                end.event?.request()
                loop.turn()
            case .stop: loop.stop()
            case .watch: _ = try? ReadinessEvent(loop, descriptor: pipe.reading, .readable) {}
            case .arm: timer.event?.arm(afterNanoseconds: 1)
            case .request: end.event?.request()
            case .disable: readable.event?.disable()
            case .confined: confined.use { $0 += 1 }
            }
        })
        guard isOther else { return body.value() }
        try Thread.start(named: "other") { body.value() }.join()
    }
}

@Suite struct OwningThreadTests {
    #if DEBUG
        @Test("another thread's use ends the process", arguments: WrongUse.allCases)
        func otherThread(use: WrongUse) async {
            await #expect(processExitsWith: .failure) { [use] in
                try use.attempt(onOtherThread: true)
            }
        }
    #else
        @Test("in release the check takes no room")
        func size() { #expect(MemoryLayout<OwningThread>.size == 0) }
    #endif

    @Test("the own thread's use does not", arguments: WrongUse.allCases)
    func ownThread(use: WrongUse) throws { try use.attempt(onOtherThread: false) }
}
