// Records deliberate deletions of zones in the history, so that the daemon can distinguish a
// deleted zone from a file that disappeared. A record counts only while there is no file.

public import DNSWire
internal import Files

extension ZoneDirectory {
    var deletionsDirectory: String { "\(historyDirectory)/.deleted" }

    func deletionRecord(of origin: Name) -> String {
        "\(deletionsDirectory)/\(Self.fileName(of: origin))"
    }

    /// The zones of which a deletion is on record, whether or not there is a file again.
    public func recordedDeletions() -> Set<Name> {
        Self.origins(of: (try? Files.list(deletionsDirectory)) ?? [])
    }

    /// When a zone was deleted, as its record says; nil without one.
    public func deletionTime(of origin: Name) -> WallTime? {
        guard let octets = try? Files.read(deletionRecord(of: origin), limit: 256).octets else {
            return nil
        }
        let text = String(decoding: octets, as: UTF8.self)
        return WallTime(text.prefix { !$0.isWhitespace })
    }

    /// The zones that the history has versions of.
    public func zonesInHistory() -> Set<Name> {
        let names = (try? Files.list(historyDirectory)) ?? []
        return Self.origins(of: names.map { $0 + Self.suffix })
    }

    private static func origins(of files: [String]) -> Set<Name> {
        Set(
            files.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
                .compactMap { try? Name(text: $0.dropLast(suffix.count)) })
    }
}
