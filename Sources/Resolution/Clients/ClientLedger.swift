// The number of pending queries of each client, and the client with the most, so that one client
// cannot crowd out all others. Clients with the same number are in one list. Each additional or
// completed query moves its client to the next list, so no search is ever needed.

internal import Addresses
internal import BasicContainers
internal import DNSWire

extension IPAddress {
    /// What counts as one client: an IPv4 address, or the IPv6 network of 64 bits in which it can have as many addresses
    /// as it likes.
    var clientNetwork: IPAddress {
        let address = unmapped
        return address.isIPv6 ? IPAddress(ipv6High: address.high, low: 0) : address
    }
}

/// The clients that wait, by address.
struct ClientLedger: ~Copyable {
    /// Not private: the compiler (6.3) fails where other files cannot name what a UniqueArray holds.
    struct Row {
        var address: IPAddress
        /// Its questions that wait, and the ends of the list of them, oldest first.
        var count = 0
        var first: SlabHandle?
        var last: SlabHandle?
        /// The neighbours among the rows of this count, or the next free row; -1 at the ends.
        var before: Int32 = -1
        var after: Int32 = -1
    }

    private var rows = UniqueArray<Row>()
    private var free: Int32 = -1
    private let hasher: NameHasher
    /// The rows in use, by the keyed hash of their address.
    private var rowOfAddress = HashIndex<Int32>()
    /// For each count the first row that has it, or -1.
    private var firstOfCount = UniqueArray<Int32>(repeating: -1, count: 2)
    /// The greatest count; zero if no query waits.
    private(set) var greatestCount = 0

    /// The questions that wait.
    private(set) var questionCount = 0

    /// A ledger without clients; the hasher's key keeps them from choosing addresses that collide.
    init(hasher: NameHasher) { self.hasher = hasher }

    /// The clients of which a question waits.
    var clientCount: Int { rowOfAddress.count }

    /// The questions of `address` that wait.
    func count(of address: IPAddress) -> Int {
        row(of: address).map { rows[Int($0)].count } ?? 0
    }

    /// The oldest query of a client with the greatest count; nil if no query waits.
    var oldestOfGreatest: SlabHandle? {
        let row = firstOfCount[greatestCount]
        return row < 0 ? nil : rows[Int(row)].first
    }

    /// Counts a question; returns the client's last one before it, for the list.
    mutating func add(_ handle: SlabHandle, of address: IPAddress) -> SlabHandle? {
        let row = row(of: address) ?? makeRow(address)
        let previous = rows[Int(row)].last
        if previous == nil { rows[Int(row)].first = handle }
        rows[Int(row)].last = handle
        move(row, by: 1)
        return previous
    }

    /// Counts a question no longer, whose neighbours in the client's list are these.
    mutating func remove(
        of address: IPAddress, between previous: SlabHandle?, and next: SlabHandle?
    ) {
        guard let row = row(of: address) else { return }
        if previous == nil { rows[Int(row)].first = next }
        if next == nil { rows[Int(row)].last = previous }
        move(row, by: -1)
        guard rows[Int(row)].count == 0 else { return }
        rowOfAddress.remove(hash(of: address)) { $0 == row }
        rows[Int(row)].after = free
        free = row
    }

    // MARK: Rows

    private func hash(of address: IPAddress) -> UInt64 {
        hasher.hash(words: address.high, address.low)
    }

    private func row(of address: IPAddress) -> Int32? {
        rowOfAddress.find(hash(of: address)) { rows[Int($0)].address == address }
    }

    private mutating func makeRow(_ address: IPAddress) -> Int32 {
        var row = free
        if row >= 0 {
            free = rows[Int(row)].after
            rows[Int(row)] = Row(address: address)
        } else {
            row = Int32(rows.count)
            rows.append(Row(address: address))
        }
        rowOfAddress.insert(hash(of: address), row)
        return row
    }

    private mutating func move(_ row: Int32, by step: Int) {
        let old = rows[Int(row)].count
        if old > 0 { unlink(row, from: old) }
        let new = old + step
        questionCount += step
        rows[Int(row)].count = new
        if new > 0 { link(row, to: new) }
        if new > greatestCount {
            greatestCount = new
        } else if old == greatestCount, firstOfCount[old] < 0 {
            greatestCount = new
        }
    }

    private mutating func unlink(_ row: Int32, from count: Int) {
        let (before, after) = (rows[Int(row)].before, rows[Int(row)].after)
        if before >= 0 { rows[Int(before)].after = after } else { firstOfCount[count] = after }
        if after >= 0 { rows[Int(after)].before = before }
    }

    private mutating func link(_ row: Int32, to count: Int) {
        while firstOfCount.count <= count { firstOfCount.append(-1) }
        let next = firstOfCount[count]
        rows[Int(row)].before = -1
        rows[Int(row)].after = next
        if next >= 0 { rows[Int(next)].before = row }
        firstOfCount[count] = row
    }
}
