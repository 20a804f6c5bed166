// A zone as text and as records, by way of what the daemon keeps on disk.

public import Zones

/// The zone as a master file.
public func masterFile(of zone: Zone) -> [UInt8] {
    var text: [UInt8] = []
    zone.tables.writeMasterFile { piece in
        for index in piece.indices { text.append(piece[index]) }
    }
    return text
}

/// The zone's records, one for each line of that file.
public func readRecords(of zone: Zone) -> [ZoneRecord] {
    let lines = String(decoding: masterFile(of: zone), as: UTF8.self).split(separator: "\n")
    return lines.compactMap { line in
        guard !line.hasPrefix("$") else { return nil }
        guard let record = try? ZoneRecord(String(line), origin: zone.origin) else {
            fatalError("finding: a printed line is no record: \(line)")
        }
        return record
    }
}
