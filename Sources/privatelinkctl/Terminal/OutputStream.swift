// What the program writes: whole texts to standard output and standard error. Nothing else of it writes, so that
// whatever stands in a file, in az's output or in an answer, a terminal is not made to do anything.

import Control
import Glibc

/// A descriptor that text is written to.
struct OutputStream {
    private let descriptor: Int32

    /// Standard output or standard error.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Writes all of it, or as much as the reader takes, with line feeds and tabs and no other control characters.
    func write(_ text: String) { put(Array(VisibleText.escaped(text, keepsLayout: true).utf8)) }

    /// A part of a text, and the number of its colour on a terminal.
    struct Piece {
        var text: String
        var color: Int?
    }

    /// Writes parts one behind the other, in their colours where colours are seen.
    func write(_ pieces: [Piece]) {
        var text = ""
        let isColored = isColored
        for piece in pieces {
            let shown = VisibleText.escaped(piece.text, keepsLayout: true)
            if isColored, let color = piece.color {
                text += "\u{1B}[\(color)m\(shown)\u{1B}[0m"
            } else {
                text += shown
            }
        }
        put(Array(text.utf8))
    }

    /// Writes a file's content as it is, or to a terminal as a text.
    func write(content: [UInt8]) {
        if isatty(descriptor) == 1 { return write(String(decoding: content, as: UTF8.self)) }
        put(content)
    }

    private func put(_ octets: [UInt8]) {
        var written = 0
        while written < octets.count {
            // Safe: the span's bytes are borrowed for the call and its count bounds the read.
            let count = unsafe octets.span.extracting(written..<octets.count)
                .withUnsafeBufferPointer {
                    unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            written += count
        }
    }
}

extension OutputStream {
    /// Whether people read it, on a terminal that shows colours, and have not said that they want none.
    private var isColored: Bool {
        isatty(descriptor) == 1 && Self.variable("NO_COLOR") == nil
            && Self.variable("TERM") != "dumb"
    }

    /// A variable of the environment; nil when it is not set or empty.
    private static func variable(_ name: String) -> String? {
        // Safe: the text is copied before anything could change the environment.
        let text = unsafe getenv(name).map { unsafe String(cString: $0) }
        return text?.isEmpty == false ? text : nil
    }
}
