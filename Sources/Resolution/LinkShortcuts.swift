// What makes the main job cheap: for each link the one local zone that has its counterparts, and the octets
// of the alias. A link has no shortcut where another zone lies below the private one, so that the counterpart's
// zone depends on its name, or where the private zone is not there.

internal import DNSWire
internal import Zones

/// The links' shortcuts, in the order of the links.
///
/// It cannot be copied, so that borrowing its zones costs no retain.
struct LinkShortcuts: ~Copyable, Sendable {
    /// One link's.
    struct Row: BitwiseCopyable, Sendable {
        /// The place of the private zone in `zones`; -1 where there is no shortcut.
        var zone: Int32 = -1
        /// The TTL of the alias.
        var ttl: UInt32 = 0
        /// How many labels the private suffix ends with that the public one ends with too.
        var sharedLabels = 0
        /// The labels before those, and the root if there are none of those, in `octets`.
        var octetsStart = 0
        var octetsEnd = 0
    }

    private let rows: [Row]
    private let octets: [UInt8]
    private let zones: [Zone]

    /// The shortcuts of `links` among `localZones`.
    init(_ links: [PrivateLink], _ localZones: [LocalZone]) {
        var rows: [Row] = []
        var octets: [UInt8] = []
        var zones: [Zone] = []
        for link in links {
            var row = Row()
            let below = localZones.filter { $0.origin.isAtOrBelow(link.privateSuffix) }
            if below.count == 1, let zone = below[0].zone, zone.origin == link.privateSuffix {
                row.zone = Int32(zones.count)
                row.ttl = link.ttl
                zones.append(zone)
                let own = link.privateSuffix.labels
                row.sharedLabels = Self.sharedLabels(own, link.publicSuffix.labels)
                row.octetsStart = octets.count
                for label in own.dropLast(row.sharedLabels) {
                    octets.append(UInt8(label.count))
                    octets.append(contentsOf: label)
                }
                if row.sharedLabels == 0 { octets.append(0) }
                row.octetsEnd = octets.count
            }
            rows.append(row)
        }
        self.rows = rows
        self.octets = octets
        self.zones = zones
    }

    /// The number of labels that two names end with.
    private static func sharedLabels(_ left: [[UInt8]], _ right: [[UInt8]]) -> Int {
        func folded(_ label: [UInt8]) -> [UInt8] { label.map(\.lowercasedASCII) }
        return zip(left.reversed(), right.reversed()).prefix { folded($0) == folded($1) }.count
    }

    /// The shortcut of a link; nil without one.
    @inline(__always)
    borrowing func row(_ link: Int) -> Row? {
        let row = rows.span[link]
        return row.zone >= 0 ? row : nil
    }

    /// What the private zone says of the counterpart of `name`, which starts with label `label` below the
    /// public suffix; nil where the steps must be taken one by one.
    @inline(__always)
    borrowing func lookup(
        _ row: Row, _ name: borrowing NameBuffer, label: Int, type: RecordType
    ) -> ZoneAnswer? {
        let zones = zones.span
        return zones[Int(row.zone)].tables.lookup(first: label, of: name, type: type)
    }

    /// Writes the alias from the question, whose name is `name`, to its counterpart; returns where the
    /// counterpart stands in the message, or nil when it did not fit.
    @inline(__always)
    borrowing func writeAlias(
        _ row: Row, _ name: borrowing NameBuffer, label: Int, into writer: inout MessageWriter
    ) -> Int? {
        let tail = row.sharedLabels
        return writer.appendAlias(
            ttl: row.ttl, head: name.spelled.extracting(first: name.start(ofLabel: label)),
            middle: octets.span.extracting(row.octetsStart..<row.octetsEnd),
            tail: tail > 0 ? name.start(ofLabel: name.labelCount - tail) : nil)
    }

    /// Writes the records of a set whose owner stands at `place` of the message.
    @inline(__always)
    borrowing func write(
        _ set: RecordSet, _ row: Row, ownerAt place: Int, into writer: inout MessageWriter
    ) {
        let zones = zones.span
        zones[Int(row.zone)].tables.write(set, ownerAt: place, into: &writer)
    }

    /// Writes the SOA record of the private zone.
    borrowing func writeStart(_ row: Row, into writer: inout MessageWriter) {
        let zones = zones.span
        zones[Int(row.zone)].tables.writeStart(into: &writer)
    }
}

extension ZoneTables {
    /// Writes the records of `set` as answers, whose owner stands at `place` of the message.
    @inline(__always)
    borrowing func write(
        _ set: RecordSet, ownerAt place: Int, into writer: inout MessageWriter
    ) {
        writer.beginRecordSet(in: .answer)
        let mayCopy = !(RecordDataFields.of(set.type)?.holdsNames ?? false)
        var next: StoredRecord? = firstRecord(of: set)
        while let record = next {
            next = self.record(after: record)
            if mayCopy {
                writer.append(encoded: encoded(record), ownerAt: place)
            } else {
                writer.append(
                    ownerAt: place, type: set.type, ttl: set.ttl, data: data(of: record))
            }
        }
    }

    /// Writes the SOA of a denial, with the time that the denial may be kept (RFC 2308, section 3).
    borrowing func writeStart(into writer: inout MessageWriter) {
        let data = data(of: firstRecord(of: soa))
        writer.beginRecordSet(in: .authority)
        writer.append(
            owner: origin.octets.span, type: .soa, ttl: negativeTTL, data: data,
            range: 0..<data.count)
    }
}
