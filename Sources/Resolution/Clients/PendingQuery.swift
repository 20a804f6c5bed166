// A client that waits. It keeps its own question only: the answer is put together again from the top when a
// hop arrives, against whatever is then served.

internal import Addresses
internal import BasicContainers
internal import DNSWire

/// A question that waits for an upstream's answer, in the row of a Slab.
struct PendingQuery: ~Copyable {
    private(set) var client = Client(
        handle: 0, remote: Endpoint(.anyIPv4, port: 0), local: .anyIPv4, interface: 0,
        transport: .udp)
    private(set) var question = Question(
        id: 0, flags: MessageFlags(bits: 0), type: .a, recordClass: .in, replyLimit: 0)
    /// The question section as it came, for the echo.
    private(set) var octets = ReusableBuffer(capacity: 260)
    /// What was learnt for it, in order.
    var hopResults = UniqueArray<ResolvedHop>()
    /// What it waits for now, and as which of those who wait for it.
    var position: WaiterPosition?
    /// When it came.
    private(set) var asked = Instant.start
    /// When it is given up.
    private(set) var deadline = Instant.start
    /// The neighbours in order of deadline.
    var earlier: SlabHandle?
    var later: SlabHandle?
    /// Whether it counts among its client's questions, and the neighbours among those.
    var isCounted = false
    var previousOfClient: SlabHandle?
    var nextOfClient: SlabHandle?
    /// The network that the client says it is in.
    private(set) var subnet: ClientSubnet?
    /// None or one: where the steps are noted, for who wants to know how it is answered.
    private(set) var traces: [ResolutionTrace] = []
    /// The snapshot by which one answer without aliases is all that the reply consists of; nil if that is not so.
    var wholeReply: UInt64?

    /// Begins a query that waits for nothing yet, in a row that may have had another one.
    mutating func begin(
        _ composition: Composition, _ octets: Span<UInt8>, of client: Client,
        until deadline: Instant
    ) {
        self.client = client
        question = composition.question
        self.octets.set(octets)
        position = nil
        asked = composition.now
        self.deadline = deadline
        earlier = nil
        later = nil
        isCounted = false
        previousOfClient = nil
        nextOfClient = nil
        subnet = composition.subnet
        if let trace = composition.trace { traces = [trace] }
        wholeReply = nil
    }

    /// Has it given up at `instant` or before.
    mutating func shorten(to instant: Instant) { deadline = min(deadline, instant) }

    /// Releases everything except its capacity.
    mutating func end() {
        hopResults.empty()
        if !traces.isEmpty { traces = [] }
    }
}
