// Servers that lead back here. A probe that comes in shows that its path does; a question from a server that is being
// asked the same shows it for that question. Either is answered at once: waiting would be for ourselves.

internal import Addresses
internal import DNSWire

extension Resolver {
    // MARK: Probes

    /// Sends the probes that are due.
    mutating func probeLoops(at now: Instant, outbox: inout Outbox) {
        while let due = loops.next(at: now, random: &random) {
            let group = snapshot.groups[due.group]
            if due.hasEnded {
                outbox.add(.notice(.loopEnded(LoopNotice(due.path, group.forwardZone.zone))))
            }
            guard let place = servers.place(of: due.path.server) else { continue }
            let label = loops.label(due.nonce)
            let name = [UInt8(label.count)] + label + group.forwardZone.zone.folded.octets
            sendProbe(.loopProbe, name, .a, group: due.group, place, at: now, &outbox)
        }
    }

    /// A probe of this daemon's came in as a question, here or at another worker.
    public mutating func probeCameBack(_ nonce: UInt64, at now: Instant, outbox: inout Outbox) {
        guard let (path, isNew) = loops.cameBack(nonce, at: now), isNew else { return }
        reportLoop(path, outbox: &outbox)
        guard let place = servers.place(of: path.server) else { return }
        let affected = requestOfKey.values.filter { handle in
            requests[handle].key.question.group == path.group
                && requests[handle].servers.contains { $0.place == place }
        }
        for handle in affected.sorted(by: { $0.slot < $1.slot }) {
            abandon(handle, serverAt: place, at: now, &outbox)
        }
    }

    /// Expects nothing of a server any more that leads back here.
    private mutating func abandon(
        _ handle: SlabHandle, serverAt place: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard requests.contains(handle),
            let server = requests[handle].servers.firstIndex(where: { $0.place == place })
        else { return }
        dropQueries(of: handle, to: server, at: now, &outbox)
        requests[handle].hasLoop = true
        requests[handle].servers[server].hasFailed = true
        requests[handle].servers[server].isQueued = false
        requests[handle].servers[server].due = nil
        goOn(handle, at: now, &outbox)
    }

    /// Takes note of a probe of this daemon's that came in as the question in `composer.owner`; false when it is
    /// none.
    mutating func receivesProbe(at now: Instant, outbox: inout Outbox) -> Bool {
        guard let nonce = loops.nonce(in: composer.owner) else { return false }
        probeCameBack(nonce, at: now, outbox: &outbox)
        if nonce != lastProbeSeen {
            // It may be another worker's.
            lastProbeSeen = nonce
            outbox.add(.probeSeen(nonce))
        }
        return true
    }

    // MARK: Questions

    /// Whether a client is a server that is being asked what it asks itself: it waits for us, and we for it.
    mutating func isForwardingLoop(
        _ pending: SlabHandle, to handle: SlabHandle, at now: Instant, outbox: inout Outbox
    ) -> Bool {
        let client = pendings[pending].client
        let id = pendings[pending].question.id
        let address = client.remote.address.unmapped
        // Other programs of this machine have the same address; our own query has the id that we gave it.
        let isThisMachine = address.isLoopback || address == client.local.unmapped
        for index in requests[handle].queries.indices {
            let sent = requests[handle].queries[index]
            if sent.isOver { continue }
            let server = servers[requests[handle].servers[sent.server].place].key
            guard server.endpoint.address.unmapped == address else { continue }
            let path = LoopPath(group: requests[handle].key.question.group, server: server)
            // It may still be another worker's query, or come by another forwarder: a probe tells.
            loops.probeNow(path, at: now)
            guard !isThisMachine || sent.id == id else { continue }
            if reportedLoops[path].map({ now.since($0) >= .seconds(3_600) }) ?? true {
                reportedLoops[path] = now
                reportLoop(path, outbox: &outbox)
            }
            return true
        }
        return false
    }

    private func reportLoop(_ path: LoopPath, outbox: inout Outbox) {
        guard let group = snapshot.groups.first(where: { $0.identity == path.group }) else {
            return
        }
        outbox.add(.notice(.loop(LoopNotice(path, group.forwardZone.zone))))
    }
}

extension LoopNotice {
    init(_ path: LoopPath, _ zone: Name) {
        self.init(zone: zone, server: path.server.endpoint)
    }
}
