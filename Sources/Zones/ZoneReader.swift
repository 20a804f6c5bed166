// Zone text in, a zone or all mistakes out.

public import DNSWire

/// Reads master files (RFC 1035, section 5).
public enum ZoneReader {
    /// Reads the zone at `origin` from the `octets` of `file`.
    ///
    /// `include` is called for each `$INCLUDE` with the path as written and the path of the including file.
    public static func read(
        _ octets: Span<UInt8>, file: String, origin: Name, hasher: NameHasher,
        include: (_ path: String, _ includingFile: String) -> ZoneInclusion
    ) -> ZoneReading {
        ZoneReading()
    }
}
