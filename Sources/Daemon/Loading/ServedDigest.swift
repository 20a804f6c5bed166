// One number for all served data, for comparing daemons: zones, links, forward zones, access and
// policy, in any order. Settings that differ between otherwise equal daemons are not included.

internal import DNSWire
internal import Settings
internal import Zones

/// A hash of what a daemon answers from; equal in every process for equal content.
struct ServedDigest: CustomStringConvertible {
    let description: String

    init(_ loaded: LoadResult) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func feed(_ text: String) {
            // FNV-1a, with an end mark so that parts do not run together.
            for octet in text.utf8 { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
        }
        for stored in loaded.zones {
            feed("\(stored.origin.folded)")
            feed(stored.zone.map { "\($0.fingerprint)" } ?? "failed")
        }
        let settings = loaded.settings
        for link in settings.links.map({ "\($0)" }).sorted() { feed(link) }
        for zone in settings.forward.map({ "\($0)" }).sorted() { feed(zone) }
        for access in [settings.access] + settings.listen.map({ settings.access(at: $0) }) {
            for prefix in access.allow.map({ "\($0)" }).sorted() { feed(prefix) }
            for prefix in access.deny.map({ "-\($0)" }).sorted() { feed(prefix) }
            feed(access.action.rawValue)
        }
        feed("\(settings.withoutRecursion) \(settings.udpPayload)")
        let digits = String(hash, radix: 16)
        description = String(repeating: "0", count: 16 - digits.count) + digits
    }
}
