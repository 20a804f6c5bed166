// Why the store is as it was: every refusal in one sentence that says what to do.

public import DNSWire
public import Files
public import Zones

/// A change of the store that was not made.
public enum StoreError: Error, Sendable {
    /// A file operation failed.
    case file(FileError)
    /// The zone's file has mistakes, so that what it holds is not known.
    case mistakes([ZoneNotice])
    /// The changed zone would have these mistakes; their places are not in an existing file.
    case wouldBeWrong([ZoneNotice])
    /// There is no file of this zone.
    case noZone(Name)
    /// There is a file of this zone already.
    case zoneExists(Name)
    /// Another program writes the store and did not end.
    case busy(directory: String)
    /// Another program changed the file in the meantime.
    case changedMeanwhile(path: String)
    /// A record to change is made by this line, which is not one of the file's own records.
    case elsewhere(RecordSetKey, place: String)
    /// The text cannot be changed without changing other records.
    case notEditable(path: String)
    /// The new text, read again, is not what it should be.
    case notWritten(path: String)
    /// The change was made, and may not outlive a loss of power.
    case notSettled(path: String, FileError)
    /// The change itself would be a mistake.
    case refused(String)
}

extension StoreError: CustomStringConvertible {
    /// A sentence without its full stop; several lines where there are several mistakes.
    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .mistakes(let notices): notices.map { "\($0)" }.joined(separator: "\n")
        case .wouldBeWrong(let notices):
            "the zone would have mistakes, so nothing was written:"
                + notices.map { "\n  \($0.sentence)" }.joined()
        case .noZone(let origin): "there is no zone \(origin) in the store"
        case .zoneExists(let origin): "the store already has a zone \(origin)"
        case .busy(let directory):
            "another program keeps \(directory) locked; nothing was changed"
        case .changedMeanwhile(let path):
            "\(path) was changed by another program meanwhile; nothing was written: try again"
        case .elsewhere(let key, let place):
            "\(key.owner) \(key.type) is made at \(place), by an included file or a $GENERATE: "
                + "change it there"
        case .notEditable(let path):
            "\(path) cannot be changed like this without changing other records: edit it by hand"
        case .notWritten(let path):
            "the new text of \(path) could not be read back; nothing was changed"
        case .notSettled(let path, let error):
            "\(path) was changed, but may not be synced to disk yet: \(error)"
        case .refused(let sentence): sentence
        }
    }
}
