// A question to a running daemon and what its reply says, as bytes: the sockets are the program's.

public import Addresses
public import DNSWire

/// The query of a check.
public enum LiveQuestion {
    /// A query with RD set and no EDNS.
    public static func query(_ name: Name, _ type: RecordType, id: UInt16) -> [UInt8] {
        let head: [UInt16] = [id, 0x0100, 1, 0, 0, 0]
        let tail: [UInt16] = [type.rawValue, RecordClass.in.rawValue]
        func octets(_ numbers: [UInt16]) -> [UInt8] {
            numbers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        }
        return octets(head) + name.octets + octets(tail)
    }
}

/// What a reply says.
public struct LiveAnswer: Equatable, Sendable {
    /// The RCODE, as dig prints it.
    public let responseCode: String
    /// Whether the reply did not fit.
    public let isTruncated: Bool
    /// The addresses in the answer, sorted.
    public let addresses: [IPAddress]

    /// Reads the reply to the query `id` for `name`; nil if it is not such a reply.
    public init?(_ octets: [UInt8], id: UInt16, name: Name) {
        let message = octets.span
        guard let header = try? MessageHeader(message), header.id == id, header.flags.isResponse,
            header.questionCount == 1,
            let question = try? MessageReader.endOfName(in: message, at: MessageHeader.size),
            let asked = try? Name(wire: message.extracting(MessageHeader.size..<question)),
            asked == name
        else { return nil }
        responseCode = "\(header.flags.lowResponseCode)"
        isTruncated = header.flags.isTruncated
        var position = question + 4
        var found: [IPAddress] = []
        for _ in 0..<Int(header.answerCount) {
            guard let record = try? MessageReader.record(in: message, at: position) else {
                return nil
            }
            position = record.end
            let data = [UInt8](copying: message.extracting(record.dataStart..<record.end))
            if let address = RecordData.address(of: data, type: record.type) {
                found.append(address)
            }
        }
        addresses = found.sorted()
    }
}
