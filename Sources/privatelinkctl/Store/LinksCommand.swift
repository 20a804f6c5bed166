// The table of Azure's services, as the settings can name them.

import ArgumentParser
import Control
import DNSWire
import Glibc
import Settings

struct Links: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists Azure's services with the public suffix and the private zone of each.",
        discussion: """
            The settings select a service by name: links: [{service: container-registry}]. A label in \
            braces matches any label, with one link for each existing zone.
            """)

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    @Argument(
        help:
            "A part of a service's word, of a suffix or of a resource, or a name; all without one.")
    var search: String?
    @Option(
        help: "A cloud: public, us-government or china; default: all.",
        transform: { word in
            guard let cloud = Settings.Cloud(rawValue: word) else {
                throw ValidationError("\(word) is not a cloud: use public, us-government or china.")
            }
            return cloud
        })
    var cloud: Settings.Cloud?

    func run() throws {
        let format = options.format(under: parent)
        let rows = LinkServices.all.filter { row in
            (search.map { matches(row, $0) } ?? true) && (cloud == nil || row.cloud == cloud)
        }
        if rows.isEmpty { throw CommandFailure.sentence("there is no such service", format) }
        let report = TableReport(
            key: "links",
            rows: rows.map { row in
                [
                    ReportField("SERVICE", "service", .text(row.service)),
                    ReportField("CLOUD", "cloud", .text(row.cloud.rawValue)),
                    ReportField("PUBLIC", "public", .text("\(row.publicSuffix)")),
                    ReportField("PRIVATE", "private", .text("\(row.privateSuffix)")),
                    ReportField("RESOURCE", "resource", .text(row.resource)),
                ]
            })
        OutputStream(STDOUT_FILENO).write(report.rendered(as: format))
    }

    private func matches(_ row: LinkService, _ search: String) -> Bool {
        let words = [
            row.service, "\(row.publicSuffix)", "\(row.privateSuffix)", row.resource,
        ]
        let part = search.lowercased()
        if words.contains(where: { $0.lowercased().contains(part) }) { return true }
        guard let name = try? Name(text: Arguments.host(in: search)), name.labelCount > 1 else {
            return false
        }
        return [row.publicSuffix, row.privateSuffix].contains {
            NamePattern($0).bindings(ofSuffixOf: name) != nil
        }
    }
}
