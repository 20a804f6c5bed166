// Facts about a whole zone, in addition to its tables.

internal import DNSWire

/// What is known of a zone as a whole.
final class ZoneFacts: Sendable {
    let origin: Name
    /// The number of the origin's labels.
    let originLabels: Int
    /// The origin's bytes in lower case.
    let foldedOrigin: [UInt8]
    /// What the owners' hashes are made with.
    let hasher: NameHasher
    let soa: RecordSet
    let serial: UInt32
    let negativeTTL: UInt32
    let recordCount: Int
    let nodeCount: Int
    let fingerprint: ZoneFingerprint

    /// The facts of a zone whose bytes are `octets`; the builder knows the rest.
    init(
        _ builder: borrowing ZoneBuilder, soa: RecordSet, octets: Span<UInt8>, recordCount: Int,
        fingerprint: ZoneFingerprint
    ) {
        let data = octets.extracting(
            (Int(soa.first) + StoredRecord.headSize)..<(Int(soa.first) + Int(soa.size)))
        origin = builder.origin
        originLabels = builder.originLabels
        foldedOrigin = builder.foldedOrigin
        hasher = builder.hasher
        self.soa = soa
        serial = data.uint32(at: data.count - 20)
        negativeTTL = min(soa.ttl, data.uint32(at: data.count - 4))
        self.recordCount = recordCount
        nodeCount = builder.nodes.count
        self.fingerprint = fingerprint
    }
}
