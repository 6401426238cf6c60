/// Text as lines of at most 76 ASCII characters (RFC 2045 §6.7).
enum QuotedPrintable {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func encode(_ text: String) -> String {
        var result: [UInt8] = []
        let lines = text.replacingLineEnds.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if index > 0 { result += [13, 10] }
            append(Array(line.utf8), to: &result)
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func append(_ line: [UInt8], to result: inout [UInt8]) {
        var column = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isBlank = byte == 0x20 || byte == 0x09
            let isPlain = (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=")) || isBlank && !isLast
            let width = isPlain ? 1 : 3
            if column + width > (isLast ? 76 : 75) {
                result += [UInt8(ascii: "="), 13, 10]
                column = 0
            }
            if isPlain {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            column += width
        }
    }
}

extension String {
    /// Line ends of every kind as `\n`.
    fileprivate var replacingLineEnds: String {
        var result: [UInt8] = []
        var afterReturn = false
        for byte in utf8 {
            if byte == 10, afterReturn {
                afterReturn = false
                continue
            }
            afterReturn = byte == 13
            result.append(byte == 13 ? 10 : byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
