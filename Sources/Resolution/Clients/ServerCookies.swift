// Creates and checks server cookies with the interoperable algorithm (RFC 9018, section 4), so
// servers behind one address agree if they have the same secrets. Time is passed in as seconds
// since 1970; there is no state per client.

internal import Addresses
internal import DNSWire

/// Sixteen bytes that only the servers of one address know.
public struct CookieSecret: Equatable, Sendable, BitwiseCopyable {
    let first: UInt64
    let second: UInt64

    /// A secret of sixteen bytes, as two numbers, the least significant byte first.
    public init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    /// A secret of sixteen bytes; nil for another number of them.
    public init?(octets: [UInt8]) {
        guard octets.count == 16 else { return nil }
        var halves: [UInt64] = [0, 0]
        for index in 0..<16 { halves[index / 8] |= UInt64(octets[index]) << (8 * (index % 8)) }
        first = halves[0]
        second = halves[1]
    }
}

/// The secrets of one server: the first makes cookies, all of them are recognised, so that one can be
/// replaced while clients still have cookies made with it (RFC 9018, section 5).
public struct ServerCookies: Equatable, Sendable, BitwiseCopyable {
    /// The most secrets.
    public static let maximumSecrets = 4

    private var secrets = InlineArray<4, CookieSecret>(
        repeating: CookieSecret(first: 0, second: 0))
    private var count = 0

    /// No secrets: cookies are neither given nor judged.
    public init() {}

    /// The first four of `list`.
    public init(_ list: [CookieSecret]) {
        for secret in list.prefix(Self.maximumSecrets) {
            secrets[count] = secret
            count += 1
        }
    }

    /// Whether cookies are given at all.
    var isEmpty: Bool { count == 0 }

    /// Whether a client's cookie is valid, and the cookie for the reply.
    struct Verdict: BitwiseCopyable {
        /// Whether the server's part is ours, made for this client, and not too old.
        var isValid: Bool
        var reply: Cookie
    }

    /// Judges what a client sent from `address`.
    ///
    /// A server cookie made with the first secret less than half an hour ago is returned unchanged.
    /// An older one is replaced. After an hour, or if its time is more than five minutes in the
    /// future, it is invalid (RFC 9018, section 4.3).
    func judge(_ cookie: Cookie, from address: IPAddress, at time: UInt32) -> Verdict {
        var verdict = Verdict(isValid: false, reply: cookie)
        if let part = cookie.server, part.stamp >> 56 == Self.version {
            let age = Int32(bitPattern: time &- UInt32(truncatingIfNeeded: part.stamp))
            for index in 0..<count where age <= 3_600 && age >= -300 {
                let hash = secrets[index].hash(
                    client: cookie.client, stamp: part.stamp, address: address)
                guard hash == part.hash else { continue }
                verdict.isValid = true
                if index == 0, age <= 1_800, part.stamp & Self.reserved == 0 { return verdict }
                break
            }
        }
        let stamp = Self.version << 56 | UInt64(time)
        verdict.reply.server = Cookie.ServerPart(
            stamp: stamp,
            hash: secrets[0].hash(client: cookie.client, stamp: stamp, address: address))
        return verdict
    }

    private static var version: UInt64 { 1 }
    /// The three bytes that are zero in a cookie of ours.
    private static var reserved: UInt64 { 0x00FF_FFFF_0000_0000 }

    /// Equal when they have the same secrets in the same order.
    public static func == (left: ServerCookies, right: ServerCookies) -> Bool {
        left.count == right.count
            && (0..<left.count).allSatisfy { left.secrets[$0] == right.secrets[$0] }
    }
}

extension CookieSecret {
    /// The hash of a server cookie, its bytes as a number, the most significant first.
    func hash(client: UInt64, stamp: UInt64, address: IPAddress) -> UInt64 {
        var hash = SipHash(first: first, second: second)
        hash.absorb(client.byteSwapped)
        hash.absorb(stamp.byteSwapped)
        if let bits = address.unmapped.ipv4Bits {
            return hash.finish(UInt64(bits.byteSwapped), count: 20).byteSwapped
        }
        hash.absorb(address.high.byteSwapped)
        hash.absorb(address.low.byteSwapped)
        return hash.finish(0, count: 32).byteSwapped
    }
}

/// SipHash-2-4 over words of eight bytes, the least significant first.
struct SipHash: BitwiseCopyable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    init(first: UInt64, second: UInt64) {
        v0 = first ^ 0x736F_6D65_7073_6575
        v1 = second ^ 0x646F_7261_6E64_6F6D
        v2 = first ^ 0x6C79_6765_6E65_7261
        v3 = second ^ 0x7465_6462_7974_6573
    }

    /// Takes eight bytes.
    mutating func absorb(_ word: UInt64) {
        v3 ^= word
        mix()
        mix()
        v0 ^= word
    }

    /// Takes the last bytes, fewer than eight, of `count` in all.
    mutating func finish(_ rest: UInt64, count: Int) -> UInt64 {
        absorb(rest | UInt64(truncatingIfNeeded: count) << 56)
        v2 ^= 0xFF
        for _ in 0..<4 { mix() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func mix() {
        v0 &+= v1
        v2 &+= v3
        v1 = v1 << 13 | v1 >> 51
        v3 = v3 << 16 | v3 >> 48
        v1 ^= v0
        v3 ^= v2
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v1
        v0 &+= v3
        v1 = v1 << 17 | v1 >> 47
        v3 = v3 << 21 | v3 >> 43
        v1 ^= v2
        v3 ^= v0
        v2 = v2 << 32 | v2 >> 32
    }
}
