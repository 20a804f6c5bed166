// Writes one message into a borrowed buffer and never past its limit. Truncation lives here and nowhere
// else: a record set that does not fit is removed whole, and TC is set unless it was optional.

/// A section of a message after the question.
public enum MessageSection: Int, Sendable, BitwiseCopyable {
    /// Records that answer the question.
    case answer
    /// Records that say who is responsible, or why there is no answer.
    case authority
    /// Records that may spare a question; mostly left out without a word when there is no room.
    case additional
}

/// A message under construction.
public struct MessageWriter: ~Copyable, ~Escapable {
    /// A position to return to.
    private struct Mark: BitwiseCopyable {
        var count: Int
        var records: UInt16
    }

    var target: MutableSpan<UInt8>
    /// The number of bytes written so far.
    public internal(set) var count = 0
    /// The maximum size of the message in bytes; never more than `target` has.
    public private(set) var limit: Int
    /// What the writer was made for; never more than the buffer has.
    private let capacity: Int
    /// Bytes kept free for the OPT record: 0 or 11.
    private var reserved = 0
    /// Whether records were left out that the reader needs.
    public private(set) var isTruncated = false

    /// Names in the message that later ones may point to.
    var names = WrittenNames()
    /// Where names start that are not among the above yet: most messages need none of them.
    var unlistedNames = SIMD4<UInt16>(repeating: 0)
    var unlistedCount = 0
    /// How often something was removed, after which the offsets of names must be determined again.
    var takenBack: UInt32 = 0

    private var flags = MessageFlags(bits: 0)
    private var hasQuestion = false
    /// ANCOUNT, NSCOUNT, ARCOUNT.
    private var recordCounts = SIMD4<UInt16>(repeating: 0)
    private var section = MessageSection.answer
    private var setMark = Mark(count: 0, records: 0)
    /// Whether the current set's absence truncates the message.
    private var isSetNeeded = true

    /// A writer over `target`, which it uses up to `limit`.
    @_lifetime(copy target)
    public init(into target: consuming MutableSpan<UInt8>, limit: Int = 65_535) {
        capacity = min(limit, target.count)
        self.limit = capacity
        self.target = target
    }

    /// What was written so far.
    public var octets: Span<UInt8> {
        @_lifetime(borrow self) get { target.span.extracting(first: count) }
    }

    // MARK: Beginning and end

    /// Starts over with a header and, where there is one, the question's bytes as they came.
    ///
    /// `limit` is what the reader takes, at most what the writer was made for; `reserve` is how many
    /// bytes of it are kept free for the OPT record. Where header, question and reserve do not fit, nothing
    /// is written, not later either.
    public mutating func begin(
        id: UInt16, flags: MessageFlags, question: Span<UInt8>, limit: Int, reserve: Int
    ) {
        self.limit = min(capacity, limit)
        self.flags = flags
        reserved = reserve
        count = 0
        names.removeAll()
        unlistedCount = 0
        isTruncated = false
        recordCounts = SIMD4(repeating: 0)
        beginRecordSet(in: .answer)
        guard self.limit >= MessageHeader.size + question.count + reserve else {
            self.limit = 0
            return
        }
        hasQuestion = !question.isEmpty
        // Flags and numbers follow in the end.
        target.store(UInt64(id.byteSwapped), at: 0)
        target.storeHalf(0, at: 8)
        count = MessageHeader.size
        copy(question)
        // The question ends with type and class.
        if question.count > 5 { note(nameAt: MessageHeader.size) }
        beginRecordSet(in: .answer)
    }

    /// Has the question's name, which was written last, in lower case.
    public mutating func foldQuestion() {
        var index = MessageHeader.size
        while index + 12 <= count {
            target.store(target.span.word(at: index).lowercasedASCII, at: index)
            index += 8
        }
        while index + 4 < count {
            target[index] = target[index].lowercasedASCII
            index += 1
        }
    }

