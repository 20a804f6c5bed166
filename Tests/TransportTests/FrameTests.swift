// Frames of DNS over TCP and the buffer that replies wait in.

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
        var buffer = OutputBuffer()
        let message = [UInt8](repeating: 7, count: 1_000)
        buffer.appendFrame(message.span)
        for _ in 0..<10_000 {
            buffer.appendFrame(message.span)
            buffer.skip(1_002)
        }
        #expect(buffer.count == 1_002)
        #expect(buffer.heldOctets <= 4_008)
        buffer.skip(5_000)
        #expect(buffer.isEmpty)
    }

    @Test("what moves to another buffer stands behind what it has, without what was written")
    func moving() {
        var first = OutputBuffer([1, 2, 3])
        var second = OutputBuffer([9])
        first.skip(1)
        first.move(to: &second)
        #expect(first.isEmpty)
        #expect(second.count == 3)
        second.skip(2)
        #expect(second.count == 1)
    }
}
