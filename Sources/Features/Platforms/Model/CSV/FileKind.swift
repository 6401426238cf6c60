/// Files that people upload as CSV by mistake, recognised by their first bytes, each with its own sentence of help.
public enum FileKind: String, Sendable, Codable, CaseIterable {
    case xlsx, zip, gzip, pdf, xls, utf32, binary

    /// The kind of a file that starts with `prefix`, or nil where it may be text.
    public static func recognise(_ prefix: some Collection<UInt8>) -> FileKind? {
        let head = Array(prefix.prefix(4096))
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) || head.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
            let isWorkbook = contains(head, "[Content_Types].xml") || contains(head, "xl/")
            return isWorkbook ? .xlsx : .zip
        }
        if head.starts(with: [0x1F, 0x8B]) { return .gzip }
        if head.starts(with: Array("%PDF-".utf8)) { return .pdf }
        if head.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) { return .xls }
        if head.starts(with: [0xFF, 0xFE, 0, 0]) || head.starts(with: [0, 0, 0xFE, 0xFF]) { return .utf32 }
        return looksBinary(head) ? .binary : nil
    }

    /// Control characters have no place in text; some files carry one or two by accident, so a share decides.
    private static func looksBinary(_ head: [UInt8]) -> Bool {
        guard !head.isEmpty, TextEncoding.utf16Guess(head) == nil else { return false }
        let controls = head.count { $0 < 9 || ($0 > 13 && $0 < 32) }
        return controls * 20 > head.count
    }

    private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        let needle = Array(text.utf8)
        guard bytes.count >= needle.count else { return false }
        return (0...(bytes.count - needle.count)).contains { bytes[$0..<($0 + needle.count)].elementsEqual(needle) }
    }
}
