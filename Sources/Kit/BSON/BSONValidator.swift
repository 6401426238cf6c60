/// The full structural check of bytes from outside.
enum BSONValidator {
    static func validate(_ bytes: [UInt8]) throws(BSONError) {
        guard bytes.count <= BSONDocument.maximumSize else {
            throw BSONError(.tooLarge, "\(bytes.count) bytes; the limit is \(BSONDocument.maximumSize)")
        }
        guard bytes.count >= 5 else { throw BSONError(.truncated, "\(bytes.count) bytes; the shortest document has 5") }
        try document(bytes, 0..<bytes.count, depth: 1)
    }

    private static func document(_ bytes: [UInt8], _ range: Range<Int>, depth: Int) throws(BSONError) {
        guard depth <= BSONDocument.maximumDepth else {
            throw BSONError(.nestingTooDeep, "nested too deep", offset: range.lowerBound)
        }
        guard bytes.int32(at: range.lowerBound) == range.count else {
            throw BSONError(
                bytes.int32(at: range.lowerBound) > range.count ? .truncated : .wrongLength,
                "length \(bytes.int32(at: range.lowerBound)), but \(range.count) bytes", offset: range.lowerBound)
        }
        guard bytes[range.upperBound - 1] == 0 else {
            throw BSONError(.missingTerminator, "document without closing NUL", offset: range.upperBound - 1)
        }
        var reader = BSONReader(storage: bytes, range: range)
        while let field = try reader.next() {
            try utf8(bytes, (field.start + 1)..<field.keyEnd)
            try payload(field, depth: depth)
        }
    }

    private static func payload(_ field: BSONField, depth: Int) throws(BSONError) {
        let bytes = field.storage
        let value = field.valueStart..<field.end
        switch field.type {
        case .string, .javascript, .symbol: try text(bytes, value)
        case .dbPointer: try text(bytes, value.lowerBound..<(value.upperBound - 12))
        case .document, .array: try document(bytes, value, depth: depth + 1)
        case .bool where bytes[value.lowerBound] > 1:
            throw BSONError(.invalidValue, "boolean of \(bytes[value.lowerBound])", offset: value.lowerBound)
        case .binary where bytes[value.lowerBound + 4] == 2: try oldBinary(bytes, value)
        case .regex: try utf8(bytes, value)
        case .javascriptWithScope: try codeWithScope(bytes, value, depth: depth)
        default: break
        }
    }

    /// Length-prefixed text that fills its range.
    private static func text(_ bytes: [UInt8], _ range: Range<Int>) throws(BSONError) {
        guard bytes[range.upperBound - 1] == 0 else {
            throw BSONError(.missingTerminator, "string without closing NUL", offset: range.upperBound - 1)
        }
        try utf8(bytes, (range.lowerBound + 4)..<(range.upperBound - 1))
    }

    private static func oldBinary(_ bytes: [UInt8], _ range: Range<Int>) throws(BSONError) {
        guard range.count >= 9, bytes.int32(at: range.lowerBound + 5) == range.count - 9 else {
            throw BSONError(.wrongLength, "inner length of old binary", offset: range.lowerBound)
        }
    }

    private static func codeWithScope(_ bytes: [UInt8], _ range: Range<Int>, depth: Int) throws(BSONError) {
        let start = range.lowerBound + 4
        let size = try bytes.payloadSize(of: .javascript, at: start, before: range.upperBound)
        try text(bytes, start..<(start + size))
        let scope = (start + size)..<range.upperBound
        guard scope.count >= 5 else { throw BSONError(.truncated, "scope too short", offset: scope.lowerBound) }
        try document(bytes, scope, depth: depth + 1)
    }

    private static func utf8(_ bytes: [UInt8], _ range: Range<Int>) throws(BSONError) {
        let isValid = bytes.withUnsafeBufferPointer { all in
            let part = UnsafeBufferPointer(rebasing: all[range])
            return part.allSatisfy { $0 < 0x80 } || isUTF8(part)
        }
        guard isValid else { throw BSONError(.invalidUTF8, "text is not UTF-8", offset: range.lowerBound) }
    }

    /// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
    private static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        (try? UTF8Span(validating: bytes.span)) != nil
    }
}
