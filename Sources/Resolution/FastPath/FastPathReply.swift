// Writes the whole reply to a plain query for a link's name in one pass: nothing is tried and
// undone, and no name is searched for. Replies that do not fit are left to the steps, which can
// truncate.
//
// The parts are written one after the other, usually sixteen bytes at a time, even if a part is
// shorter: the next part overwrites the excess, or it lies after the end.

internal import DNSWire

/// The alias record from a plain question's name to a target that begins like it.
struct AliasTemplate: BitwiseCopyable, Sendable {
    /// A pointer to the question's name, CNAME, IN, and the first half of the TTL.
    private let head: UInt64
    /// The rest of the TTL, and the length of the data without the bytes that the name begins with.
    private let rest: UInt32
    /// What is between those and what both names end with: how many bytes, where all of them are, and the first
    /// sixteen.
    private let middleSize: UInt8
    private let middleStart: UInt32
    private let middle: UInt128
    /// A pointer to what both names end with, if the target left the question's name at once; 0 where that is
    /// only the root, with which the middle ends then.
    private let tail: UInt16

    /// No alias.
    init() {
        (head, rest, middleSize, middleStart, middle, tail) = (0, 0, 0, 0, 0, 0)
    }

    /// An alias whose middle is the `size` bytes at `start` of `octets`, of which sixteen can be read.
    ///
    /// Before what both names end with the question's has `own` bytes that the target lacks; nil if they have
    /// only the root in common.
    init(ttl: UInt32, middle octets: Span<UInt8>, at start: Int, size: UInt8, own: UInt8?) {
        head = (0xC00C_0005_0001_0000 | UInt64(ttl >> 16)).byteSwapped
        rest = ttl << 16 | UInt32(size) + (own == nil ? 0 : 2)
        middle = octets.doubleWord(at: start)
        middleStart = UInt32(start)
        middleSize = size
        tail = own.map { 0xC000 + UInt16(MessageHeader.size) + UInt16($0) } ?? 0
    }

    /// The data length of an alias whose target has this many bytes of the name before the middle.
    @inline(__always)
    func dataSize(_ headSize: UInt8) -> Int {
        Int(UInt16(truncatingIfNeeded: rest)) &+ Int(headSize)
    }

    /// Writes the record at `start` of `target`; returns where it ends.
    @inline(always)
    func write(
        _ headSize: UInt8, of message: Span<UInt8>, _ octets: Span<UInt8>, at start: Int,
        into target: inout MutableSpan<UInt8>
    ) -> Int {
        target.store(head, at: start)
        target.storeHalf((rest &+ UInt32(headSize)).byteSwapped, at: start &+ 8)
        var place = start &+ 12
        target.store(message.doubleWord(at: 12), at: place)
        if headSize > 16 {
            target.store(message.doubleWord(at: 28), at: place &+ 16)
            target.store(message.doubleWord(at: 44), at: place &+ 32)
            target.store(message.doubleWord(at: 60), at: place &+ 48)
        }
        place &+= Int(headSize)
        target.store(middle, at: place)
        if middleSize > 16 {
            Self.copy(octets, from: Int(middleStart), Int(middleSize), to: place, in: &target)
        }
        place &+= Int(middleSize)
        guard tail != 0 else { return place }
        target.store(bigEndian: tail &+ UInt16(headSize), at: place)
        return place &+ 2
    }

    @inline(never)
    private static func copy(
        _ octets: Span<UInt8>, from start: Int, _ size: Int, to place: Int,
        in target: inout MutableSpan<UInt8>
    ) {
        target.copy(octets, from: start, size: size, at: place)
    }
}

/// Such a reply: an alias and the records of its target, or that and a denial.
struct FastPathReply: BitwiseCopyable {
    /// The room that the reply needs, most of it for what is written too much.
    static let room = 512
    /// The most bytes of a record that is written with its owner in that room.
    private static let fewOctets = 32

    /// The alias.
    let alias: AliasTemplate
    /// How many bytes of the question's name, its first labels, the alias's target begins with: 0 to 63.
    let headSize: UInt8
    /// Whether the records are the SOA record of a denial, and not of the target.
    let isDenial: Bool
    /// Where the records are, and how many bytes.
    let records: (start: Int, size: Int)
    /// How many records there are.
    let recordCount: Int
    /// The TTL of a denial's record.
    let negativeTTL: UInt32
    /// The most bytes that we take over UDP.
    let payloadSize: UInt16
    /// The most bytes that the reader takes.
    let limit: Int

