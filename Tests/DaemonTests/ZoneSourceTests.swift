// A second source of zones, which holds them in memory as a cloud's control plane would: everything above the seam
// works on it as on a directory.

import Addresses
import Control
import DNSWire
import Foundation
import Logging
import Resolution
import Settings
import Synchronization
import Testing
import Zones

@testable import Daemon

/// What a control plane would say: zones by origin, or that it cannot be reached.
private final class ControlPlane: Sendable {
    struct Listing {
        var texts: [String: String] = [:]
        var failure: String?
    }

    let listing: Mutex<Listing>

    init(_ texts: [String: String]) { listing = Mutex(Listing(texts: texts)) }

    func change(_ body: (inout Listing) -> Void) { listing.withLock { body(&$0) } }

    var maker: ZoneSourceMaker {
        { [self] _, hasher, copies in MemorySource(plane: self, hasher: hasher, copies: copies) }
    }
}

/// Zones of a control plane, with identifiers instead of files.
private struct MemorySource: ZoneSource {
    let plane: ControlPlane
    let hasher: NameHasher
    let copies: LastGoodCopies?
    private(set) var zones: [Name: StoredZone] = [:]
    private(set) var wasRead = false

    init(plane: ControlPlane, hasher: NameHasher, copies: LastGoodCopies?) {
        self.plane = plane
        self.hasher = hasher
        self.copies = copies
    }

    mutating func read(_ options: ScanOptions) -> ScanResult {
        var result = ScanResult()
        let listing = plane.listing.withLock { $0 }
        result.failure = listing.failure
        if listing.failure == nil {
            wasRead = true
            let before = zones
            zones = before.mapValues(\.unlisted)
            for (text, content) in listing.texts {
                guard let origin = try? Name(text: text) else { continue }
                zones[origin] = load(origin, content, before[origin])
                result.listed.insert(origin)
                result.filesRead += 1
                if before[origin] == nil { result.added += 1 }
                if let old = before[origin]?.zone,
                    old.fingerprint != zones[origin]?.zone?.fingerprint
                {
                    result.changed += 1
                }
            }
        }
        return result
    }

    mutating func useLastGood(needed: [Name]) {
        restore((copies?.origins() ?? []).union(needed))
    }

    mutating func drop(_ origins: Set<Name>) {
        for origin in origins { zones[origin] = nil }
    }

    mutating func restore(_ origins: Set<Name>) {
        for origin in origins where zones[origin] == nil {
            let copy = copies?.read(origin, hasher: hasher)
            zones[origin] = StoredZone(
                origin: origin, provenance: .resource(Self.identifier(origin)), zone: copy,
                state: copy == nil ? .failed : .lastGoodCopy)
        }
    }

    private func load(_ origin: Name, _ text: String, _ before: StoredZone?) -> StoredZone {
        let identifier = Self.identifier(origin)
        let reading = ZoneReader.read(
            Array(text.utf8).span, file: identifier, origin: origin, hasher: hasher)
        let endpoint = try? Name(labels: [Array("endpoint".utf8)] + origin.labels)
        let records = endpoint.map { [$0: "/networkInterfaces/nic"] } ?? [:]
        return StoredZone(
            origin: origin, provenance: .resource(identifier, records: records),
            zone: reading.zone ?? before?.zone,
            state: reading.zone != nil ? .current : before?.zone == nil ? .failed : .kept,
            mistakes: reading.mistakes.map { "\($0)" })
    }

    static func identifier(_ origin: Name) -> String { "/privateDnsZones/\(origin)" }
}

private let registry = """
    $TTL 10
    @ SOA ns admin 1 3600 300 86400 10
    myregistry A 10.0.0.7
    endpoint A 10.0.0.9
    """
private let origin = "privatelink.azurecr.io"
private let identifier = "/privateDnsZones/privatelink.azurecr.io."
private let settings = """
    listen: ["127.0.0.1:0"]
    workers: 1
    links: [{public: azurecr.io, private: privatelink.azurecr.io}]
    """

@Suite struct ZoneSourceTests {
    /// A loader of what the control plane says; the directory of the settings does not exist.
    private func loader(
        _ plane: ControlPlane, _ directory: DaemonDirectory, copies: LastGoodCopies? = nil
    ) throws -> SnapshotLoader {
        let read = SettingsFile.readWithPlaces(directory.settingsFile)
        let hasher = NameHasher(key: 1)
        return SnapshotLoader(
            settingsFile: directory.settingsFile, settings: try #require(read.found),
            source: plane.maker("/proc/nowhere", hasher, copies), copies: copies, hasher: hasher,
            workers: 1)
    }

