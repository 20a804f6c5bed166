// One client's TCP connection: its state and its descriptor. What happens to it is decided by
// `StreamServer`. While it idles it holds no buffers.

internal import Addresses
internal import Events
internal import CLinux
internal import Glibc

/// A connection that was accepted.
final class StreamConnection {
    let key: UInt64
    let descriptor: CInt
    let peer: Endpoint
    let local: Endpoint

    var readable: ReadinessEvent?
    /// Made when output first has to wait.
    var writable: ReadinessEvent?

    /// Bytes read and not yet delivered: a part of a frame, or frames that wait for a pause's end.
    var held = ReceiveBuffer()
    /// Replies that the client was not ready to take.
    var output = OutputBuffer()
    /// Bytes of both, as the server counted them last.
    var countedOctets = 0
    /// Messages delivered that have neither a reply nor an end.
    var messagesInFlight = 0
    /// The client will send nothing more.
    var hasInputEnded = false
    /// We will send nothing more, and wait for the client's end.
    var isOutputEnded = false
    /// `held` may begin with a whole frame that was not delivered.
    var isDeliveryPaused = false
    var isOpen = true
    /// When the last whole message came or reply went; while stalled, when the stall began.
    var lastActivity: UInt64
    /// In the list of stalled connections, not in the idle one.
    var isStalled = false

    init(key: UInt64, descriptor: CInt, peer: Endpoint, local: Endpoint, now: UInt64) {
        self.key = key
        self.descriptor = descriptor
        self.peer = peer
        self.local = local
        lastActivity = now
    }

    var slot: Int { SlotTable<StreamConnection>.slot(of: key) }

    /// Whether nothing is owed to the client: neither an answer nor bytes.
    var isQuiet: Bool { messagesInFlight == 0 && output.isEmpty }

    func close() {
        isOpen = false
        // The watches end before the descriptor's number can belong to another socket.
        readable = nil
        writable = nil
        Glibc.close(descriptor)
        held = ReceiveBuffer()
        output = OutputBuffer()
    }
}
