/// What must not reach a log: values under telling keys, and known secrets wherever they turn up.
public struct LogRedaction: Sendable {
    public static let mark = "***"

    /// Parts of key names, lower case without `_` and `-`, whose values are never shown.
    public static let standardKeys: [String] = [
        "password", "passwd", "passphrase", "secret", "token", "authorization", "cookie", "apikey", "privatekey",
        "credential", "sessionid", "otp", "email", "phone", "address", "firstname", "lastname", "card", "iban",
    ]

    private let keys: [[UInt8]]
    private let secrets: [[UInt8]]

    /// - Parameter secrets: configured secrets, masked inside any text; those under eight bytes are left out, since
    ///   masking them would mangle ordinary words.
    public init(keys: [String] = standardKeys, secrets: [String] = []) {
        self.keys = keys.map { Array($0.utf8) }
        self.secrets = secrets.map { Array($0.utf8) }.filter { $0.count >= 8 }
    }

    func hides(key: String) -> Bool {
        let plain = key.utf8.compactMap { byte -> UInt8? in
            if byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") { return nil }
            return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
        if plain.elementsEqual("clientaddress".utf8) { return false }
        return keys.contains { plain.containsBytes($0) }
    }

    /// The text with every known secret masked.
    func masked(_ text: String) -> String {
        guard !secrets.isEmpty else { return text }
        var bytes = Array(text.utf8)
        var changed = false
        for secret in secrets {
            while let start = bytes.firstRange(of: secret) {
                bytes.replaceSubrange(start, with: Self.mark.utf8)
                changed = true
            }
        }
        return changed ? String(decoding: bytes, as: UTF8.self) : text
    }
}

extension [UInt8] {
    fileprivate func containsBytes(_ part: [UInt8]) -> Bool {
        guard part.count <= count else { return false }
        for start in 0...(count - part.count) where self[start..<(start + part.count)].elementsEqual(part) {
            return true
        }
        return false
    }
}
