// Steps 1 and 3: names claimed by a local zone are answered from the zone, and so are special
// names.

internal import DNSWire
internal import Zones

extension AnswerComposer {
    /// Step 1: the innermost local zone that claims the name answers it.
    mutating func answerFromZones(
        _ route: Route, _ composition: Composition, _ sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Step? {
        var match = route.zone
        while let zone = match {
            // RFC 4035, section 3.1.4.1: DS at an apex is the parent's.
            if composition.question.type != .ds || zone.label > 0
                || isSwitchedOff("RFC 4035: DS of an apex is the parent's")
            {
                let step = answer(
                    from: zone.index, route.privateOf, composition, sources, into: &writer)
                if let step { return step }
            }
            match = sources.snapshot.zone(enclosing: owner, above: zone.label)
        }
        if route.zone == nil {
            note(composition, answered: false, "no local zone encloses the name")
        }
        return nil
    }

    /// What one local zone says of the name; nil if it passes the name on.
    mutating func answer(
        from index: Int, _ suffix: SuffixMatch?, _ composition: Composition,
        _ sources: borrowing AnswerSources, into writer: inout MessageWriter
    ) -> Step? {
        let slot = sources.snapshot.slots[index]
        if slot.number < 0 {
            note(
                composition, answered: true,
                "zone \(sources.snapshot.localZones[index].origin) could not be loaded")
            failForUnloadedZone(into: &writer)
            return .answered
        }
        return sources.snapshot.tree.use(slot.number) { zone in
            answer(from: zone, slot, suffix, composition, sources, into: &writer)
        }
    }

    private mutating func answer(
        from zone: borrowing ZoneTables, _ slot: Snapshot.Slot, _ suffix: SuffixMatch?,
        _ composition: Composition, _ sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Step? {
        let found = zone.lookup(owner, type: composition.question.type)
        if case .nameError = found.outcome, let suffix {
            let isOwned =
                suffix.label > 0
                && (zone.hasRecordsWithLeftmostLabel(of: owner)
                    || sources.snapshot.owns(owner, link: suffix.index, beside: slot.number))
            if isOwned {
                noteMissing(
                    isTarget: false, link: suffix.index,
                    zone: sources.snapshot.links[suffix.index].privateSuffix)
            }
            if slot.forwardsMissing, !(isOwned && slot.deniesOwned) {
                if composition.isTraced {
                    let what =
                        isOwned
                        ? "has the registry but not this record"
                        : "does not have the name, so it is forwarded"
                    note(composition, answered: false, "zone \(zone.origin) \(what)")
                }
                return nil
            }
        }
        if composition.isTraced {
            note(composition, answered: true, "zone \(zone.origin) \(Self.words(found.outcome))")
        }
        if case .delegation = found.outcome, composition.question.flags.recursionDesired,
            !isSwitchedOff("RFC 2181: a zone has no authority below a cut")
        {
            return .delegated
        }
        if progress.hops == 0 || isSwitchedOff("RFC 6604: AA is that of the first name") {
            progress.isAuthoritative = true
        }
        progress.isAuthentic = false
        return write(found, of: zone, composition, sources, into: &writer)
    }

    @inline(__always)
    private func note(
        _ composition: Composition, answered: Bool, _ reason: @autoclosure () -> String
    ) {
        composition.trace?.note(
            .localZone, "\(Name(owner))", answered: answered, reason())
    }

    /// Step 3: reserved names, unless a forward zone other than the root names them.
    mutating func answerSpecialName(
        _ route: Route, _ composition: Composition, _ sources: borrowing AnswerSources,
        into writer: inout MessageWriter
    ) -> Step? {
        guard let special = route.special,
            !isSwitchedOff("RFC 6761: special names are answered here")
        else { return nil }
        if let forward = route.forward, forward.label <= special.label,
            !isSwitchedOff("RFC 6761: a forward zone precedes a special name")
        {
            return nil
        }
        let origin = sources.snapshot.specials[special.index].origin
        if composition.question.type == .ds, special.label == 0, origin == SpecialNames.delegated,
            !isSwitchedOff("RFC 8375: DS of home.arpa is forwarded")
        {
            return nil
        }
        progress.isAuthentic = false
        composition.trace?.note(
            .specialName, "\(Name(owner))", answered: true, "\(origin) is reserved")
        let number = sources.snapshot.firstSpecial + special.index
        return sources.snapshot.tree.use(number) { zone in
            let found = zone.lookup(owner, type: composition.question.type)
            if case .nameError = found.outcome, origin == SpecialNames.empty,
                !isSwitchedOff("RFC 9462: names below resolver.arpa exist")
            {
                zone.writeSOA(into: &writer)
                return .answered
            }
            return write(found, of: zone, composition, sources, into: &writer)
        }
    }

    /// Names of a zone that does not exist never get another answer (RFC 8914, section 4.25).
    mutating func failForUnloadedZone(into writer: inout MessageWriter) {
        fail(ExtendedError(.invalidData, .zoneNotLoaded))
    }

    // MARK: A lookup's outcome as records

    /// Writes what a zone says of `owner`.
    private mutating func write(
        _ found: ZoneAnswer, of zone: borrowing ZoneTables, _ composition: Composition,
        _ sources: borrowing AnswerSources, into writer: inout MessageWriter
    ) -> Step {
        switch found.outcome {
        case .records(let set):
            append(set, of: zone, into: &writer)
        case .allRecords(let node):
            var next = zone.firstSet(of: node)
            while let set = next {
                append(set, of: zone, into: &writer)
                next =
                    composition.question.wantsOneSet
                        && !isSwitchedOff("RFC 8482: one record set for ANY of a local name")
                    ? nil : zone.set(after: set)
            }
        case .alias(let set):
            append(set, of: zone, into: &writer)
            return followAlias(zone.data(of: zone.firstRecord(of: set)))
        case .dname(let set, let label):
            return redirect(set, from: label, of: zone, composition, into: &writer)
        case .delegation(let set, let label):
            refer(to: set, at: label, of: zone, into: &writer)
        case .noData:
            if !isSwitchedOff("RFC 2308: the SOA record of a denial") {
                zone.writeSOA(into: &writer)
            }
        case .nameError:
            progress.responseCode = .nameError
            zone.writeSOA(into: &writer)
        }
        return .answered
    }

    private mutating func append(
        _ set: RecordSet, of zone: borrowing ZoneTables, into writer: inout MessageWriter
    ) {
        if progress.hops == 0 {
            zone.write(set, ownerAt: MessageWriter.questionName, into: &writer)
            return
        }
        writer.beginRecordSet(in: .answer)
        Self.append(set, of: zone, owner: owner.originalCase, at: 0, into: &writer)
    }

    /// Appends the records of `set`, whose owner's name is at `offset` of `owner`.
    private static func append(
        _ set: RecordSet, of zone: borrowing ZoneTables, owner: Span<UInt8>, at offset: Int,
        into writer: inout MessageWriter
    ) {
        var next: StoredRecord? = zone.firstRecord(of: set)
        while let record = next {
            let data = zone.data(of: record)
            let fits = writer.append(
                owner: owner, at: offset, type: set.type, ttl: set.ttl, data: data,
                range: 0..<data.count)
            // Taken back whole; a smaller record of it might fit by itself.
            guard fits else { return }
            next = zone.record(after: record)
        }
    }

    private mutating func followAlias(_ data: Span<UInt8>) -> Step {
        // A zone's data was checked when it was loaded.
        guard (try? owner.read(from: data, at: 0)) != nil else {
            fail(ExtendedError(.other, .aliasWithoutTarget))
            return .answered
        }
        return .alias
    }

    /// RFC 6672, section 3.2: the DNAME, the alias made from it, and on to the alias's target.
    private mutating func redirect(
        _ set: RecordSet, from label: Int, of zone: borrowing ZoneTables,
        _ composition: Composition,
        into writer: inout MessageWriter
    ) -> Step {
        let data = zone.data(of: zone.firstRecord(of: set))
        writer.beginRecordSet(in: .answer)
        writer.append(
            owner: owner.originalCase, at: owner.start(ofLabel: label), type: .dname, ttl: set.ttl,
            data: data, range: 0..<data.count)
        guard let destination = try? Name(wire: data),
            target.set(first: label, of: owner, then: destination)
        else {
            progress.responseCode = isSwitchedOff("RFC 6672: YXDOMAIN") ? .noError : .nameExists
            return .answered
        }
        writer.beginRecordSet(in: .answer)
        writer.append(
            owner: owner.originalCase, type: .cname, ttl: set.ttl, data: target.originalCase,
            range: 0..<target.count)
        owner.set(target)
        return composition.question.type == .cname || composition.question.type == .any
            ? .answered : .alias
    }

    /// A referral: the name servers of the cut, and their addresses where the zone has them.
    private mutating func refer(
        to set: RecordSet, at label: Int, of zone: borrowing ZoneTables,
        into writer: inout MessageWriter
    ) {
        if progress.hops == 0 { progress.isAuthoritative = false }
        let start = owner.start(ofLabel: label)
        writer.beginRecordSet(in: .authority)
        Self.append(set, of: zone, owner: owner.originalCase, at: start, into: &writer)
        if !isSwitchedOff("RFC 9471: glue of the delegated domain") {
            appendGlue(of: set, below: label, isInDomain: true, of: zone, into: &writer)
        }
        appendGlue(of: set, below: label, isInDomain: false, of: zone, into: &writer)
    }

    /// RFC 9471, section 3.1: the delegated domain cannot be found without the addresses of servers
    /// whose names are in it, so if one does not fit, the client must retry over TCP; other
    /// addresses only save a query.
    private mutating func appendGlue(
        of set: RecordSet, below label: Int, isInDomain: Bool, of zone: borrowing ZoneTables,
        into writer: inout MessageWriter
    ) {
        var next: StoredRecord? = zone.firstRecord(of: set)
        while let record = next {
            next = zone.record(after: record)
            guard (try? target.read(from: zone.data(of: record), at: 0)) != nil,
                target.isAtOrBelow(owner, fromLabel: label) == isInDomain
            else { continue }
            for type in [RecordType.a, .aaaa] {
                guard let glue = zone.glue(of: target, type: type) else { continue }
                writer.beginRecordSet(in: .additional, isNeeded: isInDomain)
                Self.append(glue, of: zone, owner: target.originalCase, at: 0, into: &writer)
            }
        }
    }

    private static func words(_ outcome: ZoneAnswer.Outcome) -> String {
        switch outcome {
        case .records, .allRecords: "has the records"
        case .alias: "has an alias"
        case .dname: "has a DNAME above the name"
        case .delegation: "delegates the name"
        case .noData: "has the name but not the type"
        case .nameError: "does not have the name"
        }
    }
}
