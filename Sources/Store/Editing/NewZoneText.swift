// The text of a zone that has no file yet.

public import DNSWire
internal import Zones

/// Writes whole zones.
enum NewZoneText {
    /// A zone file of `content` with relative names, in canonical order.
    static func make(_ content: ZoneContent) -> [UInt8] {
        let lines = RecordLine(text: [])
        var text = Array("$ORIGIN \(content.origin)\n$TTL 10\n\n".utf8)
        for key in content.sortedKeys {
            guard let set = content.sets[key] else { continue }
            for data in set.data {
                let record = ZoneRecord(
                    owner: key.owner, type: key.type, ttl: set.ttl, data: data)
                text += lines.plain(record, origin: content.origin)
            }
        }
        return text
    }
}

extension ZoneDirectory {
    /// The text of a zone that is to be made at `path`, and what is suspicious in it; a zone with mistakes has none.
    func newText(
        of content: ZoneContent, at path: String
    ) throws(StoreError) -> (text: [UInt8], warnings: [String]) {
        let text = NewZoneText.make(content)
        let reading = reader.read(text, as: path, origin: content.origin)
        guard reading.zone != nil else { throw .wouldBeWrong(reading.mistakes) }
        return (text, reading.warnings.map(\.sentence))
    }
}

extension ZoneContent {
    /// A new zone: nothing but a SOA record like those of Azure's private zones.
    public static func new(_ origin: Name) throws(StoreError) -> ZoneContent {
        var content = ZoneContent(origin: origin)
        do throws(ZoneRecordError) {
            let record = try ZoneRecord(
                "@ 3600 IN SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. "
                    + "1 3600 300 2419200 10", origin: origin)
            content.sets[content.soaKey] = RecordSetContent(ttl: record.ttl, data: [record.data])
        } catch {
            throw .refused("\(error)")
        }
        return content
    }
}
