import Crypto

/// Unguessable strings for session cookies, links, refresh tokens and keys. Only ``hash(_:)`` of one is ever stored.
public enum RandomToken {
    /// A token of `bytes` random bytes in base64url without padding; 32 bytes give 43 characters.
    public static func make(bytes: Int = 32) -> String {
        Base64URL.encode(randomBytes(bytes))
    }

    /// SHA-256 of the token in lower-case hexadecimal: what is stored and looked up.
    ///
    /// A plain digest is enough because a token, unlike a password, has too many values to try.
    public static func hash(_ token: String) -> String {
        Hex.encode(SHA256.hash(data: Array(token.utf8)))
    }

    /// Bytes from the system's cryptographically secure generator.
    public static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes = [UInt8]()
        bytes.reserveCapacity(count)
        while bytes.count < count {
            withUnsafeBytes(of: generator.next()) { word in
                bytes.append(contentsOf: word.prefix(count - bytes.count))
            }
        }
        return bytes
    }
}
