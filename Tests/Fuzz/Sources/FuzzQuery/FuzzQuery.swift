// A client's octets into a resolver whose servers are silent. The first octet says how the message comes; then come
// messages with their lengths, so that one run can ask twice.

import Addresses
import FuzzSupport
import Addresses
import Resolution

/// One run of libFuzzer.
@c(fuzz_query)
public func fuzzQuery(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let manner = input.octet()
    let stage = ResolverStage()
    let transport: TransportProtocol = manner & 1 == 0 ? .udp : .tcp
    if manner & 4 == 0 {
        stage.ask(input.rest(), over: transport, isPermitted: manner & 2 == 0)
    } else {
        for _ in 0..<8 where input.count > 0 {
            stage.ask(input.part(input.number()), over: transport)
            stage.pass(.milliseconds(700))
        }
    }
    stage.end()
    return 0
}
