import Mustache

/// Escaping of text for HTML content and double- or single-quoted attributes, byte by byte.
public enum HTMLEscape {
    /// The text with `& < > " '` as entities.
    public static func escaped(_ text: String) -> String {
        var text = text
        return text.withUTF8 { utf8 in
            guard let first = utf8.firstIndex(where: needsEscape) else { return nil }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(utf8.count + 16)
            append(utf8, from: first, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        } ?? text
    }

    /// Appends the text, escaped.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { append($0, from: 0, to: &bytes) }
    }

    /// Runs between two marks are copied whole. Plain indices, because a slice's own cost more than the escaping.
    private static func append(_ utf8: UnsafeBufferPointer<UInt8>, from first: Int, to bytes: inout [UInt8]) {
        var start = 0
        var index = first
        while index < utf8.count {
            if needsEscape(utf8[index]) {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                entity(utf8[index]).withUTF8Buffer { bytes.append(contentsOf: $0) }
                start = index + 1
            }
            index += 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }

    private static func entity(_ byte: UInt8) -> StaticString {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        default: "&#39;"
        }
    }
}

/// The content type of all our templates: escapes text, lets `SafeHTML` through.
struct PageContentType: MustacheContentType {
    static let name = "PAGE"

    func escapeText(_ text: String) -> String {
        if text.utf8.first == 1, text.utf8.starts(with: SafeHTML.markBytes) {
            return String(decoding: text.utf8.dropFirst(SafeHTML.markCount), as: UTF8.self)
        }
        return HTMLEscape.escaped(text)
    }
}
