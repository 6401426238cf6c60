import Foundation

/// The byte-level spelling of JSON values.
enum JSONText {
    private static let hex = Array("0123456789abcdef".utf8)

    /// Appends text with the escapes RFC 8259 asks for; `<` and U+2028/9 stay, since JSON is never put into a script.
    static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for index in utf8.indices {
                let byte = utf8[index]
                if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
                if index > start { bytes.append(contentsOf: utf8[start..<index]) }
                appendEscape(byte, to: &bytes)
                start = index + 1
            }
            if start < utf8.count { bytes.append(contentsOf: utf8[start...]) }
        }
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
            bytes.append(hex[Int(byte >> 4)])
            bytes.append(hex[Int(byte & 0x0F)])
        }
    }

    /// Appends a whole number in decimal.
    static func append(_ number: Int, to bytes: inout [UInt8]) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = number.magnitude
        if magnitude < 10 { return bytes.append(UInt8(ascii: "0") + UInt8(magnitude)) }
        let start = bytes.count
        while magnitude > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(magnitude % 10))
            magnitude /= 10
        }
        bytes[start...].reverse()
    }

    /// Appends `2026-11-21T10:55:07Z`, with `.123` before the `Z` when there are milliseconds.
    static func append(_ date: Date, to bytes: inout [UInt8]) {
        let total = Int64((date.timeIntervalSince1970 * 1000).rounded())
        let civil = CivilTime(millisecondsSinceEpoch: total)
        append(padded: civil.year, width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(padded: civil.month, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(padded: civil.day, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(padded: civil.hour, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(padded: civil.minute, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(padded: civil.second, width: 2, to: &bytes)
        if civil.millisecond > 0 {
            bytes.append(UInt8(ascii: "."))
            append(padded: civil.millisecond, width: 3, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    static func append(padded number: Int, width: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        var rest = number
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / divisor % 10))
            rest %= divisor
            divisor /= 10
        }
    }
}
