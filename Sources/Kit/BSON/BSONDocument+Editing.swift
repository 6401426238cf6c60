extension BSONDocument {
    /// Adds an element at the end. Does not look whether the key is already there.
    public mutating func append(_ key: String, _ value: BSONValue) {
        bytes.removeLast()
        bytes.append(value.type.rawValue)
        bytes.appendCString(key)
        bytes.appendPayload(value)
        bytes.append(0)
        bytes.overwriteInt32(bytes.count, at: 0)
    }

    /// Replaces the value in its place, or adds it at the end.
    public mutating func set(_ key: String, _ value: BSONValue) {
        guard let field = try? field(key) else { return append(key, value) }
        var replacement: [UInt8] = [value.type.rawValue]
        replacement.appendCString(key)
        replacement.appendPayload(value)
        bytes.replaceSubrange(field.range, with: replacement)
        bytes.overwriteInt32(bytes.count, at: 0)
    }

    /// A copy without these keys.
    public func removing(_ keys: Set<String>) -> BSONDocument {
        filtered { !keys.contains($0) }
    }

    /// A copy with only these keys, in this document's order.
    public func keeping(_ keys: Set<String>) -> BSONDocument {
        filtered { keys.contains($0) }
    }

    /// A copy with the other's elements added; under equal keys the other's value stands.
    public func merging(_ other: BSONDocument) -> BSONDocument {
        var result = isEmpty || other.isEmpty ? self : removing(Set(other.keys))
        result.appendElements(of: other)
        return result
    }

    /// A copy with this element in front of all others.
    public func prepending(_ key: String, _ value: BSONValue) -> BSONDocument {
        var result = BSONDocument([(key, value)])
        result.appendElements(of: self)
        return result
    }

    /// Adds all elements of the other at the end, byte for byte.
    public mutating func appendElements(of other: BSONDocument) {
        bytes.removeLast()
        bytes.append(contentsOf: other.bytes.dropFirst(4))
        bytes.overwriteInt32(bytes.count, at: 0)
    }

    private func filtered(_ isKept: (String) -> Bool) -> BSONDocument {
        var writer = BSONWriter(capacity: bytes.count)
        var reader = BSONReader(self)
        while let field = try? reader.next() {
            if isKept(field.name) { writer.append(field) }
        }
        return writer.finish()
    }
}

extension BSONDocument {
    /// The document without an element that a reader of this very document has found: its bytes are cut out, the rest is
    /// not looked at.
    public func cutting(_ field: BSONField) -> BSONDocument {
        let range = field.range
        guard range.upperBound <= bytes.count else { return self }
        var rest: [UInt8] = []
        rest.reserveCapacity(bytes.count - range.count)
        withUnsafeBytes(of: Int32(bytes.count - range.count).littleEndian) { rest.append(contentsOf: $0) }
        rest.append(contentsOf: bytes[4..<range.lowerBound])
        rest.append(contentsOf: bytes[range.upperBound...])
        return BSONDocument(trusting: rest)
    }
}
