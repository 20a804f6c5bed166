// A number and what it counts, as a sentence has them.

/// Counts things in words.
public enum Counted {
    /// `1 record`, `2 records`.
    public static func words(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
}
