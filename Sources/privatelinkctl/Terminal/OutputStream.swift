// What the program writes: whole texts to standard output and standard error.

import Glibc

/// A descriptor that text is written to.
struct OutputStream {
    private let descriptor: Int32

    /// Standard output or standard error.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Writes all of it, or as much as the reader takes.
    func write(_ text: String) { write(octets: Array(text.utf8)) }

    /// Writes all of them, or as many as the reader takes.
    func write(octets: [UInt8]) {
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
    var isColored: Bool {
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
