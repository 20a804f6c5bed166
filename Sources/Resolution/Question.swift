// A client's query, except for the name, and how it may be answered: the header, EDNS and the limit
// of the reply.

internal import DNSWire

/// A client's query, except for the name, and how it may be answered.
struct Question: BitwiseCopyable, Sendable {
    var id: UInt16
    var flags: MessageFlags
    var type: RecordType
    var recordClass: RecordClass
    /// The reply's OPT record, where the query had one; what is only known in the end is added then.
    var options: ReplyOptions?
    /// Whether the reply is one datagram, so the query's sender address may be forged.
    var isDatagram = false
    /// The most bytes of the reply.
    var replyLimit: Int

    var dnssecOK: Bool { options?.dnssecOK ?? false }

    /// Whether one record set is enough: over UDP, large answers to ANY could be used for
    /// amplification (RFC 8482, section 4.1).
    var wantsOneSet: Bool { isDatagram && type == .any }
}
