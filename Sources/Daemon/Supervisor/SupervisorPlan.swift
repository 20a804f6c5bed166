// What a supervisor needs to start, taken from the settings.

internal import Addresses
internal import DNSWire
internal import Events
internal import Files
internal import Logging
internal import Resolution
internal import Transport

/// Where the settings are.
struct SettingsPath: Sendable {
    /// The file that a command reads unless it is given another.
    private static let usual = "/etc/privatelinkd/privatelinkd.yaml"

    /// The absolute path.
    let path: String

    /// The file as the command line has it, below the directory that the daemon was started in.
    init(_ file: String) { path = (try? Files.resolve(file)) ?? file }

    /// The options that lead a command to the settings, with a blank before them; empty where none is needed.
    var commandOptions: String { path == Self.usual ? "" : " --config \(path)" }
}

/// What a supervisor is made from.
struct SupervisorPlan: Sendable {
    let settingsFile: SettingsPath
    /// What the workers listen on, with the ports that the system chose.
    let listeners: [Listener]
    let workerCount: Int
    /// The zone directory, watched since before the first load; nil if it is not to be, or cannot be.
    let watched: WatchedDirectory?
    let firstLoad: LoadResult
    let loader: SnapshotLoader
    let copies: LastGoodCopies?
    let cache: AnswerCache
    let hasher: NameHasher
    let probeMark: UInt64
    let mailbox: Mailbox<SupervisorMessage>
    let logger: Logger
    let takesSignals: Bool
    /// How many descriptors the process may have open.
    let descriptorLimit: Int
    /// Signalled when every worker listens.
    let ready: Wakeup

    /// Where clients that speak DNS reach the daemon; each endpoint once.
    var endpoints: [Endpoint] {
        listeners.map(\.endpoint).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The plan of one worker.
    func workerPlan(
        _ number: Int, _ orders: Mailbox<WorkerCommand>, _ published: Published<Snapshot>
    ) -> WorkerPlan {
        WorkerPlan(
            number: number, listeners: listeners, published: published, cache: cache,
            hasher: hasher,
            probeMark: probeMark, orders: orders, supervisor: mailbox,
            streamLimits: firstLoad.settings.streamLimits(
                workers: workerCount, descriptors: descriptorLimit), logger: logger)
    }
}
