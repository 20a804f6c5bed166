// What reading a zone's text gave: the zone, or everything that is wrong with it.

/// A mistake or a warning, with its place.
public struct ZoneNotice: Sendable, Equatable, CustomStringConvertible {
    /// The file, as `$INCLUDE` or the caller named it.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column in bytes, from 1.
    public let column: Int
    /// A sentence without a full stop.
    public let sentence: String

    /// `file:line:column: sentence`.
    public var description: String { "\(file):\(line):\(column): \(sentence)" }
}

/// The outcome of reading a zone.
public struct ZoneReading: Sendable {
    /// The most mistakes, and the most warnings, that are kept.
    public static let maximumNotices = 100

    /// The zone; nil if there is any mistake.
    public internal(set) var zone: Zone?
    /// The first mistakes, in order of files and lines.
    public internal(set) var mistakes: [ZoneNotice] = []
    /// The number of all mistakes.
    public internal(set) var mistakeCount = 0
    /// The first warnings, in order of files and lines.
    public internal(set) var warnings: [ZoneNotice] = []
    /// The number of all warnings.
    public internal(set) var warningCount = 0
    /// The files that were read or tried, the zone's own first, each once.
    public internal(set) var files: [String] = []
    /// The number of records that occurred twice and were dropped (RFC 2181, section 5).
    public internal(set) var duplicateCount = 0
}

/// What a reader gets for an `$INCLUDE`.
public enum ZoneInclusion: Sendable {
    /// The bytes of the file, and its name for notices, for `files` and to detect a cycle.
    case octets([UInt8], file: String)
    /// Why the file cannot be read, as the end of a sentence such as "cannot include x: no such file".
    case unreadable(String, file: String)
}
