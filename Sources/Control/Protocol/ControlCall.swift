// A request as one line: `privatelinkd/1 FORMAT COMMAND ARGUMENT...`, each word percent-escaped
// UTF-8. The daemon renders the answer, so the two programs may have different versions. No
// sockets.

/// The format of an answer.
public enum ControlFormat: String, CaseIterable, Equatable, Sendable {
    /// Lines for people.
    case text
    /// One JSON object and a line feed.
    case json
}

/// A request and the format of its answer.
public struct ControlCall: Equatable, Sendable {
    /// The maximum size of a line in bytes, without its line feed.
    public static let maximumLength = 4096

    /// The request.
    public var request: ControlRequest
    /// How the answer is rendered.
    public var format: ControlFormat

    /// A request for an answer in `format`.
    public init(_ request: ControlRequest, format: ControlFormat) {
        self.request = request
        self.format = format
    }

    /// Reads a line; its line feed must not be among the bytes.
    public init(line: [UInt8]) throws(ControlError) {
        guard line.count <= Self.maximumLength else { throw .tooLong }
        var words: [String] = []
        for part in line.split(separator: 0x20, omittingEmptySubsequences: false) {
            words.append(try Self.unescape(part))
        }
        guard words[0] == Self.protocolName else { throw .unknownProtocol }
        guard words.count >= 3 else { throw .missingWord }
        guard let format = ControlFormat(rawValue: words[1]) else { throw .unknownFormat }
        self.init(try ControlRequest(words: Array(words[2...])), format: format)
    }

    /// The line with its line feed; fails only if it would be longer than `maximumLength`.
    public func encoded() throws(ControlError) -> [UInt8] {
        let words = [Self.protocolName, format.rawValue] + request.words
        var line: [UInt8] = []
        for (index, word) in words.enumerated() {
            if index > 0 { line.append(0x20) }
            Self.escape(word, into: &line)
        }
        guard line.count <= Self.maximumLength else { throw .tooLong }
        line.append(0x0A)
        return line
    }

    private static let protocolName = "privatelinkd/1"

    /// Appends the bytes of `word`; a percent sign and what is not visible ASCII as `%XX`.
    private static func escape(_ word: String, into line: inout [UInt8]) {
        for octet in word.utf8 {
            if octet > 0x20, octet < 0x7F, octet != UInt8(ascii: "%") {
                line.append(octet)
            } else {
                line.append(UInt8(ascii: "%"))
                line.append(digits[Int(octet >> 4)])
                line.append(digits[Int(octet & 15)])
            }
        }
    }

    private static func unescape(_ word: ArraySlice<UInt8>) throws(ControlError) -> String {
        var octets: [UInt8] = []
        var index = word.startIndex
        while index < word.endIndex {
            let octet = word[index]
            index += 1
            guard octet > 0x20, octet < 0x7F else { throw .badText }
            guard octet == UInt8(ascii: "%") else {
                octets.append(octet)
                continue
            }
            guard index + 1 < word.endIndex, let high = digit(word[index]),
                let low = digit(word[index + 1])
            else { throw .badText }
            octets.append(high << 4 | low)
            index += 2
        }
        guard let text = String(validating: octets, as: UTF8.self) else { throw .badText }
        return text
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x41 + 10
        case 0x61...0x66: octet - 0x61 + 10
        default: nil
        }
    }
}
