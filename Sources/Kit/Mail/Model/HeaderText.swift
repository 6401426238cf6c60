import Foundation

/// Text in headers: ASCII only, lines of at most 76 characters, everything else as encoded words (RFC 2047).
enum HeaderText {
    /// Bytes of text in one encoded word: with `=?UTF-8?B?…?=` and base64 it stays below 75 characters.
    private static let wordBytes = 42

    /// Free text, such as a subject.
    static func unstructured(_ text: String) -> String { isPlain(text) ? text : encodedWords(text) }

    /// A display name.
    static func phrase(_ text: String) -> String {
        if isPlain(text), text.utf8.allSatisfy({ isAtom($0) || $0 == 0x20 }) { return text }
        guard isPlain(text) else { return encodedWords(text) }
        return "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            + "\""
    }

    /// One header with its folded value. Line ends in the value cannot start a header of their own: text that holds
    /// any is encoded.
    static func line(_ name: String, _ value: String) -> String {
        var lines: [String] = []
        var current = name + ":"
        for word in value.split(separator: " ", omittingEmptySubsequences: true) {
            if current.utf8.count + 1 + word.utf8.count > 76, current != name + ":" {
                lines.append(current)
                current = " " + word
            } else {
                current += " " + word
            }
        }
        return (lines + [current]).joined(separator: "\r\n") + "\r\n"
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !text.contains("=?")
            && text.split(separator: " ").allSatisfy { $0.utf8.count < 60 }
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "'")
        }
    }

    /// Whole characters to a word, so that none is cut in the middle.
    private static func encodedWords(_ text: String) -> String {
        var words: [String] = []
        var portion: [UInt8] = []
        func close() {
            guard !portion.isEmpty else { return }
            words.append("=?UTF-8?B?" + Data(portion).base64EncodedString() + "?=")
            portion = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if portion.count + bytes.count > wordBytes { close() }
            portion += bytes
        }
        close()
        return words.joined(separator: " ")
    }
}
