// The table of Azure services with their public suffixes and private zones,
// config/private-links.csv. It is built in so that settings can name a service; links that it lacks
// are written out in the settings.

public import DNSWire

/// One row of the table.
public struct LinkService: Equatable, Sendable {
    /// The service's name in the settings, such as `container-registry`.
    public let service: String
    /// The Azure cloud.
    public let cloud: Settings.Cloud
    /// The suffix that clients ask for; variable labels in braces.
    public let publicSuffix: Name
    /// The private zone; the same variables.
    public let privateSuffix: Name
    /// Azure's name for the kind of resource.
    public let resource: String
}

/// The table.
public enum LinkServices {
    /// All rows, in order of service and cloud.
    public static let all: [LinkService] = read(PackageResources.private_links_csv) ?? []

    /// The words of all services, each once.
    public static var words: [String] {
        var words: [String] = []
        for row in all where words.last != row.service { words.append(row.service) }
        return words
    }

    /// The rows of one service in one cloud.
    static func rows(_ service: String, _ cloud: Settings.Cloud) -> [LinkService] {
        all.filter { $0.service == service && $0.cloud == cloud }
    }

    /// The rows of a table with a heading; nil if one of them is malformed, which a test rules out.
    static func read(_ octets: [UInt8]) -> [LinkService]? {
        var rows: [LinkService] = []
        for line in octets.split(separator: 0x0A).dropFirst() {
            let cells = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard cells.count == 5, let cloud = Settings.Cloud(rawValue: cells[1]),
                let publicSuffix = try? Name(text: cells[2]),
                let privateSuffix = try? Name(text: cells[3])
            else { return nil }
            rows.append(
                LinkService(
                    service: cells[0], cloud: cloud, publicSuffix: publicSuffix,
                    privateSuffix: privateSuffix, resource: cells[4]))
        }
        return rows
    }
}

extension Settings {
    /// One of Azure's clouds.
    public enum Cloud: String, CaseIterable, Equatable, Sendable {
        /// Azure's public cloud.
        case `public`
        /// Azure for the government of the United States.
        case usGovernment = "us-government"
        /// Azure in China.
        case china
    }
}

extension Settings.Link {
    /// The links of an entry of the settings: itself, or one for each pair of its service.
    var expanded: [Settings.Link] {
        guard let service else { return [self] }
        return LinkServices.rows(service, cloud ?? .public).map { row in
            var link = self
            link.publicSuffix = row.publicSuffix
            link.privateSuffix = row.privateSuffix
            return link
        }
    }

    /// Whether its suffixes have variable labels.
    public var isPattern: Bool { !NamePattern(privateSuffix).isPlain }

    /// Whether `other` is this link with its variable labels bound.
    public func makes(_ other: Settings.Link) -> Bool {
        let labels = privateSuffix.labelCount
        return other.privateSuffix.labelCount == labels
            && NamePattern(privateSuffix).bindings(ofSuffixOf: other.privateSuffix) != nil
    }
}

extension Settings {
    /// The links in effect with these local zones: a link with variable labels becomes one for each
    /// zone that matches its private suffix.
    public func links(forZones origins: some Sequence<Name>) -> [Link] {
        guard links.contains(where: \.isPattern) else { return links }
        var result: [Link] = []
        var known: Set<[Name]> = []
        for link in links {
            guard link.isPattern else {
                if known.insert([link.publicSuffix, link.privateSuffix]).inserted {
                    result.append(link)
                }
                continue
            }
            for origin in origins {
                guard
                    let bindings = NamePattern(link.privateSuffix).bindings(ofSuffixOf: origin),
                    let publicSuffix = NamePattern(link.publicSuffix).filled(with: bindings),
                    let privateSuffix = NamePattern(link.privateSuffix).filled(with: bindings),
                    known.insert([publicSuffix, privateSuffix]).inserted
                else { continue }
                var concrete = link
                concrete.publicSuffix = publicSuffix
                concrete.privateSuffix = privateSuffix
                result.append(concrete)
            }
        }
        return result
    }

    /// Replaces each service by its links; a pair that is already linked is not added again.
    mutating func expandLinks() {
        var known: Set<[Name]> = Set(
            links.filter { $0.service == nil }.map { [$0.publicSuffix, $0.privateSuffix] })
        links = links.flatMap { entry in
            entry.expanded.filter { link in
                link.service == nil
                    || known.insert([link.publicSuffix, link.privateSuffix]).inserted
            }
        }
    }
}
