// Many runs, each from its own seed. `scripts/simulate --seeds N` runs any number; a seed that fails says how to
// run it again.

import Foundation
import Testing

@Suite struct SimulationTests {
    /// The seeds to run: `1-2000`, or what SIMULATION_SEEDS says.
    static var seeds: ClosedRange<UInt64> {
        let text = ProcessInfo.processInfo.environment["SIMULATION_SEEDS"] ?? "1-2000"
        let ends = text.split(separator: "-").compactMap { UInt64($0) }
        guard let first = ends.first, let last = ends.last, first <= last else { return 1...1 }
        return first...last
    }

    @Test func everyReplyIsOneThatTheReferenceAllows() {
        var replies = 0
        var faults = 0
        for seed in Self.seeds {
            do {
                let simulation = try Simulation(seed: seed)
                try simulation.run(queries: 60)
                replies += simulation.replies
            } catch {
                Issue.record("\(error)")
                faults += 1
                if faults == 5 { break }
            }
        }
        #expect(replies == Self.seeds.count * 60 || faults > 0)
    }

    /// The judge is no rubber stamp: replies that are wrong in one thing are refused.
    @Test func wrongRepliesAreRefused() throws {
        var dice = Dice(seed: 7)
        let served = Simulation.makeServed(&dice)
        let judge = ReferenceModel(world: ReferenceWorld(&dice))
        let question = ReferenceModel.Question(
            name: "a.local.example.", type: PlainType.a, recursion: true, asked: 0)
        let records = ["10.9.0.1", "10.9.0.2"].map {
            PlainRecord(owner: "a.local.example.", type: PlainType.a, ttl: 60, content: $0)
        }
        func fault(_ code: UInt16, _ answers: [PlainRecord]) throws -> String? {
            let query = try #require(
                ReferenceMessage(
                    ReferenceMessage.query(
                        id: 1, question.name, question.type, recursion: true, options: false)))
            let octets = query.reply(code: code, answers: answers, authorities: [])
            let reply = try #require(ReferenceMessage(octets))
            return judge.fault(in: reply, to: question, served, at: 0)
        }
        #expect(try fault(0, records) == nil)
        #expect(try fault(0, [records[0]]) != nil)
        #expect(try fault(3, []) != nil)
        #expect(try fault(2, []) != nil)
        var aged = records
        aged[0].ttl = 59
        #expect(try fault(0, aged) != nil)
    }
}
