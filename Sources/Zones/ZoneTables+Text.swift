// A whole zone as a master file, for the last good copy: absolute names, one record a line, the SOA first.
// It reads back to a zone with the same fingerprint.

import DNSWire

extension ZoneTables {
    /// Gives the zone's master file to `emit` in pieces of about 64 KiB.
    public borrowing func writeMasterFile<Failure: Error>(
        _ emit: (Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        var printer = RecordPrinter()
        let soaOwner = [UInt8](copying: origin.octets.span)
        printer.append(
            owner: soaOwner.span, ttl: soa.ttl, type: .soa, data: data(of: soa, at: 0))
        var name = NameBuffer(hasher: hasher)
        for index in 0..<nodeCount {
            let node = node(at: index)
            copyName(of: node, into: &name)
            for place in 0..<setCount(of: node) {
                let set = recordSet(of: node, at: place)
                if set.type == .soa { continue }
                for record in 0..<set.count {
                    printer.append(
                        owner: name.spelled, ttl: set.ttl, type: set.type,
                        data: data(of: set, at: record))
                    if printer.text.count >= 65536 {
                        try emit(printer.text.span)
                        printer.text.removeAll(keepingCapacity: true)
                    }
                }
            }
        }
        try emit(printer.text.span)
    }
}
