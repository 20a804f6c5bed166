// A copy of each zone as it was when its file was last good, in the daemon's state directory: what a start
// with a broken zone serves. Only this daemon writes and reads the copies.

internal import DNSWire
internal import Files
internal import Zones

/// The state directory.
struct LastGoodCopies: Sendable {
    let directory: String

    /// The copy of a zone, if there is one and it can be read.
    func read(_ origin: Name, hasher: NameHasher) -> Zone? {
        guard let contents = try? Files.read(path(of: origin)) else { return nil }
        return ZoneReader.read(
            contents.octets.span, file: path(of: origin), origin: origin, hasher: hasher,
            include: { _, file in .unreadable("a copy includes nothing", file: file) }
        ).zone
    }

    /// Makes a copy of a zone in place of an older one.
    func write(_ zone: Zone) throws(FileError) {
        try Files.makeDirectory(directory)
        var text: [UInt8] = []
        zone.tables.writeMasterFile { piece in
            for index in piece.indices { text.append(piece[index]) }
        }
        try Files.replace(path(of: zone.origin), with: text)
    }

    /// Removes the copy of a zone that is no more; a copy that cannot be removed is only stale.
    func remove(_ origin: Name) { try? Files.remove(path(of: origin)) }

    /// A name's text may hold a slash, which a file's name cannot.
    private func path(of origin: Name) -> String {
        let text = "\(origin.folded)".map { $0 == "/" ? "\\047" : String($0) }.joined()
        return "\(directory)/\(text)zone"
    }
}
