/// An ordered BSON document, kept as its complete bytes.
///
/// Documents made by ``init(validating:)``, a writer or an encoder are always well formed. Those made by
/// ``init(trusting:)`` come from the database driver; reading a damaged one throws or stops, and never crashes.
public struct BSONDocument: Sendable, Hashable {
    /// 16 MiB, MongoDB's limit for one document.
    public static let maximumSize = 16 * 1024 * 1024
    /// MongoDB's limit for nesting.
    public static let maximumDepth = 100

    /// The whole document: length, elements, closing NUL.
    public internal(set) var bytes: [UInt8]

    public init() { bytes = Self.emptyBytes }

    /// Checks the whole structure: lengths, types, terminators, UTF-8, depth and size.
    public init(validating bytes: [UInt8]) throws(BSONError) {
        try BSONValidator.validate(bytes)
        self.bytes = bytes
    }

    /// Takes bytes that a MongoDB server or driver has made, without the full check.
    public init(trusting bytes: [UInt8]) {
        self.bytes = bytes.count >= 5 ? bytes : Self.emptyBytes
    }

    public init(_ elements: some Sequence<(String, BSONValue)>) {
        var writer = BSONWriter()
        for (key, value) in elements { writer.append(key, value) }
        self = writer.finish()
    }

    public var isEmpty: Bool { bytes.count <= 5 }

    /// The number of elements, found by walking them.
    public var count: Int {
        var reader = BSONReader(self)
        var count = 0
        while (try? reader.next()) != nil { count += 1 }
        return count
    }

    /// The first value under this key. Walks the elements; `nil` when the key is not there.
    public subscript(key: String) -> BSONValue? {
        get { try? field(key)?.value() }
        set {
            if let newValue { set(key, newValue) } else { self = removing([key]) }
        }
    }

    /// The elements in their order.
    public func elements() -> [(key: String, value: BSONValue)] {
        var reader = BSONReader(self)
        var result: [(key: String, value: BSONValue)] = []
        while let field = try? reader.next(), let value = try? field.value() { result.append((field.name, value)) }
        return result
    }

    public var keys: [String] {
        var reader = BSONReader(self)
        var result: [String] = []
        while let field = try? reader.next() { result.append(field.name) }
        return result
    }

    /// The first field under this key, not yet decoded.
    public func field(_ key: String) throws(BSONError) -> BSONField? {
        var reader = BSONReader(self)
        var key = key
        key.makeContiguousUTF8()
        while let field = try reader.next() {
            if field.key == key { return field }
        }
        return nil
    }

    private static let emptyBytes: [UInt8] = [5, 0, 0, 0, 0]
}

extension BSONDocument: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, BSONValue)...) { self.init(elements) }
}
