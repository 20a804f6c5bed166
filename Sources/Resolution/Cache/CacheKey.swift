// What tells cached answers for one name apart. A name is not part of it: its hash and its bytes are passed beside.

internal import DNSWire

/// What an answer is kept under.
struct CacheKey: Equatable, BitwiseCopyable {
    /// The group of servers that was asked.
    var group: UInt64
    /// The type; that of a denial where the answer holds for every type.
    var type: RecordType
    /// Whether DNSSEC records were asked for.
    var dnssecOK: Bool
    /// Whether the servers were told not to validate.
    var checkingDisabled: Bool

    /// The hash of this question about a name.
    ///
    /// Who asks chooses the type and may choose thousands. Only multiplied when a secret is in it, what he chooses
    /// cannot be made to stand side by side in a table.
    func hash(of nameHash: UInt64) -> UInt64 {
        let flags = (dnssecOK ? 1 : 0) | (checkingDisabled ? 2 : 0) as UInt64
        return (nameHash ^ group ^ (UInt64(type.rawValue) << 2 | flags)).folded
    }

    /// What stands for the type of an answer that denies the whole name.
    static let denialType = RecordType(rawValue: 0)

    /// The same question, as a denial of the name is kept.
    var ofDenial: CacheKey {
        CacheKey(
            group: group, type: Self.denialType, dnssecOK: dnssecOK,
            checkingDisabled: checkingDisabled)
    }
}

extension CacheKey {
    /// What a group of servers is asked.
    init(_ question: Question, of group: UInt64) {
        self.init(
            group: group, type: question.type, dnssecOK: question.dnssecOK,
            checkingDisabled: question.flags.checkingDisabled)
    }
}
