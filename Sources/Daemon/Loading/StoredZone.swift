// A zone of the store: its data, if there are any, and how they were read.

internal import DNSWire
internal import Files
internal import Store
internal import Zones

/// Where a zone's data comes from.
enum ZoneState: Sendable {
    /// Its file, as it is now.
    case current
    /// Its file as it was before it had a mistake.
    case kept
    /// The copy that was made when its file was last good.
    case lastGoodCopy
    /// Nowhere: its names get SERVFAIL.
    case failed
}

/// A zone of the store, with how it was read.
struct StoredZone: Sendable {
    let origin: Name
    /// The file's name in the directory.
    let file: String
    var zone: Zone?
    var state: ZoneState
    var warnings: [String] = []
    var mistakes: [String] = []
    /// Whether its file would take away most of its records, which nobody forced.
    var isRefused = false
    /// The files that were read, or were not there, with what tells whether they changed; empty to read again.
    var identities: FileIdentities = []
}