    /// Has `body` write a whole message where this writer would, and return its size; 0 leaves the writer as it
    /// was.
    @inline(__always)
    public mutating func writeWhole(_ body: (inout MutableSpan<UInt8>) -> Int) -> Int {
        guard limit >= target.count else { return 0 }
        let size = body(&target)
        if size > 0 { count = size }
        return size
    }

    /// The flags of the header as they will be written.
    public var messageFlags: MessageFlags {
        get { flags }
        set { flags = newValue }
    }

    /// How many records `section` has so far.
    public func recordCount(in section: MessageSection) -> Int {
        Int(recordCounts[section.rawValue])
    }

    /// Writes flags, RCODE and counts into the header; with `options`, an OPT record first.
    ///
    /// `identifier` and `further` begin with the bytes that the options announce; the name completes the extended
    /// error's text when that is named.
    public mutating func finish(
        responseCode: ResponseCode, options: ReplyOptions?, identifier: Span<UInt8> = Span(),
        further: Span<UInt8> = Span(), named name: borrowing NameBuffer
    ) {
        guard count >= MessageHeader.size else { return }
        flags.isTruncated = isTruncated
        flags.lowResponseCode = responseCode
        if let options {
            appendOptions(
                options, responseCode: responseCode, identifier: identifier, further: further,
                named: name)
        }
        let numbers =
            UInt64(flags.bits) << 48 | UInt64(hasQuestion ? 1 : 0) << 32
            | UInt64(recordCounts[0]) << 16 | UInt64(recordCounts[1])
        target.store(numbers.byteSwapped, at: 2)
        put(recordCounts[2], at: 10)
    }

    // MARK: Records

    /// Everything that was written so far, to come back to.
    public struct Position: BitwiseCopyable {
        fileprivate var count: Int
        fileprivate var recordCounts: SIMD4<UInt16>
        fileprivate var isTruncated: Bool
    }

    /// The current position.
    public var position: Position {
        Position(count: count, recordCounts: recordCounts, isTruncated: isTruncated)
    }

    /// Takes back what was written since `position`.
    public mutating func rewind(to position: Position) {
        count = position.count
        forgetNames()
        recordCounts = position.recordCounts
        isTruncated = position.isTruncated
        beginRecordSet(in: .answer)
    }

    /// Marks the start of a record set: what is removed together if it does not fit together.
    ///
    /// Without a set that is needed the message is truncated; additional ones mostly are not.
    public mutating func beginRecordSet(in section: MessageSection, isNeeded: Bool? = nil) {
        self.section = section
        isSetNeeded = isNeeded ?? (section != .additional)
        setMark = Mark(count: count, records: recordCounts[section.rawValue])
    }

    /// Appends a record to the set that was begun; false when the set did not fit and was removed.
    ///
    /// The owner's name is at `ownerOffset` of `owner`, the record's data in `range` of `data`;
    /// names in either may be compressed with pointers into the same bytes.
    @discardableResult
    public mutating func append(
        owner: Span<UInt8>, at ownerOffset: Int = 0, type: RecordType,
        class recordClass: RecordClass = .in, ttl: UInt32, data: Span<UInt8>, range: Range<Int>
    ) -> Bool {
        if isTruncated { return false }
        let fits = writeName(from: owner, at: ownerOffset, compress: true)
        return finishRecord(fits, type, recordClass, ttl, data, range)
    }

    /// Appends what follows a record's owner, if that fitted.
    mutating func finishRecord(
        _ ownerFits: Bool, _ type: RecordType, _ recordClass: RecordClass, _ ttl: UInt32,
        _ data: Span<UInt8>, _ range: Range<Int>
    ) -> Bool {
        guard ownerFits, let length = beginData(type, recordClass, ttl),
            writeData(type: type, from: data, range: range)
        else {
            takeBackRecordSet()
            return false
        }
        endRecord(length)
        return true
    }

