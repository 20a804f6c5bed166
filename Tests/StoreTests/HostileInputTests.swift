// Hostile input: mutated outputs of az, deep and long ones, and random bytes as zone files. Every
// input is read or refused, and a plan can be shown.

import DNSWire
import Files
import Store
import Testing
import Zones

@Suite struct HostileInputTests {
    @Test(arguments: [
        "nic-list.json", "private-endpoint-list.json", "dns-zone-group-list.json",
        "record-set-list.json", "acr-show-endpoints.json", "zone-export.txt",
    ]) func mutatedOutputsAreReadOrRefused(_ file: String) throws {
        let scratch = try TemporaryDirectory()
        let directory = ZoneDirectory(scratch.path)
        let original = try fixture("az/\(file)")
        var refused = 0
        var planned = 0
        for seed in UInt64(1)...300 {
            var numbers = SeededNumbers(seed: seed)
            var octets = original
            for _ in 0..<Int.random(in: 1...6, using: &numbers) { mutate(&octets, &numbers) }
            var reading = AzureReading()
            do {
                try reading.read(octets, file: "mutated")
                let plan = try reading.plan(for: directory, links: testLinks)
                for edit in plan.edits { _ = try? directory.preview(edit) }
                _ = try CoverageCheck.run(on: directory, links: testLinks, against: plan)
                planned += 1
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0)
        #expect(planned > 0)
    }

    private func mutate(_ octets: inout [UInt8], _ numbers: inout SeededNumbers) {
        guard !octets.isEmpty else { return }
        let place = Int.random(in: 0..<octets.count, using: &numbers)
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0: octets[place] = UInt8.random(in: 0...255, using: &numbers)
        case 1: octets.remove(at: place)
        case 2: octets.insert(contentsOf: Array("{}[],:\".-0".utf8), at: place)
        case 3: octets.removeSubrange(place..<min(octets.count, place + 40))
        default:
            let end = min(octets.count, place + 60)
            octets.insert(contentsOf: octets[place..<end], at: place)
        }
    }

    @Test(arguments: ["[", "{\"a\":", "[[1],"]) func depthIsRefused(_ opening: String) {
        var reading = AzureReading()
        let text = String(repeating: opening, count: 100_000)
        #expect(throws: StoreError.self) { try reading.read(Array(text.utf8), file: "deep") }
    }

    @Test func namesAtTheLimitsAreRefusedOrPlaced() throws {
        let scratch = try TemporaryDirectory()
        let directory = ZoneDirectory(scratch.path)
        for count in 1...70 {
            let label = String(repeating: "a", count: count)
            for name in ["\(label).azurecr.io", "\(label).\(label).\(label).\(label).azurecr.io"] {
                let text =
                    "{\"name\":\"n\",\"customDnsConfigs\":[{\"fqdn\":\"\(name)\","
                    + "\"ipAddresses\":[\"10.0.0.1\",\"300.1.1.1\",\"::1\",7]}]}"
                var reading = AzureReading()
                try reading.read(Array(text.utf8), file: "f")
                let plan = try reading.plan(for: directory, links: testLinks)
                for edit in plan.edits { _ = try directory.preview(edit) }
            }
        }
    }

    @Test func nonsenseInTheDirectoryIsNoZone() throws {
        let scratch = try TemporaryDirectory()
        for name in ["..zone", ".zone", "a..b.zone", "\u{1}.zone", "x.zone~", "a.example.zone"] {
            try? scratch.write("x A 10.0.0.1\n", to: name)
        }
        let directory = ZoneDirectory(scratch.path)
        #expect(try directory.zones().map(\.file).contains("a.example.zone"))
        #expect(try directory.zones().allSatisfy { !$0.file.hasPrefix(".") })
        let slash = try Name(text: "a\\047b.example")
        _ = try directory.lock().apply(ZoneEdit(origin: slash, makesZone: true) { _ in })
        #expect(try directory.content(of: slash) != nil)
    }
}
