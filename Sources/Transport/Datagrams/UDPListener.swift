// One UDP socket that clients reach. It moves batches between the kernel and memory; when to do
// so, and what is answered, its owner decides.

public import Addresses
internal import Sockets

/// A bound UDP socket.
public final class UDPListener {
    /// What happened to datagrams that did not pass.
    public struct Counters: Equatable, Sendable {
        /// Received datagrams that were longer than a slot.
        public var truncated: UInt64 = 0
        /// Received datagrams that cannot be answered: their source port is 0.
        public var unanswerable: UInt64 = 0
        /// Datagrams that the kernel refused to send.
        public var refused: UInt64 = 0
        /// Datagrams that were not sent because the socket's buffer stayed full.
        public var dropped: UInt64 = 0
    }

    private let socket: Socket
    /// The endpoint, with the port that the kernel chose if 0 was asked for.
    public let boundEndpoint: Endpoint
    /// Whether the socket has only one address. The kernel then need not report the local address
    /// of each datagram, nor get one for the reply.
    public let hasOneAddress: Bool
    /// What did not pass, since the socket was opened.
    public private(set) var counters = Counters()

    /// Binds to the endpoint of a listener for datagrams; `[::]` takes IPv6 only.
    public init(
        _ listener: Listener, sharing: ListeningSocket.Sharing = .amongWorkers,
        bufferOctets: Int = 4 << 20
    ) throws(ListenError) {
        precondition(listener.protocol.isDatagram, "a listener for datagrams")
        socket = try ListeningSocket.open(listener, sharing: sharing)
        boundEndpoint = socket.localEndpoint ?? listener.endpoint
        let address = listener.endpoint.address
        hasOneAddress = !address.isUnspecified && !address.isLinkLocal
        do throws(Errno) {
            if !hasOneAddress { try socket.reportDestinations(isIPv6: address.isIPv6) }
        } catch {
            socket.close()
            throw ListenError(listener, error)
        }
        socket.ignorePathMTU(isIPv6: address.isIPv6)
        socket.setBuffers(octets: bufferOctets)
    }

    deinit { socket.close() }

    /// What is watched for readability.
    public var descriptor: CInt { socket.descriptor }

    /// Datagrams that the kernel dropped since the socket was opened, because they were not read in
    /// time.
    public var kernelDrops: UInt64 { socket.drops }

    /// The path of an answer that leaves from the address `local` that was asked.
    public func path(to peer: Endpoint, from local: IPAddress, interface: UInt32)
        -> DatagramAddresses
    {
        if !hasOneAddress {
            return DatagramAddresses(peer: peer, local: local, interface: interface)
        }
        return DatagramAddresses(
            peer: peer, local: local.isIPv6 ? .anyIPv6 : .anyIPv4, interface: 0)
    }

    /// Fills `batch` with what has arrived, without waiting; returns `batch.count`.
    @inline(__always)
    public func receive(into batch: inout DatagramBatch) -> Int {
        batch.fill(from: socket.descriptor)
        return batch.count
    }

    /// Sends the replies of `batch`, and forgets them.
    @inline(__always)
    public func send(_ batch: inout DatagramBatch) {
        if batch.unusable != (0, 0) { count(&batch.unusable) }
        send(&batch.replies)
    }

    /// Sends what waits in `queue`, and empties it.
    public func send(_ queue: inout DatagramQueue) { send(&queue.slots) }

    @inline(__always)
    private func send(_ slots: inout DatagramSlots) {
        if slots.count == 0 { return }
        let lost = slots.send(through: socket.descriptor)
        if lost != (0, 0) { count(refused: lost.refused, dropped: lost.dropped) }
    }

    @inline(never)
    private func count(_ unusable: inout (truncated: Int, ignored: Int)) {
        counters.truncated += UInt64(unusable.truncated)
        counters.unanswerable += UInt64(unusable.ignored)
        unusable = (0, 0)
    }

    @inline(never)
    private func count(refused: Int, dropped: Int) {
        counters.refused += UInt64(refused)
        counters.dropped += UInt64(dropped)
    }
}