    @Test func aDaemonServesWhatASourceInMemoryHolds() throws {
        let directory = try DaemonDirectory(settings: settings)
        let plane = ControlPlane([origin: registry])
        let daemon = try Daemon.start(
            DaemonPlan.make(
                directory.settingsFile,
                logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() },
                takesSignals: false, source: plane.maker))
        defer { daemon.stop() }
        func registryAddress() throws -> String? {
            try ask(daemon.listen[0], "myregistry.azurecr.io").records.last
        }
        #expect(try registryAddress() == "10.0.0.7")
        plane.change { $0.texts[origin] = registry.replacing("10.0.0.7", with: "10.0.0.8") }
        daemon.reload()
        try waitUntil("the change") { try registryAddress() == "10.0.0.8" }
        plane.change { $0.texts["second.example"] = registry }
        plane.change { $0.texts[origin] = "no zone text" }
        daemon.reload()
        try waitUntil("the second zone") {
            try ask(daemon.listen[0], "myregistry.second.example").code == .noError
        }
        #expect(try registryAddress() == "10.0.0.8")
    }

    @Test func aLoadCountsWhatTheSourceFound() throws {
        let directory = try DaemonDirectory(settings: settings)
        let plane = ControlPlane([origin: registry, "gone.example": registry])
        var loader = try loader(plane, directory)
        let first = loader.loadFirst()
        #expect(first.report.succeeded)
        #expect(first.report.zones == 2)
        #expect(first.report.records == 6)
        #expect(first.zones.map(\.state) == [.current, .current])

        plane.change { listing in
            listing.texts = [
                origin: registry.replacing(".7", with: ".8"), "new.example": registry,
                "broken.example": "no zone text",
            ]
        }
        let tried = loader.tried(ScanOptions())
        let second = loader.reload(ScanOptions())
        for report in [tried.report, second.report] {
            #expect(!report.succeeded)
            #expect(report.added == 2)
            #expect(report.changed == 1)
            #expect(report.removed == 1)
            #expect(report.failed == 1)
            #expect(report.mistakes.count == 1)
            #expect(report.mistakes[0].hasPrefix("/privateDnsZones/broken.example."))
            #expect(
                report.warnings == [
                    "zone gone.example. is no longer served: /privateDnsZones/gone.example. is gone"
                ])
        }
        #expect(second.snapshot?.localZones.count == 3)

        plane.change { $0.failure = "the control plane does not answer" }
        let third = loader.reload(ScanOptions())
        #expect(third.report.mistakes.contains("the control plane does not answer"))
        #expect(third.zones.map(\.origin) == second.zones.map(\.origin))
    }

    @Test func whileASourceCannotBeListedLinkedZonesFailAndCopiesServe() throws {
        let directory = try DaemonDirectory(settings: settings)
        let plane = ControlPlane([origin: registry])
        let copies = LastGoodCopies(directory: "\(directory.path)/state")
        plane.change { $0.failure = "no token" }
        var first = try loader(plane, directory, copies: copies)
        let failed = first.loadFirst()
        #expect(failed.zones.map { "\($0.origin)" } == ["\(origin)."])
        #expect(failed.zones.map(\.state) == [.failed])
        #expect(failed.report.failed == 1)
        plane.change { $0.failure = nil }
        #expect(copies.follow(first.reload(ScanOptions()).zones) == [])
        plane.change { $0.failure = "no token" }
        var second = try loader(plane, directory, copies: copies)
        let copied = second.loadFirst()
        #expect(copied.zones.map(\.state) == [.lastGoodCopy])
        #expect(copied.report.kept == 1)
        #expect(copied.report.records == 3)
    }

    @Test func anExplanationNamesTheResourceOfARecord() throws {
        let directory = try DaemonDirectory(settings: settings)
        let plane = ControlPlane([origin: registry])
        var loader = try loader(plane, directory)
        func places() -> [ExplainReport.Place] {
            let zones = loader.reload(ScanOptions()).zones
            return RecordLocator(
                directory: "/proc/nowhere", maximumFileSize: 1 << 20, zones: zones
            ).find([
                "myregistry.\(origin). 10 IN A 10.0.0.7", "endpoint.\(origin). 10 IN A 10.0.0.9",
            ])
        }
        #expect(places().map(\.file) == [identifier, "/networkInterfaces/nic"])
        #expect(places().allSatisfy { $0.line == nil && $0.remark == nil })
        plane.change { $0.texts[origin] = "no zone text" }
        #expect(places().allSatisfy { $0.remark == "as loaded before the resource had a mistake" })
    }
}
