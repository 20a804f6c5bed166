// The seam between the daemon and whatever holds zones: a directory of files, or something else that lists them. A
// source says which zones there are, what is in them and where each comes from. It decides nothing of what is done
// with them: that is `SnapshotLoader`.

internal import DNSWire
internal import Zones

/// Something that zones are loaded from.
///
/// It is used on one thread at a time, the loader's, and may block there. It is a value: what a copy reads on trial
/// leaves the original as it was.
protocol ZoneSource: Sendable {
    /// The zones as they were last read.
    var zones: [Name: StoredZone] { get }
    /// Whether the zones could ever be listed; until then it is not known which zones exist.
    var wasRead: Bool { get }

    /// Reads what changed. When the zones cannot be listed, they stay as they were and the result says why.
    ///
    /// A zone that cannot be read keeps its data, else is its last good copy, else has failed; it is never left out.
    /// Nor is one that is no longer listed: it stays, `unlisted`, until it is dropped.
    mutating func read(_ options: ScanOptions) -> ScanResult

    /// Uses the last good copies of all zones that were served, and marks those of `needed` without
    /// a copy as failed. It is called while `wasRead` is false, so no zone that a link needs counts
    /// as absent.
    mutating func useLastGood(needed: [Name])

    /// Takes the last good copies of zones that are not listed; those that have none have failed.
    mutating func restore(_ origins: Set<Name>)

    /// Leaves zones out that are not listed.
    mutating func drop(_ origins: Set<Name>)
}

/// Makes the source that a daemon loads from, given its settings' directory, the hasher that its zones are built
/// with, and the last good copies.
typealias ZoneSourceMaker =
    @Sendable (_ directory: String, NameHasher, LastGoodCopies?) -> any ZoneSource

/// Where a zone comes from, in the terms of its source.
enum ZoneProvenance: Equatable, Sendable {
    /// A master file at this path; each record is at a line of it, or of a file that it includes.
    case file(String)
    /// Something with an identifier, such as the id of an Azure resource; by owner, the identifiers of records that
    /// have their own.
    case resource(String, records: [Name: String] = [:])
}

extension ZoneProvenance: CustomStringConvertible {
    /// What it is, as a word in a sentence.
    var noun: String {
        switch self {
        case .file: "file"
        case .resource: "resource"
        }
    }

    /// The path or the identifier.
    var description: String {
        switch self {
        case .file(let path): path
        case .resource(let identifier, _): identifier
        }
    }
}
