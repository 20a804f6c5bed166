// The kinds of endpoints that a container registry has under its suffix, in one table: what a record's name looks like,
// and what stops working without it. Every rule about registries reads this table; none has a kind's label of its own.

public import DNSWire

/// A kind of a registry's endpoints.
public enum EndpointKind: String, CaseIterable, Sendable {
    /// The registry itself, `myregistry`: logins and manifests.
    case registry
    /// A region's data endpoint, `myregistry.westeurope.data`: the layers.
    case data
    /// A region's regional endpoint, `myregistry.westeurope.geo`: the registry as one chosen region serves it.
    case regional

    /// The label after the region; nil for the only endpoint without a region.
    public var label: String? {
        switch self {
        case .registry: nil
        case .data: "data"
        case .regional: "geo"
        }
    }

    /// What it is called, such as `data endpoint`.
    public var title: String {
        switch self {
        case .registry: "registry endpoint"
        case .data: "data endpoint"
        case .regional: "regional endpoint"
        }
    }

    /// Whether a registry with a private endpoint has one in every region it is replicated to;
    /// endpoints of other kinds exist if Azure lists them.
    public var isInEveryRegion: Bool { self == .data }
}

/// One endpoint of a registry, as the labels in front of the registries' suffix name it.
public struct RegistryEndpoint: Hashable, Sendable {
    /// The registry, such as `myregistry`, in lower case.
    public let registry: String
    /// The kind.
    public let kind: EndpointKind
    /// The region, such as `westeurope`; nil for the registry itself.
    public let region: String?

    /// An endpoint of these parts.
    public init(registry: String, kind: EndpointKind, region: String? = nil) {
        self.registry = registry
        self.kind = kind
        self.region = region
    }

    /// The endpoint that these labels, in lower case and the leftmost first, name; nil if they name none.
    public init?(words: [String]) {
        guard let registry = words.first else { return nil }
        if words.count == 1 {
            self.init(registry: registry, kind: .registry)
            return
        }
        guard words.count == 3,
            let kind = EndpointKind.allCases.first(where: { $0.label == words[2] })
        else { return nil }
        self.init(registry: registry, kind: kind, region: words[1])
    }

    /// The endpoint `name` below `suffix`; nil if it is not an endpoint or not below the suffix.
    public init?(_ name: Name, below suffix: Name) {
        guard name.isAtOrBelow(suffix) else { return nil }
        self.init(words: name.words(below: suffix))
    }

    /// The name of the registry that has an endpoint in a region at `name`, whatever the suffix; nil for a name that
    /// is no such endpoint's.
    static func registry(ofRegional name: Name) -> Name? {
        let labels = name.folded.labels
        guard labels.count > 3,
            EndpointKind.allCases.contains(where: { $0.label.map { Array($0.utf8) } == labels[2] })
        else { return nil }
        return try? Name(labels: [labels[0]] + labels[3...])
    }

    /// The labels in front of the suffix.
    public var words: [String] {
        guard let region, let label = kind.label else { return [registry] }
        return [registry, region, label]
    }

    /// The endpoint's name below `suffix`; nil if it would be no domain name.
    public func name(below suffix: Name) -> Name? {
        try? Name(labels: words.map { Array($0.utf8) } + suffix.labels)
    }
}
