// A zone as it is shared: a reference to tables that never change. The questions are answered by
// ZoneTables; this class only gives them one owner that a snapshot can hold and drop.

public import DNSWire

/// One zone, immutable.
///
/// On the query path call `zone.tables.lookup(...)`: it costs no retain and no allocation. Spans of bytes
/// can only be had where the tables are borrowed for the whole time: in a function with a parameter
/// `borrowing ZoneTables`, which `zone.tables` is passed to.
public final class Zone: Sendable {
    /// The name of the apex, as the reader was given it.
    public let origin: Name
    /// The nodes, record sets and bytes, and the lookups.
    public let tables: ZoneTables

    init(origin: Name, tables: consuming ZoneTables) {
        self.origin = origin
        self.tables = tables
    }

    /// The serial number of the SOA record.
    public var serial: UInt32 { tables.serial }
    /// The number of records.
    public var recordCount: Int { tables.recordCount }
    /// The number of names, empty non-terminals included.
    public var nameCount: Int { tables.nodeCount }
    /// A hash of the content, equal in every process for equal content.
    public var fingerprint: ZoneFingerprint { tables.fingerprint }
}
