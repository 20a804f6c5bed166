// The upstream servers and their state, combined from what the workers see.

/// The answer to `forward`.
public struct ForwardReport: Report, Equatable {
    /// One server of one forward zone.
    public struct Server: Equatable, Sendable {
        /// The forward zone; of a link's fallback servers, its public suffix.
        public var zone: String
        /// Whether it is queried only for names that the ordinary servers deny.
        public var isFallback: Bool
        /// The server's address and port.
        public var server: String
        /// How many workers query it.
        public var workers = 0
        /// How many of them consider it dead.
        public var dead = 0
        /// How many of them found that it forwards back to this daemon.
        public var looping = 0
        /// The sum of the round trips that workers know, in microseconds.
        public var tripSum = 0
        /// How many workers know one.
        public var tripCount = 0
        /// The number of queries in flight to it.
        public var inFlight = 0

        /// A server that no worker has reported on yet.
        public init(zone: String, isFallback: Bool, server: String) {
            self.zone = zone
            self.isFallback = isFallback
            self.server = server
        }

        /// The state in a few words.
        fileprivate var state: String {
            if looping > 0 { return "forwards back here" }
            if dead == 0 { return tripCount == 0 ? "not queried yet" : "answers" }
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
                            ReportField("IN FLIGHT", "in-flight", .integer(server.inFlight)),
                        ]
                    }))
        ]
    }
}
