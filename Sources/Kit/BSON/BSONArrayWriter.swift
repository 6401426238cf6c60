import Foundation

/// Writes the elements of an array in place. Got from ``BSONWriter/array(_:_:)``.
public struct BSONArrayWriter: Sendable {
    var writer: BSONWriter
    private var index = 0

    init(writer: BSONWriter) { self.writer = writer }

    public mutating func append(_ value: String) {
        open(.string)
        writer.buffer.appendText(value)
    }

    public mutating func append(_ value: Int) { append(Int64(value)) }

    public mutating func append(_ value: Int64) {
        open(.int64)
        writer.buffer.appendInteger(value)
    }

    public mutating func append(_ value: Double) {
        open(.double)
        writer.buffer.appendInteger(value.bitPattern)
    }

    public mutating func append(_ value: Date) {
        open(.date)
        writer.buffer.appendInteger(value.bsonMilliseconds)
    }

    public mutating func append(_ value: BSONDocument) {
        open(.document)
        writer.buffer.append(contentsOf: value.bytes)
    }

    @_disfavoredOverload
    public mutating func append(_ value: BSONValue) {
        open(value.type)
        writer.buffer.appendPayload(value)
    }

    /// A document as the next element, written in place.
    public mutating func document<E: Error>(_ body: (inout BSONWriter) throws(E) -> Void) throws(E) {
        open(.document)
        let outer = writer.begin()
        try body(&writer)
        writer.end(outer)
    }

    /// An array as the next element, written in place.
    public mutating func array<E: Error>(_ body: (inout BSONArrayWriter) throws(E) -> Void) throws(E) {
        open(.array)
        try writer.arrayBody(body)
    }

    private mutating func open(_ type: BSONType) {
        writer.buffer.append(type.rawValue)
        writer.buffer.appendIndexKey(index)
        index += 1
    }
}
