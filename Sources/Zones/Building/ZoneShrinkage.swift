// How much of a zone a reload may remove without being forced. Other servers have replaced good
// zones with empty ones because a script wrote an empty file.

/// Decides whether a zone lost more than intended.
public enum ZoneShrinkage {
    /// Zones of at least this many records are guarded against losing more than half.
    public static let guardedCount = 10

    /// Whether a zone of `before` records that is to have `after` is emptied, or has at least ten and loses more
    /// than half; SOA records are not counted.
    public static func isSuspicious(from before: Int, to after: Int) -> Bool {
        if before > 0, after == 0 { return true }
        return before >= guardedCount && after * 2 < before
    }
}

extension Zone {
    /// The number of records other than the SOA record.
    public var ordinaryRecordCount: Int { recordCount - 1 }
}
