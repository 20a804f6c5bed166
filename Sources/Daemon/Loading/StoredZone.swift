// A zone of a source: its data, if there are any, where they come from and how they were read.

internal import DNSWire
internal import Files
internal import Store
internal import Zones

/// How current a zone's data is.
enum ZoneState: CaseIterable, Sendable {
    /// As its source has it now.
    case current
    /// As its source had it before it had a mistake.
    case kept
    /// The copy that was made when its source was last good.
    case lastGoodCopy
    /// As last loaded, or its last good copy: its source no longer lists it, but it was not
    /// deleted.
    case removed
    /// There is no data: its names get SERVFAIL.
    case failed
}

/// A zone of a source, with how it was read.
struct StoredZone: Sendable {
    let origin: Name
    let provenance: ZoneProvenance
    var zone: Zone?
    var state: ZoneState
    var warnings: [String] = []
    var mistakes: [String] = []
    /// Whether its source would remove most of its records, without being forced.
    var isRefused = false
    /// Whether the data is the last good copy, whatever the state.
    var isCopy = false
    /// When the data was loaded from its source, or copied.
    var loaded: WallTime?
    /// Whether it is only assumed that there is such a zone, since the source could not say which there are.
    var isAssumed = false
    /// The files that were read or did not exist, with their identities to detect changes; empty to
    /// read again.
    var identities: FileIdentities = []

    /// The same zone after its source listed all zones but this one.
    var unlisted: StoredZone {
        var zone = self
        zone.state = self.zone == nil ? .failed : .removed
        zone.warnings = []
        zone.mistakes = []
        zone.isRefused = false
        zone.identities = []
        return zone
    }

    /// What clients get, while that is not what the source has.
    func consequence(at now: WallTime) -> String? {
        if state == .current { return nil }
        guard let zone else { return "SERVFAIL for its names" }
        let time = loaded.map { " from \($0.shortDescription(at: now))" } ?? ""
        let copy = isCopy ? ", the last good copy" : ""
        return "serving serial \(zone.serial)\(time)\(copy)"
    }

    /// The same zone with mistakes that also say what clients get; `isListed` says whether its
    /// source has it.
    func reported(isListed: Bool, at now: WallTime) -> StoredZone {
        guard let consequence = consequence(at: now) else { return self }
        var zone = self
        if !isListed, !isAssumed {
            let name = "\(origin)".dropLast()
            zone.mistakes = [
                "\(provenance):1:1: the \(provenance.noun) is gone (\(consequence)); "
                    + "`privatelinkctl zone delete \(name)` or `privatelinkctl reload --force` "
                    + "drops the zone"
            ]
        } else if let first = zone.mistakes.first {
            zone.mistakes[0] = "\(first) (\(consequence))"
        }
        return zone
    }
}

extension WallTime {
    /// `20:11 UTC`, with the date where that is not today's.
    func shortDescription(at now: WallTime) -> String {
        let text = "\(self)"
        let date = text.prefix(10)
        let time = text.dropFirst(11).prefix(5)
        return dateNumber == now.dateNumber ? "\(time) UTC" : "\(date) \(time) UTC"
    }
}
