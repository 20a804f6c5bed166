// The first line of an explanation: what a name resolves to, or why it does not, in words.

internal import Addresses
internal import Control
internal import DNSWire

/// What an explanation came to.
struct ExplanationResult {
    /// The parts of the reply and the steps.
    let report: ExplainReport
    /// What is missing for a private answer.
    let missing: [MissingRecord]

    /// One sentence without a full stop.
    var sentence: String {
        let name = Self.text(report.name)
        switch report.responseCode {
        case "NOERROR": break
        case "NXDOMAIN": return "\(name) does not exist\(cause)"
        default:
            let why = report.extendedError.map { ": \($0)" } ?? cause
            return "\(name) does not resolve (\(report.responseCode))\(why)"
        }
        let records = report.answer.compactMap { AnswerRecord($0) }
        let addresses = records.compactMap(\.address)
        if !addresses.isEmpty {
            let words = addresses.map { "\($0)" }.joined(separator: ", ")
            let isPrivate = addresses.allSatisfy(\.isPrivate)
            let why = isPrivate ? "" : cause
            return "\(name) resolves to \(words) (\(isPrivate ? "private" : "public"))\(why)"
        }
        if let record = records.last(where: { $0.type == report.type }) {
            let more = records.count { $0.type == report.type } - 1
            let rest = more > 0 ? ", and \(more) more" : ""
            return "\(name) has \(record.type) \(record.data)\(rest)"
        }
        if let alias = records.last {
            let end = Self.text(alias.type == "CNAME" ? alias.data : alias.owner)
            return report.type == "ANY"
                ? "\(name) is an alias of \(end)"
                : "\(name) is an alias of \(end), which has no \(report.type) record\(cause)"
        }
        return "\(name) exists and has no \(report.type) record\(cause)"
    }

    /// What is missing for a private answer, after a colon.
    private var cause: String {
        missing.isEmpty ? "" : ": " + missing.map(\.cause).joined(separator: "; ")
    }

    private static func text(_ name: String) -> String {
        name.count > 1 && name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}

/// A record of a report's answer.
struct AnswerRecord {
    let owner: String
    let type: String
    let data: String

    /// Reads `owner TTL class type data`.
    init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 4).map(String.init)
        guard words.count == 5 else { return nil }
        (owner, type, data) = (words[0], words[3], words[4])
    }

    /// The address of an address record.
    var address: IPAddress? { type == "A" || type == "AAAA" ? IPAddress(data) : nil }
}
