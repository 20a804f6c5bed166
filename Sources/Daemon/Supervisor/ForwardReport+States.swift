// What the workers see of the servers, put together to one report.

internal import Control
internal import Resolution

extension ForwardReport {
    /// The states reported by all workers; each reports the same servers in the same order.
    init(states: [ServerState]) {
        self.init()
        var rows: [String: Int] = [:]
        for state in states {
            let key = "\(state.isFallback) \(state.zone) \(state.server)"
            let row = rows[key] ?? servers.count
            if row == servers.count {
                rows[key] = row
                servers.append(
                    Server(
                        zone: "\(state.zone)", isFallback: state.isFallback,
                        server: "\(state.server)"))
            }
            servers[row].add(state)
        }
    }
}

extension ForwardReport.Server {
    fileprivate mutating func add(_ state: ServerState) {
        workers += 1
        if state.isDead { dead += 1 }
        if state.isLooping { looping += 1 }
        if let roundTrip = state.roundTrip {
            tripSum += Int(roundTrip.nanoseconds / 1_000)
            tripCount += 1
        }
        inFlight += state.inFlight
    }
}
