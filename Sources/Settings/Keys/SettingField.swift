// The types of SettingKeys' table: a key's name, its kind of value, its default, and when a change
// of it takes effect. The table itself is elsewhere.

/// The kind of value of a key.
indirect enum SettingKind: Sendable {
    /// A string of at most this many bytes.
    case text(maximum: Int)
    /// A path of at most this many bytes, completed with the settings file's directory.
    case path(maximum: Int)
    /// `true` or `false`.
    case boolean
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A whole number, or `auto`.
    case automaticOrInteger(ClosedRange<Int>)
    /// A number of bytes, such as `64MiB`.
    case size(ClosedRange<Int>)
    /// A length of time in milliseconds, such as `250ms`; a number alone counts seconds.
    case duration(ClosedRange<Int>)
    /// A length of time in whole seconds.
    case seconds(ClosedRange<Int>)
    /// One of these words.
    case choice([String])
    /// A domain name; `wildcard` and root as the flag says.
    case name(allowsRoot: Bool)
    /// An address that a socket can be bound to.
    case address
    /// An address to listen on, with a port: by default this one, 0 for any free one.
    case listener(port: UInt16)
    /// A server's address, with a port: by default 53.
    case server
    /// An address block.
    case prefix
    /// This many bytes in hexadecimal, which messages never show.
    case secret(octets: Int)
    /// A list of values; servers, listeners, blocks and secrets must differ.
    case list(of: SettingKind, count: ClosedRange<Int>)
    /// A list of maps with these keys.
    case records([SettingField], count: ClosedRange<Int>)
    /// A list of values or of maps with these keys, none twice; the first key of a map is the value.
    case valuesOrRecords(SettingKind, [SettingField], count: ClosedRange<Int>)
}

/// The default of a key.
enum SettingDefault: Equatable, Sendable {
    /// None: the key is required.
    case required
    /// None: the key is required unless this other one is given.
    case requiredWithout(String)
    /// None: without the key there is no value.
    case unset
    /// This value, as written in a file.
    case text(String)
    /// These values, as written in a file.
    case list([String])
}

/// When a change of a key takes effect.
enum SettingChange: String, Sendable {
    /// At the next reload.
    case reload
    /// At the next start.
    case restart
}

/// The properties of a key that the reader and the documentation need.
struct SettingField: Sendable {
    /// The key with its sections, such as `cache.size`; in a record, the key alone.
    let path: String
    /// Its kind of value.
    let kind: SettingKind
    /// Its default.
    let initial: SettingDefault
    /// One sentence that describes it.
    let summary: String

    /// Whether a map with the keys `seen` lacks this one.
    func isRequired(beside seen: Set<String>) -> Bool {
        switch initial {
        case .required: true
        case .requiredWithout(let other): !seen.contains(other)
        default: false
        }
    }
}

/// A row of a table: a key, and the property of `Owner` that it sets.
struct SettingRow<Owner: Sendable>: Sendable {
    let field: SettingField
    let change: SettingChange
    /// Assigns a value of the field's kind to its property.
    let assign: @Sendable (inout Owner, SettingValue) -> Void
    /// Whether the property differs between two owners.
    let differs: @Sendable (Owner, Owner) -> Bool
    /// Copies the property from the second owner to the first.
    let copy: @Sendable (inout Owner, Owner) -> Void

    /// The key with its sections.
    var path: String { field.path }

    init<Value: SettingRepresentable & Equatable & SendableMetatype>(
        _ path: String, _ kind: SettingKind, _ initial: SettingDefault,
        _ change: SettingChange = .reload,
        at property: any WritableKeyPath<Owner, Value> & Sendable,
        _ summary: String
    ) {
        field = SettingField(path: path, kind: kind, initial: initial, summary: summary)
        self.change = change
        assign = { owner, value in
            if let value = Value(setting: value) { owner[keyPath: property] = value }
        }
        differs = { $0[keyPath: property] != $1[keyPath: property] }
        copy = { $0[keyPath: property] = $1[keyPath: property] }
    }
}
