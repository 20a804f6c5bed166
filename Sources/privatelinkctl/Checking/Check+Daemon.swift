// What a check finds beside the records: settings and zones that stand in each other's way, by the lint that the daemon
// runs too, and zones that a running daemon does not serve as their files are.

import Control
import DNSWire
import Lint
import Settings
import Store
import Zones

extension Check {
    /// Adds what the lint says of the settings and the zones' files.
    func lint(_ access: StoreAccess, _ coverage: inout Coverage) throws {
        guard let settings = access.settings, let places = access.places,
            settings.zones.directory == access.directory.path
        else { return }
        var zones: [LintedZone] = []
        try attempt { () throws(StoreError) in
            try access.directory.readAll { file in
                zones.append(
                    LintedZone(
                        origin: file.origin, zone: file.reading.zone, source: file.path,
                        isFile: true))
            } unreadable: { origin, path, _ in
                zones.append(LintedZone(origin: origin, zone: nil, source: path, isFile: false))
            }
        }
        let lint = SettingsLint(settings: settings, places: places, zones: zones)
        for warning in lint.warnings {
            coverage.add(Coverage.Finding(.suspicious, name: "", warning))
        }
    }

    /// Adds the zones that a running daemon goes on with as they were, or has no data of; a mistake in a file was found
    /// already.
    func compareServed(_ access: StoreAccess, _ coverage: inout Coverage) {
        let broken = Set(coverage.findings.filter { $0.kind == .mistakes }.map(\.name))
        for zone in access.servedZones() ?? [] where !zone.errors.isEmpty {
            if broken.contains("\(zone.origin)") { continue }
            coverage.add(
                Coverage.Finding(
                    .served, name: "\(zone.origin)", zone.errors.joined(separator: "; ")))
        }
    }
}
