// An answer as bytes: `ok LENGTH` or `failed LENGTH`, a line feed, and LENGTH bytes rendered by the
// daemon. Their content is a report's.

/// The head of an answer: whether the request succeeded, and the size of the body.
public struct ControlAnswerHead: Equatable, Sendable {
    /// The maximum size of a head in bytes, without its line feed.
    public static let maximumLength = 32
    /// The maximum size of a body in bytes.
    public static let maximumBodyLength = 64 << 20

    /// Whether the request was carried out.
    public let succeeded: Bool
    /// The number of bytes that follow the head's line feed.
    public let bodyLength: Int

    /// Reads a head; its line feed must not be among the bytes.
    public init(line: [UInt8]) throws(ControlError) {
        guard line.count <= Self.maximumLength else { throw .tooLong }
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 2, !words[1].isEmpty,
            words[1].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { throw .badAnswer }
        switch words[0] {
        case ArraySlice("ok".utf8): succeeded = true
        case ArraySlice("failed".utf8): succeeded = false
        default: throw .badAnswer
        }
        guard let length = Int(String(decoding: words[1], as: UTF8.self)),
            length <= Self.maximumBodyLength
        else { throw .tooLong }
        bodyLength = length
    }
}

/// An answer, rendered.
public struct ControlAnswer: Equatable, Sendable {
    /// Whether the request was carried out.
    public let succeeded: Bool
    /// The answer in the requested format.
    public let body: String

    /// A report in `format`.
    public init(_ report: some Report, format: ControlFormat, succeeded: Bool = true) {
        self.succeeded = succeeded
        body = report.rendered(as: format)
    }

    /// A refusal in `format`, with the sentence that says why.
    public init(refusal sentence: String, format: ControlFormat) {
        self.init(Refusal(sentence: sentence), format: format, succeeded: false)
    }

    /// Head and body; a body longer than `ControlAnswerHead.maximumBodyLength` is a refusal in text.
    public func encoded() -> [UInt8] {
        guard body.utf8.count <= ControlAnswerHead.maximumBodyLength else {
            return ControlAnswer(refusal: "The answer is too long.", format: .text).encoded()
        }
        return Array("\(succeeded ? "ok" : "failed") \(body.utf8.count)\n".utf8) + Array(body.utf8)
    }
}

/// Why a request was not carried out.
private struct Refusal: Report {
    let sentence: String

    var fields: [ReportField] { [ReportField("", "error", .text(sentence))] }
}
