// The names for which a server is queried without an OPT record. One refusal may concern one name
// only, because of another server behind this one. A server that does not support EDNS refuses it
// for every name.

/// The names for which a server refused EDNS, and whether it does so for all.
struct OptionsRefusals {
    /// As many names in a row make it a server that does not know EDNS.
    private static let enough = 3
    /// The most names that are kept.
    private static let mostNames = 16
    /// How long after the last refusal EDNS is tried again, with one query, of a server that does not know it.
    private static let trialPause = TimeSpan.seconds(60)

    private struct Refusal {
        let nameHash: UInt64
        var end: Instant
        /// Whether it speaks for all names: nothing has shown that the server knows EDNS.
        var isOfAll: Bool
    }

    private var names: [Refusal] = []
    private var end = Instant(nanoseconds: 0)
    private var nextTrial = Instant(nanoseconds: 0)

    /// Whether the server is known not to know EDNS.
    func areOfAll(at now: Instant) -> Bool { now < end }

    /// Whether a name is queried without EDNS; occasionally one is queried with EDNS, to check
    /// whether that has changed.
    mutating func include(_ nameHash: UInt64, at now: Instant) -> Bool {
        if now < end {
            guard now >= nextTrial else { return true }
            nextTrial = now + Self.trialPause
            return false
        }
        if names.isEmpty { return false }
        return names.contains { $0.nameHash == nameHash && now < $0.end }
    }

    /// A name was refused with EDNS, and answered without.
    mutating func note(_ nameHash: UInt64, isOfAll: Bool, at now: Instant) {
        names.removeAll { $0.nameHash == nameHash || $0.end <= now }
        if names.count >= Self.mostNames { names.removeFirst() }
        let refusal = Refusal(
            nameHash: nameHash, end: now + UpstreamQuirks.memory, isOfAll: isOfAll)
        names.append(refusal)
        guard names.count(where: \.isOfAll) >= Self.enough else { return }
        end = now + UpstreamQuirks.memory
        nextTrial = now + Self.trialPause
    }

    /// The server knows EDNS: what it refused was about names alone.
    mutating func noteKnowledge() {
        end = Instant(nanoseconds: 0)
        for index in names.indices { names[index].isOfAll = false }
    }
}
