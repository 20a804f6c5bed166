// A value that closures of one thread share.

import Events
import Testing

@Suite struct ConfinedTests {
    private struct Unique: ~Copyable {
        var number = 1
        let ended: () -> Void
        deinit { ended() }
    }

    @Test("the value is changed in place, and ends with its owner")
    func use() {
        var ends = 0
        do {
            let confined = LoopConfined(Unique(ended: { ends += 1 }))
            for _ in 0..<3 { confined.use { $0.number *= 2 } }
            #expect(confined.use { $0.number } == 8)
            #expect(ends == 0)
        }
        #expect(ends == 1)
    }

    @Test("it can be used again after an error")
    func errors() {
        struct Fault: Error {}
        let confined = LoopConfined(1)
        #expect(throws: Fault.self) {
            try confined.use { value throws(Fault) in
                value = 2
                throw Fault()
            }
        }
        #expect(confined.use { $0 } == 2)
    }

    @Test("a use within a use ends the process")
    func nested() async {
        await #expect(processExitsWith: .failure) {
            let confined = LoopConfined(1)
            confined.use { _ in confined.use { $0 += 1 } }
        }
    }
}
