// The table as a page: docs/metrics.md.

internal import Control

extension MetricTable {
    /// The page, in Markdown.
    static var reference: String {
        var lines = [
            "# Metrics",
            "",
            "`GET /metrics` on `metrics.listen` gives these in Prometheus' text format; `privatelinkctl stats` "
                + "prints the same figures.",
            "All names begin with `privatelinkd_` except those that begin with `process_`. Counters count "
                + "from the start of the daemon.",
            "Of responses that are given at once, the duration of one batch of datagrams in eight is measured, and "
                + "counts for the seven before it.",
            "Durations are in seconds and sizes in bytes. This page is made from the table in the code.",
        ]
        for section in sections {
            lines += ["", "## \(section.heading)", "", "| metric | type | labels | meaning |"]
            lines.append("|---|---|---|---|")
            for family in section.families {
                let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
                lines.append(
                    "| `\(family.name)` | \(family.kind.rawValue) | \(labels) | \(family.meaning) |"
                )
            }
        }
        lines += ["", "## Values of labels", "", "| label | values |", "|---|---|"]
        lines += labelValues.map { "| `\($0)` | \($1) |" }
        return lines.map { $0 + "\n" }.joined()
    }

    private static let labelValues = [
        ("protocol", "`udp`, `tcp`"),
        (
            "type",
            "`A`, `AAAA`, `HTTPS`, `SVCB`, `PTR`, `SRV`, `TXT`, `MX`, `NS`, `SOA`, `CNAME`, `ANY`, `other`"
        ),
        (
            "source",
            "`zone`: a local zone; `link`: a private link and its zone; `cache`; `stale`: the cache, beyond the "
                + "TTL; `forward`: a server, while the client waited; `special`: a reserved name; `policy`: a "
                + "refusal or an error that the daemon decided on. For a chain of aliases, its end counts"
        ),
        (
            "rcode",
            "`NOERROR`, `NODATA`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, `FORMERR`, `other`"
        ),
        (
            "reason (dropped_total)",
            "`not_query`: a response, or shorter than a header; `socket`: the kernel dropped it because the "
                + "socket's buffer was full"
        ),
        (
            "reason (upstream_replies_rejected_total)",
            "`unmatched`: it answers nothing that was asked; `mismatched`: another question or sender; "
                + "`suspect`: a forger could have written it, so the daemon asked again over TCP"
        ),
        (
            "reason (connections_rejected_total)",
            "`limit`: too many; `evicted`: to make room; `stalled`: the client did not read; `broken`: the client "
                + "broke a rule or the network failed; `memory`: all of them held too much"
        ),
        (
            "state",
            "`current`: as its file is now; `kept`: as its file was before it had a mistake; `last_good`: the "
                + "last good copy; `removed`: its file is gone; `failed`: no data, SERVFAIL for its names"
        ),
        (
            "result (reloads_total)",
            "`succeeded`; `failed`: a mistake; `refused`: a zone would have lost most of its records"
        ),
        ("zone", "the name of a zone without the final dot, for the first 100 zones"),
        ("link", "the public suffix of a link"),
        ("server", "`address:port`"),
    ]
}
