import Foundation

/// What a Codable value has become so far. Containers are classes because Codable fills them after they were given out.
enum BSONNode {
    case leaf(BSONValue)
    case keyed(KeyedNode)
    case list(ListNode)
    case pending(BSONEncoding)

    func value() throws -> BSONValue {
        switch self {
        case .leaf(let value): return value
        case .keyed(let node):
            var writer = BSONWriter()
            for (key, child) in node.entries {
                guard !key.utf8.contains(0) else { throw BSONError(.nulInKey, "a key holds a NUL character") }
                writer.append(key, try child.value())
            }
            return .document(writer.finish())
        case .list(let node): return .array(try node.entries.map { try $0.value() })
        case .pending(let encoding): return try encoding.node?.value() ?? .document([:])
        }
    }
}

final class KeyedNode {
    var entries: [(String, BSONNode)] = []
}

final class ListNode {
    var entries: [BSONNode] = []
}

/// The `Encoder` a Codable type is given.
final class BSONEncoding: Encoder {
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    var node: BSONNode?

    init(path: [any CodingKey]) { codingPath = path }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .keyed(let node)? = node {
            return KeyedEncodingContainer(BSONKeyedEncoding<Key>(node: node, codingPath: codingPath))
        }
        let fresh = KeyedNode()
        node = .keyed(fresh)
        return KeyedEncodingContainer(BSONKeyedEncoding<Key>(node: fresh, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .list(let node)? = node { return BSONListEncoding(node: node, codingPath: codingPath) }
        let fresh = ListNode()
        node = .list(fresh)
        return BSONListEncoding(node: fresh, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { BSONSingleEncoding(encoding: self) }

    /// Any Codable value as a node: BSON's own types directly, all others by their `encode(to:)`.
    static func node<T: Encodable>(_ value: T, path: @autoclosure () -> [any CodingKey]) throws -> BSONNode {
        if let leaf = leaf(value) { return .leaf(leaf) }
        let encoding = BSONEncoding(path: path())
        try value.encode(to: encoding)
        return encoding.node ?? .leaf(.document([:]))
    }

    private static func leaf<T: Encodable>(_ value: T) -> BSONValue? {
        switch value {
        case let value as String: .string(value)
        case let value as Int: .int64(Int64(value))
        case let value as Double: .double(value)
        case let value as Bool: .bool(value)
        case let value as Date: .date(value)
        case let value as Data: .binary(BSONBinary(bytes: Array(value)))
        case let value as URL: .string(value.absoluteString)
        case let value as BSONValue: value
        case let value as BSONDocument: .document(value)
        case let value as BSONObjectID: .objectID(value)
        case let value as BSONBinary: .binary(value)
        default: nil
        }
    }

    /// Integers: up to 32 bits as int32 when the type is that narrow, else int64; too large throws.
    static func integer<T: FixedWidthInteger>(_ value: T, path: [any CodingKey]) throws -> BSONNode {
        if T.bitWidth < 32 || T.self == Int32.self { return .leaf(.int32(Int32(truncatingIfNeeded: value))) }
        guard let wide = Int64(exactly: value) else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: path, debugDescription: "\(value) does not fit BSON's int64"))
        }
        return .leaf(.int64(wide))
    }
}
