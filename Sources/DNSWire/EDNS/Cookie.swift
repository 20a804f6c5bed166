// The COOKIE option's contents as numbers (RFC 7873, section 4), the server's part in the form that all
// servers share (RFC 9018, section 4). How a server's part is made and judged is not here: that needs a
// secret and the time.

/// A client's cookie, and the server's where it has the shared form.
public struct Cookie: Hashable, Sendable, BitwiseCopyable {
    /// The server's part.
    public struct ServerPart: Hashable, Sendable, BitwiseCopyable {
        /// Version, three reserved bytes, and the time in seconds since 1970 modulo 2^32.
        public var stamp: UInt64
        /// The keyed hash.
        public var hash: UInt64

        /// A server's part.
        public init(stamp: UInt64, hash: UInt64) {
            self.stamp = stamp
            self.hash = hash
        }
    }

    /// The bytes of an option with both parts, its code and length among them.
    static let optionSize = 28

    /// The eight bytes that the client drew.
    public var client: UInt64
    /// The server's part; nil if the client has none yet, or one of another form.
    public var server: ServerPart?

    /// A cookie.
    public init(client: UInt64, server: ServerPart?) {
        self.client = client
        self.server = server
    }

    /// Reads an option of at least eight bytes.
    public init(_ option: EDNSOption, in message: Span<UInt8>) {
        client = message.uint64(at: option.start)
        server = nil
        if option.end - option.start == 24 {
            server = ServerPart(
                stamp: message.uint64(at: option.start + 8),
                hash: message.uint64(at: option.start + 16))
        }
    }
}
