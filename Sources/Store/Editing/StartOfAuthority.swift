// The data of a SOA record, field by field.

public import DNSWire

/// The data of a SOA record.
public struct StartOfAuthority: Sendable {
    /// The data, which are well-formed.
    public let data: [UInt8]

    /// Takes well-formed data of a SOA record.
    public init(_ data: [UInt8]) { self.data = data }

    /// The serial number.
    public var serial: UInt32 {
        data[(data.count - 20)..<(data.count - 16)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The same with another serial number.
    public func with(serial: UInt32) -> StartOfAuthority {
        var octets = data
        for index in 0..<4 {
            octets[octets.count - 20 + index] = UInt8(
                truncatingIfNeeded: serial >> UInt32(24 - 8 * index))
        }
        return StartOfAuthority(octets)
    }

    /// The name of the primary server.
    public var host: Name { name(at: 0) }

    /// The mailbox of who is responsible, as a name.
    public var mailbox: Name { name(at: host.octets.count) }

    /// Refresh, retry, expire and minimum, in seconds.
    public var times: [UInt32] {
        stride(from: data.count - 16, to: data.count, by: 4).map { start in
            data[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    private func name(at start: Int) -> Name {
        var end = start
        while data[end] != 0 { end += 1 + Int(data[end]) }
        do throws(WireError) {
            return try Name(wire: data.span.extracting(start...end))
        } catch {
            preconditionFailure("the data are well-formed")
        }
    }
}
