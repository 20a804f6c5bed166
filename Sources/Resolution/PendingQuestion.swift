// A client that waits. It keeps its own question only: the answer is put together again from the top when a
// hop arrives, against whatever is then served.

internal import DNSWire

/// What a client asked, beside the name, and how it may be answered.
struct Question: BitwiseCopyable, Sendable {
    var id: UInt16
    var flags: MessageFlags
    var type: RecordType
    var recordClass: RecordClass
    /// The reply's OPT record, where the query had one; what is only known in the end is added then.
    var options: ReplyOptions?
    /// Whether the reply is one datagram, which anybody can have sent to anybody.
    var isDatagram = false
    /// The most octets of the reply.
    var replyLimit: Int

    var dnssecOK: Bool { options?.dnssecOK ?? false }

    /// Whether one record set is enough: over UDP, answers to ANY would be large and go to anybody
    /// (RFC 8482, section 4.1).
    var wantsOneSet: Bool { isDatagram && type == .any }
}

/// A question that waits for an upstream's answer; an object for the same reason as a `Fetch`.
final class PendingQuestion {
    let client: Client
    let question: Question
    /// The question section as it came, for the echo.
    let octets: [UInt8]
    /// What was learnt for it, in order.
    var received: [ReceivedHop] = []
    /// What it waits for now, and its place among those that wait for the same.
    var fetch: SlabHandle?
    var placeAmongWaiters = 0
    /// When it came.
    let asked: Instant
    /// When it is given up.
    let deadline: Instant
    /// The neighbours in order of deadline.
    var earlier: SlabHandle?
    var later: SlabHandle?
    /// Whether it counts among its client's questions, and the neighbours among those.
    var isCounted = false
    var previousOfClient: SlabHandle?
    var nextOfClient: SlabHandle?
    /// The network that the client says it is in.
    let subnet: ClientSubnet?
    /// Who wants to know how it is answered.
    let recorder: StepRecorder?

    init(
        client: Client, question: Question, octets: [UInt8], asked: Instant, deadline: Instant,
        subnet: ClientSubnet? = nil, recorder: StepRecorder?
    ) {
        self.client = client
        self.question = question
        self.octets = octets
        self.asked = asked
        self.deadline = deadline
        self.subnet = subnet
        self.recorder = recorder
    }
}
