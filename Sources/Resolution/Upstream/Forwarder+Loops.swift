// Servers that lead back here: a query from a server that is being asked the same shows it for that question, a probe
// that comes in shows it for the server. Nothing is expected of them any longer: waiting would be for ourselves.

internal import Addresses
internal import BasicContainers
internal import DNSWire

extension Forwarder {
    /// Sends the probes that are due.
    mutating func probe(
        _ loops: inout LoopDetector, at now: Instant, outbox: inout Outbox
    ) {
        while let due = loops.next(at: now, random: &random) {
            let group = snapshot.groups[due.group]
            if due.hasEnded {
                outbox.add(.notice(.loopEnded(LoopNotice(due.path, group.forwardZone.zone))))
            }
            guard let index = servers.index(of: due.path.server) else { continue }
            let label = loops.label(due.nonce)
            let name = [UInt8(label.count)] + label + group.forwardZone.zone.folded.octets
            sendProbe(.loopProbe, name, .a, group: due.group, index, at: now, &outbox)
        }
    }

    /// Ends what is expected of a server that was found to lead back here.
    mutating func giveUp(
        _ path: LoopPath, at now: Instant, outbox: inout Outbox
    ) {
        reportLoop(path, outbox: &outbox)
        guard let index = servers.index(of: path.server) else { return }
        let affected = requestOfKey.values.filter { handle in
            requests[handle].key.question.group == path.group
                && requests[handle].servers.contains { $0.place == index }
        }
        for handle in affected.sorted(by: { $0.slot < $1.slot }) {
            giveUp(handle, serverAt: index, at: now, &outbox)
        }
    }

    private mutating func giveUp(
        _ handle: SlabHandle, serverAt index: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard requests.contains(handle),
            let server = requests[handle].servers.firstIndex(where: { $0.place == index })
        else { return }
        dropQueries(of: handle, to: server, at: now, &outbox)
        requests[handle].hasLoop = true
        requests[handle].servers[server].hasFailed = true
        requests[handle].servers[server].isQueued = false
        requests[handle].servers[server].due = nil
        goOn(handle, at: now, &outbox)
    }

    /// Whether an asker is a server that is being asked what it asks itself: it waits for us, and we for it.
    mutating func isForwardingLoop(
        _ asker: Asker, to handle: SlabHandle, watching loops: inout LoopDetector,
        at now: Instant, outbox: inout Outbox
    ) -> Bool {
        for index in requests[handle].queries.indices {
            let sent = requests[handle].queries[index]
            if sent.isOver { continue }
            let server = servers[requests[handle].servers[sent.server].place].key
            guard server.endpoint.address.unmapped == asker.address else { continue }
            let path = LoopPath(group: requests[handle].key.question.group, server: server)
            switch loops.judge(path, asked: sent.id, by: asker, at: now) {
            case .noLoop: continue
            case .knownLoop: return true
            case .newLoop:
                reportLoop(path, outbox: &outbox)
                return true
            }
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
