import Crypto

/// Makes look-up tokens for personal values such as e-mail addresses: equal values give equal tokens inside one
/// context, and a token tells nothing to whoever lacks the key.
///
/// Pass normalised values. The context should begin with the organization, so that one person is not recognisable
/// across two of them.
public struct Tokenizer: Sendable {
    private let key: SymmetricKey

    /// - Parameter key: 256 bits that must outlive the data; it is not rotated with the sealing keys.
    public init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    /// `tok_` and the first 128 bits of HMAC-SHA-256 in hexadecimal.
    public func token(_ value: String, context: [String]) -> String {
        let message = SealContext(context + [value]).bytes
        let code = HMAC<SHA256>.authenticationCode(for: message, using: key)
        return "tok_" + Hex.encode(code.prefix(16))
    }
}
