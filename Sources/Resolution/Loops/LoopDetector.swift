// Detects servers that forward back to this daemon. Each server of each group regularly gets a
// query for a secret random name; a resolver that receives a query for such a name has received its
// own. EDNS options would not survive a hop, and an address says nothing if there is another
// forwarder in between. The forwarder sends the probes.

internal import Addresses
internal import DNSWire

/// One server as one group asks it: what is probed.
struct LoopPath: Hashable, BitwiseCopyable {
    /// The group's identity.
    var group: UInt64
    var server: ServerKey
}

/// The paths that are probed, when, and what came of it.
struct LoopDetector: ~Copyable {
    private struct Row {
        let path: LoopPath
        /// The group's index in the snapshot.
        let group: Int
        /// What the last probe's name holds, when it was sent, and whether it has come back.
        var nonce: UInt64?
        var sentAt = Instant(nanoseconds: 0)
        var cameBack = false
    }

    /// How long after a probe that came back the next one is sent.
    private static let recheckInterval = TimeSpan.seconds(5)
    /// Probes that may be sent at once, and the pause between those after them.
    private static let burst = 16
    private static let pause = TimeSpan.milliseconds(50)
    private static let prefix: StaticString = "loop-probe-"
    /// The bytes of a probe's label, its length byte not counted.
    private static var labelSize: Int { prefix.utf8CodeUnitCount + 33 }

    /// What all workers of a daemon put into their probes' names, so that each knows those of all.
    var mark: UInt64
    /// How often each path is probed; nil for only when it is suspected to lead back, and until it does no more.
    private var interval: TimeSpan?
    private var rows: [Row] = []
    private var slotOfPath: [LoopPath: UInt32] = [:]
    private var slotOfNonce: [UInt64: UInt32] = [:]
    private var deadlines = DeadlineQueue()
    /// Whether the deadlines have still to be set.
    private var isFresh = false
    /// The paths that lead back.
    private var looping: Set<LoopPath> = []
    /// When each path was last reported for a query that came from the server that was being asked the same.
    private var reported: [LoopPath: Instant] = [:]
    /// The last received probe, which was reported to every resolver of this daemon.
    private var lastSeen: UInt64?

    /// How long a path is not reported again.
    private static let reportInterval = TimeSpan.seconds(3_600)

    init(mark: UInt64) { self.mark = mark }

    /// Starts over with the groups of a snapshot. What leads back does so until a probe says otherwise.
    mutating func watch(_ snapshot: Snapshot) {
        interval = snapshot.policy.loopProbeInterval
        rows = []
        slotOfPath = [:]
        slotOfNonce = [:]
        deadlines = DeadlineQueue()
        for (index, group) in snapshot.groups.enumerated() {
            guard group.forwardZone.zone.octets.count + Self.labelSize + 1 <= 255 else { continue }
            for server in group.serverKeys {
                let path = LoopPath(group: group.identity, server: server)
                slotOfPath[path] = UInt32(rows.count)
                rows.append(Row(path: path, group: index))
            }
        }
        reported = [:]
        looping = looping.filter { slotOfPath[$0] != nil }
        isFresh = interval != nil || !looping.isEmpty
    }

    // MARK: When

    /// When the next probe is due.
    var nextDeadline: Instant? {
        isFresh ? Instant(nanoseconds: 0) : deadlines.first?.instant
    }

    /// A probe that is due, and whether the path has ceased to lead back.
    struct Due {
        let group: Int
        let path: LoopPath
        let nonce: UInt64
        let hasEnded: Bool
    }

    /// Takes a path that is to be probed now.
    mutating func next(at now: Instant, random: inout RandomSource) -> Due? {
        if isFresh { schedule(at: now) }
        guard let first = deadlines.first, first.instant <= now else { return nil }
        let slot = Int(first.handle.slot)
        let path = rows[slot].path
        // The probe before this one has had its time, if there was one since the groups changed.
        let isOver = rows[slot].nonce != nil && !rows[slot].cameBack
        let hasEnded = isOver && looping.remove(path) != nil
        let nonce = UInt64(random.nextUInt32()) << 32 | UInt64(random.nextUInt32())
        if let old = rows[slot].nonce { slotOfNonce[old] = nil }
        slotOfNonce[nonce] = first.handle.slot
        rows[slot].nonce = nonce
        rows[slot].sentAt = now
        rows[slot].cameBack = false
        let round = TimeSpan(nanoseconds: Self.pause.nanoseconds * UInt64(rows.count))
        if looping.contains(path) {
            deadlines.set(first.handle, at: now + Self.recheckInterval)
        } else if let interval {
            deadlines.set(first.handle, at: now + max(interval, round))
        } else {
            deadlines.remove(first.handle)
        }
        return Due(group: rows[slot].group, path: path, nonce: nonce, hasEnded: hasEnded)
    }

