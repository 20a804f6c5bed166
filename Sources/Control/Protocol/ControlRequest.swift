// The requests to a running daemon. Each command is one case with its word and arguments.
// ControlCall encodes requests, and the daemon carries them out.

/// A request to a running daemon.
public enum ControlRequest: Equatable, Sendable {
    /// The daemon's state.
    case status
    /// Reload settings and zones.
    case reload(force: ReloadForce)
    /// Report what a reload would change, without changing anything.
    case previewReload
    /// The state of each zone.
    case zones
    /// Which step answers a query, and why the earlier steps do not; name and type as the caller
    /// wrote them.
    case explain(name: String, type: String)

    /// The cache's size and hit rate.
    case cache
    /// The upstream servers and their state.
    case forward
    /// The counters.
    case statistics
    /// Remove the cached answers for a name and the names below it; all if the name is the root.
    case flush(name: String)

    /// The command as words on the line: its word and its arguments.
    var words: [String] {
        switch self {
        case .status: ["status"]
        case .reload(let force): ["reload"] + force.words
        case .previewReload: ["preview-reload"]
        case .zones: ["zones"]
        case .explain(let name, let type): ["explain", name, type]
        case .cache: ["cache"]
        case .forward: ["forward"]
        case .statistics: ["stats"]
        case .flush(let name): ["flush", name]
        }
    }

    /// Reads what `words` returns.
    init(words: [String]) throws(ControlError) {
        guard let command = words.first else { throw .missingWord }
        let arguments = words.dropFirst()
        switch (command, arguments.count) {
        case ("status", 0): self = .status
        case ("reload", _): self = .reload(force: try ReloadForce(words: Array(arguments)))
        case ("preview-reload", 0): self = .previewReload
        case ("zones", 0): self = .zones
        case ("explain", 2): self = .explain(name: words[1], type: words[2])
        case ("cache", 0): self = .cache
        case ("forward", 0): self = .forward
        case ("stats", 0): self = .statistics
        case ("flush", 1): self = .flush(name: words[1])
        case ("status", _), ("preview-reload", _), ("zones", _), ("explain", _), ("cache", _),
            ("flush", _), ("forward", _), ("stats", _):
            throw .wrongArguments
        default: throw .unknownCommand
        }
    }
}

/// Which zones may lose most of their records in a reload.
public enum ReloadForce: Equatable, Sendable {
    /// None of them.
    case none
    /// These, by name.
    case zones([String])
    /// All.
    case all

    fileprivate var words: [String] {
        switch self {
        case .none: []
        case .zones(let names): ["force"] + names
        case .all: ["force"]
        }
    }

    fileprivate init(words: [String]) throws(ControlError) {
        guard let first = words.first else {
            self = .none
            return
        }
        guard first == "force" else { throw .wrongArguments }
        self = words.count == 1 ? .all : .zones(Array(words.dropFirst()))
    }
}

/// What is wrong with a request or the head of an answer.
public enum ControlError: Error, Equatable, Sendable {
    /// The line is longer than `ControlCall.maximumLength`, or an answer's length is out of bounds.
    case tooLong
    /// The line is not printable ASCII, or a percent sign is not followed by two hexadecimal digits
    /// of UTF-8.
    case badText
    /// The line does not begin with the name of this protocol and its version.
    case unknownProtocol
    /// The format is neither `text` nor `json`.
    case unknownFormat
    /// The format or the command is missing.
    case missingWord
    /// There is no such command.
    case unknownCommand
    /// The command has the wrong number of arguments.
    case wrongArguments
    /// The head of an answer is malformed.
    case badAnswer
}

extension ControlError: CustomStringConvertible {
    /// A sentence without its full stop.
    public var description: String {
        switch self {
        case .tooLong: "the message is too long"
        case .badText: "the request is not printable text"
        case .unknownProtocol: "the request does not use the protocol privatelinkd/1"
        case .unknownFormat: "the format is neither text nor json"
        case .missingWord: "the request has no format or no command"
        case .unknownCommand: "this daemon does not know the command"
        case .wrongArguments: "the command has the wrong number of arguments"
        case .badAnswer: "the answer does not use the protocol privatelinkd/1"
        }
    }
}