    /// Writes the fields between a record's owner and its data; returns the offset of the data's
    /// length, or nil if they do not fit.
    mutating func beginData(_ type: RecordType, _ recordClass: RecordClass, _ ttl: UInt32) -> Int? {
        guard hasRoom(10) else { return nil }
        writeFixedParts(type, recordClass, ttl)
        write(UInt16(0))
        return count - 2
    }

    /// Completes a record with the length of its data.
    mutating func endRecord(_ length: Int) {
        put(UInt16(truncatingIfNeeded: count - length - 2), at: length)
        countRecord()
    }

    mutating func takeBackRecordSet() {
        count = setMark.count
        forgetNames()
        recordCounts[section.rawValue] = setMark.records
        if isSetNeeded { isTruncated = true }
    }

    private mutating func writeData(
        type: RecordType, from data: Span<UInt8>, range: Range<Int>
    ) -> Bool {
        guard let fields = RecordDataFields.of(type), fields.holdsNames else {
            return copy(data, range)
        }
        var position = range.lowerBound
        for index in 0..<fields.count {
            let field = fields[index]
            guard let stop = Self.end(of: field, in: data, at: position, range.upperBound) else {
                return false
            }
            let fits =
                field.isName
                ? writeName(from: data, at: position, compress: field == .compressibleName)
                : copy(data, position..<stop)
            guard fits else { return false }
            position = stop
        }
        return true
    }

    /// The offset after a field of checked data that end at `end`; nil if they were not checked.
    static func end(
        of field: RecordDataField, in data: Span<UInt8>, at position: Int, _ end: Int
    ) -> Int? {
        do throws(WireError) {
            if field.isName { return try MessageReader.skipName(in: data, at: position) }
            return try MessageReader.endOfField(field, in: data, at: position, within: end) ?? end
        } catch {
            return nil
        }
    }

    // MARK: Bytes

    /// Whether `size` more bytes fit before the limit, the OPT record's share left free.
    @inline(__always)
    func hasRoom(_ size: Int) -> Bool { count + size <= limit - reserved }

    /// Increases the record counts.
    mutating func countRecords(answers: Int, authorities: Int) {
        recordCounts[0] += UInt16(truncatingIfNeeded: answers)
        recordCounts[1] += UInt16(truncatingIfNeeded: authorities)
    }

    mutating func lowerTTL(at offset: Int, from ttl: UInt32, by age: UInt32) {
        target.storeHalf((ttl > age ? ttl - age : 0).byteSwapped, at: offset)
    }

    /// Counts one more record of the section.
    @inline(__always)
    mutating func countRecord() { recordCounts[section.rawValue] += 1 }

    /// Gives up the space that was kept for the OPT record.
    mutating func releaseReserve() { reserved = 0 }

    mutating func countAdditionalRecord() { recordCounts[MessageSection.additional.rawValue] += 1 }

    @inline(__always)
    mutating func write(_ value: UInt8) {
        target[count] = value
        count += 1
    }

    @inline(__always)
    mutating func write(_ value: UInt16) {
        put(value, at: count)
        count += 2
    }

    @inline(__always)
    mutating func write(_ value: UInt32) {
        target.storeHalf(value.byteSwapped, at: count)
        count += 4
    }

    @inline(__always)
    mutating func writeFixedParts(_ type: RecordType, _ recordClass: RecordClass, _ ttl: UInt32) {
        let numbers = UInt64(type.rawValue) << 48 | UInt64(recordClass.rawValue) << 32
        target.store((numbers | UInt64(ttl)).byteSwapped, at: count)
        count += 8
    }

    @inline(__always)
    mutating func put(_ value: UInt16, at offset: Int) {
        target.store(bigEndian: value, at: offset)
    }

    @inline(__always)
    mutating func copy(_ octets: Span<UInt8>) {
        target.copy(octets, at: count)
        count += octets.count
    }

    mutating func copy(_ octets: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard hasRoom(range.count) else { return false }
        copy(octets.extracting(range))
        return true
    }
}
