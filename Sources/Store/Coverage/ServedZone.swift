// What a running daemon says of its zones, so that a change is called served only when it is.

public import DNSWire
internal import Zones

/// One zone of a daemon.
public struct ServedZone: Equatable, Sendable {
    /// The zone.
    public let origin: Name
    /// Where its data come from, in the daemon's word; `ok` for its file as it is.
    public let state: String
    /// The digest of its content.
    public let fingerprint: String
    /// The file that it is read from.
    public let file: String
    /// What is wrong with it, each a sentence.
    public let errors: [String]

    /// Reads the JSON answer to `zones`; nil if it is malformed.
    public static func all(in answer: [UInt8]) -> [ServedZone]? {
        guard let value = try? JSONReader.readAll(answer).first,
            case .list(let rows)? = value["zones"]
        else { return nil }
        var zones: [ServedZone] = []
        for row in rows {
            guard let text = row["origin"]?.string, let origin = try? Name(text: text) else {
                return nil
            }
            zones.append(
                ServedZone(
                    origin: origin, state: row["state"]?.string ?? "",
                    fingerprint: row["fingerprint"]?.string ?? "", file: row["file"]?.string ?? "",
                    errors: (row["errors"]?.elements ?? []).compactMap(\.string)))
        }
        return zones
    }
}

/// What a running daemon says of itself.
public enum DaemonStatus {
    /// The daemon's settings file, from its answer to `status` in JSON; nil when it has none.
    public static func settingsFile(in answer: [UInt8]) -> String? {
        guard let file = try? JSONReader.readAll(answer).first?["settings-file"]?.string,
            !file.isEmpty
        else { return nil }
        return file
    }
}

extension ZoneDirectory {
    /// What a daemon does not serve as it is here, of `origins`, each as a sentence.
    public func differences(
        from served: [ServedZone], of origins: [Name]
    ) throws(StoreError) -> [String] {
        var sentences: [String] = []
        for origin in origins {
            let zone = served.first { $0.origin == origin }
            let file = try read(origin)
            switch (file, zone) {
            case (nil, nil): continue
            case (nil, let zone?):
                sentences.append("\(origin) is still served, from \(zone.file)")
            case (_?, nil):
                sentences.append("\(origin) is not a zone of the daemon")
            case (let file?, let zone?):
                let fingerprint = file.reading.zone.map { "\($0.fingerprint)" }
                if fingerprint == zone.fingerprint { continue }
                sentences.append(
                    "\(origin) is served with other records (\(zone.state)), from \(zone.file)")
            }
        }
        return sentences
    }
}
