// The steps in which a text replaces a zone's file. A kill or a full disk at any step leaves either
// the complete old zone or the complete new one. The new text is written to a separate file next to
// the old one, synced to disk and read back; the old text is saved in the history; only then is the
// new file renamed over the old one.

internal import DNSWire
internal import Files
internal import Zones

/// The steps of a writer who holds the directory's lock.
struct ReplacementSteps {
    let directory: ZoneDirectory

    private var changes: any FileChanges { directory.changes }

    /// Replaces `file` by `octets`, or creates the file if it does not exist.
    func write(
        _ octets: [UInt8], to path: String, origin: Name, over file: ZoneFile?
    ) throws(StoreError) {
        let target = try StoreError.wrap { () throws(FileError) in try ReplacementTarget(path) }
        let attributes = try StoreError.wrap { () throws(FileError) in
            file == nil
                ? try FileAttributes(of: directory.path).with(mode: 0o644)
                : try FileAttributes(of: target.path)
        }
        do throws(StoreError) {
            try StoreError.wrap { () throws(FileError) in
                try changes.remove(target.temporary)
                try fill(target.temporary, with: octets, attributes)
            }
            try check(target.temporary, is: octets, path: path, origin: origin)
            if let file {
                try StoreError.wrap { () throws(FileError) in
                    try keep(file.octets, of: target, origin: origin)
                }
            }
            try expectUnchanged(file, target)
            try StoreError.wrap { () throws(FileError) in
                try changes.rename(target.temporary, to: target.path)
            }
        } catch {
            try? changes.remove(target.temporary)
            throw error
        }
        try settle(target)
        forgetDeletion(of: origin)
        prune(origin)
    }

    /// Removes a zone's file, after it is on record that this is meant.
    func remove(_ file: ZoneFile) throws(StoreError) {
        let target = try StoreError.wrap { () throws(FileError) in
            let target = try ReplacementTarget(file.path)
            try keep(file.octets, of: target, origin: file.origin)
            return target
        }
        try expectUnchanged(file, target)
        try recordDeletion(of: file.origin)
        do throws(FileError) {
            try changes.remove(target.path)
        } catch {
            forgetDeletion(of: file.origin)
            throw .file(error)
        }
        try settle(target)
        prune(file.origin)
    }

    /// Puts on record that a zone's file is not to come back.
    func recordDeletion(of origin: Name) throws(StoreError) {
        try StoreError.wrap { () throws(FileError) in
            let home = try FileAttributes(of: directory.path)
            let place = directory.deletionsDirectory
            try changes.makeDirectory(directory.historyDirectory, home)
            try changes.makeDirectory(place, home)
            try changes.remove("\(place)/.new")
            try fill(
                "\(place)/.new", with: Array("\(directory.clock().stamp)\n".utf8),
                home.with(mode: home.mode & 0o666))
            try changes.rename("\(place)/.new", to: directory.deletionRecord(of: origin))
            try changes.synchronizeDirectory(place)
        }
    }

    // MARK: Steps

    /// Creates a file, writes it and syncs it to disk.
    private func fill(
        _ path: String, with octets: [UInt8], _ attributes: FileAttributes, modified: Int64? = nil
    ) throws(FileError) {
        let file = try changes.create(path, attributes)
        defer { changes.close(file) }
        try changes.write(octets, to: file)
        if let modified { try changes.setModified(modified, of: file) }
        try changes.synchronize(file)
    }

    /// Reads the new file again, as the daemon will.
    private func check(
        _ temporary: String, is octets: [UInt8], path: String, origin: Name
    ) throws(StoreError) {
        let written = try StoreError.wrap { () throws(FileError) in
            try Files.read(temporary, limit: directory.maximumFileSize).octets
        }
        let reading = directory.reader.read(written, as: path, origin: origin)
        guard written == octets else { throw .notWritten(path: path) }
        guard reading.zone != nil else { throw .mistakes(reading.mistakes) }
    }

    /// Fails when the file, or one that it includes, is not the one that was read, or is there and was not.
    private func expectUnchanged(
        _ file: ZoneFile?, _ target: ReplacementTarget
    ) throws(StoreError) {
        guard let file else {
            if (try? FileIdentity(of: target.path)) == nil { return }
            throw .changedMeanwhile(path: target.path)
        }
        guard let identities = file.identities,
            identities.allSatisfy({ (try? FileIdentity(of: $0.path)) == $0.identity })
        else { throw .changedMeanwhile(path: file.path) }
    }

    /// Keeps the bytes of a zone's file as the newest version of its history.
    private func keep(
        _ octets: [UInt8], of target: ReplacementTarget, origin: Name
    ) throws(FileError) {
        let own = try FileAttributes(of: target.path)
        let home = try FileAttributes(of: directory.path)
        let place = directory.historyDirectory(of: origin)
        try changes.makeDirectory(directory.historyDirectory, home)
        try changes.makeDirectory(place, home)
        let version = "\(place)/\(directory.clock().stamp)\(ZoneDirectory.suffix)"
        // A writer that was stopped just before its last step left this version here already.
        if let newest = directory.versionFiles(of: origin).last,
            (try? Files.read("\(place)/\(newest)", limit: octets.count).octets) == octets
        {
            try changes.rename("\(place)/\(newest)", to: version)
        } else {
            try changes.remove("\(place)/.new")
            try fill("\(place)/.new", with: octets, own, modified: own.modified)
            try changes.rename("\(place)/.new", to: version)
        }
        try changes.synchronizeDirectory(place)
    }

    /// Syncs the directory's entries to disk; from here on the change survives a power failure.
    private func settle(_ target: ReplacementTarget) throws(StoreError) {
        do throws(FileError) {
            try changes.synchronizeDirectory(target.directory)
        } catch {
            throw .notSettled(path: target.path, error)
        }
    }

    /// Removes the record of an earlier deletion; a remaining one has no effect while there is a
    /// file.
    private func forgetDeletion(of origin: Name) {
        let record = directory.deletionRecord(of: origin)
        if (try? FileIdentity(of: record)) != nil { try? changes.remove(record) }
    }

    /// Removes the oldest versions; one that cannot be removed is removed the next time.
    private func prune(_ origin: Name) {
        let place = directory.historyDirectory(of: origin)
        for file in directory.versionFiles(of: origin).dropLast(ZoneDirectory.keptVersions) {
            try? changes.remove("\(place)/\(file)")
        }
    }
}

/// Where a file really is: the path without symbolic links.
private struct ReplacementTarget {
    let path: String
    let directory: String
    /// The new file's name until it is whole; the daemon does not read files that begin with a dot.
    let temporary: String

    init(_ path: String) throws(FileError) {
        var path = path
        do throws(FileError) {
            path = try Files.resolve(path)
        } catch {
            guard error.isMissing else { throw error }
        }
        self.path = path
        let directory = Paths.directory(of: path)
        self.directory = directory.isEmpty ? "." : directory
        temporary = "\(directory).\(Paths.name(of: path)).new"
    }
}

extension StoreError {
    /// Does something with files; what fails there is a change that was not made.
    static func wrap<Result>(
        _ body: () throws(FileError) -> Result
    ) throws(StoreError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw .file(error)
        }
    }
}
