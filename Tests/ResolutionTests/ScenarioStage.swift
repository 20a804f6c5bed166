// The stage of a scenario: a resolver on a virtual clock, with clients on one side and servers on the other
// and no socket between. Statements are carried out one by one; what the resolver does must have been
// said by the scenario, or it has failed.

import Addresses
import DNSWire
import Foundation
import Zones

@testable import Resolution

/// Runs one scenario.
final class ScenarioStage {
    /// The hasher of zones, cache and resolver.
    static let hasher = NameHasher(key: 0x0123_4567_89AB_CDEF)

    /// What a reload makes a snapshot of.
    var settings = ScenarioSettings()
    /// Whether settings were changed that no reload has made true.
    var hasUnusedSettings = false
    var generation: UInt64 = 0
    var cacheSize = 1 << 20
    private var startedCache: AnswerCache?
    private var startedResolver: ResolverBox?

    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// What the clock on the wall says, in seconds since 1970; it goes only where a scenario sets it.
    var wallTime: UInt32 = 1_559_731_985
    var outbox = Outbox()
    var clients: [Int: ScenarioClient] = [:]
    /// Rules by which servers answer, the newest last.
    var rules: [AnswerRule] = []
    /// Queries that the scenario has not looked at.
    var unseen: [UpstreamQuery] = []
    /// The query that `replies` answers, and those that were given a name.
    var current: UpstreamQuery?
    var named: [String: UpstreamQuery] = [:]
    /// Messages on their way to the resolver.
    var deliveries: [Delivery] = []
    var lastPort: UInt64 = 0
    /// Which server each connection leads to.
    var connections: [UpstreamPort: Endpoint] = [:]
    /// Connections that a query was sent on.
    var connectionsUsed: Set<UpstreamPort> = []
    /// How many queries wait at each port: what the resolver has not released.
    var openPorts: [UpstreamPort: Int] = [:]
    var notices: [String] = []
    /// Whether what is logged of servers is looked at.
    var watchesServers = false
    /// The line of the statement that is being carried out.
    var line = 0

    /// A resolver that can be stored; it moves only when it is made.
    final class ResolverBox {
        var resolver: Resolver
        init(_ resolver: consuming Resolver) { self.resolver = resolver }
    }

    #if SWITCHES
        /// Switches off what `scripts/mutate` chose; read once.
        private static let choice: Void = {
            unsafe switchedOff = ProcessInfo.processInfo.environment["SWITCHED_OFF"]
        }()
    #endif

    /// Carries out a scenario; throws at its first mistake.
    static func run(_ scenario: Scenario) throws {
        #if SWITCHES
            _ = Self.choice
        #endif
        let stage = ScenarioStage()
        for statement in scenario.statements {
            try stage.carryOut(statement)
        }
        let end = max(scenario.line, scenario.statements.last?.line ?? 0)
        stage.line = end
        try stage.checkEnd()
    }

    func mistake(_ sentence: String) -> ScenarioMistake {
        ScenarioMistake(line: line, sentence: sentence)
    }

    /// The resolver, made of the settings at the first use.
    var box: ResolverBox {
        get throws {
            if let startedResolver { return startedResolver }
            let snapshot = try makeSnapshot()
            let cache = AnswerCache(octets: cacheSize)
            // SplitMix64 from a fixed seed.
            var state: UInt64 = 0x5EED
            let random = RandomSource { octets in
                for index in octets.indices {
                    state &+= 0x9E37_79B9_7F4A_7C15
                    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
                    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
                    octets[index] = UInt8(truncatingIfNeeded: mixed ^ (mixed >> 31))
                }
            }
            let box = ResolverBox(
                Resolver(
                    snapshot: snapshot, cache: cache, hasher: Self.hasher, random: random))
            startedCache = cache
            startedResolver = box
            return box
        }
    }

    var hasStarted: Bool { startedResolver != nil }
    var cache: AnswerCache? { startedCache }

