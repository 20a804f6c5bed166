// Every metric: docs/metrics.md and the metrics page are generated from this table. No label
// contains a client or a queried name, so the number of series does not depend on what clients
// send.

internal import Control

/// The metrics, in the order in which they are shown.
enum MetricTable {
    // MARK: Queries

    static let queries = MetricFamily(
        "queries_total", .counter, ["protocol", "type"], "Queries from clients.")
    static let responses = MetricFamily(
        "responses_total", .counter, ["source", "rcode"],
        "Responses, by what they were made from and what they say; NODATA is NOERROR without a "
            + "record of the type asked for.")
    static let durations = MetricFamily(
        "response_duration_seconds", .histogram, ["source"],
        "Time from the arrival of a query to its response.")
    static let truncated = MetricFamily(
        "responses_truncated_total", .counter, ["protocol"],
        "Truncated responses, after which clients retry over TCP.")
    static let dropped = MetricFamily(
        "dropped_total", .counter, ["reason"], "Messages from clients that got no response.")
    static let refused = MetricFamily(
        "denied_total", .counter, "Queries by clients that the access list does not allow.")
    static let malformed = MetricFamily(
        "malformed_total", .counter, "Queries that could not be read and got FORMERR.")

    // MARK: Private records

    static let missing = MetricFamily(
        "missing_records_total", .counter, ["zone"],
        "Responses for a name of a registry whose private zone lacks that record.")
    static let publicAnswers = MetricFamily(
        "public_answers_total", .counter, ["link"],
        "Those of these responses that gave a public answer.")

    // MARK: Cache

    static let cacheEntries = MetricFamily("cache_entries", .gauge, "Answers in the cache.")
    static let cacheBytes = MetricFamily("cache_bytes", .gauge, "Memory used by them.")
    static let cacheCapacity = MetricFamily(
        "cache_capacity_bytes", .gauge, "Memory that the cache may use.")
    static let cacheLookups = MetricFamily(
        "cache_lookups_total", .counter, ["result"],
        "Lookups in the cache; stale ones are also misses.")
    static let cacheEvictions = MetricFamily(
        "cache_evictions_total", .counter, "Answers removed to make room for others.")
    static let prefetches = MetricFamily(
        "prefetches_total", .counter, "Answers refreshed before their TTL ended.")

    // MARK: Servers

    static let upstreamUp = MetricFamily(
        "upstream_up", .gauge, ["server"],
        "1 if at least one worker considers the server alive, else 0.")
    static let upstreamInFlight = MetricFamily(
        "upstream_inflight", .gauge, ["server"], "Queries that wait for this server.")
    static let upstreamQueries = MetricFamily(
        "upstream_queries_total", .counter, "Queries to servers.")
    static let upstreamProbes = MetricFamily(
        "upstream_probes_total", .counter,
        "Queries by the daemon itself, to detect whether a server answers again or forwards back here."
    )
    static let upstreamRejected = MetricFamily(
        "upstream_replies_rejected_total", .counter, ["reason"],
        "Messages received on upstream ports and not accepted.")
    static let pending = MetricFamily(
        "pending_questions", .gauge, "Queries that wait for a server.")
    static let pendingLimit = MetricFamily(
        "pending_questions_limit", .gauge, "How many queries may wait.")
    static let coalesced = MetricFamily(
        "questions_coalesced_total", .counter,
        "Queries coalesced with the same query of another client.")
    static let overflows = MetricFamily(
        "overflows_total", .counter, "Queries refused because too many were pending.")

    // MARK: Connections

    static let connections = MetricFamily(
        "connections", .gauge, ["protocol"], "Open connections from clients.")
    static let acceptedConnections = MetricFamily(
        "connections_total", .counter, ["protocol"], "Connections accepted.")
    static let rejectedConnections = MetricFamily(
        "connections_rejected_total", .counter, ["reason"],
        "Connections closed by the daemon.")

    // MARK: Zones and reloads

    static let zones = MetricFamily("zones", .gauge, ["state"], "Local zones.")
    static let zoneSerial = MetricFamily(
        "zone_serial", .gauge, ["zone"], "The serial of the zone that is served.")
    static let zoneRecords = MetricFamily(
        "zone_records", .gauge, ["zone"], "Records in the zone that is served.")
    static let zoneLoaded = MetricFamily(
        "zone_loaded_timestamp_seconds", .gauge, ["zone"],
        "When the data that is served was read, in seconds since 1970.")
    static let zoneCurrent = MetricFamily(
        "zone_current", .gauge, ["zone"], "1 if the zone is served from its current file.")
    static let reloads = MetricFamily("reloads_total", .counter, ["result"], "Reloads.")
    static let reloadSucceeded = MetricFamily(
        "last_reload_succeeded", .gauge, "1 unless the last reload found a mistake.")
    static let reloadTime = MetricFamily(
        "last_reload_timestamp_seconds", .gauge,
        "When the last reload ended, or the start, in seconds since 1970.")
    static let reloadDuration = MetricFamily(
        "last_reload_duration_seconds", .gauge, "How long the last reload took.")
    static let generation = MetricFamily(
        "generation", .gauge, "Snapshots of settings and zones published.")

    // MARK: The daemon

    static let workerQueries = MetricFamily(
        "worker_queries_total", .counter, ["worker"], "Queries from clients.")
    static let workerTurn = MetricFamily(
        "worker_longest_turn_seconds", .gauge, ["worker"],
        "The longest that the worker answered queries without a pause since this was last read.")
    static let ready = MetricFamily("ready", .gauge, "The answer of `/readyz`: 1 if ready.")
    static let buildInfo = MetricFamily("build_info", .gauge, ["version"], "Always 1.")
    static let lostLogLines = MetricFamily(
        "log_lines_lost_total", .counter,
        "Log lines lost because standard error did not accept them in time.")
    static let processStart = MetricFamily(
        "process_start_time_seconds", .gauge, isCommon: true,
        "When the process started, in seconds since 1970.")
    static let processCPU = MetricFamily(
        "process_cpu_seconds_total", .counter, isCommon: true, "Processor time of the process.")
    static let processMemory = MetricFamily(
        "process_resident_memory_bytes", .gauge, isCommon: true, "Resident memory of the process.")
    static let processDescriptors = MetricFamily(
        "process_open_fds", .gauge, isCommon: true, "Open file descriptors.")
    static let processMaximumDescriptors = MetricFamily(
        "process_max_fds", .gauge, isCommon: true, "How many file descriptors may be open.")

    /// All of them by the headings of their documentation.
    static let sections: [(heading: String, families: [MetricFamily])] = [
        (
            "Queries and responses",
            [queries, responses, durations, truncated, dropped, refused, malformed]
        ),
        ("Private records", [missing, publicAnswers]),
        (
            "Cache",
            [cacheEntries, cacheBytes, cacheCapacity, cacheLookups, cacheEvictions, prefetches]
        ),
        (
            "Servers",
            [
                upstreamUp, upstreamInFlight, upstreamQueries, upstreamProbes, upstreamRejected,
                pending, pendingLimit, coalesced, overflows,
            ]
        ),
        ("Connections", [connections, acceptedConnections, rejectedConnections]),
        (
            "Zones and reloads",
            [
                zones, zoneSerial, zoneRecords, zoneLoaded, zoneCurrent, reloads, reloadSucceeded,
                reloadTime, reloadDuration, generation,
            ]
        ),
        (
            "The daemon and its process",
            [
                ready, buildInfo, workerQueries, workerTurn, lostLogLines, processStart,
                processCPU, processMemory, processDescriptors, processMaximumDescriptors,
            ]
        ),
    ]
}
