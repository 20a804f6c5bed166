// Frames of DNS over TCP and the buffer that replies wait in.

import Sockets
import Testing

@testable import Transport

@Suite struct FrameTests {
    @Test(
        "a frame is what the two octets of length say",
        arguments: [
            ([], 0, Frame.incomplete), ([0], 0, .incomplete), ([0, 0], 0, .message(2..<2)),
            ([0, 2, 1], 0, .incomplete), ([0, 2, 1, 2], 0, .message(2..<4)),
            ([0, 2, 1, 2, 9], 0, .message(2..<4)), ([9, 0, 1, 7], 1, .message(3..<4)),
            ([1, 0], 0, .incomplete), ([1, 1], 0, .tooLong), ([255, 255], 0, .tooLong),
        ])
    func frames(octets: [UInt8], start: Int, expected: Frame) {
        #expect(Frame(in: octets.span, at: start, limit: 256) == expected)
    }

    @Test("a buffer that is never empty does not keep what was written")
    func outputBuffer() {
        let stream = MeasuredStream()
        var buffer = OutputBuffer()
        let message = [UInt8](repeating: 7, count: 1_000)
        buffer.appendFrame(message.span)
        for _ in 0..<10_000 {
            buffer.appendFrame(message.span)
            stream.room = 1_002
            #expect(buffer.write(to: stream) == .blocked(.writable))
        }
        #expect(buffer.count == 1_002)
        #expect(buffer.heldOctets <= 4_008)
        stream.room = 5_000
        #expect(buffer.write(to: stream) == .drained)
        #expect(buffer.isEmpty)
        #expect(buffer.heldOctets == 0)
    }

    @Test(
        "a message that arrives byte by byte is copied as often as its memory grows, not for each byte"
    )
    func drips() {
        var buffer = ReceiveBuffer()
        var addresses: Set<UInt> = []
        for number in 0..<65_537 {
            var drip = [UInt8(truncatingIfNeeded: number)]
            buffer.append(drip.span)
            drip[0] = 0
            // As a stream does that finds no whole message.
            var held = ReceiveBuffer()
            swap(&held, &buffer)
            held.use(0)
            unsafe held.unused.withUnsafeBufferPointer {
                _ = addresses.insert(UInt(bitPattern: $0.baseAddress))
            }
            swap(&held, &buffer)
        }
        #expect(buffer.unused.count == 65_537)
        #expect(addresses.count <= 20, "it was moved for \(addresses.count) drips")
    }

    @Test("what was used of a buffer is not moved for each message, and does not stay")
    func using() {
        var buffer = ReceiveBuffer()
        let octets = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        buffer.append(octets.span)
        var moves = 0
        for number in 0..<9_999 {
            let before = buffer.heldBytes
            buffer.use(1)
            if buffer.heldBytes < before { moves += 1 }
            #expect(buffer.unused[0] == UInt8(truncatingIfNeeded: number + 1))
            #expect(buffer.heldBytes <= 2 * buffer.unused.count + 1)
        }
        #expect(moves <= 16)
        buffer.use(1)
        #expect(buffer.isEmpty)
        #expect(buffer.heldBytes == 0)
    }

    @Test(
        "the end of a request's head is found wherever reads cut it, each octet looked at once or so"
    )
    func requestEnd() {
        let head = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        for cut in 0...head.count {
            let isWhole = cut == head.count
            let first = HTTPServer.end(Array(head[..<cut]), searched: 0)
            #expect(first == (isWhole ? head.count - 4 : nil))
            if !isWhole { #expect(HTTPServer.end(head, searched: cut) == head.count - 4) }
        }
        // Its end lies where no end was.
        #expect(HTTPServer.end(head + head, searched: head.count) == 2 * head.count - 4)
    }

    @Test("what moves to another buffer stands behind what it has, without what was written")
    func moving() {
        let stream = MeasuredStream()
        var first = OutputBuffer([1, 2, 3])
        var second = OutputBuffer([9])
        stream.room = 1
        #expect(first.write(to: stream) == .blocked(.writable))
        first.move(to: &second)
        #expect(first.isEmpty)
        #expect(second.count == 3)
        stream.room = 3
        #expect(second.write(to: stream) == .drained)
        #expect(stream.taken == [1, 9, 2, 3])
    }
}

/// A stream that takes a set number of bytes.
private final class MeasuredStream: ByteStream {
    var room = 0
    private(set) var taken: [UInt8] = []

    init() { super.init(Socket(descriptor: -1)) }

    override func write(_ octets: Span<UInt8>) -> Writing {
        if room == 0 { return .wants(.writable) }
        let octets = octets.extracting(first: room)
        room -= octets.count
        taken += octets.array
        return .octets(octets.count)
    }
}
