import Crypto

/// Ids that follow from what a thing is: organization, connection and the source's own id.
///
/// Writing the same thing twice then needs no look-up and no lock: both times it has the same id. Look the same as
/// other ids, but do not sort by time.
public struct DerivedID: Sendable {
    private let prefix: String
    private let start: SHA256

    /// - Parameter parts: what all ids made by this value share.
    public init(_ prefix: String, _ parts: String...) {
        self.prefix = prefix + "_"
        var hash = SHA256()
        for part in [prefix] + parts { Self.update(&hash, part) }
        start = hash
    }

    public func callAsFunction(_ parts: String...) -> String {
        var hash = start
        for part in parts { Self.update(&hash, part) }
        return prefix + Self.crockford(Array(hash.finalize()))
    }

    /// The first 130 bits in Crockford's alphabet: 26 characters.
    public static func crockford(_ digest: [UInt8]) -> String {
        var characters: [UInt8] = []
        characters.reserveCapacity(26)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in digest where characters.count < 26 {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5, characters.count < 26 {
                bits -= 5
                characters.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
            buffer &= (1 << UInt32(bits)) - 1
        }
        return String(decoding: characters, as: UTF8.self)
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func update(_ hash: inout SHA256, _ part: String) {
        var part = part
        part.withUTF8 { bytes in
            hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
        }
        withUnsafeBytes(of: UInt8(0)) { hash.update(bufferPointer: $0) }
    }
}
