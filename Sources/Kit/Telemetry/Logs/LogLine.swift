import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Builds one JSON object on one line. Whatever is put in, the result is one line of valid JSON.
struct LogLine {
    /// Longest text kept of a single value, in bytes.
    static let valueLimit = 8_192

    private(set) var bytes: [UInt8] = []
    private let redaction: LogRedaction

    init(redaction: LogRedaction) {
        self.redaction = redaction
        bytes.reserveCapacity(512)
    }

    /// Opens the object with time, level, message and logger.
    mutating func begin(level: Logger.Level, message: String, label: String) {
        bytes.append(contentsOf: #"{"ts":""#.utf8)
        appendTimestamp()
        bytes.append(contentsOf: #"","level":""#.utf8)
        bytes.append(contentsOf: level.rawValue.utf8)
        bytes.append(contentsOf: #"","msg":"#.utf8)
        appendString(redaction.masked(message))
        bytes.append(contentsOf: #","logger":"#.utf8)
        appendString(label)
    }

    mutating func field(_ key: String, _ value: Logger.MetadataValue) {
        bytes.append(UInt8(ascii: ","))
        appendString(Self.reserved.contains(key) ? "meta_" + key : key)
        bytes.append(UInt8(ascii: ":"))
        appendValue(value, under: key, depth: 0)
    }

    mutating func end() {
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
    }

    private static let reserved: Set<String> = ["ts", "level", "msg", "logger"]

    private mutating func appendValue(_ value: Logger.MetadataValue, under key: String, depth: Int) {
        if redaction.hides(key: key) { return appendString(LogRedaction.mark) }
        switch value {
        case .string(let text): appendString(redaction.masked(text))
        case .stringConvertible(let number as any BinaryInteger): bytes.append(contentsOf: "\(number)".utf8)
        case .stringConvertible(let bool as Bool): bytes.append(contentsOf: (bool ? "true" : "false").utf8)
        case .stringConvertible(let number as Double) where number.isFinite: bytes.append(contentsOf: "\(number)".utf8)
        case .stringConvertible(let other): appendString(redaction.masked(other.description))
        case .array(let values) where depth < 8: appendArray(values, under: key, depth: depth)
        case .dictionary(let fields) where depth < 8: appendObject(fields, depth: depth)
        case .array, .dictionary: appendString("…")
        }
    }

    private mutating func appendArray(_ values: [Logger.MetadataValue], under key: String, depth: Int) {
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            appendValue(value, under: key, depth: depth + 1)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func appendObject(_ fields: Logger.Metadata, depth: Int) {
        bytes.append(UInt8(ascii: "{"))
        for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            appendString(field.key)
            bytes.append(UInt8(ascii: ":"))
            appendValue(field.value, under: field.key, depth: depth + 1)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// A JSON string. Control characters and the line separators of Unicode are written as escapes.
    private mutating func appendString(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var written = 0
        for scalar in text.unicodeScalars {
            if written >= Self.valueLimit {
                bytes.append(contentsOf: "…".utf8)
                break
            }
            written += 1
            appendScalar(scalar)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendScalar(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x22: bytes.append(contentsOf: #"\""#.utf8)
        case 0x5C: bytes.append(contentsOf: #"\\"#.utf8)
        case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
        case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
        case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
            bytes.append(contentsOf: #"\u"#.utf8)
            let digits = Array("0123456789abcdef".utf8)
            for shift in stride(from: 12, through: 0, by: -4) {
                bytes.append(digits[Int(scalar.value >> UInt32(shift)) & 15])
            }
        case 0x20..<0x7F: bytes.append(UInt8(scalar.value))
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// UTC with milliseconds, as RFC 3339 has it.
    private mutating func appendTimestamp() {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        var seconds = now.tv_sec
        gmtime_r(&seconds, &parts)
        append(Int(parts.tm_year) + 1900, digits: 4, then: "-")
        append(Int(parts.tm_mon) + 1, digits: 2, then: "-")
        append(Int(parts.tm_mday), digits: 2, then: "T")
        append(Int(parts.tm_hour), digits: 2, then: ":")
        append(Int(parts.tm_min), digits: 2, then: ":")
        append(Int(parts.tm_sec), digits: 2, then: ".")
        append(now.tv_nsec / 1_000_000, digits: 3, then: "Z")
    }

    private mutating func append(_ number: Int, digits: Int, then end: Unicode.Scalar) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(48 + number / divisor % 10))
            divisor /= 10
        }
        bytes.append(UInt8(truncatingIfNeeded: end.value))
    }
}
