// The clients of a run: what they ask, and that each gets one reply which is his and right.

import Addresses
import DNSWire
import Resolution

extension Simulation {
    /// A client asks something.
    func ask() throws {
        let side = dice.below(2)
        let name = dice.pick(from: world.names)
        let type = dice.pick(
            from: [PlainType.a, PlainType.a, PlainType.a, PlainType.aaaa, PlainType.cname])
        let question = ReferenceModel.Question(
            name: name, type: type, recursion: !dice.happens(5), asked: now)
        let asker = Asking(
            side: side, id: UInt16(truncatingIfNeeded: dice.next()), question: question,
            options: dice.happens(50))
        let handle = nextHandle
        nextHandle += 1
        asking[handle] = asker
        let query = ReferenceMessage.query(
            id: asker.id, Self.mixed(name, &dice), type, recursion: question.recursion,
            options: asker.options)
        let client = Client(
            handle: handle,
            remote: Endpoint(IPAddress(ipv4: 0x0A00_0010 + UInt32(dice.below(4))), port: 4_000),
            local: IPAddress(ipv4: 0x0A00_0002), interface: 0,
            transport: dice.happens(20) ? .tcp : .udp)
        var room = [UInt8](repeating: 0, count: 65_535)
        var disposition = Disposition.dropped
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            disposition = sides[side].resolver.receive(
                query: query.span, from: client, at: instant, reply: &writer,
                outbox: &sides[side].outbox)
            count = writer.count
        }
        switch disposition {
        case .answered: try take(Array(room[..<count]), handle)
        case .pending: break
        case .dropped: throw fault("a query for \(name) was dropped")
        }
        try drain(side)
    }

    /// A client gets a reply.
    func take(_ octets: [UInt8], _ handle: UInt64) throws {
        guard let asker = asking.removeValue(forKey: handle) else {
            throw fault("a reply to nobody, or a second one")
        }
        replies += 1
        let question = asker.question
        guard let reply = ReferenceMessage(octets) else { throw fault("a reply cannot be read") }
        guard reply.id == asker.id, reply.name == question.name, reply.type == question.type,
            reply.flags & 0x8000 != 0, reply.hasOptions == asker.options
        else { throw fault("the reply for \(question.name) is another's") }
        if reply.answers.contains(where: { $0.content == Self.poison }) {
            throw fault("poison was believed for \(question.name)")
        }
        if let sentence = judge.fault(in: reply, to: question, served, at: now) {
            let lines = (reply.answers + reply.authorities).map {
                "\($0.owner) \($0.ttl) \($0.type) \($0.content)"
            }
            throw fault(
                "\(question.name) \(question.type): \(sentence): RCODE \(reply.responseCode), "
                    + lines.joined(separator: "; "))
        }
    }

    /// The name in letters of either case.
    private static func mixed(_ name: String, _ dice: inout Dice) -> String {
        String(name.map { dice.happens(30) ? Character($0.uppercased()) : $0 })
    }
}
