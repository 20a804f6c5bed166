// A whole zone as a zone file, for the last good copy: absolute names, one record a line, the SOA first.
// It reads back to a zone with the same fingerprint.

import DNSWire

extension ZoneTables {
    /// Gives the zone's zone file to `emit` in pieces of about 64 KiB.
    public borrowing func writeMasterFile<Failure: Error>(
        _ emit: (Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        var printer = RecordPrinter()
        let soaOwner = [UInt8](copying: origin.octets.span)
        printer.append(
            owner: soaOwner.span, ttl: soa.ttl, type: .soa, data: data(of: firstRecord(of: soa)))
        var name = NameBuffer(hasher: hasher)
        var nextNode: ZoneNode? = apex
        while let node = nextNode {
            nextNode = self.node(after: node)
            var nextSet = firstSet(of: node)
            if nextSet != nil { copyName(of: node, into: &name) }
            while let set = nextSet {
                nextSet = self.set(after: set)
                if set.type == .soa { continue }
                var nextRecord: StoredRecord? = firstRecord(of: set)
                while let record = nextRecord {
                    nextRecord = self.record(after: record)
                    printer.append(
                        owner: name.originalCase, ttl: set.ttl, type: set.type,
                        data: data(of: record))
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
