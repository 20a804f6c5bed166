// The name within a zone that people mean: they give it relative, as az does, and also whole, as the guides' variables
// hold it, with or without a final dot.

public import DNSWire

/// A name within a zone, from what was written.
public struct OwnerInZone: Sendable {
    /// The whole name.
    public let owner: Name
    /// What was made of the written name, a sentence; nil if it was taken as it is.
    public let note: String?

    /// Takes `text` relative to `zone`, but as a whole name where it ends with a dot, with the zone's name, or with the
    /// public suffix of a link into the zone.
    public init(_ text: String, in zone: Name, links: LinkMap) throws(NameTextError) {
        if text == "@" {
            (owner, note) = (zone, nil)
            return
        }
        let relative = try Name(text: text, origin: zone)
        let absolute = try Name(text: text)
        let isAbsolute = relative == absolute
        if absolute.isAtOrBelow(zone) {
            owner = absolute
            note = isAbsolute ? nil : Self.note(text, absolute, zone)
        } else if let place = links.place(of: absolute, zones: [zone]),
            place.owner.isAtOrBelow(zone)
        {
            owner = place.owner
            note = Self.note(text, place.owner, zone)
        } else {
            (owner, note) = (relative, nil)
        }
    }

    private static func note(_ text: String, _ owner: Name, _ zone: Name) -> String {
        let name = ZoneContent.relativeName(owner, origin: zone)
        return "\(text) is read as \(name) in \(zone): --name is relative to the zone"
    }
}
