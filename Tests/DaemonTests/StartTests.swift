// What changes while a daemon starts: the zone directory is watched before the zones are read.

import Logging
import Testing

@testable import Daemon

@Suite struct StartTests {
    @Test func aFileThatIsReplacedDuringTheStartIsServed() throws {
        let zone = "$TTL 10\n@ SOA ns admin 1 3600 300 86400 10\nwww A 10.0.0.7\n"
        let directory = try DaemonDirectory(
            settings: "listen: [\"127.0.0.1:0\"]\nworkers: 1", zones: ["corp.example": zone])
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        // The zones are read here, and nothing runs yet that could see a change.
        let plan = try DaemonPlan.make(directory.settingsFile, logger: logger, takesSignals: false)
        try directory.write(zone: "corp.example", zone.replacing("10.0.0.7", with: "10.0.0.8"))
        let daemon = try Daemon.start(plan)
        defer { daemon.stop() }
        try waitUntil("the change") {
            try ask(daemon.listen[0], "www.corp.example").records == ["10.0.0.8"]
        }
    }
}
