// Checks more than the records: conflicts between settings and zones, with the daemon's lint, and
// zones that a running daemon does not serve as in their files.

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

    /// Adds the zones that a running daemon keeps as loaded or has no data for; mistakes in files
    /// were already found.
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
