// What sources want of one zone, and what that makes of the zone's content: only what a source speaks for is ever taken
// away.

internal import DNSWire
internal import Zones

/// What sources want of one zone.
struct DesiredRecords: Sendable {
    /// A set as the sources have it; a TTL where they have one.
    struct DesiredSet: Sendable {
        var data: [[UInt8]]
        var ttl: UInt32?
        var source: AzureSource
        var isExported = false

        /// The data, where those of the zone say the same in the zone's form.
        func data(like present: [[UInt8]], of type: RecordType) -> [[UInt8]] {
            let comparison = DataComparison(type: type, isExported: isExported)
            return data.map { wanted in
                present.first { RecordDataLayout.isSame($0.span, wanted.span, of: type) }
                    ?? present.first { comparison.isSame($0, wanted) } ?? wanted
            }
        }
    }

    /// The desired sets.
    var sets: [RecordSetKey: DesiredSet] = [:]
    /// The names whose addresses are spoken for.
    var addressOwners: Set<Name> = []
    /// The names of registries all of whose endpoints in regions are spoken for.
    var registries: Set<Name> = []
    /// The names that ought to exist: that a source is silent on one does not take it away.
    var expectedOwners: Set<Name> = []
    /// Sets on which the sources differ.
    var contested: Set<RecordSetKey> = []
    /// Sets that Azure has and that were left out.
    var leftOut: Set<RecordSetKey> = []
    /// Whether everything in the zone is spoken for.
    var isWhole = false

    /// Whether the sources are authoritative for a set that is not desired.
    func speaksFor(_ key: RecordSetKey, origin: Name) -> Bool {
        if contested.contains(key) || leftOut.contains(key) { return false }
        if isWhole {
            // Azure's private zones have no NS records, so that it says nothing of those.
            return key.type != .soa && !(key.type == .ns && key.owner == origin)
        }
        let isAddress = key.type == .a || key.type == .aaaa
        if addressOwners.contains(key.owner) { return isAddress || key.type == .cname }
        if expectedOwners.contains(key.owner) { return false }
        guard isAddress, !registries.isEmpty else { return false }
        return RegistryEndpoint.registry(ofRegional: key.owner).map(registries.contains) ?? false
    }

    /// Changes a zone's content to the desired one.
    func apply(to content: inout ZoneContent, merging: Bool) {
        for (key, wish) in sets {
            var set =
                content.sets[key]
                ?? RecordSetContent(ttl: wish.ttl ?? ZoneContent.newTTL, data: [])
            if let ttl = wish.ttl { set.ttl = ttl }
            let wanted = wish.data(like: set.data, of: key.type)
            let kept = set.data.filter { old in
                merging
                    || wanted.contains {
                        RecordDataLayout.isSame($0.span, old.span, of: key.type)
                    }
            }
            if key.type == .soa {
                // A zone that is made keeps the serial number, see ZoneEdit.
                set.data = wanted
            } else {
                set.data = kept
                for data in wanted where !set.holds(data, of: key.type) { set.data.append(data) }
            }
            content.sets[key] = set
        }
        if merging { return }
        for key in content.sets.keys where sets[key] == nil {
            if speaksFor(key, origin: content.origin) { content.sets[key] = nil }
        }
    }
}