    /// Carries out one statement in words, for tests that make statements up.
    func carryOut(_ text: String, _ block: [String] = []) throws {
        let words = ScenarioWords.split(text[...])
        let block = block.map { BlockLine(line: 0, text: $0) }
        try carryOut(Statement(line: 0, words: words, block: block))
    }

    private func carryOut(_ statement: Statement) throws {
        line = statement.line
        var words = ScenarioWords(statement.words, line: statement.line)
        let verb = try words.next("a statement")
        if try changeSettings(verb, &words, statement.block) { return try words.end() }
        switch verb {
        case "reload": try reload()
        case "repeat":
            for number in try words.range() {
                for line in statement.block {
                    let words = ScenarioWords.split(ScenarioWords.fill(line.text, number)[...])
                    try carryOut(Statement(line: line.line, words: words))
                }
            }
        case "client": try carryOutClient(&words, statement.block)
        case "upstream": try carryOutUpstream(&words, statement.block)
        case "time":
            try words.expect("passes")
            try pass(words.span())
        case "clock":
            try words.expect("says")
            wallTime = UInt32(truncatingIfNeeded: try words.number())
        case "log": try expectNotice(&words)
        case "counter": try expectCounter(&words)
        case "cache": try expectCache(&words)
        case "flush": _ = cache?.flush(try words.name())
        default: throw words.mistake("\(verb) is not a statement")
        }
        try words.end()
    }

    // MARK: Time

    /// Lets time pass, each deadline and each message at its own instant.
    func pass(_ span: TimeSpan) throws {
        let end = now + span
        for _ in 0..<100_000 {
            let deadline = try box.resolver.nextDeadline
            let delivery = deliveries.map(\.instant).min()
            guard let next = [deadline, delivery].compactMap({ $0 }).min(), next <= end else {
                now = end
                return
            }
            now = max(now, next)
            try settle()
        }
        throw mistake("there is no end of deadlines")
    }

    /// Delivers what has arrived, does what is due and drains the outbox, until nothing is left for now.
    func settle() throws {
        let box = try box
        for _ in 0..<1_000 {
            try drain()
            if let index = deliveries.firstIndex(where: { $0.instant <= now }) {
                let delivery = deliveries.remove(at: index)
                deliver(delivery, to: box)
                continue
            }
            guard let deadline = box.resolver.nextDeadline, deadline <= now else { return }
            box.resolver.advance(to: now, outbox: &outbox)
        }
        throw mistake("the resolver finds no rest at one instant")
    }

    private func drain() throws {
        while let effect = outbox.next() {
            switch effect {
            case .reply(let reply): try writeLate(reply)
            case .send(let query): try send(query)
            case .release(let port): try release(port)
            case .silent(let port, _): connections[port] = nil
            case .probeSeen: break
            case .notice(let notice):
                if Self.isOfServers(notice), !watchesServers { continue }
                notices.append(Self.words(notice))
            }
        }
    }

    // MARK: What is watched beside messages

    private static func isOfServers(_ notice: Notice) -> Bool {
        switch notice {
        case .serverSilent, .serverAnswers, .serversFailed, .serverChangesCase: true
        case .missingRecord, .loop, .loopEnded: false
        }
    }

    private static func words(_ notice: Notice) -> String {
        switch notice {
        case .missingRecord(let name): "missing \(name)"
        case .loop(let loop): "loop \(loop.zone) \(loop.server)"
        case .loopEnded(let loop): "loop ended \(loop.zone) \(loop.server)"
        case .serverSilent(let server): "silent \(server.server)"
        case .serverAnswers(let server): "answers \(server.server)"
        case .serverChangesCase(let change):
            "case \(change.server) \(change.isExempt ? "exempt" : "suspect")"
        case .serversFailed(let failure):
            "failed \(failure.zone) \(failure.server) \(failure.code.map { "\($0)" } ?? "unusable")"
        }
    }

