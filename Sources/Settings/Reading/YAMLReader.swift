// A wrapper of libyaml: reads a text and returns its events, each with its position. It builds no
// tree and knows nothing about settings. libyaml is C that works on memory it is given: each
// `unsafe` here is a call of it, or a look at what the call before it left in the parser or in the
// event. Both are used up or returned within this file.

internal import CLibyaml

/// One step of libyaml through a text.
struct YAMLEvent: Sendable {
    /// What begins or ends here.
    enum Kind: Equatable, Sendable {
        case streamStart, streamEnd, documentStart, documentEnd
        case listStart, listEnd, mapStart, mapEnd
        /// Another name of a value that has an anchor.
        case alias
        /// A word; `isPlain` when it is not in quotes.
        case scalar(String, isPlain: Bool)
    }

    let kind: Kind
    /// Where it begins.
    let mark: SettingsMark
}

/// Why a text is not YAML.
struct YAMLFault: Error, Equatable {
    /// What libyaml found, and while doing what; without a full stop.
    let problem: String
    /// Where.
    let mark: SettingsMark
    /// Whether the characters there make no token at all.
    let isFromScanner: Bool
}

/// Reads one text from its start to its end, or to the first fault.
@safe struct YAMLReader: ~Copyable {
    /// Where the parser lies; it holds its own address, so it may not move.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// A copy of the text, which libyaml reads bit by bit.
    private let text: UnsafeMutableBufferPointer<UInt8>

    /// Begins with a text.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe self.text = .allocate(capacity: bytes.count)
        _ = unsafe self.text.initialize(from: bytes)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            preconditionFailure("no memory for a YAML parser")
        }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, self.text.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event; must not be called after `streamEnd` or a fault.
    mutating func next() throws(YAMLFault) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw fault }
        defer { unsafe yaml_event_delete(&event) }
        return YAMLEvent(kind: unsafe Self.kind(of: event), mark: unsafe .init(event.start_mark))
    }

    private static func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_SEQUENCE_START_EVENT: return .listStart
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_MAPPING_START_EVENT: return .mapStart
        case YAML_MAPPING_END_EVENT: return .mapEnd
        case YAML_ALIAS_EVENT: return .alias
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                unsafe String(decoding: bytes, as: UTF8.self),
                isPlain: unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE)
        default: preconditionFailure("libyaml was asked for an event behind the last one")
        }
    }

    /// What stopped the parser.
    private var fault: YAMLFault {
        let state = unsafe parser.pointee
        var problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "out of memory"
        if let context = unsafe state.context {
            let context = unsafe String(cString: context)
            problem += " \(context)"
        }
        return switch unsafe state.error {
        case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
            YAMLFault(
                problem: problem, mark: unsafe SettingsMark(state.problem_mark),
                isFromScanner: unsafe state.error == YAML_SCANNER_ERROR)
        default: YAMLFault(problem: problem, mark: .start, isFromScanner: false)
        }
    }
}

extension SettingsMark {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
