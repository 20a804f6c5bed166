// A store of its own for each test of imports, and the recorded outputs of the real az.

import DNSWire
import Files
import Store
import Testing
import Zones

/// A store of its own, and imports into it.
struct ImportBench {
    let scratch: TemporaryDirectory
    let directory: ZoneDirectory

    init() throws {
        scratch = try TemporaryDirectory()
        directory = ZoneDirectory(scratch.path, clock: { fixedTime })
    }

    func plan(_ reading: AzureReading, preferring name: String? = nil) throws -> ImportPlan {
        var choice = ImportChoice()
        choice.preferred = name
        return try reading.plan(for: directory, links: testLinks, choice: choice)
    }

    /// What was planned of texts, each with its file's name, and made.
    @discardableResult func imported(
        _ texts: [(file: String, text: String)], preferring name: String? = nil
    ) throws -> ImportPlan {
        var reading = AzureReading()
        for (file, text) in texts { try reading.read(Array(text.utf8), file: file) }
        return try made(reading, preferring: name)
    }

    /// What was planned of recorded outputs, and made.
    @discardableResult func recorded(
        _ files: String..., preferring name: String? = nil
    ) throws -> ImportPlan {
        try imported(
            try files.map { ($0, try Self.text($0)) }, preferring: name)
    }

    static func text(_ file: String) throws -> String {
        String(decoding: try fixture("az/recorded/\(file)"), as: UTF8.self)
    }

    private func made(_ reading: AzureReading, preferring name: String?) throws -> ImportPlan {
        let plan = try plan(reading, preferring: name)
        guard plan.conflicts.isEmpty else { return plan }
        let writer = try directory.lock()
        for edit in plan.edits { _ = try writer.apply(edit) }
        return plan
    }

    /// The records of a zone without its SOA, as short lines; none where there is no zone.
    func records(_ origin: String = "privatelink.azurecr.io") throws -> [String] {
        let origin = try Name(text: origin)
        guard let content = try directory.content(of: origin) else { return [] }
        return content.shortLines
    }
}

extension ZoneContent {
    /// The records without the SOA, as lines such as `myregistry 10 A 10.0.0.7`.
    var shortLines: [String] {
        sortedKeys.filter { $0.type != .soa }.flatMap { key in
            (sets[key]?.data ?? []).map {
                "\(Self.relativeName(key.owner, origin: origin)) "
                    + "\(sets[key]?.ttl ?? 0) \(key.type) \(Self.text(of: $0, type: key.type))"
            }
        }.sorted()
    }
}
