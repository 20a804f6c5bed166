// One connection to a server, and what it was used for so far.

internal import Events
internal import Sockets

/// One connection to a server, which may still wait to be opened.
final class UpstreamStream {
    let key: UInt64
    let server: UpstreamServer
    /// Nil before the connection is begun.
    private(set) var bytes: ByteStream?
    var watch = StreamWatch()
    /// What the descriptor has to be ready for to read on, or to go on with establishing the stream.
    var readWait = Readiness.readable
    /// What it has to be ready for to write on; nil when nothing waits to be written, or for the stream.
    var writeWait: Readiness?
    /// Why the last sending failed.
    var failure: StreamError?
    /// Bytes read that are a part of a message.
    var held = ReceiveBuffer()
    var output = OutputBuffer()
    /// Uses that did not end.
    private(set) var uses = 0
    /// Uses since it was made.
    private(set) var allUses = 0
    /// Messages that were sent, or wait to be.
    var sent = 0
    /// Messages that came.
    private(set) var answers = 0
    /// Whether it is to be begun when others of its server are done.
    var isWaiting = false
    /// Whether the stream is ready for bytes.
    private(set) var isEstablished = false
    /// Not used for further queries: it ends with its last use.
    var isRetired = false
    private(set) var isOpen = true
    /// When connecting began, the connection was made, or a use ended.
    var lastActivity: UInt64
    /// When something came in last, or the connection was made.
    var lastReceived: UInt64

    init(key: UInt64, server: UpstreamServer, now: UInt64) {
        self.key = key
        self.server = server
        lastActivity = now
        lastReceived = now
    }

    /// Whether it has begun, and is used.
    var isBusy: Bool { !isWaiting && uses > 0 }
    var unanswered: Int { max(0, sent - answers) }

    /// Counts one use, and names the stream.
    func use() -> UpstreamSocketHandle {
        uses += 1
        allUses += 1
        return UpstreamSocketHandle(rawValue: key)
    }

    func endUse(at now: UInt64) {
        uses = max(0, uses - 1)
        lastActivity = now
    }

    /// A message came.
    func wasAnswered(at now: UInt64) {
        answers += 1
        lastReceived = now
    }

    /// Takes the stream that is being made.
    func begin(_ bytes: ByteStream, at now: UInt64) {
        self.bytes = bytes
        readWait = bytes.firstReadiness
        lastActivity = now
    }

    /// The connection is made. Connecting has a limit of its own; from now on there is one for what is not acknowledged.
    func wasEstablished(unacknowledgedMilliseconds: Int, at now: UInt64) {
        isEstablished = true
        readWait = .readable
        bytes?.socket.limitUnacknowledged(milliseconds: unacknowledgedMilliseconds)
        lastActivity = now
        lastReceived = now
    }

    func close() {
        if !isOpen { return }
        isOpen = false
        watch.end()
        bytes?.close()
        held = ReceiveBuffer()
    }
}
