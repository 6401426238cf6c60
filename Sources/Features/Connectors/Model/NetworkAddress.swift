import Glibc

/// An IPv4 or IPv6 address, as its bytes.
struct NetworkAddress: Sendable, Equatable {
    let bytes: [UInt8]

    /// - Parameter text: `192.0.2.7` or `2001:db8::7`; nil for anything else.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    /// Whether it may be on the public net: in no block that the registries keep for special use, and not an IPv4
    /// address of such a block in IPv6 clothes.
    ///
    /// Source: RFC 6890 and the IANA special-purpose address registries.
    var isPublic: Bool {
        if bytes.count == 4 { return !Self.special4.contains { $0.holds(bytes) } }
        if let inner = embedded { return !Self.special4.contains { $0.holds(inner) } }
        return Block("2000::", 3).holds(bytes) && !Self.special6.contains { $0.holds(bytes) }
    }

    /// The IPv4 address in a mapped (`::ffff:0:0/96`), translated (`64:ff9b::/96`) or 6to4 (`2002::/16`) one.
    private var embedded: [UInt8]? {
        if Block("::ffff:0:0", 96).holds(bytes) || Block("64:ff9b::", 96).holds(bytes) { return Array(bytes[12...]) }
        return Block("2002::", 16).holds(bytes) ? Array(bytes[2..<6]) : nil
    }

    private static let special4 = [
        Block("0.0.0.0", 8), Block("10.0.0.0", 8), Block("100.64.0.0", 10), Block("127.0.0.0", 8),
        Block("169.254.0.0", 16), Block("172.16.0.0", 12), Block("192.0.0.0", 24), Block("192.0.2.0", 24),
        Block("192.88.99.0", 24), Block("192.168.0.0", 16), Block("198.18.0.0", 15), Block("198.51.100.0", 24),
        Block("203.0.113.0", 24), Block("224.0.0.0", 4), Block("240.0.0.0", 4),
    ]

    private static let special6 = [Block("2001::", 23), Block("2001:db8::", 32), Block("3fff::", 20)]

    /// A block of addresses with a common beginning.
    private struct Block {
        let start: [UInt8]
        let length: Int

        init(_ start: String, _ length: Int) {
            self.start = NetworkAddress(start)?.bytes ?? []
            self.length = length
        }

        func holds(_ bytes: [UInt8]) -> Bool {
            guard bytes.count == start.count else { return false }
            let whole = length / 8
            let mask = length % 8 == 0 ? UInt8(0) : ~(UInt8.max >> UInt8(length % 8))
            return bytes[..<whole] == start[..<whole]
                && (mask == 0 || bytes[whole] & mask == start[whole] & mask)
        }
    }
}
