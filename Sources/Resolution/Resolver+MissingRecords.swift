// A registry of a private zone that lacks a record: it is reported once a name, and counted every time.

internal import Addresses
public import DNSWire

/// How often a private zone lacked a record of one of its registries.
public struct MissingRecordCounts: Sendable {
    /// No more names than this are counted apart; settings have fewer links.
    private static let maximumNames = 4_096

    /// By the private zone's name.
    public private(set) var byZone: [Name: UInt64] = [:]
    /// Those that gave the client a public address, by the link's public suffix.
    public private(set) var publicByLink: [Name: UInt64] = [:]

    /// None.
    public init() {}

    mutating func count(_ link: PrivateLink, isPublic: Bool) {
        if byZone.count < Self.maximumNames || byZone[link.privateSuffix] != nil {
            byZone[link.privateSuffix, default: 0] += 1
        }
        guard isPublic else { return }
        if publicByLink.count < Self.maximumNames || publicByLink[link.publicSuffix] != nil {
            publicByLink[link.publicSuffix, default: 0] += 1
        }
    }
}

extension Resolver {
    /// Counts a finished reply to a question whose record is missing, and reports the record once per
    /// name and hour.
    mutating func reportMissing(
        _ link: Int, reply: Span<UInt8>, at now: Instant, outbox: inout Outbox
    ) {
        clientCounters.missingRecords += 1
        missingRecords.count(snapshot.links[link], isPublic: Self.hasPublicAddress(reply))
        let name = Name(composer.missing)
        if reportedMissing.insert(name, at: now) { outbox.add(.notice(.missingRecord(name))) }
    }

    /// Whether an address in the answer section is one that everybody can reach.
    private static func hasPublicAddress(_ reply: Span<UInt8>) -> Bool {
        guard let header = try? MessageHeader(reply),
            var position = header.questionCount == 0
                ? MessageHeader.size : Query.endOfQuestion(in: reply)
        else { return false }
        for _ in 0..<header.answerCount {
            guard let record = try? MessageReader.recordSkippingOwner(in: reply, at: position)
            else { return false }
            if let address = IPAddress(record, in: reply), !address.isPrivate { return true }
            position = record.end
        }
        return false
    }
}

extension IPAddress {
    /// The address that a record of type A or AAAA holds.
    fileprivate init?(_ record: MessageRecord, in message: Span<UInt8>) {
        switch (record.type, record.end - record.dataStart) {
        case (.a, 4): self.init(ipv4: message.uint32(at: record.dataStart))
        case (.aaaa, 16):
            self.init(
                ipv6High: message.uint64(at: record.dataStart),
                low: message.uint64(at: record.dataStart + 8))
        default: return nil
        }
    }
}
