// Addresses that are not reachable from the Internet, such as those of private endpoints.

extension IPAddress {
    /// Whether the address is of a private network, link-local or loopback (RFC 1918, RFC 6598, RFC 4193).
    public var isPrivate: Bool {
        let address = unmapped
        return Self.privateBlocks.contains { $0.contains(address) }
    }

    private static let privateBlocks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
        "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128",
    ].compactMap { Prefix($0) }
}
