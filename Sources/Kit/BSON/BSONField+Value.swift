extension BSONField {
    func array(depth: Int) throws(BSONError) -> [BSONValue] {
        guard type == .array else { throw mismatch("an array") }
        guard depth <= BSONDocument.maximumDepth else {
            throw BSONError(.nestingTooDeep, "nested too deep", offset: valueStart)
        }
        var reader = try reader()
        var values: [BSONValue] = []
        while let field = try reader.next() { values.append(try field.value(depth: depth + 1)) }
        return values
    }

    func value(depth: Int) throws(BSONError) -> BSONValue {
        switch type {
        case .double: .double(try double())
        case .string: .string(try string())
        case .document: .document(try document())
        case .array: .array(try array(depth: depth))
        case .binary: .binary(try binary())
        case .undefined: .undefined
        case .objectID: .objectID(try objectID())
        case .bool: .bool(try bool())
        case .date: .date(try dateMilliseconds())
        case .null: .null
        case .regex: regex()
        case .dbPointer: try dbPointer()
        case .javascript: .javascript(text(at: valueStart))
        case .symbol: .symbol(text(at: valueStart))
        case .javascriptWithScope: try codeWithScope()
        case .int32: .int32(storage.loadInteger(Int32.self, at: valueStart))
        case .timestamp: .timestamp(storage.loadInteger(UInt64.self, at: valueStart))
        case .int64: .int64(storage.loadInteger(Int64.self, at: valueStart))
        case .decimal128: .decimal128(Array(storage[valueStart..<end]))
        case .maxKey: .maxKey
        case .minKey: .minKey
        }
    }

    private func regex() -> BSONValue {
        let parts = storage[valueStart..<(end - 1)].split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        return .regex(
            pattern: String(decoding: parts.first ?? [], as: UTF8.self),
            options: String(decoding: parts.dropFirst().first ?? [], as: UTF8.self))
    }

    private func dbPointer() throws(BSONError) -> BSONValue {
        guard let id = BSONObjectID(bytes: storage[(end - 12)..<end]) else { throw mismatch("a pointer") }
        return .dbPointer(text(at: valueStart), id)
    }

    /// int32 total, text, document; ``BSONReader`` has checked only the total.
    private func codeWithScope() throws(BSONError) -> BSONValue {
        let textStart = valueStart + 4
        let textSize = try storage.payloadSize(of: .javascript, at: textStart, before: end)
        let scopeStart = textStart + textSize
        let scopeSize = try storage.payloadSize(of: .document, at: scopeStart, before: end)
        guard scopeStart + scopeSize == end else {
            throw BSONError(.wrongLength, "code with scope does not fill its length", offset: valueStart)
        }
        return .javascriptWithScope(
            text(at: textStart), BSONDocument(trusting: Array(storage[scopeStart..<end])))
    }
}
