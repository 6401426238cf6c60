import Foundation

/// Writes a document straight into bytes: the fast path for hot types.
public struct BSONWriter: Sendable {
    var buffer: [UInt8]
    /// Where the length of the document now being written stands.
    private var start = 0

    public init(capacity: Int = 256) {
        buffer = []
        buffer.reserveCapacity(capacity)
        buffer.appendInteger(Int32(0))
    }

    public mutating func append(_ key: String, _ value: String) {
        open(.string, key)
        buffer.appendText(value)
    }

    public mutating func append(_ key: String, _ value: Int) { append(key, Int64(value)) }

    public mutating func append(_ key: String, _ value: Int64) {
        open(.int64, key)
        buffer.appendInteger(value)
    }

    public mutating func append(_ key: String, _ value: Int32) {
        open(.int32, key)
        buffer.appendInteger(value)
    }

    public mutating func append(_ key: String, _ value: Double) {
        open(.double, key)
        buffer.appendInteger(value.bitPattern)
    }

    public mutating func append(_ key: String, _ value: Bool) {
        open(.bool, key)
        buffer.append(value ? 1 : 0)
    }

    public mutating func append(_ key: String, _ value: Date) {
        open(.date, key)
        buffer.appendInteger(value.bsonMilliseconds)
    }

    /// Plain binary data, subtype 0.
    public mutating func append(_ key: String, _ value: [UInt8]) {
        open(.binary, key)
        buffer.appendBinary(BSONBinary(bytes: value))
    }

    public mutating func append(_ key: String, _ value: BSONDocument) {
        open(.document, key)
        buffer.append(contentsOf: value.bytes)
    }

    @_disfavoredOverload
    public mutating func append(_ key: String, _ value: BSONValue) {
        open(value.type, key)
        buffer.appendPayload(value)
    }

    /// Copies an element as it stands, key included.
    public mutating func append(_ field: BSONField) {
        buffer.append(contentsOf: field.storage[field.range])
    }

    /// A sub-document, written in place.
    public mutating func document<E: Error>(
        _ key: String, _ body: (inout BSONWriter) throws(E) -> Void
    ) throws(E) {
        open(.document, key)
        let outer = begin()
        try body(&self)
        end(outer)
    }

    /// An array, written in place; its elements get their index as key.
    public mutating func array<E: Error>(
        _ key: String, _ body: (inout BSONArrayWriter) throws(E) -> Void
    ) throws(E) {
        open(.array, key)
        try arrayBody(body)
    }

    public consuming func finish() -> BSONDocument {
        buffer.append(0)
        buffer.overwriteInt32(buffer.count, at: 0)
        return BSONDocument(trusting: buffer)
    }

    mutating func arrayBody<E: Error>(_ body: (inout BSONArrayWriter) throws(E) -> Void) throws(E) {
        let outer = begin()
        var elements = BSONArrayWriter(writer: BSONWriter(taking: &self))
        do {
            try body(&elements)
        } catch {
            self = elements.writer
            throw error
        }
        self = elements.writer
        end(outer)
    }

    mutating func begin() -> Int {
        let outer = start
        start = buffer.count
        buffer.appendInteger(Int32(0))
        return outer
    }

    mutating func end(_ outer: Int) {
        buffer.append(0)
        buffer.overwriteInt32(buffer.count - start, at: start)
        start = outer
    }

    private mutating func open(_ type: BSONType, _ key: String) {
        buffer.append(type.rawValue)
        buffer.appendCString(key)
    }

    /// Moves the buffer out of another writer, so that writing on does not copy it.
    private init(taking other: inout BSONWriter) {
        buffer = []
        swap(&buffer, &other.buffer)
        start = other.start
    }
}
