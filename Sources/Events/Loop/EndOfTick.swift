// What is gathered during a round of closures is done at its end, such as sending late replies together. Most
// rounds leave nothing to do, and then it costs nothing.

/// Something that is done once after the closures of a round.
public struct EndOfTick: ~Copyable {
    private let registration: Registration

    /// An end of rounds, not yet requested.
    public init(_ loop: EventLoop, body: @escaping () -> Void) throws(SystemError) {
        registration = try Registration(loop, descriptor: -1, interest: 0, body: body)
    }

    /// Has the closure called once those of the current round, or of the next one, have been called; once,
    /// however often it is requested.
    public func request() { registration.activate() }
}