    private func expectNotice(_ words: inout ScenarioWords) throws {
        if words.take("watches") {
            try words.expect("servers")
            watchesServers = true
            return
        }
        let expected = words.remainder()
        guard !notices.isEmpty else { throw words.mistake("nothing was logged") }
        let notice = notices.removeFirst()
        guard notice == expected else { throw words.mistake("logged was: \(notice)") }
    }

    /// `counter NAME N`, by the name of a property of ResolverCounters.
    private func expectCounter(_ words: inout ScenarioWords) throws {
        let name = try words.next("a counter")
        let expected = try words.number()
        let counters = Mirror(reflecting: try box.resolver.counters).children
        guard let value = counters.first(where: { $0.label == name })?.value as? UInt64 else {
            throw words.mistake("\(name) is not a counter")
        }
        guard value == UInt64(expected) else { throw words.mistake("\(name) is \(value)") }
    }

    private func expectCache(_ words: inout ScenarioWords) throws {
        if words.take("missed") {
            let expected = try words.number()
            let misses = cache?.usage.misses ?? 0
            guard misses == expected else { throw words.mistake("the cache missed \(misses)") }
            return
        }
        try words.expect("holds")
        let expected = try words.number()
        let entries = cache?.usage.entries ?? 0
        guard entries == expected else { throw words.mistake("the cache holds \(entries)") }
    }

    // MARK: The end

    /// Nothing may have happened that the scenario did not mention, and nothing may be left over.
    private func checkEnd() throws {
        if hasUnusedSettings, hasStarted { throw mistake("settings were changed without a reload") }
        if let query = unseen.first {
            throw mistake("the scenario does not mention a query: \(query.text)")
        }
        for (number, client) in clients.sorted(by: { $0.key < $1.key }) {
            if let reply = client.replies.first {
                throw mistake("the scenario does not mention a reply to client \(number): \(reply)")
            }
            if client.drops > 0 {
                throw mistake("the scenario does not mention that client \(number) gets nothing")
            }
        }
        if let notice = notices.first { throw mistake("the scenario does not mention: \(notice)") }
        try checkPending()
    }

    /// Nothing may wait but what the scenario said, and where nobody waits nothing may be held.
    func checkPending() throws {
        let box = try box
        let left = clients.values.reduce(0) { $0 + $1.leftWaiting }
        let pending = box.resolver.pendingCount
        guard pending == left else {
            throw mistake("\(pending) questions wait, of which the scenario mentions \(left)")
        }
        guard pending == 0 else { return }
        // Probes for loops go on for ever.
        let hasDeadline =
            box.resolver.snapshot.policy.loopProbeInterval == nil
            && box.resolver.nextDeadline != nil
        var (inFlight, references, probed) = (0, 0, 0)
        for place in box.resolver.forwarder.indexesOfGroup.joined() {
            inFlight += box.resolver.forwarder.servers[place].inFlight
            references += box.resolver.forwarder.servers[place].references
            let isProbed = box.resolver.forwarder.servers[place].isProbed
            if isProbed || box.resolver.forwarder.servers[place].isWatched { probed += 1 }
        }
        let leftovers: [(String, Int)] = [
            ("slots of servers", inFlight),
            ("references to servers", references),
            ("servers under probe", probed),
            ("clients in the ledger", box.resolver.pending.clients.clientCount),
            ("requests", box.resolver.forwarder.requests.count),
            ("keys", box.resolver.forwarder.requestOfKey.count),
            ("queries in flight", box.resolver.forwarder.inFlight.count),
            ("open ports", openPorts.count),
            ("deadlines", hasDeadline ? 1 : 0),
        ]
        if let leftover = leftovers.first(where: { $0.1 > 0 }) {
            throw mistake("nothing waits, and yet there are \(leftover.1) \(leftover.0)")
        }
    }
}
