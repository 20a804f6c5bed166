// The local zones while a snapshot is put together: their numbers, and which of them lie where.

internal import DNSWire
internal import Zones

/// Local zones in canonical order of their names.
struct LoadedZones {
    let zones: [LocalZone]
    /// For each zone its number among those that were loaded; -1 for those that were not.
    let numbers: [Int]
    /// The loaded zones by number: first the private zones of links, which get the most queries.
    let loaded: [Zone]
    private var indexOfOrigin: [Name: Int] = [:]
    /// For each private suffix of a link the zones at and below it.
    private var atOrBelow: [Name: [Int]] = [:]

    init(_ unordered: [LocalZone], links: [PrivateLink]) {
        let privateSuffixes = Set(links.map(\.privateSuffix))
        zones = unordered.sorted { $0.origin < $1.origin }
        var numbers = zones.map { _ in -1 }
        var loaded: [Zone] = []
        for isPrivate in [true, false] {
            for (index, local) in zones.enumerated()
            where privateSuffixes.contains(local.origin) == isPrivate {
                guard let zone = local.zone else { continue }
                numbers[index] = loaded.count
                loaded.append(zone)
            }
        }
        self.numbers = numbers
        self.loaded = loaded
        for (index, local) in zones.enumerated() {
            indexOfOrigin[local.origin] = index
            var ancestor: Name? = local.origin
            while let suffix = ancestor {
                if privateSuffixes.contains(suffix) { atOrBelow[suffix, default: []].append(index) }
                ancestor = suffix.parent
            }
        }
    }

    var origins: Dictionary<Name, Int>.Keys { indexOfOrigin.keys }

    /// The index of the innermost zone that encloses `name`.
    func enclosing(_ name: Name) -> Int? {
        var ancestor: Name? = name
        while let suffix = ancestor {
            if let index = indexOfOrigin[suffix] { return index }
            ancestor = suffix.parent
        }
        return nil
    }

    /// The zones that were loaded of those below a private suffix, the suffix's own not among them.
    func loaded(below suffix: Name) -> [Zone] {
        (atOrBelow[suffix] ?? []).compactMap { index in
            zones[index].origin == suffix ? nil : zones[index].zone
        }
    }

    /// The zone of a private suffix, and its number, if it was loaded and there is no other at or below that.
    func only(atOrBelow suffix: Name) -> (zone: Zone?, number: Int)? {
        guard let indices = atOrBelow[suffix], indices.count == 1,
            zones[indices[0]].origin == suffix, numbers[indices[0]] >= 0
        else { return nil }
        return (zones[indices[0]].zone, numbers[indices[0]])
    }
}
