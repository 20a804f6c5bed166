// A zone of a source: its data, if there are any, where they come from and how they were read.

internal import DNSWire
internal import Files
internal import Store
internal import Zones

/// How current a zone's data is.
enum ZoneState: Sendable {
    /// As its source has it now.
    case current
    /// As its source had it before it had a mistake.
    case kept
    /// The copy that was made when its source was last good.
    case lastGoodCopy
    /// There is none: its names get SERVFAIL.
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
    /// Whether its source would take away most of its records, which nobody forced.
    var isRefused = false
    /// The files that were read, or were not there, with what tells whether they changed; empty to read again.
    var identities: FileIdentities = []
}
