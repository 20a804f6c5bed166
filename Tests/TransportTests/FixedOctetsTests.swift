// Vectors of bytes of a fixed size.

import Testing

@testable import Transport

@Suite struct FixedOctetTests {
    @Test("they are zeros at first, and what was written last")
    func changes() {
        var octets = FixedOctets(count: 10_000)
        #expect(octets.count == 10_000)
        #expect(octets.span.count == 10_000)
        var sum = 0
        for index in 0..<10_000 { sum += Int(octets.span[index]) }
        #expect(sum == 0)
        var changed = octets.mutableSpan
        changed[0] = 1
        changed[9_999] = 2
        #expect(octets.span[0] == 1)
        #expect(octets.span[9_999] == 2)
    }

    @Test("there are none beyond the last, and none at all is no number of them")
    func bounds() async {
        await #expect(processExitsWith: .failure) {
            let octets = FixedOctets(count: 3)
            _ = octets.span[3]
        }
        await #expect(processExitsWith: .failure) { _ = FixedOctets(count: 0) }
    }
}
