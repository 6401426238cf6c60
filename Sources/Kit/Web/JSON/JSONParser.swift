/// Why a text is not acceptable JSON.
public struct JSONSyntaxError: Error, Sendable, Equatable {
    /// One sentence for the sender.
    public let reason: String
    /// Offset in bytes.
    public let offset: Int
}

/// A strict JSON reader for bodies from outside (RFC 8259): UTF-8 only, no duplicate names, bounded depth, and no
/// names that mean something to the database (`$…` or with a `.`) unless the text is the program's own.
public struct JSONParser {
    private let bytes: [UInt8]
    private let maximumDepth: Int
    private let allowsDatabaseNames: Bool
    private var position = 0
    private var depth = 0

    private init(_ bytes: [UInt8], maximumDepth: Int, allowsDatabaseNames: Bool) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        self.allowsDatabaseNames = allowsDatabaseNames
    }

    /// Reads one value that fills the whole text.
    /// - Parameter allowsDatabaseNames: lets `$…` and dotted names pass, for files that come with the program.
    /// - Throws: `JSONSyntaxError`
    public static func parse(
        _ bytes: [UInt8], maximumDepth: Int = 32, allowsDatabaseNames: Bool = false
    ) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(bytes, maximumDepth: maximumDepth, allowsDatabaseNames: allowsDatabaseNames)
        parser.skipBlanks()
        let value = try parser.value()
        parser.skipBlanks()
        guard parser.position == bytes.count else { throw parser.error("There is text after the value.") }
        return value
    }

    private func error(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(reason: reason, offset: position) }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        guard position < bytes.count else { throw error("The text ends too early.") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        depth += 1
        guard depth <= maximumDepth else { throw error("Nested deeper than \(maximumDepth) levels.") }
        position += 1
        skipBlanks()
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        if take("}") { return .object([]) }
        while true {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw error("Expected a name in quotes.")
            }
            let name = try string()
            guard isAllowed(name) else {
                throw error("Names may not start with $ or contain a dot.")
            }
            guard names.insert(name).inserted else { throw error("The name \(name.prefix(64)) appears twice.") }
            skipBlanks()
            guard take(":") else { throw error("Expected a colon.") }
            skipBlanks()
            members.append(.init(name, try value()))
            skipBlanks()
            if take(",") { continue }
            guard take("}") else { throw error("Expected a comma or a closing brace.") }
            return .object(members)
        }
    }

    private func isAllowed(_ name: String) -> Bool {
        if name.utf8.contains(0) { return false }
        return allowsDatabaseNames || !name.hasPrefix("$") && !name.utf8.contains(UInt8(ascii: "."))
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        var items: [JSONValue] = []
        if take("]") { return .array([]) }
        while true {
            skipBlanks()
            items.append(try value())
            skipBlanks()
            if take(",") { continue }
            guard take("]") else { throw error("Expected a comma or a closing bracket.") }
            return .array(items)
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw error("Not a JSON value.") }
        let matches = text.withUTF8Buffer { $0.elementsEqual(bytes[position..<(position + count)]) }
        guard matches else { throw error("Not a JSON value.") }
        position += count
        return value
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    // MARK: Numbers

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        _ = take("-")
        let integerStart = position
        skipDigits()
        let digitCount = position - integerStart
        guard digitCount > 0, digitCount == 1 || bytes[integerStart] != UInt8(ascii: "0") else {
            throw error("Not a JSON value.")
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            try requireDigits()
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            try requireDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { throw error("The number is too large.") }
        return .double(number)
    }

    private mutating func skipDigits() {
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
    }

    private mutating func requireDigits() throws(JSONSyntaxError) {
        let start = position
        skipDigits()
        guard position > start else { throw error("A digit is missing in a number.") }
    }

    // MARK: Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        var text: [UInt8] = []
        var start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                text.append(contentsOf: bytes[start..<position])
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else { throw error("Not UTF-8.") }
                return string
            }
            guard byte >= 0x20 else { throw error("Control characters must be escaped.") }
            guard byte == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            text.append(contentsOf: bytes[start..<position])
            position += 1
            try escape(into: &text)
            start = position
        }
        throw error("A string does not end.")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        guard position < bytes.count else { throw error("A string does not end.") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try unicodeScalar()).utf8))
        default: throw error("Unknown escape.")
        }
    }

    private mutating func unicodeScalar() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try hexUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), take("\\"), take("u") else { throw error("Half a surrogate pair.") }
        let second = try hexUnit()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw error("Half a surrogate pair.") }
        return scalar
    }

    private mutating func hexUnit() throws(JSONSyntaxError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw error("A string does not end.") }
        let digits = String(decoding: bytes[position..<(position + 4)], as: UTF8.self)
        guard digits.utf8.count == 4, !digits.hasPrefix("+"), !digits.hasPrefix("-"),
            let unit = UInt16(digits, radix: 16)
        else { throw error("Four hex digits are needed after \\u.") }
        position += 4
        return unit
    }
}
