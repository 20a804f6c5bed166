// How much of a zone may go away at once without somebody saying so: other servers have replaced good zones with
// empty ones, because a script wrote an empty file.

/// The question whether a zone lost more than anybody meant.
public enum ZoneShrinkage {
    /// Zones of so many records are guarded against losing more than half.
    public static let guardedCount = 10

    /// Whether a zone of `before` records that is to have `after` is emptied, or has at least ten and loses more
    /// than half; SOA records are not counted.
    public static func isSuspicious(from before: Int, to after: Int) -> Bool {
        if before > 0, after == 0 { return true }
        return before >= guardedCount && after * 2 < before
    }
}

extension Zone {
    /// The number of records beside the SOA record.
    public var ordinaryRecordCount: Int { recordCount - 1 }
}
