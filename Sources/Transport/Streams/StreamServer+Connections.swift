// Connections come and go: accepting within the limits, making room, the order of activity.

internal import Addresses
internal import Events
internal import Sockets

extension StreamServer {
    /// Connections accepted in one go, so that messages of others are not kept waiting.
    private static var acceptBurst: Int { 32 }
    /// Connections looked at for one that can be closed to make room.
    private static var evictionSearch: Int { 64 }
    private static var acceptPauseNanoseconds: UInt64 { 1_000_000_000 }

    func accept(from listener: ListeningStream) {
        let now = SystemClock.elapsed()
        for _ in 0..<Self.acceptBurst {
            do throws(Errno) {
                let (socket, address) = try listener.socket.accept()
                guard let peer = address.endpoint, let local = socket.localEndpoint else {
                    socket.close()
                    continue
                }
                socket.sendWithoutDelay()
                admit(ByteStream(socket), peer: peer, local: local, now)
            } catch {
                if error == .wouldBlock { return }
                // Else the connection failed before it was accepted.
                guard error.isExhaustion else { continue }
                // The oldest idle connection makes room for the new one.
                if evict(from: idle, links) { continue }
                pauseAccepting(now)
                return
            }
        }
    }

    /// Serves a client's connection, or closes it where there is no room for it.
    func admit(_ stream: ByteStream, peer: Endpoint, local: Endpoint, _ now: UInt64) {
        counters.accepted += 1
        guard makeRoom(for: peer.address) else {
            counters.refused += 1
            stream.close()
            return
        }
        let connection = connections.insert { key in
            StreamConnection(key: key, stream: stream, peer: peer, local: local, now: now)
        }
        links.append(connection.slot, to: &idle)
        clientLinks.append(connection.slot, to: &clients[peer.address, default: IdleList()])
        watch(connection)
        awake(at: now + limits.idleNanoseconds, now: now)
    }

    /// Closes idle connections where a limit is reached; false if all are busy.
    private func makeRoom(for client: IPAddress) -> Bool {
        if let own = clients[client], own.count >= limits.connectionsPerClient {
            guard evict(from: own, clientLinks) else { return false }
        }
        return connections.isFull ? evict(from: idle, links) : true
    }

    private func evict(from list: IdleList, _ links: ActivityLinks) -> Bool {
        var next = list.first
        for _ in 0..<Self.evictionSearch {
            guard let slot = next, let connection = connections.element(in: slot) else {
                return false
            }
            if connection.isQuiet {
                counters.evicted += 1
                close(connection)
                return true
            }
            next = links.newer(than: slot)
        }
        return false
    }

    /// Stops accepting until a connection closes or a second has passed: the waiting connection
    /// would keep the listener readable and the loop spinning.
    private func pauseAccepting(_ now: UInt64) {
        counters.acceptPauses += 1
        acceptResumption = now + Self.acceptPauseNanoseconds
        for listener in listeners { listener.readable?.disable() }
        awake(at: now + Self.acceptPauseNanoseconds, now: now)
    }

    func resumeAccepting() {
        acceptResumption = nil
        for listener in listeners {
            do { try listener.readable?.enable() } catch { pauseAccepting(SystemClock.elapsed()) }
        }
    }

    /// Something happened: the connection is now the newest of its lists.
    func renew(_ connection: StreamConnection, _ now: UInt64) {
        if connection.isStalled { return }
        connection.lastActivity = now
        links.touch(connection.slot, in: &idle)
        clientLinks.touch(connection.slot, in: &clients[connection.peer.address, default: .init()])
    }

    /// Moves the connection between the idle and the stalled as its output demands.
    func setStalled(_ isStalled: Bool, _ connection: StreamConnection, _ now: UInt64) {
        if connection.isStalled == isStalled { return }
        connection.isStalled = isStalled
        connection.lastActivity = now
        if isStalled {
            links.remove(connection.slot, from: &idle)
            links.append(connection.slot, to: &stalled)
            awake(at: now + limits.stallNanoseconds, now: now)
        } else {
            links.remove(connection.slot, from: &stalled)
            links.append(connection.slot, to: &idle)
            awake(at: now + limits.idleNanoseconds, now: now)
        }
    }

    /// Counts what the connection holds; false, and the connection is closed, when that is too much for all
    /// of them together.
    @discardableResult
    func countHeld(_ connection: StreamConnection) -> Bool {
        guard connection.isOpen else { return false }
        let now = connection.held.heldBytes + connection.output.heldOctets
        heldOctets += now - connection.countedOctets
        connection.countedOctets = now
        guard heldOctets > limits.heldOctets else { return true }
        counters.overfull += 1
        close(connection)
        return false
    }

    /// Closes a failed connection.
    func fail(_ connection: StreamConnection) {
        counters.failed += 1
        close(connection)
    }

    func close(_ connection: StreamConnection) {
        if !connection.isOpen { return }
        connection.close()
        heldOctets -= connection.countedOctets
        connection.countedOctets = 0
        if connection.isStalled {
            links.remove(connection.slot, from: &stalled)
        } else {
            links.remove(connection.slot, from: &idle)
        }
        let client = connection.peer.address
        clientLinks.remove(connection.slot, from: &clients[client, default: IdleList()])
        if clients[client]?.count == 0 { clients[client] = nil }
        connections.remove(connection.key)
        if acceptResumption != nil {
            acceptResumption = 0
            resumeSoon()
        }
        if connections.count == 0 { whenEmpty?() }
    }
}
