// The arrays for recvmmsg and sendmmsg, for a fixed number of datagrams. Only this file makes
// pointers into them; all slots have the same fixed size.

internal import Addresses
internal import CLinux
internal import Glibc
internal import Sockets

/// Messages, their bytes, addresses and control data, as parallel arrays.
@safe struct DatagramSlots: ~Copyable {
    /// Bytes of an address slot, a multiple of its alignment.
    private static let addressStride = 32

    let capacity: Int
    /// The number of datagrams that wait to be sent.
    private(set) var count = 0

    /// All pointers below are to arrays of `capacity` slots, and owned.
    private let messages: UnsafeMutablePointer<clinux_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let octets: UnsafeMutablePointer<UInt8>
    private let addresses: UnsafeMutableRawPointer
    private let controls: UnsafeMutableRawPointer

    init(capacity: Int) {
        precondition(capacity > 0, "a batch holds at least one datagram")
        self.capacity = capacity
        unsafe messages = .allocate(capacity: capacity)
        unsafe vectors = .allocate(capacity: capacity)
        // Zero pages of the kernel, which become memory when first written.
        guard let zeros = unsafe calloc(capacity, DatagramBatch.datagramCapacity) else {
            fatalError("no memory for datagrams")
        }
        unsafe octets = zeros.bindMemory(
            to: UInt8.self, capacity: capacity * DatagramBatch.datagramCapacity)
        unsafe addresses = .allocate(byteCount: capacity * Self.addressStride, alignment: 8)
        unsafe controls = .allocate(
            byteCount: capacity * Int(CLINUX_CONTROL_CAPACITY), alignment: 16)
        unsafe memset(controls, 0, capacity * Int(CLINUX_CONTROL_CAPACITY))
        for slot in 0..<capacity {
            connect(slot)
            reset(slot)
        }
    }

    deinit {
        unsafe messages.deallocate()
        unsafe vectors.deallocate()
        unsafe free(octets)
        unsafe addresses.deallocate()
        unsafe controls.deallocate()
    }

    private func connect(_ slot: Int) {
        unsafe vectors[slot] = iovec(
            iov_base: UnsafeMutableRawPointer(octets + slot * DatagramBatch.datagramCapacity),
            iov_len: DatagramBatch.datagramCapacity)
        var header = unsafe msghdr()
        unsafe header.msg_name = unsafe addresses + slot * Self.addressStride
        unsafe header.msg_iov = unsafe vectors + slot
        unsafe header.msg_iovlen = 1
        unsafe header.msg_control = unsafe controls + slot * Int(CLINUX_CONTROL_CAPACITY)
        unsafe messages[slot] = clinux_message(header: header, length: 0)
    }

    /// All bytes of a slot.
    @_lifetime(borrow self)
    @inline(__always)
    borrowing func bytes(_ slot: Int) -> Span<UInt8> {
        precondition(slot < capacity)
        let start = unsafe octets + slot &* DatagramBatch.datagramCapacity
        let span = unsafe Span(_unsafeStart: start, count: DatagramBatch.datagramCapacity)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// All bytes of a slot, to be written.
    @_lifetime(&self)
    @inline(__always)
    mutating func mutableBytes(_ slot: Int) -> MutableSpan<UInt8> {
        precondition(slot < capacity)
        let start = unsafe octets + slot &* DatagramBatch.datagramCapacity
        let span = unsafe MutableSpan(
            _unsafeStart: start, count: DatagramBatch.datagramCapacity)
        return unsafe _overrideLifetime(span, mutating: &self)
    }
}

// MARK: - Receiving

extension DatagramSlots {
    /// Reads into the first slots, which are new or renewed, without waiting; returns how many were filled.
    ///
    /// An error that the kernel reports once, such as an earlier datagram's refusal, reads as
    /// nothing; what came after it is found when the descriptor is next seen readable.
    @inline(__always)
    mutating func receive(from descriptor: CInt) -> Int {
        let result = unsafe clinux_recvmmsg(
            descriptor, messages, UInt32(truncatingIfNeeded: capacity), CInt(MSG_DONTWAIT))
        return max(0, Int(result))
    }

    /// Makes a slot that was read into ready to be read into again; what it has of a datagram is still there.
    @inline(__always)
    mutating func reset(_ slot: Int) {
        unsafe messages[slot].header.msg_namelen = socklen_t(SocketAddress.capacity)
        unsafe messages[slot].header.msg_controllen = Int(CLINUX_CONTROL_CAPACITY)
    }

    @inline(__always)
    borrowing func length(_ slot: Int) -> Int { unsafe Int(messages[slot].length) }

    @inline(__always)
    borrowing func wasTruncated(_ slot: Int) -> Bool {
        unsafe messages[slot].header.msg_flags & CInt(MSG_TRUNC) != 0
    }

