// What one composition is about: the question, when it is answered, and what was learnt for it. It is passed to each
// step, so that nothing is left over from one question to the next; it borrows, so that passing it costs nothing.

internal import DNSWire

/// The input of one composition, except for the name and the sources.
struct Composition: ~Escapable {
    /// The client's query, except for the name.
    let question: Question
    let now: Instant
    /// The client's network according to its query, for servers that get it (RFC 7871).
    let subnet: ClientSubnet?
    /// What servers said for the question, in order.
    let hopResults: Span<ResolvedHop>
    /// None or one: where the steps are noted.
    private let traces: Span<ResolutionTrace>

    /// A composition from what servers said so far.
    @_lifetime(copy hopResults, copy traces)
    init(
        _ question: Question, at now: Instant, subnet: ClientSubnet?,
        hopResults: Span<ResolvedHop> = Span(), traces: Span<ResolutionTrace>
    ) {
        self.question = question
        self.now = now
        self.subnet = subnet
        self.hopResults = hopResults
        self.traces = traces
    }

    /// Where the steps are noted, for a client that wants to know how it is answered.
    @inline(__always)
    var trace: ResolutionTrace? { traces.isEmpty ? nil : traces[0] }

    /// Whether the steps are noted.
    @inline(__always)
    var isTraced: Bool { !traces.isEmpty }

    /// The same composition with other results of hops.
    @_lifetime(copy self, copy hopResults)
    func with(hopResults: Span<ResolvedHop>) -> Composition {
        Composition(question, at: now, subnet: subnet, hopResults: hopResults, traces: traces)
    }
}
