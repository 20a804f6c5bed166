// Step 2: a name below a public suffix is an alias of its counterpart, if a local zone has the
// counterpart. For QTYPE CNAME and ANY the alias is the whole answer; otherwise the counterpart
// goes through step 1, so every type it lacks is NODATA and no query for a private name is ever
// sent upstream.

internal import DNSWire
internal import Zones

extension AnswerComposer {
    /// What local zones say of a counterpart.
    private enum Counterpart {
        /// A zone has it.
        case exists
        /// The zone that would have it could not be loaded.
        case unknown
        /// No zone has it; `zone` is the number of the innermost that encloses it, or -1.
        case missing(isOwned: Bool, zone: Int)
    }

    /// Step 2: the longest public suffix whose counterpart exists.
    mutating func followPrivateLink(
        _ route: Route, _ composition: Composition, _ sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Step? {
        guard var match = route.link, !route.isInLocalPrivateZone,
            !isSwitchedOff("links: a public name is an alias of its counterpart")
        else { return nil }
        if answerAtCounterpart(match, composition, sources, into: &writer) { return .answered }
        var owned: (link: Int, zone: Int)?
        while true {
            let count = sources.snapshot.linkCount(owner, fromLabel: match.label)
            for index in match.index..<(match.index + count) {
                let link = sources.snapshot.links[index]
                guard target.set(first: match.label, of: owner, then: link.privateSuffix) else {
                    continue
                }
                switch findCounterpart(of: index, sources.snapshot) {
                case .exists:
                    return writeAlias(link, composition, sources, into: &writer)
                case .unknown:
                    note(composition, link, answered: true, "its private zone could not be loaded")
                    failForUnloadedZone(into: &writer)
                    return .answered
                case .missing(let isOwned, let zone):
                    if progress.missingLink == nil { progress.missingLink = index }
                    if isOwned, owned == nil,
                        !isSwitchedOff("links: records that a zone lacks are noticed")
                    {
                        owned = (index, zone)
                    }
                    note(composition, link, answered: false, "\(Name(target)) does not exist")
                }
            }
            guard let next = sources.snapshot.links(enclosing: owner, above: match.label) else {
                break
            }
            match = next
        }
        return denyOwned(owned, composition, sources, into: &writer)
    }

    /// The whole way of most questions at once: the counterpart exists in the only zone that can have it, and
    /// what that says of the type is the answer. Whatever is not so simple is left to the steps.
    private mutating func answerAtCounterpart(
        _ match: SuffixMatch, _ composition: Composition,
        _ sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Bool {
        guard progress.hops == 0, !composition.isTraced, composition.question.type != .cname,
            let row = sources.snapshot.shortcuts.row(match.index)
        else { return false }
        return sources.snapshot.tree.use(Int(row.zone)) { zone in
            let found = zone.lookup(first: match.label, of: owner, type: composition.question.type)
            guard let found, found.isRecordsOrNoData else { return false }
            progress.isAuthentic = false
            let place = sources.snapshot.shortcuts.writeAlias(
                row, owner, label: match.label, into: &writer)
            guard let place else { return true }
            if case .records(let set) = found.outcome {
                zone.write(set, ownerAt: place, into: &writer)
            } else if composition.question.type != .any {
                zone.writeSOA(into: &writer)
            }
            return true
        }
    }

    /// Looks for `target`, the counterpart by a link, as step 1 would.
    private func findCounterpart(of link: Int, _ snapshot: Snapshot) -> Counterpart {
        var match = snapshot.route(target).zone
        var innermost = -1
        var isOwned = false
        while let found = match {
            let slot = snapshot.slots[found.index]
            if slot.number < 0 { return .unknown }
            let (exists, isNamed) = snapshot.tree.use(slot.number) { zone in
                zone.exists(target)
                    ? (true, false) : (false, zone.hasRecordsWithLeftmostLabel(of: target))
            }
            if exists { return .exists }
            if innermost < 0 {
                innermost = slot.number
                isOwned = isNamed || snapshot.owns(target, link: link, beside: innermost)
            } else if isNamed {
                isOwned = true
            }
            if !slot.forwardsMissing || (isOwned && slot.deniesOwned) { break }
            match = snapshot.zone(enclosing: target, above: found.label)
        }
        if innermost < 0 { isOwned = snapshot.owns(target, link: link, beside: -1) }
        return .missing(isOwned: isOwned, zone: innermost)
    }

    private mutating func writeAlias(
        _ link: PrivateLink, _ composition: Composition,
        _ sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Step {
        note(composition, link, answered: true, "\(Name(target)) exists")
        progress.isAuthentic = false
        writer.beginRecordSet(in: .answer)
        writer.append(
            owner: owner.originalCase, type: .cname, ttl: link.ttl, data: target.originalCase,
            range: 0..<target.count)
        if composition.question.type == .cname || composition.question.type == .any {
            return .answered
        }
        owner.set(target)
        return .alias
    }

    /// If this record of one of our registries is missing, it is reported, and denied if the link's
    /// `owned-missing` asks for that.
    ///
    /// The alias comes first: BIND refuses a denial whose SOA does not cover the name.
    private mutating func denyOwned(
        _ owned: (link: Int, zone: Int)?, _ composition: Composition,
        _ sources: borrowing AnswerSources, into writer: inout MessageWriter
    ) -> Step? {
        guard let owned else { return nil }
        let link = sources.snapshot.links[owned.link]
        let label = owner.labelCount - link.publicSuffix.labelCount
        guard target.set(first: label, of: owner, then: link.privateSuffix) else { return nil }
        noteMissing(isTarget: true, link: owned.link, zone: link.privateSuffix)
        guard link.ownedMissing == .nxdomain, !isSwitchedOff("links: owned-missing denies") else {
            return nil
        }
        note(composition, link, answered: true, "owned-missing denies it")
        progress.isAuthentic = false
        writer.beginRecordSet(in: .answer)
        writer.append(
            owner: owner.originalCase, type: .cname, ttl: link.ttl, data: target.originalCase,
            range: 0..<target.count)
        if composition.question.type == .cname || composition.question.type == .any {
            return .answered
        }
        progress.responseCode = .nameError
        if owned.zone >= 0 {
            sources.snapshot.tree.use(owned.zone) { $0.writeSOA(into: &writer) }
        }
        return .answered
    }

    @inline(__always)
    private func note(
        _ composition: Composition, _ link: PrivateLink, answered: Bool,
        _ reason: @autoclosure () -> String
    ) {
        composition.trace?.note(
            .privateLink, "\(Name(owner))", answered: answered,
            "\(link.publicSuffix) to \(link.privateSuffix): \(reason())")
    }
}
