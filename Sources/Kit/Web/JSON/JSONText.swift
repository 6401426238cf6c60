import Foundation

/// The byte-level spelling of JSON values.
enum JSONText {
    private static let hex = Array("0123456789abcdef".utf8)

    /// Appends text in quotes with the escapes RFC 8259 asks for. `<` and U+2028/9 stay, since JSON is never put into
    /// a script.
    static func appendQuoted(_ text: String, to sink: inout ByteSink) {
        var text = text
        text.withUTF8 { utf8 in
            // Six bytes is the longest escape; most texts need none and take one copy.
            guard isPlain(utf8) else { return appendEscaped(utf8, to: &sink) }
            sink.write(maximum: utf8.count + 2) { pointer in
                pointer[0] = UInt8(ascii: "\"")
                if let source = utf8.baseAddress { (pointer + 1).update(from: source, count: utf8.count) }
                pointer[utf8.count + 1] = UInt8(ascii: "\"")
                return utf8.count + 2
            }
        }
    }

    /// Looks at all bytes without branches, which the compiler vectorizes.
    private static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        var special: UInt8 = 0
        for byte in utf8 {
            special |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5C ? 1 : 0)
        }
        return special == 0
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func appendEscaped(_ utf8: UnsafeBufferPointer<UInt8>, to sink: inout ByteSink) {
        sink.write(maximum: utf8.count * 6 + 2) { pointer in
            var end = 1
            pointer[0] = UInt8(ascii: "\"")
            for byte in utf8 {
                if isPlain(byte) {
                    pointer[end] = byte
                    end += 1
                } else {
                    end += writeEscape(byte, to: pointer + end)
                }
            }
            pointer[end] = UInt8(ascii: "\"")
            return end + 1
        }
    }

    private static func writeEscape(_ byte: UInt8, to pointer: UnsafeMutablePointer<UInt8>) -> Int {
        pointer[0] = UInt8(ascii: "\\")
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): pointer[1] = byte
        case 0x08: pointer[1] = UInt8(ascii: "b")
        case 0x09: pointer[1] = UInt8(ascii: "t")
        case 0x0A: pointer[1] = UInt8(ascii: "n")
        case 0x0C: pointer[1] = UInt8(ascii: "f")
        case 0x0D: pointer[1] = UInt8(ascii: "r")
        default:
            pointer[1] = UInt8(ascii: "u")
            pointer[2] = UInt8(ascii: "0")
            pointer[3] = UInt8(ascii: "0")
            pointer[4] = hex[Int(byte >> 4)]
            pointer[5] = hex[Int(byte & 0x0F)]
            return 6
        }
        return 2
    }

    /// Appends `"2026-11-21T10:55:07Z"`, with `.123` before the `Z` when there are milliseconds.
    static func appendQuoted(_ date: Date, to sink: inout ByteSink) {
        let civil = CivilTime(date)
        sink.write(maximum: 26) { pointer in
            pointer[0] = UInt8(ascii: "\"")
            DecimalText.write(civil.year, width: 4, to: pointer + 1)
            pointer[5] = UInt8(ascii: "-")
            DecimalText.write(civil.month, width: 2, to: pointer + 6)
            pointer[8] = UInt8(ascii: "-")
            DecimalText.write(civil.day, width: 2, to: pointer + 9)
            pointer[11] = UInt8(ascii: "T")
            DecimalText.write(civil.hour, width: 2, to: pointer + 12)
            pointer[14] = UInt8(ascii: ":")
            DecimalText.write(civil.minute, width: 2, to: pointer + 15)
            pointer[17] = UInt8(ascii: ":")
            DecimalText.write(civil.second, width: 2, to: pointer + 18)
            var end = 20
            if civil.millisecond > 0 {
                pointer[end] = UInt8(ascii: ".")
                DecimalText.write(civil.millisecond, width: 3, to: pointer + end + 1)
                end += 4
            }
            pointer[end] = UInt8(ascii: "Z")
            pointer[end + 1] = UInt8(ascii: "\"")
            return end + 2
        }
    }
}
