// Step 4: the answers of the servers of the name's forward zone, to this question or an earlier
// one. A response is used for the queried name, and for later hops only as long as the same servers
// are responsible for them and no earlier step claims them.

internal import DNSWire

extension AnswerComposer {
    /// Step 4: an answer that is at hand, or the servers to ask.
    mutating func answerFromServers(
        _ route: Route, _ composition: Composition, _ sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Step {
        let type = composition.question.type
        guard let forward = sources.snapshot.forwardZone(of: owner, type, route),
            !sources.snapshot.groups[forward.index].forwardZone.servers.isEmpty
        else {
            let reason = "no forward zone has servers for the name"
            return standAlone(route, composition, sources, reason, into: &writer)
        }
        let mayAsk =
            composition.question.flags.recursionDesired
            || isSwitchedOff("RFC 1034: nobody is asked with RD clear")
        if !mayAsk, sources.snapshot.policy.nonRecursive == .refuse {
            return standAlone(
                route, composition, sources, "the query does not request recursion", into: &writer)
        }
        prepareFallback(route, ordinary: forward.index, sources.snapshot, writer.position)
        let group = responsibleGroup(ordinary: forward.index)
        let identity = sources.snapshot.groups[group].identity
        if let response = progress.response,
            response.group == identity
                || isSwitchedOff("CVE-2021-25220: a response stays with its servers")
        {
            return readOn(response, route, composition, sources, into: &writer)
        }
        let key = CacheKey(
            group: identity, type: type,
            dnssecOK: composition.question.dnssecOK,
            checkingDisabled: composition.question.flags.checkingDisabled)
        switch outcome(for: key, route, group: group, mayAsk: mayAsk, composition, sources)
        {
        case .answer(let response):
            progress.response = response
            progress.cursor = response.recordsStart
            progress.answersLeft = response.answerCount
            if let scope = response.subnetScope {
                progress.subnetScope = max(progress.subnetScope ?? 0, scope)
            }
            return readOn(response, route, composition, sources, into: &writer)
        case .failed(let failure):
            note(
                .forwarder, composition, answered: true,
                HopResult.failed(failure).description(at: composition.now))
            failWithoutServers(failure, isSilent: false)
            return .answered
        case .silence:
            note(.forwarder, composition, answered: true, "no server answered in time")
            failWithoutServers(nil, isSilent: true)
            return .answered
        case .cachedFailure:
            note(.cache, composition, answered: true, "the servers failed a moment ago")
            fail(ExtendedError(.cachedError, .serversFailedBefore))
            return .answered
        case .endlessAliases:
            fail(ExtendedError(.other, .chainTooLong))
            return .answered
        case .loop:
            note(.forwarder, composition, answered: true, "the servers forward back to this daemon")
            fail(ExtendedError(.other, .forwardedBack))
            return .answered
        case .evicted:
            fail(ExtendedError(.other, .tooManyQuestions))
            progress.source = .policy
            return .answered
        case .late, nil:
            note(.cache, composition, answered: false, "no entry for the name and type")
            progress.awaitsOneAnswer =
                progress.hops == 0 && progress.fallback == nil && !route.isLocalApex
                && type != .any && !progress.missesOwned && composition.subnet == nil
                && composition.hopResults.isEmpty
            if mayAsk { return .needs(group: group) }
            return standAlone(
                route, composition, sources, "the query does not request recursion", into: &writer)
        }
    }

    /// If an alias precedes it, the alias is the answer; a name without any source is refused.
    ///
    /// Without an answer from its parent, a local zone answers that its own name has no DS (RFC
    /// 4035, section 3.1.4.1).
    private mutating func standAlone(
        _ route: Route, _ composition: Composition, _ sources: borrowing AnswerSources,
        _ reason: String, into writer: inout MessageWriter
    ) -> Step {
        let isLocalApex = composition.question.type == .ds && route.isLocalApex
        note(.forwarder, composition, answered: progress.hops == 0 && !isLocalApex, reason)
        if isLocalApex, let zone = route.zone {
            let step = answer(
                from: zone.index, route.privateOf, composition, sources, into: &writer)
            if let step { return step }
        }
        if progress.hops == 0 {
            progress.responseCode = .refused
            progress.source = .policy
            progress.extendedError = ExtendedError(.notAuthoritative, .notAnsweredHere)
        }
        progress.isAuthentic = false
        return .answered
    }

    private mutating func failWithoutServers(_ failure: ServerFailure?, isSilent: Bool) {
        if isSilent {
            fail(ExtendedError(.noReachableAuthority, .serversSilent))
        } else if let failure {
            let text: ExtendedError.Text =
                switch failure.code {
                case .refused?: .serversRefused
                case .serverFailure?: .serversSERVFAIL
                default: .serversFailed
                }
            fail(ExtendedError(.noReachableAuthority, text))
        } else {
            fail(ExtendedError(.networkError, .serversUnreachable))
        }
    }

    /// An answer received for this question comes first, whatever its TTL; then the cache; then, if
    /// the servers gave no answer or not in time, an expired answer of the cache.
    private mutating func outcome(
        for key: CacheKey, _ route: Route, group: Int, mayAsk: Bool,
        _ composition: Composition, _ sources: borrowing AnswerSources
    ) -> HopResult? {
        var outcome: HopResult?
        var index = composition.hopResults.count
        while index > 0, outcome == nil {
            index -= 1
            if composition.hopResults[index].ended(key, owner) {
                outcome = composition.hopResults[index].outcome
            }
        }
        if let received = outcome, case .answer = received {
            note(.forwarder, composition, answered: true, received.description(at: composition.now))
            progress.isResponseStale = false
            return received
        }
        // What servers say for one network never comes from the cache.
        if composition.subnet != nil, sources.snapshot.groups[group].forwardZone.passesSubnets {
            return outcome
        }
        let (finding, hasFailed) = sources.cache.lookUp(key, owner, at: composition.now)
        if case .fresh(let response) = finding {
            note(.cache, composition, answered: true, response.description(at: composition.now))
            progress.isResponseStale = false
            if mayAsk { considerRefresh(response, group: group, composition, sources) }
            return .answer(response)
        }
        if let response = denialAbove(key, route, composition, sources) { return .answer(response) }
        if mayAsk, outcome == nil, hasFailed, !isSwitchedOff("RFC 9520: failures are cached") {
            outcome = .cachedFailure
        }
        guard case .expired(let response) = finding, mayAsk,
            !isSwitchedOff("RFC 8767: stale answers"),
            composition.now < response.expiry + sources.snapshot.policy.staleLimit
        else { return outcome }
        guard outcome != nil else {
            progress.hasStale = true
            return nil
        }
        note(
            .cache, composition, answered: true,
            "\(response.description(at: composition.now)); stale, because the servers do not answer"
        )
        progress.isResponseStale = true
        progress.staleness =
            response.responseCode == .nameError
            ? ExtendedError(.staleNameError, .staleDenial)
            : ExtendedError(.staleAnswer, .staleAnswer)
        return .answer(response)
    }

    /// A denial of a name above `owner`, where the policy lets it hold for those below (RFC 8020).
    ///
    /// Denials reached through an alias are not cached under the queried name, and so do not count.
    /// A denial at a local zone's apex or above does not apply to names below, whatever the zone
    /// passes on.
    private mutating func denialAbove(
        _ key: CacheKey, _ route: Route, _ composition: Composition,
        _ sources: borrowing AnswerSources
    ) -> CachedResponse? {
        let end = route.zone.map { Int($0.label) } ?? owner.labelCount
        guard sources.snapshot.policy.denialCoversDescendants, end > 1,
            !isSwitchedOff("RFC 8020: a denial covers the names below")
        else { return nil }
        for label in 1..<end {
            guard
                let response = sources.cache.findDenial(
                    key, owner, fromLabel: label, at: composition.now)
            else { continue }
            note(.cache, composition, answered: true, "a name above it is denied")
            progress.isResponseStale = false
            return response
        }
        return nil
    }

    private mutating func considerRefresh(
        _ response: CachedResponse, group: Int, _ composition: Composition,
        _ sources: borrowing AnswerSources
    ) {
        if sources.snapshot.policy.prefetches,
            !isSwitchedOff("prefetch: popular answers are refreshed"),
            composition.now >= response.refreshTime
        {
            progress.refresh = (response, group)
        }
    }

    @inline(__always)
    private func note(
        _ step: ResolutionStep, _ composition: Composition, answered: Bool,
        _ reason: @autoclosure () -> String
    ) {
        composition.trace?.note(step, "\(Name(owner))", answered: answered, reason())
    }

    // MARK: Reading a response hop by hop

    /// Copies what `response` has of `owner`: an alias, or the end of the chain.
    private mutating func readOn(
        _ response: CachedResponse, _ route: Route, _ composition: Composition,
        _ sources: borrowing AnswerSources, into writer: inout MessageWriter
    ) -> Step {
        if !response.flags.authenticData { progress.isAuthentic = false }
        let octets = response.octets
        let age = response.age(at: composition.now)
        if !route.isLocalApex,
            copyCachedResponse(response, age: age, composition.question, into: &writer)
        {
            return .answered
        }
        beginNames(of: response)
        var aliasTarget: Int?
        var first: RecordType?
        var previous: RecordType?
        while progress.answersLeft > 0 {
            let next = try? names.record(in: octets.span, at: progress.cursor)
            guard let (record, recordOwner) = next else { break }
            let isOwned = recordOwner == ownerInResponse
            let isAlias =
                record.type == .cname && composition.question.type != .cname
                && composition.question.type != .any
            // Servers say nothing else of its name.
            if route.isLocalApex, record.type == .cname || record.type == .dname {
                fail(ExtendedError(.other, .aliasOfLocalZone))
                return .answered
            }
            // After an alias, only its signatures belong to it.
            if aliasTarget != nil, record.type != .rrsig || !isOwned { break }
            progress.cursor = record.end
            progress.answersLeft -= 1
            if composition.question.wantsOneSet, let first, !record.isOfSet(first, in: octets.span)
            {
                continue
            }
            if record.type != previous { writer.beginRecordSet(in: .answer) }
            // A DNAME above the name is included in addition to the name's one set.
            if first == nil, composition.question.wantsOneSet, isOwned { first = record.type }
            previous = record.type
            copy(record, from: octets, age: age, sources, into: &writer)
            if isAlias {
                aliasTarget = record.dataStart
            } else if writer.isTruncated, aliasTarget == nil {
                // Nothing more will fit, of which there may be thousands.
                progress.answersLeft = 0
            }
        }
        if let aliasTarget {
            guard (try? owner.read(from: octets.span, at: aliasTarget)) != nil,
                let name = try? names.read(octets.span, at: aliasTarget).name
            else {
                fail(ExtendedError(.other, .aliasWithoutTarget))
                return .answered
            }
            ownerInResponse = name
            return .alias
        }
        return end(response, route, octets, age: age, sources, into: &writer)
    }

    /// Before the first record of a response is read: what was asked is its question.
    private mutating func beginNames(of response: CachedResponse) {
        guard progress.cursor == response.recordsStart else { return }
        let octets = response.octets
        names.begin(octets.span, hasQuestion: true)
        ownerInResponse = names.question ?? .root
    }

    /// Copies all records unchanged, which most responses allow: no alias leads away from the
    /// queried name, and the records fit.
    private mutating func copyCachedResponse(
        _ response: CachedResponse, age: UInt32, _ question: Question,
        into writer: inout MessageWriter
    ) -> Bool {
        guard progress.hops == 0, response.isDirect, !progress.isResponseStale,
            progress.fallback == nil, question.type != .any,
            // What is not about the name itself is about one above it.
            response.nameCount == owner.count,
            response.append(to: &writer, age: age)
        else { return false }
        progress.responseCode = response.responseCode
        return true
    }

    /// Answers a query that only lacked one answer, if `response`, just received from servers, has
    /// no aliases and fits; else nothing is written.
    ///
    /// The steps would come to the same: the tests go both ways.
    mutating func copyCachedResponse(
        _ response: CachedResponse, at now: Instant, into writer: inout MessageWriter
    ) -> Bool {
        guard response.isDirect, response.append(to: &writer, age: response.age(at: now)) else {
            return false
        }
        progress.reset()
        progress.response = response
        progress.isAuthentic = response.flags.authenticData
        progress.responseCode = response.responseCode
        return true
    }

    /// The end of a response's chain: records were copied, or the denial is.
    private mutating func end(
        _ response: CachedResponse, _ route: Route, _ octets: [UInt8], age: UInt32,
        _ sources: borrowing AnswerSources, into writer: inout MessageWriter
    ) -> Step {
        if response.endsAtAlias, progress.cursor > response.recordsStart,
            !response.isAbout(owner.folded)
        {
            progress.response = nil
            return .again
        }
        var code = response.responseCode
        // Its name exists, whatever its parent's servers know of it.
        if route.isLocalApex, code == .nameError {
            code = .noError
            progress.isAuthentic = false
        }
        if code == .nameError, !isSwitchedOff("fallback: other servers are asked after a denial"),
            startFallback(into: &writer)
        {
            return .again
        }
        progress.responseCode = code
        for _ in 0..<response.authorityCount {
            let next = try? MessageReader.recordSkippingOwner(
                in: octets.span, at: progress.cursor)
            guard let record = next else { break }
            writer.beginRecordSet(in: .authority)
            copy(record, from: octets, age: age, sources, into: &writer)
            progress.cursor = record.end
        }
        return .answered
    }

    private mutating func copy(
        _ record: MessageRecord, from octets: [UInt8], age: UInt32,
        _ sources: borrowing AnswerSources, into writer: inout MessageWriter
    ) {
        let left = record.ttl > age ? record.ttl - age : 0
        writer.append(
            record, of: octets.span,
            ttl: progress.isResponseStale && !isSwitchedOff("RFC 8767: the TTL of a stale answer")
                ? sources.snapshot.policy.staleTTL : left, names: &names)
    }

    // MARK: Fallback servers

    /// Records where the name starts whose denial leads to the link's fallback servers.
    private mutating func prepareFallback(
        _ route: Route, ordinary: Int, _ snapshot: Snapshot, _ position: MessageWriter.Position
    ) {
        guard progress.fallback == nil, let link = progress.missingLink ?? route.privateOf?.index,
            snapshot.fallbackGroups[link] >= 0
        else { return }
        progress.fallback = Fallback(
            ordinary: ordinary, group: snapshot.fallbackGroups[link], position: position,
            hops: progress.hops, staleness: progress.staleness)
        fallbackOwner.set(owner)
    }

    /// The fallback servers replace the ordinary group for the rest of the chain.
    private func responsibleGroup(ordinary: Int) -> Int {
        guard let fallback = progress.fallback, fallback.isActive, fallback.ordinary == ordinary
        else { return ordinary }
        return fallback.group
    }

    /// Returns to the point where the fallback servers are asked; false if they were asked already
    /// or there are none.
    private mutating func startFallback(into writer: inout MessageWriter) -> Bool {
        guard let fallback = progress.fallback, !fallback.isActive else { return false }
        progress.fallback?.isActive = true
        progress.response = nil
        progress.hops = fallback.hops
        progress.staleness = fallback.staleness
        progress.missingLink = nil
        writer.rewind(to: fallback.position)
        owner.set(fallbackOwner)
        return true
    }
}

extension MessageRecord {
    /// Whether the record has `type`, or signs records that have.
    fileprivate func isOfSet(_ type: RecordType, in message: Span<UInt8>) -> Bool {
        self.type == type
            || (self.type == .rrsig && message.uint16(at: dataStart) == type.rawValue)
    }
}

extension CachedResponse {
    /// How many seconds ago it came.
    fileprivate func age(at now: Instant) -> UInt32 {
        UInt32(truncatingIfNeeded: min(now.since(received).wholeSeconds, 0x7FFF_FFFF))
    }

    /// Appends all records unchanged except for their TTLs, reduced by `age`; false, with nothing
    /// written, if they do not fit.
    fileprivate func append(to writer: inout MessageWriter, age: UInt32) -> Bool {
        let octets = octets
        return writer.append(
            recordsOf: octets.span, from: recordsStart, answers: answerCount,
            authorities: authorityCount, age: age)
    }
}