    private mutating func schedule(at now: Instant) {
        isFresh = false
        for slot in rows.indices where interval != nil || looping.contains(rows[slot].path) {
            let turn = UInt64(max(0, slot - Self.burst + 1))
            let delay = TimeSpan(nanoseconds: Self.pause.nanoseconds * turn)
            deadlines.set(SlabHandle(slot: UInt32(slot), generation: 0), at: now + delay)
        }
    }

    /// Requests a probe of a path now, unless it was probed recently.
    private mutating func probeNow(_ path: LoopPath, at now: Instant) {
        guard !isFresh, let slot = slotOfPath[path],
            now.since(rows[Int(slot)].sentAt) >= Self.recheckInterval
        else { return }
        deadlines.set(SlabHandle(slot: slot, generation: 0), at: now)
    }

    // MARK: What came of it

    /// A probe has come back; the path that it took, if it is one of ours and the first to come.
    mutating func cameBack(_ nonce: UInt64, at now: Instant) -> (path: LoopPath, isNew: Bool)? {
        guard let slot = slotOfNonce[nonce].map(Int.init), !rows[slot].cameBack else { return nil }
        rows[slot].cameBack = true
        let handle = SlabHandle(slot: UInt32(slot), generation: 0)
        deadlines.set(handle, at: now + Self.recheckInterval)
        return (rows[slot].path, looping.insert(rows[slot].path).inserted)
    }

    /// Whether a probe that came in as a question is another one than the last, and may be another worker's.
    mutating func isFirstSight(of nonce: UInt64) -> Bool {
        defer { lastSeen = nonce }
        return nonce != lastSeen
    }

    /// What a query from a server that is being asked the same shows.
    enum Verdict {
        case noLoop
        /// The path leads back, which has been reported.
        case knownLoop
        /// The path leads back, which is to be reported.
        case newLoop
    }

    /// Judges a query that came from the server of `path`, which is being asked the same under the id `asked`.
    ///
    /// Other programs on this machine have the same address, but our own query has our id.
    /// Otherwise it may be another worker's query, or come through another forwarder; a probe
    /// decides.
    mutating func judge(
        _ path: LoopPath, asked id: UInt16, by asker: Asker, at now: Instant
    ) -> Verdict {
        probeNow(path, at: now)
        let isThisMachine = asker.address.isLoopback || asker.address == asker.local
        guard !isThisMachine || id == asker.id else { return .noLoop }
        if let last = reported[path], now.since(last) < Self.reportInterval { return .knownLoop }
        reported[path] = now
        return .newLoop
    }

    /// Whether any path leads back.
    var hasLoops: Bool { !looping.isEmpty }

    /// Whether this one does.
    func isLooping(_ path: LoopPath) -> Bool { looping.contains(path) }

    // MARK: Names

    /// The label of a probe: who sent it, and which one it is.
    func label(_ nonce: UInt64) -> [UInt8] {
        Array(Self.prefix.description.utf8) + Self.hexadecimal(mark) + [UInt8(ascii: "-")]
            + Self.hexadecimal(nonce)
    }

    /// What a probe of ours holds, if `name` is one's.
    func nonce(in name: borrowing NameBuffer) -> UInt64? {
        guard Int(name.folded[0]) == Self.labelSize else { return nil }
        var nonce: UInt64 = 0
        for index in (Self.labelSize - 15)...Self.labelSize {
            guard let digit = Self.value(of: name.folded[index]) else { return nil }
            nonce = nonce << 4 | digit
        }
        let label = label(nonce)
        for index in label.indices where name.folded[index + 1] != label[index] { return nil }
        return nonce
    }

    private static func hexadecimal(_ number: UInt64) -> [UInt8] {
        (0..<16).map { index in
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 15
            return digit < 10 ? 0x30 + digit : 0x61 + digit - 10
        }
    }

    private static func value(of digit: UInt8) -> UInt64? {
        switch digit {
        case 0x30...0x39: UInt64(digit - 0x30)
        case 0x61...0x66: UInt64(digit - 0x61 + 10)
        default: nil
        }
    }
}

extension Snapshot.ServerGroup {
    /// The group's servers, in the order of the settings.
    var serverKeys: [ServerKey] {
        forwardZone.servers.map { ServerKey(endpoint: $0, source: forwardZone.source) }
    }
}
