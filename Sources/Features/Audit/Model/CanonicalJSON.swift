import BSON
import FoundationEssentials
import Vault
import Web

/// JSON with exactly one spelling per value, so that a hash over it can be checked anywhere: keys in the order of their
/// bytes, no white space, the shortest escapes, times as `2026-11-21T11:30:39.123Z`, whole numbers without a point.
enum CanonicalJSON {
    static func bytes(_ document: BSONDocument) -> [UInt8] {
        var bytes: [UInt8] = []
        append(.document(document), to: &bytes)
        return bytes
    }

    static func append(_ value: BSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .document(let document): appendObject(document.elements().map { ($0.key, $0.value) }, to: &bytes)
        case .array(let values): appendArray(values, to: &bytes)
        case .string(let text), .symbol(let text), .javascript(let text): append(text: text, to: &bytes)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int32(let number): bytes.append(contentsOf: "\(number)".utf8)
        case .int64(let number): bytes.append(contentsOf: "\(number)".utf8)
        case .double(let number): append(number: number, to: &bytes)
        case .date(let milliseconds): append(text: time(milliseconds), to: &bytes)
        case .objectID(let id): append(text: "\(id)", to: &bytes)
        case .binary(let binary): append(text: Base64URL.encode(binary.bytes), to: &bytes)
        case .null, .undefined: bytes.append(contentsOf: "null".utf8)
        default: append(text: "\(value)", to: &bytes)
        }
    }

    /// Members sorted by key; the first of two equal keys stands.
    static func appendObject(_ members: [(String, BSONValue)], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        let sorted = members.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        for (index, member) in sorted.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(text: member.0, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(member.1, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func appendArray(_ values: [BSONValue], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// A whole number is written as one, whether it was stored as an integer or not.
    private static func append(number: Double, to bytes: inout [UInt8]) {
        if let whole = Int64(exactly: number) {
            bytes.append(contentsOf: "\(whole)".utf8)
        } else if number.isFinite {
            bytes.append(contentsOf: "\(number)".utf8)
        } else {
            bytes.append(contentsOf: "null".utf8)
        }
    }

    static func append(text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
            case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
            case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
            case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
            case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
            case 0..<0x20: bytes.append(contentsOf: (#"\u00"# + Hex.encode([byte])).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Milliseconds since 1970 as UTC with three decimals.
    static func time(_ milliseconds: Int64) -> String {
        let civil = CivilTime(millisecondsSinceEpoch: milliseconds)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        for (number, digits, end) in [
            (civil.year, 4, "-"), (civil.month, 2, "-"), (civil.day, 2, "T"), (civil.hour, 2, ":"),
            (civil.minute, 2, ":"), (civil.second, 2, "."), (civil.millisecond, 3, "Z"),
        ] {
            var divisor = digits == 4 ? 1000 : digits == 3 ? 100 : 10
            while divisor > 0 {
                bytes.append(UInt8(truncatingIfNeeded: 48 + number / divisor % 10))
                divisor /= 10
            }
            bytes.append(contentsOf: end.utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func time(_ date: Date) -> String { time(date.bsonMilliseconds) }

    /// The reverse of ``time(_:)``; nil for any other spelling.
    static func milliseconds(_ text: String) -> Int64? {
        guard let date = CivilTime.parse(text) else { return nil }
        return time(date.bsonMilliseconds) == text ? date.bsonMilliseconds : nil
    }
}
