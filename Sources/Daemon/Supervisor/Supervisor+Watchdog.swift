// The service manager's watchdog. It is fed only after every worker has finished a turn of its loop since the last
// time, so that one worker that hangs has the daemon restarted.

internal import Events
internal import Transport

extension Supervisor {
    /// Begins to feed the manager's watchdog, where it has one.
    func startWatchdog() throws(SystemError) {
        guard plan.takesSignals, let limit = ServiceNotification.watchdogNanoseconds else { return }
        watchdogTimer = try TimerEvent(loop) { [unowned self] in
            watchdogTimer?.arm(afterNanoseconds: limit / 4)
            askForTurns()
        }
        askForTurns()
        watchdogTimer?.arm(afterNanoseconds: limit / 4)
    }

    /// Has every worker say that it turns; while the daemon stops, the stop has a time limit of its own.
    private func askForTurns() {
        guard stopping == .notBegun || stopping == .delayed else {
            return ServiceNotification.alive.send()
        }
        guard !isAskingForTurns else { return }
        isAskingForTurns = true
        beginCount(for: .watchdog)
    }

    /// Every worker has finished a turn.
    func workersTurn() {
        isAskingForTurns = false
        ServiceNotification.alive.send()
    }
}