    /// Writes a reply to the question in `place` and returns its size; 0, with nothing written, if
    /// it does not fit.
    ///
    /// The alias's middle is in `labels`. The records are in `octets`, with `fewOctets` readable
    /// bytes there, one after the other in the form of `append(encoded:)`.
    @inline(always)
    func write(
        to question: PlainQuestion, in place: Span<UInt8>, _ labels: Span<UInt8>,
        _ octets: Span<UInt8>, into target: inout MutableSpan<UInt8>
    ) -> Int {
        let message = place.extracting(0..<PlainQuestion.room)
        let aliasStart = question.options
        let aliasEnd = aliasStart &+ 12 &+ alias.dataSize(headSize)
        let size = aliasEnd &+ 2 &* recordCount &+ records.size
        let whole = question.hasOptions ? size &+ ReplyOptions.emptySize : size
        guard whole <= limit, whole <= target.count, target.count >= Self.room else { return 0 }

        var room = target.part(0..<Self.room)
        writeHeader(to: question, in: message, into: &room)
        let end = alias.write(headSize, of: message, labels, at: aliasStart, into: &room)
        // A denial's owner is the zone's apex, with which the target's name ends.
        let ownerStart = isDenial ? aliasStart &+ 12 &+ Int(headSize) : aliasStart &+ 12
        let owner = 0xC000 | UInt16(truncatingIfNeeded: ownerStart)
        if recordCount == 1, records.size <= Self.fewOctets {
            room.store(bigEndian: owner, at: end)
            let record = octets.extracting(records.start..<(records.start &+ Self.fewOctets))
            room.store(record.doubleWord(at: 0), at: end &+ 2)
            if records.size > 16 { room.store(record.doubleWord(at: 16), at: end &+ 18) }
        } else {
            Self.copyRecords(
                octets, from: records.start, records.size, owner: owner, to: end, in: &target)
        }
        if isDenial { target.storeHalf(negativeTTL.byteSwapped, at: end &+ 6) }
        if question.hasOptions { writeOptions(question, in: message, at: size, in: &target) }
        return whole
    }

    /// Writes the header and the question.
    @inline(always)
    private func writeHeader(
        to question: PlainQuestion, in message: Span<UInt8>, into room: inout MutableSpan<UInt8>
    ) {
        let idAndFlags = message.uint32(at: 0)
        let flags = MessageFlags(bits: UInt16(truncatingIfNeeded: idAndFlags)).ofReply
        room.storeHalf((idAndFlags & 0xFFFF_0000 | UInt32(flags.bits)).byteSwapped, at: 0)
        // The numbers of questions and answers, then of the others.
        let answers = isDenial ? 1 : 1 &+ recordCount
        let numbers =
            1 << 48 | UInt64(truncatingIfNeeded: answers) << 32 | (isDenial ? 1 << 16 : 0)
            | (question.hasOptions ? 1 : 0)
        room.store(numbers.byteSwapped, at: 4)
        room.store(message.doubleWord(at: 12), at: 12)
        room.store(message.doubleWord(at: 28), at: 28)
        if question.nameSize > 28 {
            room.store(message.doubleWord(at: 44), at: 44)
            room.store(message.doubleWord(at: 60), at: 60)
            room.storeHalf(message.halfWord(at: 76), at: 76)
        }
    }

    /// Writes an OPT record without options, with DO as the query has it.
    @inline(always)
    private func writeOptions(
        _ question: PlainQuestion, in message: Span<UInt8>, at place: Int,
        in target: inout MutableSpan<UInt8>
    ) {
        let dnssecOK = UInt64(message[question.options &+ 7] & 0x80)
        let fixed =
            UInt64(RecordType.opt.rawValue) << 40 | UInt64(payloadSize) << 24 | dnssecOK
        var record = target.part(place..<(place &+ ReplyOptions.emptySize))
        record.storeHalf(0, at: 7)
        record.store(fixed.byteSwapped, at: 0)
    }

    /// Copies the records to `place`, each after a pointer to its owner.
    @inline(never)
    private static func copyRecords(
        _ octets: Span<UInt8>, from first: Int, _ count: Int, owner: UInt16, to place: Int,
        in target: inout MutableSpan<UInt8>
    ) {
        var place = place
        var start = first
        while start < first + count {
            let size = 10 + Int(octets.uint16(at: start + 8))
            target.store(bigEndian: owner, at: place)
            target.copy(octets, from: start, size: size, at: place + 2)
            place += 2 + size
            start += size
        }
    }
}
