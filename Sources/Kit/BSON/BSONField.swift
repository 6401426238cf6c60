import Foundation

/// One element of a document as ``BSONReader`` finds it: key and type at once, the value decoded on demand.
public struct BSONField: Sendable {
    let storage: [UInt8]
    public let type: BSONType
    let start: Int
    let keyEnd: Int
    let valueStart: Int
    let end: Int

    /// The key, comparable without making a string.
    public var key: BSONKey { BSONKey(storage: storage, start: start + 1, end: keyEnd) }
    /// The key as a string.
    public var name: String { key.string }
    public var isNull: Bool { type == .null || type == .undefined }

    /// Where the whole element lies in the bytes.
    var range: Range<Int> { start..<end }

    public func string() throws(BSONError) -> String {
        guard type == .string || type == .symbol else { throw mismatch("a string") }
        return text(at: valueStart)
    }

    /// Any number without a fraction that fits.
    public func int64() throws(BSONError) -> Int64 {
        switch type {
        case .int64: return storage.loadInteger(Int64.self, at: valueStart)
        case .int32: return Int64(storage.loadInteger(Int32.self, at: valueStart))
        case .double:
            guard let whole = Int64(exactly: number) else { throw mismatch("a whole number") }
            return whole
        default: throw mismatch("a whole number")
        }
    }

    public func int() throws(BSONError) -> Int {
        guard let value = Int(exactly: try int64()) else { throw mismatch("a platform integer") }
        return value
    }

    public func double() throws(BSONError) -> Double {
        switch type {
        case .double: return number
        case .int64: return Double(storage.loadInteger(Int64.self, at: valueStart))
        case .int32: return Double(storage.loadInteger(Int32.self, at: valueStart))
        default: throw mismatch("a number")
        }
    }

    public func bool() throws(BSONError) -> Bool {
        guard type == .bool else { throw mismatch("a boolean") }
        return storage[valueStart] != 0
    }

    public func date() throws(BSONError) -> Date { Date(bsonMilliseconds: try dateMilliseconds()) }

    /// Milliseconds since 1970-01-01 UTC.
    public func dateMilliseconds() throws(BSONError) -> Int64 {
        guard type == .date else { throw mismatch("a date") }
        return storage.loadInteger(Int64.self, at: valueStart)
    }

    public func objectID() throws(BSONError) -> BSONObjectID {
        guard type == .objectID, let id = BSONObjectID(bytes: storage[valueStart..<end]) else {
            throw mismatch("an object id")
        }
        return id
    }

    public func binary() throws(BSONError) -> BSONBinary {
        guard type == .binary else { throw mismatch("binary data") }
        let subtype = storage[valueStart + 4]
        var start = valueStart + 5
        if subtype == 2 {
            guard end - start >= 4 else { throw BSONError(.wrongLength, "old binary too short", offset: start) }
            start += 4
        }
        return BSONBinary(subtype: subtype, bytes: Array(storage[start..<end]))
    }

    /// A copy of the sub-document.
    public func document() throws(BSONError) -> BSONDocument {
        guard type == .document else { throw mismatch("a document") }
        return BSONDocument(trusting: Array(storage[valueStart..<end]))
    }

    /// A reader over a sub-document or array, without copying it.
    public func reader() throws(BSONError) -> BSONReader {
        guard type == .document || type == .array else { throw mismatch("a document or an array") }
        return BSONReader(storage: storage, range: valueStart..<end)
    }

    public func array() throws(BSONError) -> [BSONValue] { try array(depth: 1) }

    /// The value in general form.
    public func value() throws(BSONError) -> BSONValue { try value(depth: 1) }

    func mismatch(_ wanted: String) -> BSONError {
        BSONError(.typeMismatch, "'\(name)' is \(type), not \(wanted)", offset: start)
    }

    /// Length-prefixed text; ``BSONReader`` has checked that it lies within the bytes.
    func text(at offset: Int) -> String {
        let length = max(0, min(storage.int32(at: offset) - 1, end - offset - 5))
        return storage.withUnsafeBufferPointer { all in
            String(decoding: UnsafeBufferPointer(rebasing: all[(offset + 4)..<(offset + 4 + length)]), as: UTF8.self)
        }
    }

    private var number: Double { Double(bitPattern: storage.loadInteger(UInt64.self, at: valueStart)) }
}
