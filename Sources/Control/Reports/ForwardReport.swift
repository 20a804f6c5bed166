// The servers that names are forwarded to, and how they are: what the workers see, put together.

/// The answer to `forward`.
public struct ForwardReport: Report, Equatable {
    /// One server of one forward zone.
    public struct Server: Equatable, Sendable {
        /// The forward zone; of a link's fallback servers, its public suffix.
        public var zone: String
        /// Whether it is asked only for what the ordinary servers deny.
        public var isFallback: Bool
        /// The server's address and port.
        public var server: String
        /// How many workers ask it.
        public var workers = 0
        /// How many of them find it dead.
        public var dead = 0
        /// How many of them find that it leads back here.
        public var looping = 0
        /// The sum of the round trips that workers know, in microseconds.
        public var tripSum = 0
        /// How many workers know one.
        public var tripCount = 0
        /// Queries on their way to it.
        public var inFlight = 0

        /// A server that no worker has told of yet.
        public init(zone: String, isFallback: Bool, server: String) {
            self.zone = zone
            self.isFallback = isFallback
            self.server = server
        }

        /// In a word or a few.
        fileprivate var state: String {
            if looping > 0 { return "leads back here" }
            if dead == 0 { return tripCount == 0 ? "not asked yet" : "answers" }
            return dead == workers ? "dead" : "dead for \(dead) of \(workers) workers"
        }
    }

    /// The servers, in the order of the settings.
    public var servers: [Server]

    /// A report of these servers.
    public init(_ servers: [Server] = []) { self.servers = servers }

    /// The servers that some worker gets no answers from, each with its state.
    public var failures: [String] {
        servers.filter { $0.dead > 0 || $0.looping > 0 }.map {
            "\($0.server) for \($0.zone): \($0.state)"
        }
    }

    /// One table, a row to a server.
    public var fields: [ReportField] {
        [
            ReportField(
                "", "servers",
                .rows(
                    servers.map { server in
                        [
                            ReportField("ZONE", "zone", .text(server.zone)),
                            ReportField("SERVER", "server", .text(server.server)),
                            ReportField(
                                "USE", "use", .text(server.isFallback ? "fallback" : "ordinary")),
                            ReportField("STATE", "state", .text(server.state)),
                            ReportField(
                                "ROUND TRIP (US)", "round-trip-microseconds",
                                server.tripCount > 0
                                    ? .integer(server.tripSum / server.tripCount) : .absent),
                            ReportField("ON THEIR WAY", "in-flight", .integer(server.inFlight)),
                        ]
                    }))
        ]
    }
}
