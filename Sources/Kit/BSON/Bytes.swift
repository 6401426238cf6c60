/// Little-endian primitives over a growing byte array: the one place that knows how BSON lays values out.
extension [UInt8] {
    mutating func appendInteger<T: FixedWidthInteger>(_ value: T) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    mutating func overwriteInt32(_ value: Int, at offset: Int) {
        let bits = UInt32(truncatingIfNeeded: value)
        self[offset] = UInt8(truncatingIfNeeded: bits)
        self[offset + 1] = UInt8(truncatingIfNeeded: bits >> 8)
        self[offset + 2] = UInt8(truncatingIfNeeded: bits >> 16)
        self[offset + 3] = UInt8(truncatingIfNeeded: bits >> 24)
    }

    /// A NUL-ended string. A NUL inside, which the format cannot carry, becomes U+FFFD, so that no text
    /// can ever end a key early and forge structure.
    mutating func appendCString(_ text: String) {
        let start = count
        append(contentsOf: text.utf8)
        if self[start...].contains(0) { replaceNULs(from: start) }
        append(0)
    }

    private mutating func replaceNULs(from start: Int) {
        let cleaned = self[start...].flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }
        replaceSubrange(start..., with: cleaned)
    }

    /// Length-prefixed, NUL-ended text.
    mutating func appendText(_ text: String) {
        let start = count
        appendInteger(Int32(0))
        append(contentsOf: text.utf8)
        append(0)
        overwriteInt32(count - start - 4, at: start)
    }

    /// An array index as a key: digits and NUL, without building a string.
    mutating func appendIndexKey(_ index: Int) {
        if index >= 10 { appendDigits(index / 10) }
        append(UInt8(48 + index % 10))
        append(0)
    }

    private mutating func appendDigits(_ number: Int) {
        if number >= 10 { appendDigits(number / 10) }
        append(UInt8(48 + number % 10))
    }

    mutating func appendPayload(_ value: BSONValue) {
        switch value {
        case .double(let value): appendInteger(value.bitPattern)
        case .string(let value), .javascript(let value), .symbol(let value): appendText(value)
        case .document(let value): append(contentsOf: value.bytes)
        case .array(let values): appendArray(values)
        case .binary(let value): appendBinary(value)
        case .objectID(let value): append(contentsOf: value.bytes)
        case .bool(let value): append(value ? 1 : 0)
        case .date(let value), .int64(let value): appendInteger(value)
        case .null, .undefined, .minKey, .maxKey: break
        case .regex(let pattern, let options):
            appendCString(pattern)
            appendCString(options)
        case .javascriptWithScope(let code, let scope): appendCode(code, scope)
        case .int32(let value): appendInteger(value)
        case .timestamp(let value): appendInteger(value)
        case .decimal128(let bytes): append(contentsOf: (bytes + [UInt8](repeating: 0, count: 16)).prefix(16))
        case .dbPointer(let name, let id):
            appendText(name)
            append(contentsOf: id.bytes)
        }
    }

    private mutating func appendArray(_ values: [BSONValue]) {
        let start = count
        appendInteger(Int32(0))
        for (index, value) in values.enumerated() {
            append(value.type.rawValue)
            appendIndexKey(index)
            appendPayload(value)
        }
        append(0)
        overwriteInt32(count - start, at: start)
    }

    mutating func appendBinary(_ value: BSONBinary) {
        let old = value.subtype == 2  // the retired form repeats the length inside
        appendInteger(Int32(truncatingIfNeeded: value.bytes.count + (old ? 4 : 0)))
        append(value.subtype)
        if old { appendInteger(Int32(truncatingIfNeeded: value.bytes.count)) }
        append(contentsOf: value.bytes)
    }

    private mutating func appendCode(_ code: String, _ scope: BSONDocument) {
        let start = count
        appendInteger(Int32(0))
        appendText(code)
        append(contentsOf: scope.bytes)
        overwriteInt32(count - start, at: start)
    }
}
