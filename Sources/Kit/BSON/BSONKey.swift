/// A key inside a document's bytes: compares with text without making a string.
///
/// ```swift
/// switch field.key {
/// case "name": name = try field.string()
/// default: break
/// }
/// ```
public struct BSONKey: Sendable {
    let storage: [UInt8]
    let start: Int
    let end: Int

    public static func == (key: BSONKey, text: StaticString) -> Bool {
        guard text.hasPointerRepresentation, text.utf8CodeUnitCount == key.end - key.start else { return false }
        return key.equals(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    public static func ~= (text: StaticString, key: BSONKey) -> Bool { key == text }

    @_disfavoredOverload
    public static func == (key: BSONKey, text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { key.equals($0) } ?? text.utf8.elementsEqual(key.bytes)
    }

    public var string: String { String(decoding: bytes, as: UTF8.self) }

    private var bytes: ArraySlice<UInt8> { storage[start..<end] }

    private func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard other.count == end - start else { return false }
        return storage.withUnsafeBufferPointer { all in
            for offset in 0..<other.count where all[start + offset] != other[offset] { return false }
            return true
        }
    }
}
