/// The encodings a file of orders comes in.
public enum TextEncoding: String, Sendable, Codable, CaseIterable {
    case utf8 = "utf-8"
    case utf16le = "utf-16le"
    case utf16be = "utf-16be"
    /// Also stands for Latin-1, of which it is a superset in all printable characters.
    case windows1252 = "windows-1252"

    /// Decides from the first bytes and from what a look at the whole file found.
    public static func detect(prefix: [UInt8], wholeFileIsUTF8: Bool) -> TextEncoding {
        if prefix.starts(with: [0xFF, 0xFE]) { return .utf16le }
        if prefix.starts(with: [0xFE, 0xFF]) { return .utf16be }
        if let guess = utf16Guess(prefix) { return guess }
        return wholeFileIsUTF8 ? .utf8 : .windows1252
    }

    /// UTF-16 without a mark: text in Latin letters has a zero in every second byte, always on the same side.
    static func utf16Guess(_ prefix: [UInt8]) -> TextEncoding? {
        if prefix.starts(with: [0xFF, 0xFE]) { return .utf16le }
        if prefix.starts(with: [0xFE, 0xFF]) { return .utf16be }
        let sample = prefix.prefix(2048)
        guard sample.count >= 8 else { return nil }
        var zeros = (even: 0, odd: 0)
        for (index, byte) in sample.enumerated() where byte == 0 {
            if index % 2 == 0 { zeros.even += 1 } else { zeros.odd += 1 }
        }
        let half = sample.count / 2
        if zeros.odd * 10 > half * 7, zeros.even * 20 < half { return .utf16le }
        if zeros.even * 10 > half * 7, zeros.odd * 20 < half { return .utf16be }
        return nil
    }
}
