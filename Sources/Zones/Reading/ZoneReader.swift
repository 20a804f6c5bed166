// Zone text in, a zone or all its mistakes out. No file is opened here: the caller gives the bytes, and
// a closure that gives those of included files. How unclear clauses are read: docs/zone-files.md.

public import DNSWire

/// Reads zone files (RFC 1035, section 5; RFC 2308, section 4; RFC 3597, section 5).
public enum ZoneReader {
    /// Reads the zone at `origin` from the `octets` of `file`.
    ///
    /// `include` is called for each `$INCLUDE` with the path as written and the including file's
    /// path; the caller decides where the path leads. The key of `hasher` must be unknown to those
    /// who choose the queried names. Mistakes are never thrown: the reading contains all of them,
    /// and then has no zone.
    public static func read(
        _ octets: Span<UInt8>, file: String, origin: Name, hasher: NameHasher,
        include: (_ path: String, _ includingFile: String) -> ZoneInclusion
    ) -> ZoneReading {
        var parser = ZoneParser(origin: origin, hasher: hasher, sizeHint: octets.count)
        parser.start(file: file)
        parser.read(octets, include: include)
        return parser.finish()
    }

    /// Reads a zone as above and gives its text back before the tables are made, which a large zone's peak
    /// of memory is made of.
    public static func read(
        releasing octets: consuming [UInt8], file: String, origin: Name, hasher: NameHasher,
        include: (_ path: String, _ includingFile: String) -> ZoneInclusion
    ) -> ZoneReading {
        var parser = ZoneParser(origin: origin, hasher: hasher, sizeHint: octets.count)
        parser.start(file: file)
        parser.read(octets.span, include: include)
        octets = []
        return parser.finish()
    }

    /// Reads a zone whose text may not include other files.
    public static func read(
        _ octets: Span<UInt8>, file: String, origin: Name, hasher: NameHasher
    ) -> ZoneReading {
        read(octets, file: file, origin: origin, hasher: hasher) { path, _ in
            .unreadable("this text cannot include files", file: path)
        }
    }
}

extension ZoneParser {
    /// Begins with the zone's own file.
    mutating func start(file: String) {
        if let index = notices.index(of: file) { stack = [index] }
    }

    /// The zone, or what is wrong.
    consuming func finish() -> ZoneReading {
        var reading = ZoneReading()
        var notices = self.notices
        let origin = builder.origin
        let tables = builder.finish(notices: &notices, duplicateCount: &reading.duplicateCount)
        if let tables { reading.zone = Zone(origin: origin, tables: tables) }
        notices.report(in: &reading)
        return reading
    }
}
