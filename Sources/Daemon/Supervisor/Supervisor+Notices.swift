// What resolvers find that an administrator should read. Every worker finds the same by itself; the log has it once.

internal import DNSWire
internal import Events
internal import Logging
internal import Resolution

extension Supervisor {
    /// Writes to the log what a worker has found, unless another one has found it before.
    func log(_ notice: Notice, of worker: Int) {
        switch notice {
        case .missingRecord(let name):
            let now = Instant(nanoseconds: SystemClock.elapsed())
            guard reportedMissing.insert(name, at: now) else { return }
            let hidden = hiddenSentence(about: name) ?? ""
            logger.warning("the private zone has the registry but no record for \(name)\(hidden)")
        case .loop(let loop):
            let isNew = loops[loop]?.isEmpty ?? true
            loops[loop, default: []].insert(worker)
            guard isNew else { return }
            logger.error(
                """
                the server \(loop.server) of the forward zone \(loop.zone) forwards to this daemon what this \
                daemon asks it: such questions are answered with SERVFAIL
                """)
        case .loopEnded(let loop):
            loops[loop]?.remove(worker)
            guard loops[loop]?.isEmpty == true else { return }
            loops[loop] = nil
            logger.notice(
                "the server \(loop.server) of the forward zone \(loop.zone) forwards nothing back any more"
            )
        }
    }

    /// Which zone hides a name that one above it has.
    private func hiddenSentence(about name: Name) -> String? {
        let enclosing = loaded.zones.filter { name.isAtOrBelow($0.origin) }.sorted {
            $0.origin.labelCount > $1.origin.labelCount
        }
        guard let child = enclosing.first,
            let parent = enclosing.dropFirst().first(where: { $0.holds(name) })
        else { return nil }
        return ": zone \(child.origin) hides that of zone \(parent.origin)"
    }
}
