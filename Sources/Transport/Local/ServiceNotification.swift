// Reports the daemon's state to a service manager with the protocol of sd_notify(3): one datagram
// of lines to the socket in $NOTIFY_SOCKET. Without a manager it does nothing.

internal import Events
internal import Glibc
internal import Sockets

/// A state to report to the service manager.
public enum ServiceNotification: Sendable {
    /// The daemon answers; also the end of reloading.
    case ready
    /// A reload has begun.
    case reloading
    /// The daemon is about to end, within as many nanoseconds where they are known.
    case stopping(within: UInt64?)
    /// The daemon is alive, for the manager's watchdog.
    case alive
    /// One line for people.
    case status(String)

    /// How long the manager's watchdog waits for a sign of life; nil without one (sd_watchdog_enabled(3)).
    public static var watchdogNanoseconds: UInt64? {
        guard let text = unsafe getenv("WATCHDOG_USEC"),
            let microseconds = UInt64(unsafe String(cString: text)), microseconds > 0
        else { return nil }
        if let process = unsafe getenv("WATCHDOG_PID"),
            unsafe String(cString: process) != "\(getpid())"
        {
            return nil
        }
        return microseconds.multipliedReportingOverflow(by: 1000).partialValue
    }

    /// Sends it; nothing happens if no manager listens.
    public func send() {
        guard let path = unsafe getenv("NOTIFY_SOCKET") else { return }
        Self.send(text, to: unsafe String(cString: path))
    }

    /// Sends it to the socket at `path`; a path that begins with `@` is an abstract name.
    public func send(to path: String) { Self.send(text, to: path) }

    private var text: String {
        switch self {
        case .ready: "READY=1"
        case .reloading:
            "RELOADING=1\nMONOTONIC_USEC=\(SystemClock.monotonicMicroseconds())"
        case .stopping(nil): "STOPPING=1"
        case .stopping(let nanoseconds?):
            "STOPPING=1\nEXTEND_TIMEOUT_USEC=\(nanoseconds / 1000)"
        case .alive: "WATCHDOG=1"
        case .status(let line): "STATUS=\(line.replacing("\n", with: " "))"
        }
    }

    private static func send(_ text: String, to path: String) {
        guard let address = SocketAddress(path: path),
            let socket = try? Socket.open(.datagram, .local)
        else { return }
        defer { socket.close() }
        // A manager that does not listen misses nothing that a daemon could do about it.
        try? socket.send(Array(text.utf8).span, to: address)
    }
}
