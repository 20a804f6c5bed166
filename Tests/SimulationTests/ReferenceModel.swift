// Whether a reply is one that the reference allows: what is served inside decides each hop, and what came from
// servers must have been said by the right group, to this very question, and not be older than it may be.

/// Something that a group of servers said, when it arrived.
struct Statement {
    var answer: PlainAnswer
    /// Nanoseconds.
    var arrived: UInt64
}

/// A question to a group of servers.
struct StatementKey: Hashable {
    var group: Int
    var name: String
    var type: UInt16
}

/// Judges replies of one run.
struct ReferenceModel {
    static let staleTTL: UInt32 = 30
    static let staleLimit: UInt64 = 86_400
    /// Nanoseconds.
    static let staleDelay: UInt64 = 1_800_000_000
    static let maximumHops = 16
    /// Nanoseconds.
    static let queryTimeout: UInt64 = 6_000_000_000

    let world: ReferenceWorld
    /// What servers have said.
    var statements: [StatementKey: [Statement]] = [:]
    /// Whether servers may have failed, so that SERVFAIL and stale answers are in order.
    var allowsFailures = false

    /// A client's question.
    struct Question {
        var name: String
        var type: UInt16
        var recursion: Bool
        /// Nanoseconds.
        var asked: UInt64
    }

    /// Nil for a reply that is allowed, or what is wrong with it.
    func fault(
        in reply: ReferenceMessage, to question: Question, _ served: ReferenceServed, at now: UInt64
    ) -> String? {
        if reply.isTruncated { return "it is truncated" }
        let walk = Walk(
            judge: self, reply: reply, question: question, served: served, now: now)
        if reply.responseCode == 2 {
            guard reply.answers.isEmpty else { return "SERVFAIL with answers" }
            // After a jump of the clock a question may be over before anybody could answer.
            if now >= question.asked + Self.queryTimeout { return nil }
            return allowsFailures || walk.mayLoop(question.name, 0)
                ? nil : "SERVFAIL without a reason"
        }
        return walk.allows(question.name, 0, 0) ? nil : "no step allows it"
    }

    /// One walk along a reply.
    private struct Walk {
        let judge: ReferenceModel
        let reply: ReferenceMessage
        let question: Question
        let served: ReferenceServed
        let now: UInt64

        /// Whether the rest of the reply, from record `index` on, is an answer for `name`.
        func allows(_ name: String, _ index: Int, _ hops: Int) -> Bool {
            if hops > ReferenceModel.maximumHops { return false }
            switch served.step(name, question.type) {
            case .zone(let saying, let zone): return allows(saying, of: zone, index, hops)
            case .linkAlias(let alias):
                guard matches([alias], index) else { return false }
                if question.type == PlainType.cname { return ends(index + 1, code: 0) }
                return allows(alias.content, index + 1, hops + 1)
            case .linkDenial(let alias, let zone):
                guard matches([alias], index) else { return false }
                if question.type == PlainType.cname { return ends(index + 1, code: 0) }
                return ends(index + 1, code: 3, start: zone.origin)
            case .servers(let group):
                if !question.recursion {
                    return ends(index, code: hops == 0 ? 5 : 0)
                }
                return usable(group, name).contains { statement, isStale in
                    allows(statement, isStale, group, 0, index, hops)
                }
            }
        }

        private func allows(
            _ saying: PlainZone.Saying, of zone: PlainZone, _ index: Int, _ hops: Int
        ) -> Bool {
            switch saying {
            case .records(let records):
                return matches(records, index) && ends(index + records.count, code: 0)
            case .alias(let alias):
                return matches([alias], index) && allows(alias.content, index + 1, hops + 1)
            case .noData: return ends(index, code: 0, start: zone.origin)
            case .nameError: return ends(index, code: 3, start: zone.origin)
            }
        }

