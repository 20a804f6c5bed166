// Text from files, from az or from clients, as a terminal and a log may have it: what would move the cursor, ring, set
// colours, begin another line or turn the direction of writing is shown as a number.

/// Text without characters that do something.
public enum VisibleText {
    /// The text with control characters, and those that change the direction of writing, as `\u{...}`; line feeds and
    /// tabs stay where `keepsLayout`.
    public static func escaped(_ text: String, keepsLayout: Bool) -> String {
        let isPlain = text.utf8.allSatisfy { octet in
            (0x20...0x7E).contains(octet) || keepsLayout && (octet == 0x0A || octet == 0x09)
        }
        if isPlain { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if keepsLayout, scalar == "\n" || scalar == "\t" {
                shown.unicodeScalars.append(scalar)
            } else if isActive(scalar) {
                shown += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// Whether a character is not just seen.
    static func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": true
        // Marks, embeddings, overrides and isolates of direction.
        case "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
            true
        default: false
        }
    }
}
