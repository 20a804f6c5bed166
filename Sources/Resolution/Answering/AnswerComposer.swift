// One question to one message, in the order of steps that the product promises. Every target of an alias
// starts again at the first step. What an upstream has to say comes from the answers received for this
// question and from the cache; when neither has it, the composer says which servers to ask, and is called
// again from the top when they have answered. It sends nothing and waits for nothing.

internal import Addresses
internal import DNSWire

/// Puts answers together; its buffers are used again for each question.
struct AnswerComposer: ~Copyable {
    /// The most aliases that are followed.
    static let maximumHops = 16

    /// How a composition ended.
    enum Outcome {
        /// The writer has the records; `progress` has the rest.
        case complete
        /// The servers of this group are to be asked for `owner`.
        case needs(group: Int)
    }

    /// What one step did with the name.
    enum Step {
        /// The answer is complete.
        case answered
        /// An alias was written, and `owner` is its target.
        case alias
        /// `owner` is to be looked at afresh, with what is now known.
        case again
        /// A local zone delegates `owner`: its servers are asked, and the steps between are
        /// skipped.
        case delegated
        /// The servers of this group are to be asked.
        case needs(group: Int)
    }

    /// The contents of a message other than its records.
    struct Progress {
        var responseCode = ResponseCode.noError
        var extendedError: ExtendedError?
        var isAuthoritative = false
        /// Where the present end of the chain comes from; servers count as `forward`, whenever they answered.
        var source = ResponseCounts.Source.forward
        /// Whether an alias of a private link is in the chain.
        var followsLink = false
        /// Whether every record so far came from responses with AD set.
        var isAuthentic = true
        var hops = 0
        /// The response that the chain is being read from, and where its next record is.
        var response: CachedResponse?
        var cursor = 0
        var answersLeft = 0
        /// The link whose counterpart of the present owner is missing.
        var missingLink: Int?
        var fallback: Fallback?
        /// Whether `response` is given though its time is over.
        var isResponseStale = false
        /// What a stale response is excused with.
        var staleness: ExtendedError?
        /// Whether the cache has an expired answer to what is needed, to be given after a while.
        var hasStale = false
        /// An answer in the last tenth of its lifetime, and the group to refresh it from.
        var refresh: (response: CachedResponse, group: Int)?
        /// The scope of the answer within the client's network, if servers got the network.
        var subnetScope: UInt8?
        /// Whether one answer without aliases is all that is missing.
        var awaitsOneAnswer = false
        /// The notice that an owned name has no record, once it is due.
        var missesOwned: Bool { linkOfMissing != nil }
        /// Which link it belongs to.
        var linkOfMissing: Int?

        /// Resets everything. References are checked before they are cleared, because usually there
        /// are none.
        mutating func reset() {
            responseCode = .noError
            isAuthoritative = false
            followsLink = false
            isAuthentic = true
            hops = 0
            missingLink = nil
            isResponseStale = false
            hasStale = false
            linkOfMissing = nil
            awaitsOneAnswer = false
            subnetScope = nil
            if extendedError != nil { extendedError = nil }
            if response != nil { response = nil }
            if fallback != nil { fallback = nil }
            if staleness != nil { staleness = nil }
            if refresh != nil { refresh = nil }
        }
    }

    /// Servers to ask if the ordinary ones deny a name.
    struct Fallback {
        /// The group they replace.
        let ordinary: Int
        let group: Int
        /// What to go back to.
        let position: MessageWriter.Position
        let hops: Int
        let staleness: ExtendedError?
        var isActive = false
    }

    /// The name that is being answered: first the one asked, then each target of an alias.
    var owner: NameBuffer
    /// A counterpart, or an alias's target, before it becomes the owner.
    var target: NameBuffer
    /// The record that a private zone lacks, when `progress` has a link for it.
    var missing: NameBuffer
    /// Where the fallback servers start.
    var fallbackOwner: NameBuffer
    /// The names of the response that is being read, and which of them `owner` is.
    var names: MessageNames
    var ownerInResponse = MessageNames.Number.root
    var progress = Progress()

    /// A composer with empty buffers.
    init(hasher: NameHasher) {
        owner = NameBuffer(hasher: hasher)
        target = NameBuffer(hasher: hasher)
        missing = NameBuffer(hasher: hasher)
        fallbackOwner = NameBuffer(hasher: hasher)
        names = MessageNames(hasher: hasher)
    }

    /// Answers the question whose name is in `owner`, as far as it can be answered now.
    mutating func compose(
        _ composition: Composition, from sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Outcome {
        progress.reset()
        composition.trace?.begin()
        let start = writer.position
        while true {
            switch takeSteps(composition, from: sources, into: &writer) {
            case .answered:
                if progress.responseCode == .serverFailure { writer.rewind(to: start) }
                return .complete
            case .needs(let group):
                return .needs(group: group)
            case .again, .delegated:
                continue
            case .alias:
                progress.hops += 1
                progress.missingLink = nil
                guard progress.hops <= Self.maximumHops else {
                    fail(ExtendedError(.other, .chainTooLong))
                    writer.rewind(to: start)
                    return .complete
                }
            }
        }
    }

    /// The steps for one name, top to bottom: each answers, or passes on.
    private mutating func takeSteps(
        _ composition: Composition, from sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Step {
        let route = sources.snapshot.route(owner)
        switch takeLocalSteps(route, composition, sources, into: &writer) {
        case nil, .delegated:
            progress.source = .forward
            return answerFromServers(route, composition, sources, into: &writer)
        case let step?:
            // What servers went on to say of a name that is claimed here is not read any further.
            if progress.response != nil { progress.response = nil }
            return step
        }
    }

    /// The steps before the servers; nil if each passes on.
    private mutating func takeLocalSteps(
        _ route: Route, _ composition: Composition, _ sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Step? {
        if let step = answerFromZones(route, composition, sources, into: &writer) {
            progress.source = progress.followsLink ? .link : .zone
            return step
        }
        if let step = followPrivateLink(route, composition, sources, into: &writer) {
            (progress.source, progress.followsLink) = (.link, true)
            return step
        }
        progress.source = .special
        return answerSpecialName(route, composition, sources, into: &writer)
    }

    /// Ends the composition with SERVFAIL; the records are taken back by the caller.
    mutating func fail(_ error: ExtendedError) {
        progress.responseCode = .serverFailure
        progress.extendedError = error
        progress.staleness = nil
        progress.isAuthoritative = false
        progress.isAuthentic = false
    }

    /// Records that the private zone lacks `target` or else `owner`, unless an earlier hop already
    /// lacked one; `zone` is the private zone's name.
    mutating func noteMissing(isTarget: Bool, link: Int, zone: Name) {
        guard !progress.missesOwned else { return }
        progress.linkOfMissing = link
        if isTarget { missing.set(target) } else { missing.set(owner) }
        progress.extendedError = ExtendedError(
            noRecordInZoneAt: max(0, missing.labelCount - zone.labelCount))
    }
}
