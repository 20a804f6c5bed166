// A block of addresses, and a set of such blocks that is searched once per query.

/// An address block in CIDR notation, such as `10.0.0.0/8`.
public struct Prefix: Hashable, Sendable, BitwiseCopyable {
    /// The lowest address of the block.
    public let first: IPAddress
    /// The number of leading bits that all its addresses share: 0 to 32, or 0 to 128.
    public let length: Int

    /// The block of `length` leading bits that `address` is in; nil if `length` is out of range.
    public init?(_ address: IPAddress, length: Int) {
        guard length >= 0, length <= address.bitCount else { return nil }
        let mask = Self.hostMask(length: length, isIPv6: address.isIPv6)
        first =
            address.isIPv6
            ? IPAddress(ipv6High: address.high & ~mask.high, low: address.low & ~mask.low)
            : IPAddress(ipv4: UInt32(truncatingIfNeeded: address.low & ~mask.low))
        self.length = length
    }

    /// Reads `10.0.0.0/8`, or a single address; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let slash = text.firstIndex(of: "/") else {
            guard let address = IPAddress(text) else { return nil }
            self.init(address, length: address.bitCount)
            return
        }
        let digits = text[text.index(after: slash)...]
        guard let address = IPAddress(text[..<slash]), let length = Int(digits),
            digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        self.init(address, length: length)
    }

    /// The highest address of the block.
    public var last: IPAddress {
        let mask = Self.hostMask(length: length, isIPv6: first.isIPv6)
        return first.isIPv6
            ? IPAddress(ipv6High: first.high | mask.high, low: first.low | mask.low)
            : IPAddress(ipv4: UInt32(truncatingIfNeeded: first.low | mask.low))
    }

    /// Whether `address` is in the block.
    public func contains(_ address: IPAddress) -> Bool {
        address.isIPv6 == first.isIPv6 && address >= first && address <= last
    }

    private static func hostMask(length: Int, isIPv6: Bool) -> (high: UInt64, low: UInt64) {
        guard isIPv6 else { return (0, (1 << UInt64(32 - length)) - 1) }
        let high: UInt64 = length >= 64 ? 0 : UInt64.max >> UInt64(length)
        let low: UInt64 =
            length <= 64 ? .max : (length == 128 ? 0 : UInt64.max >> UInt64(length - 64))
        return (high, low)
    }
}

extension Prefix: CustomStringConvertible {
    /// `10.0.0.0/8`.
    public var description: String { "\(first)/\(length)" }
}

/// Address blocks as sorted ranges that do not overlap, searched by halving.
public struct PrefixSet: Sendable, Equatable {
    private struct Block<Number: Comparable & Sendable & BitwiseCopyable>: Sendable, Equatable,
        BitwiseCopyable
    {
        var first: Number
        var last: Number
    }

    /// A bit for each first byte whose IPv4 addresses are all in the set, as for `10.0.0.0/8`.
    private let wholeOctets: [UInt64]
    private let ipv4Blocks: [Block<UInt32>]
    private let ipv6Blocks: [Block<UInt128>]

    /// The union of `prefixes`, in any order.
    public init(_ prefixes: some Sequence<Prefix>) {
        var ipv4Blocks: [Block<UInt32>] = []
        var ipv6Blocks: [Block<UInt128>] = []
        for prefix in prefixes.sorted(by: { $0.first < $1.first }) {
            if let first = prefix.first.ipv4Bits, let last = prefix.last.ipv4Bits {
                Self.add(Block(first: first, last: last), to: &ipv4Blocks)
            } else {
                let block = Block(first: prefix.first.number, last: prefix.last.number)
                Self.add(block, to: &ipv6Blocks)
            }
        }
        self.init(ipv4Blocks: ipv4Blocks, ipv6Blocks: ipv6Blocks)
    }

    /// Blocks in order that do not overlap.
    private init(ipv4Blocks: [Block<UInt32>], ipv6Blocks: [Block<UInt128>]) {
        var wholeOctets: [UInt64] = [0, 0, 0, 0]
        for block in ipv4Blocks {
            for octet in (block.first >> 24)...(block.last >> 24)
            where block.first <= octet << 24 && block.last >= octet << 24 | 0xFF_FFFF {
                wholeOctets[Int(octet >> 6)] |= 1 << UInt64(octet & 63)
            }
        }
        self.wholeOctets = wholeOctets
        self.ipv4Blocks = ipv4Blocks
        self.ipv6Blocks = ipv6Blocks
    }

    /// The addresses of this set that are not in the other.
    public func subtracting(_ other: PrefixSet) -> PrefixSet {
        PrefixSet(
            ipv4Blocks: Self.difference(ipv4Blocks, other.ipv4Blocks),
            ipv6Blocks: Self.difference(ipv6Blocks, other.ipv6Blocks))
    }

    private static func difference<Number: FixedWidthInteger>(
        _ blocks: [Block<Number>], _ others: [Block<Number>]
    ) -> [Block<Number>] {
        blocks.flatMap { block in
            var left: [Block<Number>] = []
            var first: Number? = block.first
            for other in others where other.first <= block.last {
                guard let start = first, other.last >= start else { continue }
                if other.first > start { left.append(Block(first: start, last: other.first - 1)) }
                first = other.last < block.last ? other.last + 1 : nil
            }
            if let first { left.append(Block(first: first, last: block.last)) }
            return left
        }
    }

    /// Whether it has no address.
    public var isEmpty: Bool { ipv4Blocks.isEmpty && ipv6Blocks.isEmpty }

    /// The family of which it has every address, if there is one.
    public var wholeFamily: String? {
        if ipv4Blocks.contains(where: { $0.first == .min && $0.last == .max }) { return "IPv4" }
        return ipv6Blocks.contains { $0.first == .min && $0.last == .max } ? "IPv6" : nil
    }

    /// Adds a block that begins no earlier than those before.
    private static func add<Number: FixedWidthInteger>(
        _ block: Block<Number>, to blocks: inout [Block<Number>]
    ) {
        // Those that touch are one: two halves of everything are everything.
        if let end = blocks.indices.last,
            blocks[end].last >= block.first || blocks[end].last + 1 == block.first
        {
            blocks[end].last = max(blocks[end].last, block.last)
        } else {
            blocks.append(block)
        }
    }

    /// Whether any block holds `address`.
    @inline(__always)
    public func contains(_ address: IPAddress) -> Bool {
        if !address.isIPv6 {
            let octet = address.low >> 24 & 0xFF
            if wholeOctets[Int(octet >> 6)] &>> octet & 1 != 0 { return true }
        }
        return holds(address)
    }

    @inline(never)
    private func holds(_ address: IPAddress) -> Bool {
        if let bits = address.ipv4Bits { return Self.contains(bits, ipv4Blocks.span) }
        return Self.contains(address.number, ipv6Blocks.span)
    }

    @inline(__always)
    private static func contains<Number>(
        _ number: Number, _ blocks: Span<Block<Number>>
    ) -> Bool {
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low &+ high) >> 1
            if blocks[middle].last < number { low = middle &+ 1 } else { high = middle }
        }
        return low < blocks.count && blocks[low].first <= number
    }
}

extension IPAddress {
    /// All 128 bits.
    fileprivate var number: UInt128 { UInt128(high) << 64 | UInt128(low) }
}
