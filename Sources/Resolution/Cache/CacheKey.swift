// The key of cached answers for one name. The name is not part of it: its hash and its bytes are
// passed separately.

internal import DNSWire

/// What an answer is kept under.
struct CacheKey: Equatable, BitwiseCopyable {
    /// The group of servers that was asked.
    var group: UInt64
    /// The type; that of a denial where the answer holds for every type.
    var type: RecordType
    /// Whether DNSSEC records were asked for.
    var dnssecOK: Bool
    /// Whether CD was set in the query to the servers.
    var checkingDisabled: Bool

    /// The hash of this question about a name.
    ///
    /// A client chooses the type and may choose thousands. Because a secret is mixed in before the
    /// multiplication, it cannot choose types that are adjacent in a table.
    func hash(of nameHash: UInt64) -> UInt64 {
        let flags = (dnssecOK ? 1 : 0) | (checkingDisabled ? 2 : 0) as UInt64
        return (nameHash ^ group ^ (UInt64(type.rawValue) << 2 | flags)).folded
    }

    /// The type of an answer that denies the whole name.
    static let denialType = RecordType(rawValue: 0)

    /// The same question, as a denial of the name is kept.
    var ofDenial: CacheKey {
        CacheKey(
            group: group, type: Self.denialType, dnssecOK: dnssecOK,
            checkingDisabled: checkingDisabled)
    }
}

extension CacheKey {
    /// The key of a question to a group of servers.
    init(_ question: Question, of group: UInt64) {
        self.init(
            group: group, type: question.type, dnssecOK: question.dnssecOK,
            checkingDisabled: question.flags.checkingDisabled)
    }

    /// The flags of a query for it.
    var flagsOfQuery: MessageFlags {
        var flags = MessageFlags(bits: 0)
        flags.recursionDesired = true
        flags.authenticData = true
        flags.checkingDisabled =
            checkingDisabled && !isSwitchedOff("RFC 4035: CD is passed on")
        return flags
    }
}
