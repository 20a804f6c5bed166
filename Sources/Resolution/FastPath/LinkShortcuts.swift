// What makes the main job cheap: for each link the one local zone that has its counterparts, and the bytes
// of the alias. A link has no shortcut where another zone lies below the private one, so that the counterpart's
// zone depends on its name, or where the private zone is not there.

internal import DNSWire
internal import Zones

/// The links' shortcuts, in the order of the links.
struct LinkShortcuts: ~Copyable, Sendable {
    /// One link's.
    struct Row: BitwiseCopyable, Sendable {
        /// The number of the private zone; -1 where there is no shortcut.
        var zone: Int32 = -1
        /// The TTL of the alias.
        var ttl: UInt32 = 0
        /// How many labels the private suffix ends with that the public one ends with too.
        var sharedLabels: Int32 = 0
        /// The labels before those, and the root if there are none of those, in `octets`.
        var octetsStart: Int32 = 0
        var octetsEnd: Int32 = 0
    }

    private let rows: [Row]
    private let octets: [UInt8]

    /// The shortcuts of `links` among `zones`.
    init(_ links: [PrivateLink], _ zones: LoadedZones) {
        var rows: [Row] = []
        var octets: [UInt8] = []
        for link in links {
            var row = Row()
            if let only = zones.only(atOrBelow: link.privateSuffix) {
                row.zone = Int32(only.number)
            }
            row.ttl = link.ttl
            row.sharedLabels = Int32(link.sharedLabels)
            row.octetsStart = Int32(octets.count)
            octets += link.middle
            row.octetsEnd = Int32(octets.count)
            rows.append(row)
        }
        self.rows = rows
        self.octets = octets
    }

    /// The shortcut of a link; nil without one.
    @inline(__always)
    borrowing func row(_ link: Int) -> Row? {
        let row = rows.span[link]
        return row.zone >= 0 ? row : nil
    }

    /// Writes the alias from the question, whose name is `name` with the public suffix from label
    /// `label` on, to its counterpart; returns the counterpart's offset in the message, or nil if
    /// it did not fit.
    @inline(__always)
    borrowing func writeAlias(
        _ row: Row, _ name: borrowing NameBuffer, label: Int, into writer: inout MessageWriter
    ) -> Int? {
        let tail = Int(row.sharedLabels)
        return writer.appendAlias(
            ttl: row.ttl, head: name.originalCase.extracting(first: name.start(ofLabel: label)),
            middle: octets.span.extracting(Int(row.octetsStart)..<Int(row.octetsEnd)),
            tail: tail > 0 ? name.start(ofLabel: name.labelCount - tail) : -1)
    }
}

extension ZoneTables {
    /// Writes the records of `set` as answers; their owner is at `place` of the message.
    borrowing func write(
        _ set: RecordSet, ownerAt place: Int, into writer: inout MessageWriter
    ) {
        writer.beginRecordSet(in: .answer)
        let mayCopy = !(RecordDataFields.of(set.type)?.holdsNames ?? false)
        var record = firstRecord(of: set)
        while true {
            let fits =
                mayCopy
                ? writer.append(encoded: encoded(record), ownerAt: place)
                : writer.append(
                    ownerAt: place, type: set.type, ttl: set.ttl, data: data(of: record))
            // A set that does not fit is taken back whole: its other records need not be looked at.
            guard fits else { return }
            guard let next = self.record(after: record) else { return }
            record = next
        }
    }

    /// Writes the SOA of a denial, with the time that the denial may be kept (RFC 2308, section 3).
    borrowing func writeSOA(into writer: inout MessageWriter) {
        let owner = origin.octets
        let data = data(of: firstRecord(of: soa))
        writer.beginRecordSet(in: .authority)
        writer.append(
            owner: owner.span, type: .soa, ttl: negativeTTL, data: data, range: 0..<data.count)
    }
}

extension PrivateLink {
    /// The number of labels that both suffixes end with.
    var sharedLabels: Int {
        let (left, right) = (privateSuffix.folded.labels, publicSuffix.folded.labels)
        return zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count
    }

    /// The number of bytes that those take, with the root; 0 where there is nothing but the root.
    var sharedOctets: Int {
        let labels = sharedLabels
        return labels == 0 ? 0 : privateSuffix.labels.suffix(labels).reduce(1) { $0 + $1.count + 1 }
    }

    /// The part of the private suffix before them: all of it, including the root, if there are
    /// none.
    var middle: ArraySlice<UInt8> { privateSuffix.octets.dropLast(sharedOctets) }
}
