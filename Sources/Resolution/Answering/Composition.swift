// What one composition is about: the question, when it is answered, and what was learnt for it. It is passed to each
// step, so that nothing is left over from one question to the next.

internal import DNSWire

/// The input of one composition, beside the name and the sources.
struct Composition: ~Copyable {
    /// What the client asked, beside the name.
    let question: Question
    let now: Instant
    /// The network that the client says it is in, for servers that are to be told (RFC 7871).
    let subnet: ClientSubnet?
    /// What servers said for the question, in order.
    var hopResults: [ResolvedHop] = []
    /// Where the steps are noted, for a client that wants to know how it is answered.
    let trace: ResolutionTrace?
}
