/// Walks the elements of a document without building values: the fast path for hot types.
///
/// Every step checks its bounds, so that damaged bytes end in a ``BSONError``, never in a crash.
public struct BSONReader: Sendable {
    let storage: [UInt8]
    private var position: Int
    /// One past the last byte of this (sub-)document, its closing NUL included.
    private let end: Int

    public init(_ document: BSONDocument) {
        storage = document.bytes
        position = 4
        end = document.bytes.count
    }

    /// Over a sub-document or array inside the same bytes; `range` is within the storage and at least 5 long.
    init(storage: [UInt8], range: Range<Int>) {
        self.storage = storage
        position = range.lowerBound + 4
        end = range.upperBound
    }

    /// The next element, or `nil` at the end.
    public mutating func next() throws(BSONError) -> BSONField? {
        guard position < end else { throw BSONError(.truncated, "document without an end", offset: position) }
        let start = position
        let code = storage[start]
        if code == 0 {
            guard start == end - 1 else { throw BSONError(.wrongLength, "document ends early", offset: start) }
            return nil
        }
        guard let type = BSONType(rawValue: code) else {
            throw BSONError(.unknownType(code), "unknown type \(code)", offset: start)
        }
        let keyEnd = try storage.endOfCString(from: start + 1, before: end - 1)
        let valueStart = keyEnd + 1
        let size = try storage.payloadSize(of: type, at: valueStart, before: end - 1)
        position = valueStart + size
        return BSONField(
            storage: storage, type: type, start: start, keyEnd: keyEnd, valueStart: valueStart, end: position)
    }
}

extension [UInt8] {
    /// Little-endian int32 as Int; the caller has checked that four bytes are there.
    func int32(at offset: Int) -> Int {
        Int(Int32(truncatingIfNeeded: loadInteger(UInt32.self, at: offset)))
    }

    func loadInteger<T: FixedWidthInteger>(_: T.Type, at offset: Int) -> T {
        withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }

    /// The position of the NUL that ends the text beginning at `start`.
    func endOfCString(from start: Int, before limit: Int) throws(BSONError) -> Int {
        let found = withUnsafeBufferPointer { all -> Int in
            var index = start
            while index < limit, all[index] != 0 { index += 1 }
            return index
        }
        guard found < limit else { throw BSONError(.missingTerminator, "key or pattern without an end", offset: start) }
        return found
    }

    /// How many bytes the value takes; never reaches past `limit`.
    func payloadSize(of type: BSONType, at start: Int, before limit: Int) throws(BSONError) -> Int {
        let size: Int
        switch type {
        case .null, .undefined, .minKey, .maxKey: size = 0
        case .bool: size = 1
        case .int32: size = 4
        case .double, .date, .timestamp, .int64: size = 8
        case .objectID: size = 12
        case .decimal128: size = 16
        case .string, .javascript, .symbol: size = try prefixedSize(at: start, before: limit, minimum: 1, plus: 4)
        case .document, .array: size = try prefixedSize(at: start, before: limit, minimum: 5, plus: 0)
        case .binary: size = try prefixedSize(at: start, before: limit, minimum: 0, plus: 5)
        case .javascriptWithScope: size = try prefixedSize(at: start, before: limit, minimum: 14, plus: 0)
        case .dbPointer: size = try prefixedSize(at: start, before: limit, minimum: 1, plus: 16)
        case .regex:
            let patternEnd = try endOfCString(from: start, before: limit)
            size = try endOfCString(from: patternEnd + 1, before: limit) + 1 - start
        }
        guard size <= limit - start else { throw BSONError(.truncated, "value runs past its document", offset: start) }
        return size
    }

    private func prefixedSize(
        at start: Int, before limit: Int, minimum: Int, plus extra: Int
    ) throws(BSONError) -> Int {
        guard limit - start >= 4 else { throw BSONError(.truncated, "value runs past its document", offset: start) }
        let length = int32(at: start)
        guard length >= minimum else { throw BSONError(.wrongLength, "impossible length \(length)", offset: start) }
        return length + extra
    }
}
