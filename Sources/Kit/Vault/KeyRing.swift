import Crypto
import FoundationEssentials

public enum KeyRingError: Error, Equatable {
    /// No key at all, a repeated id, an id that is empty or over 64 bytes, or a key that is not 256 bits.
    case malformed(String)
}

/// The master keys of an installation by id. New seals use the first; older ones stay readable until removed.
public struct KeyRing: Sendable, CustomStringConvertible {
    public let activeID: String
    private let keys: [String: SymmetricKey]

    /// - Parameter entries: key id and 32 key bytes, the active one first.
    public init(_ entries: [(id: String, key: [UInt8])]) throws(KeyRingError) {
        guard let first = entries.first else { throw .malformed("no key given") }
        var keys: [String: SymmetricKey] = [:]
        for (id, key) in entries {
            guard (1...64).contains(id.utf8.count) else { throw .malformed("a key id has 1 to 64 characters") }
            guard key.count == 32 else { throw .malformed("key \(id) is not 256 bits") }
            guard keys.updateValue(SymmetricKey(data: key), forKey: id) == nil else {
                throw .malformed("key id \(id) is given twice")
            }
        }
        self.activeID = first.id
        self.keys = keys
    }

    /// Reads `id:base64,id:base64` as written in the configuration, the active key first.
    public init(configured text: SecretValue) throws(KeyRingError) {
        var entries: [(id: String, key: [UInt8])] = []
        for entry in text.reveal().split(separator: ",") {
            let parts = entry.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2,
                let key = Base64URL.decode(parts[1]) ?? Data(base64Encoded: parts[1]).map(Array.init)
            else { throw .malformed("an entry is not id:base64") }
            entries.append((parts[0], key))
        }
        try self.init(entries)
    }

    public var ids: Set<String> { Set(keys.keys) }

    public var description: String { "KeyRing(active: \(activeID), keys: \(keys.count))" }

    func key(_ id: String) -> SymmetricKey? { keys[id] }

    /// 256 bits for one purpose, derived from a named master key (HKDF-SHA-256); nil when the ring has no such key.
    public func derivedKey(for purpose: [String], from id: String? = nil) -> [UInt8]? {
        key(id ?? activeID).map { master in
            HKDF<SHA256>.deriveKey(inputKeyMaterial: master, info: SealContext(purpose).bytes, outputByteCount: 32)
                .withUnsafeBytes { Array($0) }
        }
    }
}
