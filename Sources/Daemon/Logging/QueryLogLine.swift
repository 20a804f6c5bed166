// One line of the log of queries, read off the reply that is about to be sent.

internal import Addresses
internal import DNSWire
internal import Resolution

/// Who asked what, and what came of it.
struct QueryLogLine: CustomStringConvertible {
    private let client: Client
    private let name: Name
    private let type: RecordType
    private let responseCode: ResponseCode
    private let answers: Int

    /// The logged fields of a reply; nil for one without a question.
    init?(reply: Span<UInt8>, client: Client) {
        guard let header = try? MessageHeader(reply), header.questionCount == 1 else { return nil }
        var owner = NameBuffer(hasher: NameHasher(key: 0))
        guard let query = try? Query(question: reply, header: header, name: &owner) else {
            return nil
        }
        self.client = client
        name = Name(owner)
        type = query.type
        responseCode = header.flags.lowResponseCode
        answers = Int(header.answerCount)
    }

    /// `query 10.0.0.4:53124 udp myregistry.azurecr.io. A: NOERROR, 2 answers`.
    var description: String {
        "query \(client.remote) \(client.transport) \(name) \(type): \(responseCode), "
            + "\(answers) answers"
    }
}
