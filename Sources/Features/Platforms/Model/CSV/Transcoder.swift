/// Turns chunks of a file into UTF-8, keeping half a character between chunks; a byte-order mark is left out.
public struct Transcoder: Sendable {
    private let encoding: TextEncoding
    private var atStart = true
    private var carry: [UInt8] = []
    private var highSurrogate: UInt16?

    public init(_ encoding: TextEncoding) { self.encoding = encoding }

    /// Appends the UTF-8 form of `input` to `output`.
    public mutating func decode(_ input: some Collection<UInt8>, into output: inout [UInt8]) {
        switch encoding {
        case .utf8: decodeUTF8(input, into: &output)
        case .windows1252:
            for byte in input {
                byte < 0x80 ? output.append(byte) : Self.append(Self.windows1252(byte), to: &output)
            }
        case .utf16le, .utf16be: decodeUTF16(input, into: &output)
        }
    }

    /// Half a character at the end of a file becomes U+FFFD, so that the loss can be seen.
    public mutating func finish(into output: inout [UInt8]) {
        if encoding == .utf8, atStart {
            output += carry
        } else if !carry.isEmpty || highSurrogate != nil {
            Self.append(0xFFFD, to: &output)
        }
        carry = []
        highSurrogate = nil
    }

    private mutating func decodeUTF8(_ input: some Collection<UInt8>, into output: inout [UInt8]) {
        guard atStart else { return output.append(contentsOf: input) }
        carry += input
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if carry.count < 3, mark.starts(with: carry) { return }
        atStart = false
        output += carry.starts(with: mark) ? carry.dropFirst(3) : carry[...]
        carry = []
    }

    private mutating func decodeUTF16(_ input: some Collection<UInt8>, into output: inout [UInt8]) {
        for byte in input {
            guard let first = carry.first else {
                carry = [byte]
                continue
            }
            carry.removeAll(keepingCapacity: true)
            let unit =
                encoding == .utf16le ? UInt16(first) | UInt16(byte) << 8 : UInt16(first) << 8 | UInt16(byte)
            if atStart {
                atStart = false
                if unit == 0xFEFF { continue }
            }
            append(unit: unit, to: &output)
        }
    }

    private mutating func append(unit: UInt16, to output: inout [UInt8]) {
        if let high = highSurrogate {
            highSurrogate = nil
            if 0xDC00...0xDFFF ~= unit {
                let scalar = 0x10000 + (UInt32(high - 0xD800) << 10) + UInt32(unit - 0xDC00)
                return Self.append(scalar, to: &output)
            }
            Self.append(0xFFFD, to: &output)
        }
        switch unit {
        case 0xD800...0xDBFF: highSurrogate = unit
        case 0xDC00...0xDFFF: Self.append(0xFFFD, to: &output)
        default: Self.append(UInt32(unit), to: &output)
        }
    }

    private static func append(_ scalar: UInt32, to output: inout [UInt8]) {
        switch scalar {
        case 0..<0x80: output.append(UInt8(scalar))
        case 0..<0x800: output += [UInt8(0xC0 | scalar >> 6), UInt8(0x80 | scalar & 0x3F)]
        case 0..<0x10000:
            output += [UInt8(0xE0 | scalar >> 12), UInt8(0x80 | scalar >> 6 & 0x3F), UInt8(0x80 | scalar & 0x3F)]
        default:
            output += [
                UInt8(0xF0 | scalar >> 18), UInt8(0x80 | scalar >> 12 & 0x3F), UInt8(0x80 | scalar >> 6 & 0x3F),
                UInt8(0x80 | scalar & 0x3F),
            ]
        }
    }

    /// The 32 places where Windows-1252 differs from Latin-1 (WHATWG Encoding Standard, index windows-1252).
    private static let highControls: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x9D, 0x017E, 0x0178,
    ]

    private static func windows1252(_ byte: UInt8) -> UInt32 {
        0x80...0x9F ~= byte ? UInt32(highControls[Int(byte) - 0x80]) : UInt32(byte)
    }
}
