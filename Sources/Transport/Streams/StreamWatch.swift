// What a loop watches a stream's descriptor for. Reading and writing each wait for one readiness, mostly their own;
// a layer over the socket may have them wait for the other's.

internal import Events
internal import Sockets

/// The watches on one descriptor. They end with this value, before the descriptor is closed.
struct StreamWatch: ~Copyable {
    private var readable: ReadinessEvent?
    /// Made when something first has to wait for it, and given up when nothing does: an idle connection has no
    /// watch that it does not need.
    private var writable: ReadinessEvent?
    /// What reading and writing wait for.
    private var reading: Readiness?
    private var writing: Readiness?

    /// Watches nothing yet.
    init() {}

    /// Whether nothing would change for these.
    @inline(__always)
    borrowing func waits(reading: Readiness?, writing: Readiness?) -> Bool {
        self.reading == reading && self.writing == writing
    }

    /// Has `loop` call `body` whenever the descriptor is ready for what `reading` or `writing` waits for, and no
    /// more for anything else.
    mutating func wait(
        _ loop: EventLoop, _ socket: Socket, reading: Readiness?, writing: Readiness?,
        body: @escaping (Readiness) -> Void
    ) throws(SystemError) {
        self.reading = reading
        self.writing = writing
        if reading == .readable || writing == .readable {
            if readable == nil {
                readable = try ReadinessEvent(loop, descriptor: socket.descriptor, .readable) {
                    body(.readable)
                }
            }
            try readable?.enable()
        } else {
            readable?.disable()
        }
        if reading == .writable || writing == .writable {
            if writable == nil {
                writable = try ReadinessEvent(loop, descriptor: socket.descriptor, .writable) {
                    body(.writable)
                }
            }
        } else {
            writable = nil
        }
    }

    /// Ends both.
    mutating func end() {
        readable = nil
        writable = nil
    }
}
