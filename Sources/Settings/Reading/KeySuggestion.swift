// The sentence for a key that does not exist, with the key that was probably meant.

/// Finds the known key closest to an unknown one.
public enum KeySuggestion {
    /// The sentence for the unknown key `path`; `record` is the list of its entry, if any.
    static func sentence(for path: String, among known: [String], in record: String?) -> String {
        let place = TypedReader.place(record)
        let start = "There is no key \(SettingsText.quote(path))\(place)"
        guard let nearest = nearest(to: path, among: known) else { return start + "." }
        return start + "; did you mean `\(nearest)`?"
    }

    /// The known key that is nearest to an unknown one; nil if none is near.
    public static func nearest(to path: String, among known: [String]) -> String? {
        guard path.utf8.count <= 64 else { return nil }
        let candidates = Set(known + known.flatMap(sections)).sorted()
        let ranked = candidates.map { (path: $0, distance: distance(path, $0)) }
        if let best = ranked.min(by: { $0.distance < $1.distance }),
            best.distance <= max(1, path.utf8.count / 4)
        {
            return best.path
        }
        let word = path.split(separator: ".").last.map(String.init) ?? path
        return candidates.first { $0.hasSuffix("." + word) }
    }

    /// `cache` of `cache.size`.
    private static func sections(of path: String) -> [String] {
        path.split(separator: ".").dropLast().first.map { [String($0)] } ?? []
    }

    /// How many bytes must be added, removed or replaced (Levenshtein).
    private static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (index, octet) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (octet == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
