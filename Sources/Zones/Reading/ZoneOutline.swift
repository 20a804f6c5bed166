// The positions and contents of a zone file's entries, for tools that change some entries and keep
// all other bytes. The reader itself makes it; the daemon does not use it.

public import DNSWire

/// The entries of a zone's text, those of included files among them, in order of reading.
public struct ZoneOutline: Sendable {
    /// The records and directives; comments, empty lines and entries with a mistake are left out.
    public internal(set) var entries: [ZoneEntry] = []
    /// The first mistakes of the entries; rules between records are not checked here.
    public internal(set) var mistakes: [ZoneNotice] = []
    /// The first warnings of the entries.
    public internal(set) var warnings: [ZoneNotice] = []
    /// Whether the text is one of Azure's exports.
    public internal(set) var isExport = false
}

/// One entry of a zone file.
public struct ZoneEntry: Sendable {
    /// What an entry is.
    public enum Form: Sendable {
        /// A record and the positions of its words.
        case record(ZoneEntryWords)
        /// `$GENERATE`, which makes records.
        case generation
        /// Any other directive.
        case directive
    }

    /// Where a record's TTL comes from.
    public enum TTLSource: Sendable {
        /// The record gives it itself.
        case own
        /// `$TTL`.
        case directive
        /// The last record before it that gives one.
        case lastRecord
        /// Nowhere.
        case none
    }

    /// Its file.
    public let file: String
    /// The line that it begins in, from 1.
    public let line: Int
    /// Its bytes in the file, including trailing comments and the line end.
    public let range: Range<Int>
    /// What it is.
    public let form: Form
    /// The records that it makes; none for a directive.
    public let records: [ZoneRecord]
    /// What completes relative names in it.
    public let origin: Name
    /// What `$TTL` said before it.
    public let defaultTTL: UInt32?
    /// Where its TTL comes from.
    public let ttlSource: TTLSource
}

/// The positions of a record's words in its file.
public struct ZoneEntryWords: Sendable {
    /// The owner; nil if it is inherited.
    public let owner: Range<Int>?
    /// The TTL; nil if the record does not give one.
    public let ttl: Range<Int>?
    /// The type.
    public let type: Range<Int>
    /// The first of TTL, class and type.
    public let header: Int
    /// The words of the data, their quotes included.
    public let data: [Range<Int>]
}

extension ZoneReader {
    /// The outline of the zone at `origin` in the `octets` of `file`.
    ///
    /// `names` completes relative names until an `$ORIGIN` says otherwise, the zone's origin where it is nil.
    /// With `owner` only the entries of its records are listed.
    public static func outline(
        _ octets: Span<UInt8>, file: String, origin: Name, names: Name? = nil,
        only owner: Name? = nil,
        include: (_ path: String, _ includingFile: String) -> ZoneInclusion
    ) -> ZoneOutline {
        var parser = ZoneParser(
            origin: origin, hasher: NameHasher(key: 0), sizeHint: octets.count)
        parser.outline = OutlineRecorder(only: owner)
        if let names { parser.origin = names }
        parser.start(file: file)
        parser.read(octets, include: include)
        var reading = ZoneReading()
        parser.notices.report(in: &reading)
        return ZoneOutline(
            entries: parser.outline?.entries ?? [], mistakes: reading.mistakes,
            warnings: reading.warnings, isExport: isExport(octets))
    }

    /// Whether a zone's text is one of Azure's exports, which are read by rules of their own.
    public static func isExport(_ octets: Span<UInt8>) -> Bool { ZoneDialect(of: octets).isExport }
}

/// Takes down entries while they are read.
struct OutlineRecorder {
    /// The one owner whose records are taken down; nil for all.
    let only: Name?
    var entries: [ZoneEntry] = []

    init(only: Name?) { self.only = only }
}

/// What an entry depends on, as it is before the entry is read.
struct EntryBeginning {
    let start: Int
    let line: Int
    let record: Int
    let origin: Name
    let defaultTTL: UInt32?
    let lastTTL: UInt32?
}

extension ZoneParser {
    /// The state before the entry that `scanner` is at.
    func beginning(_ scanner: borrowing ZoneScanner) -> EntryBeginning {
        EntryBeginning(
            start: scanner.position, line: scanner.line, record: builder.entries.count,
            origin: origin, defaultTTL: defaultTTL, lastTTL: lastTTL)
    }

    /// Takes down the entry that began so and was passed without a mistake.
    mutating func takeDown(_ began: EntryBeginning, upTo end: Int, of text: Span<UInt8>) {
        guard let outline else { return }
        let octets = text.extracting(began.start..<end)
        let first = Self.firstOctet(octets)
        let isDirective = first == UInt8(ascii: "$")
        let isGeneration = isDirective && Self.isGeneration(octets)
        let made = isDirective && !isGeneration ? 0..<0 : began.record..<builder.entries.count
        if !isDirective, made.isEmpty { return }
        if let only = outline.only {
            if !made.contains(where: { builder.name(of: builder.entries[$0].node) == only }) {
                return
            }
        }
        var form = ZoneEntry.Form.directive
        var source = ZoneEntry.TTLSource.none
        if isGeneration {
            form = .generation
        } else if !isDirective {
            guard let words = Self.words(of: octets, at: began.start) else { return }
            form = .record(words)
            source =
                words.ttl != nil
                ? .own
                : began.defaultTTL != nil
                    ? .directive : began.lastTTL != nil ? .lastRecord : .none
        }
        let entry = ZoneEntry(
            file: notices.files[Int(stack.last ?? 0)], line: began.line, range: began.start..<end,
            form: form, records: made.map { record(at: $0) }, origin: began.origin,
            defaultTTL: began.defaultTTL, ttlSource: source)
        self.outline?.entries.append(entry)
    }

    private func record(at index: Int) -> ZoneRecord {
        let entry = builder.entries[index]
        return ZoneRecord(
            owner: builder.name(of: entry.node), type: entry.type, ttl: entry.ttl,
            data: [UInt8](copying: builder.data(at: entry.data)))
    }

    /// The first byte of an entry; nil for a blank or an empty one.
    private static func firstOctet(_ entry: Span<UInt8>) -> UInt8? {
        entry.count > 0 ? entry[0] : nil
    }

    private static func isGeneration(_ entry: Span<UInt8>) -> Bool {
        var scanner = ZoneScanner(entry)
        guard let word = try? scanner.next() else { return false }
        return scanner.word(word, is: "$generate")
    }

    /// The words of a record's entry whose first byte is at `offset` of its file.
    private static func words(of entry: Span<UInt8>, at offset: Int) -> ZoneEntryWords? {
        var scanner = ZoneScanner(entry)
        var owner: Range<Int>? = nil
        var ttl: Range<Int>? = nil
        var header: Int? = nil
        var type: Range<Int>? = nil
        var data: [Range<Int>] = []
        let inheritsOwner = scanner.isAtBlank
        while let word = (try? scanner.next()) ?? nil {
            let quote = word.isQuoted ? 1 : 0
            let range = (word.start - quote + offset)..<(word.end + quote + offset)
            if owner == nil, !inheritsOwner {
                owner = range
            } else if type != nil {
                data.append(range)
            } else {
                header = header ?? range.lowerBound
                if entry[word.start] &- 0x30 <= 9 {
                    ttl = range
                } else if internetClass(word, scanner) == nil {
                    type = range
                }
            }
        }
        guard let type, let header else { return nil }
        return ZoneEntryWords(owner: owner, ttl: ttl, type: type, header: header, data: data)
    }
}
