// The words in which SettingKeys' table speaks: what a key is called, what may stand behind it, what
// stands there when it is absent, and when a change of it takes effect. The table itself is elsewhere.

/// What may stand behind a key.
indirect enum SettingKind: Sendable {
    /// A string of at most this many octets.
    case text(maximum: Int)
    /// A path of at most this many octets, completed with the settings file's directory.
    case path(maximum: Int)
    /// `true` or `false`.
    case boolean
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A whole number, or `auto`.
    case automaticOrInteger(ClosedRange<Int>)
    /// A number of octets, such as `64MiB`.
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
    /// An address to listen on, with a port: this one where none is given, 0 for any free one.
    case listener(port: UInt16)
    /// An address to ask, with a port: 53 where none is given.
    case server
    /// An address block.
    case prefix
    /// This many octets in hexadecimal, which no message repeats.
    case secret(octets: Int)
    /// A list of values, none of them twice where they are servers, listeners or blocks.
    case list(of: SettingKind, count: ClosedRange<Int>)
    /// A list of maps with these keys.
    case records([SettingField], count: ClosedRange<Int>)
}

/// What stands behind a key that is absent.
enum SettingDefault: Equatable, Sendable {
    /// Nothing: the key must be there.
    case required
    /// Nothing: the key must be there unless this other one is.
    case requiredWithout(String)
    /// Nothing: the key has no value then.
    case unset
    /// This, as a file would have it.
    case text(String)
    /// These, as a file would have them.
    case list([String])
}

/// When a change of a key takes effect.
enum SettingChange: String, Sendable {
    /// With the next reload.
    case reload
    /// With the next start.
    case restart
}

/// What the reader and the documentation need of a key.
struct SettingField: Sendable {
    /// The key with its sections, such as `cache.size`; in a record, the key alone.
    let path: String
    /// What may stand behind it.
    let kind: SettingKind
    /// What stands there when it is absent.
    let initial: SettingDefault
    /// One sentence: what it is for.
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
    /// Puts a value of the field's kind where it belongs.
    let assign: @Sendable (inout Owner, SettingValue) -> Void
    /// Whether the property of the one is not that of the other.
    let differs: @Sendable (Owner, Owner) -> Bool
    /// Gives the one the property of the other.
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
