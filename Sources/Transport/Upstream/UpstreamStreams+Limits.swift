// What bounds the connections to servers.

extension UpstreamStreams {
    /// What bounds the connections.
    public struct Limits: Sendable {
        /// Connections to one server.
        public var streamsPerServer = 4
        /// Connections in all; at the limit the unused one idle for longest is closed.
        public var streams = 256
        /// Uses of one connection at a time, beyond which another one is opened.
        public var usesPerStream = 64
        /// Connections in use at a time to a server that answers few queries on each.
        public var limitedStreamsPerServer = 8
        /// Bytes that wait to be sent through one connection.
        public var outputOctets = 1 << 18
        /// Nanoseconds in which a connection has to be made, with the handshake of a layer over it.
        public var connectNanoseconds: UInt64 = 5_000_000_000
        /// Milliseconds without an acknowledgement of what was sent after which a connection has died.
        public var unacknowledgedMilliseconds = 3_000
        /// Nanoseconds in which nothing came through a connection with an unanswered query, after which it is not used
        /// any more.
        public var silenceNanoseconds: UInt64 = 1_000_000_000
        /// Nanoseconds without use after which a connection is closed.
        public var idleNanoseconds: UInt64 = 10_000_000_000

        /// The defaults.
        public init() {}
    }
}
