// One client's connection: its state and its stream. What happens to it is decided by
// `StreamServer`. While it idles it holds no buffers.

internal import Addresses

/// A connection that was accepted.
final class StreamConnection {
    let key: UInt64
    let stream: ByteStream
    let peer: Endpoint
    let local: Endpoint

    var watch = StreamWatch()
    /// What the descriptor has to be ready for to read on, or to go on with establishing the stream.
    var readWait: Readiness
    /// What it has to be ready for to write on; nil when nothing waits to be written.
    var writeWait: Readiness?
    /// Whether the stream is ready for bytes.
    var isEstablished = false

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
    /// The server goes on with it when its loop is next entered.
    var isResumable = false
    var isOpen = true
    /// When the last whole message came or reply went; while stalled, when the stall began.
    var lastActivity: UInt64
    /// In the list of stalled connections, not in the idle one.
    var isStalled = false

    init(key: UInt64, stream: ByteStream, peer: Endpoint, local: Endpoint, now: UInt64) {
        self.key = key
        self.stream = stream
        self.peer = peer
        self.local = local
        readWait = stream.firstReadiness
        lastActivity = now
    }

    var slot: Int { SlotTable<StreamConnection>.slot(of: key) }

    /// Whether nothing is owed to the client: neither an answer nor bytes.
    var isQuiet: Bool { messagesInFlight == 0 && output.isEmpty }

    /// Whether more is to be read.
    var readsOn: Bool { !isDeliveryPaused && !hasInputEnded }

    func close() {
        isOpen = false
        // The watches end before the descriptor's number can belong to another socket.
        watch.end()
        stream.close()
        held = ReceiveBuffer()
        output = OutputBuffer()
    }
}