        /// Along one statement, hop by hop, as long as its servers are responsible for the next name.
        private func allows(
            _ statement: Statement, _ isStale: Bool, _ group: Int, _ hop: Int, _ index: Int,
            _ hops: Int
        ) -> Bool {
            guard hop < statement.answer.hops.count else {
                return ends(
                    index, code: statement.answer.code, start: statement.answer.start?.owner)
            }
            let records = statement.answer.hops[hop].map { aged($0, statement, isStale) }
            guard matches(records, index) else { return false }
            let next = index + records.count
            guard records[0].type == PlainType.cname, question.type != PlainType.cname else {
                return ends(next, code: 0)
            }
            if hops + 1 > ReferenceModel.maximumHops { return false }
            let isLast = hop + 1 == statement.answer.hops.count && statement.answer.start == nil
            if !isLast, case .servers(group) = served.step(records[0].content, question.type) {
                return allows(statement, isStale, group, hop + 1, next, hops + 1)
            }
            return allows(records[0].content, next, hops + 1)
        }

        private func aged(
            _ record: PlainRecord, _ statement: Statement, _ isStale: Bool
        ) -> PlainRecord {
            var record = record
            let age = UInt32((now - statement.arrived) / 1_000_000_000)
            record.ttl = isStale ? ReferenceModel.staleTTL : record.ttl > age ? record.ttl - age : 0
            return record
        }

        /// Whether servers may have failed, or a client waited as long as it takes nothing older: a jump of
        /// the clock is enough for that.
        private var mayBeStale: Bool {
            judge.allowsFailures || now >= question.asked + ReferenceModel.staleDelay
        }

        /// What the group's servers said of the name that may be given now.
        private func usable(_ group: Int, _ name: String) -> [(Statement, isStale: Bool)] {
            let key = StatementKey(group: group, name: name, type: question.type)
            var usable: [(Statement, isStale: Bool)] = []
            for statement in judge.statements[key] ?? [] {
                let end = statement.arrived + UInt64(statement.answer.lifetime) * 1_000_000_000
                if now < end || statement.arrived >= question.asked {
                    usable.append((statement, false))
                }
                // The other resolver may have got it, and this one had nothing better in the end.
                if now >= end, mayBeStale, statement.answer.lifetime > 0,
                    now < end + ReferenceModel.staleLimit * 1_000_000_000
                {
                    usable.append((statement, true))
                }
            }
            // The denial of a name holds for every type.
            for type in [PlainType.a, PlainType.aaaa, PlainType.cname] where type != question.type {
                let key = StatementKey(group: group, name: name, type: type)
                for statement in judge.statements[key] ?? []
                where statement.answer.code == 3 && statement.answer.hops.isEmpty {
                    let end = statement.arrived + UInt64(statement.answer.lifetime) * 1_000_000_000
                    if now < end { usable.append((statement, false)) }
                    if now >= end, mayBeStale { usable.append((statement, true)) }
                }
            }
            return usable
        }

        /// Whether the records at `index` are these, in any order.
        private func matches(_ records: [PlainRecord], _ index: Int) -> Bool {
            guard index + records.count <= reply.answers.count else { return false }
            return Set(reply.answers[index..<(index + records.count)]) == Set(records)
        }

        private func ends(_ index: Int, code: UInt16, start: String? = nil) -> Bool {
            guard index == reply.answers.count, reply.responseCode == code else { return false }
            let owners = reply.authorities.filter { $0.type == PlainType.soa }.map(\.owner)
            return start.map { owners == [$0] } ?? owners.isEmpty
        }

        /// Whether aliases that may be followed are more than the resolver follows.
        func mayLoop(_ name: String, _ hops: Int) -> Bool {
            if hops > ReferenceModel.maximumHops { return true }
            switch served.step(name, question.type) {
            case .zone(.alias(let alias), _): return mayLoop(alias.content, hops + 1)
            case .zone: return false
            case .linkAlias(let alias): return mayLoop(alias.content, hops + 1)
            case .linkDenial: return false
            case .servers(let group):
                guard case .alias(let target, _) = judge.world.truth[group][name] else {
                    return false
                }
                return mayLoop(target, hops + 1)
            }
        }
    }
}
