// A server's octets into a resolver that has asked. Id and question are made right, since no chance would; flags,
// counts and records are the input's. The same question is then asked again, so that what was kept is used as well.

import Addresses
import DNSWire
import FuzzSupport
import Resolution

/// Names that lead to servers in all the ways there are.
private let names: [[UInt8]] = [
    "www.example.com.", "unknown.azurecr.io.", "outside.privatelink.azurecr.io.",
    "again.azurecr.io.", "x.tree.privatelink.azurecr.io.", "myregistry.far.data.azurecr.io.",
    "missing.vault.azure.net.", "far.corp.example.", "a.sub.corp.example.", "www.example.org.",
    "privatelink.azurecr.io.", "other.privatelink.azurecr.io.", "com.", "a.b.c.d.example.com.",
    "myregistry.azurecr.io.", "localhost.example.com.",
].compactMap { try? Name(text: $0).octets }

private let types: [UInt16] = [1, 28, 5, 255, 16, 43, 65, 15]

/// One run of libFuzzer.
@c(fuzz_response)
public func fuzzResponse(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let choice = input.octet()
    let manner = input.octet()
    let query = query(choice, manner)
    let transport: TransportProtocol = manner & 1 == 0 ? .udp : .tcp
    let stage = ResolverStage()
    stage.ask(query, over: transport)
    if manner & 2 != 0 { stage.ask(query, over: .tcp) }
    for _ in 0..<12 where input.count > 0 {
        let head = input.octet()
        let response = input.part(input.number())
        guard let sent = stage.takeSent() else { break }
        stage.answer(sent, with: completed(response, sent, head))
        if head & 0x10 != 0 { stage.pass(.milliseconds(1_100)) }
    }
    stage.ask(query, over: transport)
    stage.pass(.seconds(manner & 0x80 == 0 ? 1 : 400))
    stage.ask(query, over: transport)
    stage.end()
    return 0
}

/// A query with one of the names and types, and an OPT record when `manner` says so.
private func query(_ choice: UInt8, _ manner: UInt8) -> [UInt8] {
    let hasOptions = manner & 4 != 0
    let type = types[Int(choice >> 4) % types.count]
    var query: [UInt8] = [0x12, 0x34, 1, manner & 8 == 0 ? 0 : 0x30, 0, 1, 0, 0, 0, 0, 0]
    query += [hasOptions ? 1 : 0] + names[Int(choice & 15) % names.count]
    query += [UInt8(type >> 8), UInt8(type & 255), 0, 1]
    if hasOptions {
        query += [0, 0, 41, 16, 0, 0, 0, manner & 0x40 == 0 ? 0 : 0x80, 0, 0, 0]
    }
    return query
}

/// Ten octets of flags and counts, and records; the id is the query's, and unless `head` says otherwise so is the
/// question, and QR is set.
private func completed(
    _ response: [UInt8], _ sent: ResolverStage.Sent, _ head: UInt8
) -> [UInt8] {
    let id = Array(sent.octets.prefix(2))
    guard head & 1 == 0, response.count >= 8,
        let end = try? MessageReader.endOfName(in: sent.octets.span, at: 12)
    else { return id + response }
    var flags = Array(response.prefix(2))
    flags[0] |= 0x80
    if head & 2 == 0 {
        // As a server sends it nearly always: no TC, QUERY, NOERROR or NXDOMAIN.
        flags[0] &= 0x85
        flags[1] &= 0xF3
        if flags[1] & 3 != 3 { flags[1] &= 0xF0 }
    }
    return id + flags + [0, 1] + response[2..<8] + sent.octets[12..<(end + 4)] + response[8...]
}
