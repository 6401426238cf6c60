import Crypto
import FoundationEssentials

/// What a sealed value belongs to, for instance organization, collection, document and field.
///
/// Parts are length-prefixed, so that `["ab", "c"]` and `["a", "bc"]` differ.
struct SealContext {
    let bytes: [UInt8]

    init(_ parts: [String]) {
        var bytes: [UInt8] = []
        for part in parts {
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: part.utf8)
        }
        self.bytes = bytes
    }
}

/// A sealed value as stored: version, key id, nonce, ciphertext and tag.
public struct SealedBox: Sendable, Hashable {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// The master key it was sealed under, to find what a key rotation still has to do.
    public var keyID: String? {
        guard bytes.count > 2, bytes[0] == Sealer.version, bytes.count >= 2 + Int(bytes[1]) else { return nil }
        return String(decoding: bytes[2..<2 + Int(bytes[1])], as: UTF8.self)
    }
}

public enum SealError: Error, Equatable {
    /// Sealed under a key that is not in the ring.
    case unknownKey(String)
    /// Not a sealed value, altered, or sealed for another context. The three are not told apart on purpose.
    case cannotOpen
}

/// Seals bytes with AES-256-GCM so that they can be opened only by whoever holds the key and names the same context.
///
/// A ciphertext moved to another row, field or organization does not open: the context is authenticated, not stored.
/// Nonces are 96 random bits; rotate a master key before 2³² seals (NIST SP 800-38D §8.3).
public struct Sealer: Sendable {
    static let version: UInt8 = 1

    private let ring: KeyRing

    public init(_ ring: KeyRing) { self.ring = ring }

    public func seal(_ bytes: some Sequence<UInt8>, context: [String]) throws -> SealedBox {
        guard let key = ring.key(ring.activeID) else { throw SealError.unknownKey(ring.activeID) }
        let header = [Self.version, UInt8(ring.activeID.utf8.count)] + Array(ring.activeID.utf8)
        let sealed = try AES.GCM.seal(
            Array(bytes), using: key, authenticating: header + SealContext(context).bytes)
        return SealedBox(bytes: header + Array(sealed.nonce) + Array(sealed.ciphertext) + Array(sealed.tag))
    }

    public func seal(_ text: String, context: [String]) throws -> SealedBox {
        try seal(Array(text.utf8), context: context)
    }

    public func open(_ box: SealedBox, context: [String]) throws(SealError) -> [UInt8] {
        guard let keyID = box.keyID else { throw .cannotOpen }
        guard let key = ring.key(keyID) else { throw .unknownKey(keyID) }
        let headerLength = 2 + keyID.utf8.count
        let header = Array(box.bytes.prefix(headerLength))
        do {
            let sealed = try AES.GCM.SealedBox(combined: Array(box.bytes.dropFirst(headerLength)))
            return Array(try AES.GCM.open(sealed, using: key, authenticating: header + SealContext(context).bytes))
        } catch {
            throw .cannotOpen
        }
    }

    public func openText(_ box: SealedBox, context: [String]) throws(SealError) -> String {
        String(decoding: try open(box, context: context), as: UTF8.self)
    }

    /// Whether the value should be sealed again under the active key.
    public func needsRotation(_ box: SealedBox) -> Bool { box.keyID != ring.activeID }
}