    /// Whether a received datagram is complete and not empty, has a sender, and can be answered:
    /// port 0 cannot.
    @inline(__always)
    borrowing func isUsable(_ slot: Int) -> Bool {
        let address = unsafe addresses + slot &* Self.addressStride
        let size = unsafe Int(messages[slot].header.msg_namelen)
        let port = unsafe address.load(fromByteOffset: 2, as: UInt16.self)
        return !wasTruncated(slot) && length(slot) > 0 && port != 0
            && size >= SocketAddress.leastSize
    }

    /// Where a received datagram came from that has a sender.
    @inline(__always)
    borrowing func senderAddress(_ slot: Int) -> IPAddress {
        let address = unsafe UnsafeRawBufferPointer(
            start: addresses + slot &* Self.addressStride, count: Self.addressStride)
        return unsafe SocketAddress.readAddress(address) ?? .anyIPv4
    }

    /// The addresses of a received datagram that has a sender.
    @inline(__always)
    borrowing func path(_ slot: Int) -> DatagramAddresses {
        let address = unsafe UnsafeRawBufferPointer(
            start: addresses + slot &* Self.addressStride, count: Self.addressStride)
        let peer = unsafe SocketAddress.read(address) ?? Endpoint(.anyIPv4, port: 0)
        if let info = unsafe PacketInfo(&messages[slot].header) {
            return DatagramAddresses(peer: peer, local: info.local, interface: info.interface)
        }
        let local: IPAddress = peer.address.isIPv6 ? .anyIPv6 : .anyIPv4
        return DatagramAddresses(peer: peer, local: local, interface: 0)
    }
}

// MARK: - QueryHandle

extension DatagramSlots {
    mutating func removeAll() { count = 0 }

    /// Queues the next free slot, of which `count` bytes have been written.
    mutating func commit(count length: Int, path: DatagramAddresses) {
        precondition(count < capacity && length <= DatagramBatch.datagramCapacity)
        let slot = count
        unsafe vectors[slot].iov_len = length
        let address = unsafe UnsafeMutableRawBufferPointer(
            start: addresses + slot &* Self.addressStride, count: Self.addressStride)
        unsafe messages[slot].header.msg_namelen = SocketAddress.write(path.peer, to: address)
        let isChosen = !path.local.isUnspecified || path.interface != 0
        unsafe messages[slot].header.msg_controllen =
            isChosen
            ? clinux_write_packet_info(
                controls + slot * Int(CLINUX_CONTROL_CAPACITY), path.packetInfo) : 0
        count += 1
    }

    /// Queues the next free slot, with `count` bytes written, as the reply to a datagram in a slot
    /// of `received`, whose address and control data are used in place.
    ///
    /// Those slots must not be used for anything else before this one is sent; no other slot of these may be
    /// queued with a path.
    @inline(__always)
    mutating func commit(count length: Int, to slot: Int, of received: borrowing DatagramSlots) {
        precondition(count < capacity && slot < received.capacity)
        precondition(length <= DatagramBatch.datagramCapacity)
        let source = unsafe received.messages + slot
        let target = unsafe messages + count
        unsafe vectors[count].iov_len = length
        unsafe target.pointee.header.msg_name = unsafe source.pointee.header.msg_name
        unsafe target.pointee.header.msg_namelen = unsafe source.pointee.header.msg_namelen
        unsafe target.pointee.header.msg_control = unsafe source.pointee.header.msg_control
        unsafe target.pointee.header.msg_controllen =
            unsafe PacketInfo.reverse(&source.pointee.header)
        count += 1
    }

    /// Sends what is queued and forgets it; returns how many the kernel refused, and how many it
    /// had no room for.
    @inline(__always)
    mutating func send(through descriptor: CInt) -> (refused: Int, dropped: Int) {
        let sent = unsafe clinux_sendmmsg(
            descriptor, messages, UInt32(truncatingIfNeeded: count), CInt(MSG_DONTWAIT))
        if sent == count {
            count = 0
            return (0, 0)
        }
        return send(from: max(0, Int(sent)), through: descriptor)
    }

    /// Sends the rest that the kernel did not accept in one call.
    @inline(never)
    private mutating func send(
        from first: Int, through descriptor: CInt
    ) -> (refused: Int, dropped: Int) {
        var outcome = (refused: 0, dropped: 0)
        var next = first
        var mayWait = true
        while next < count {
            let sent = unsafe clinux_sendmmsg(
                descriptor, messages + next, UInt32(count - next), CInt(MSG_DONTWAIT))
            if sent > 0 {
                next += Int(sent)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN where mayWait:
                mayWait = false
                Self.awaitWritability(of: descriptor)
            case EAGAIN:
                outcome.dropped += count - next
                next = count
            default:
                outcome.refused += 1
                next += 1
            }
        }
        count = 0
        return outcome
    }

    /// Waits at most 2 ms; queries that arrive in the meantime wait in the kernel.
    private static func awaitWritability(of descriptor: CInt) {
        var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&watched, 1, 2)
    }
}
