// The whole reply to a plain question whose name is an alias in a private zone, written at one go: nothing is
// tried and taken back, no name is searched for. What does not fit is left to the ways that can truncate.

/// The parts of such a reply, besides what is in the question.
public struct LinkReply: BitwiseCopyable {
    /// The TTL of the alias.
    public var aliasTTL: UInt32
    /// How many octets of the question's name, its first labels, the alias's target begins with.
    public var headSize: Int
    /// Where the octets between those and the last ones are, and how many.
    public var middle: (start: Int, size: Int)
    /// Where in the question's name the target ends like it; -1 if nowhere.
    public var tail: Int
    /// Whether the records are the SOA record of a denial, and not of the target.
    public var isDenial: Bool
    /// Where the records are, and how many octets.
    public var records: (start: Int, size: Int)
    /// How many records there are.
    public var recordCount: Int
    /// The TTL of the records.
    public var ttl: UInt32
    /// The most octets that we take over UDP.
    public var payloadSize: UInt16
    /// The most octets that the reader takes.
    public var limit: Int

    /// A reply with these parts.
    @inline(__always)
    public init(
        aliasTTL: UInt32, headSize: Int, middle: (start: Int, size: Int), tail: Int,
        isDenial: Bool, records: (start: Int, size: Int), recordCount: Int, ttl: UInt32,
        payloadSize: UInt16, limit: Int
    ) {
        self.aliasTTL = aliasTTL
        self.headSize = headSize
        self.middle = middle
        self.tail = tail
        self.isDenial = isDenial
        self.records = records
        self.recordCount = recordCount
        self.ttl = ttl
        self.payloadSize = payloadSize
        self.limit = limit
    }
}

extension MessageWriter {
    /// Has `body` write a whole message where this writer would, and return its size; 0 leaves the writer as it
    /// was.
    @inline(__always)
    public mutating func writeWhole(_ body: (inout MutableSpan<UInt8>) -> Int) -> Int {
        guard limit >= target.count else { return 0 }
        let size = body(&target)
        if size > 0 { count = size }
        return size
    }
}

extension LinkReply {
    /// Writes a reply to the query in `message` and returns its size; 0, and nothing written, when it does not fit.
    ///
    /// The alias's target is the first of the name's octets, then the middle, which is among `labels`, then the last
    /// ones; without those the middle ends with the root. The records, among `octets`, are as `append(encoded:)`
    /// takes them, one behind the other.
    @inline(__always)
    public func write(
        to question: PlainQuestion, in message: Span<UInt8>, _ labels: Span<UInt8>,
        _ octets: Span<UInt8>, into target: inout MutableSpan<UInt8>
    ) -> Int {
        let dataSize = headSize &+ middle.size &+ (tail < 0 ? 0 : 2)
        let alias = MessageHeader.size &+ question.size
        let size = alias &+ 12 &+ dataSize &+ 2 &* recordCount &+ records.size
        let optionsSize = question.hasOptions ? ReplyOptions.emptySize : 0
        guard size &+ optionsSize <= min(limit, target.count) else { return 0 }

        let answers = isDenial ? 1 : 1 &+ recordCount
        let first =
            UInt64(question.id) << 48 | UInt64(question.flags.ofReply.bits) << 32 | 1 << 16
            | UInt64(truncatingIfNeeded: answers)
        let others: UInt32 = (isDenial ? 1 << 16 : 0) | (question.hasOptions ? 1 : 0)
        target.store(first.byteSwapped, at: 0)
        target.storeHalf(others.byteSwapped, at: 8)
        target.copy(message, from: MessageHeader.size, size: question.size, at: MessageHeader.size)

        // The question's name, CNAME, IN, and the first half of the TTL; then the rest of it and the length.
        let fixed: UInt64 = 0xC00C_0005_0001_0000 | UInt64(aliasTTL >> 16)
        let rest = aliasTTL << 16 | UInt32(truncatingIfNeeded: dataSize)
        target.store(fixed.byteSwapped, at: alias)
        target.storeHalf(rest.byteSwapped, at: alias &+ 8)
        let name = alias &+ 12
        target.copyLoosely(message, from: MessageHeader.size, size: headSize, at: name)
        var place = name &+ headSize
        target.copyLoosely(labels, from: middle.start, size: middle.size, at: place)
        place &+= middle.size
        if tail >= 0 {
            let pointer = 0xC000 | UInt16(truncatingIfNeeded: MessageHeader.size &+ tail)
            target.store(bigEndian: pointer, at: place)
            place &+= 2
        }

        // A denial's owner is the zone's apex, with which the target's name ends.
        let owner = UInt16(truncatingIfNeeded: isDenial ? name &+ headSize : name)
        if recordCount == 1 {
            target.store(bigEndian: 0xC000 | owner, at: place)
            target.copyLoosely(octets, from: records.start, size: records.size, at: place &+ 2)
            target.storeHalf(ttl.byteSwapped, at: place &+ 6)
            place &+= 2 &+ records.size
        } else {
            place = copyRecords(octets, ownerAt: owner, to: place, in: &target)
        }
        if question.hasOptions {
            let fixed =
                UInt64(RecordType.opt.rawValue) << 40 | UInt64(payloadSize) << 24
                | (question.dnssecOK ? 0x80 : 0)
            target.store(fixed.byteSwapped, at: place)
            target[place &+ 8] = 0
            target.store(bigEndian: 0, at: place &+ 9)
            place &+= ReplyOptions.emptySize
        }
        return place
    }

    /// Copies the records to `place`, each behind a pointer to its owner; returns where they end.
    private func copyRecords(
        _ octets: Span<UInt8>, ownerAt owner: UInt16, to place: Int,
        in target: inout MutableSpan<UInt8>
    ) -> Int {
        var place = place
        var start = records.start
        while start < records.start + records.size {
            let size = 10 + Int(octets.uint16(at: start + 8))
            target.store(bigEndian: 0xC000 | owner, at: place)
            target.copy(octets, from: start, size: size, at: place + 2)
            place += 2 + size
            start += size
        }
        return place
    }
}
