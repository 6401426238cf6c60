import Foundation

/// The `Decoder` a Codable type is given: a document or one field of it.
struct BSONDecoding: Decoder {
    enum Source {
        case document(BSONReader)
        case field(BSONField)
    }

    let source: Source
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try BSONKeyedDecoding<Key>(reader: reader(of: .document), codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try BSONListDecoding(reader: reader(of: .array), codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        guard case .field(let field) = source else {
            throw DecodingError.typeMismatch(
                BSONValue.self, .init(codingPath: codingPath, debugDescription: "a whole document is not one value"))
        }
        return BSONSingleDecoding(field: field, codingPath: codingPath)
    }

    private func reader(of type: BSONType) throws -> BSONReader {
        switch source {
        case .document(let reader) where type == .document: return reader
        case .field(let field) where field.type == type: return try field.reader()
        case .field(let field):
            throw DecodingError.typeMismatch(
                BSONDocument.self, .init(codingPath: codingPath, debugDescription: "\(field.type), not \(type)"))
        case .document:
            throw DecodingError.typeMismatch(
                [BSONValue].self, .init(codingPath: codingPath, debugDescription: "a document, not an array"))
        }
    }

    /// A value of any Decodable type from a field: BSON's own types directly, others by their `init(from:)`.
    static func value<T: Decodable>(
        _ type: T.Type, _ field: BSONField, path: @autoclosure () -> [any CodingKey]
    ) throws -> T {
        do {
            // Two steps: a bare `as? T` would turn "no leaf" into a present nil for optional types.
            if let leaf = try leaf(type, field), let value = leaf as? T { return value }
        } catch let error as BSONError {
            throw DecodingError.typeMismatch(
                type, .init(codingPath: path(), debugDescription: error.message, underlyingError: error))
        }
        return try T(from: BSONDecoding(source: .field(field), codingPath: path()))
    }

    private static func leaf<T: Decodable>(_ type: T.Type, _ field: BSONField) throws -> Any? {
        if type == String.self { return try field.string() }
        if type == Int.self { return try field.int() }
        if type == Double.self { return try field.double() }
        if type == Bool.self { return try field.bool() }
        if type == Date.self { return try field.date() }
        if type == Data.self { return Data(try field.binary().bytes) }
        if type == URL.self { return URL(string: try field.string()) }
        if type == BSONValue.self { return try field.value() }
        if type == BSONDocument.self { return try field.document() }
        if type == BSONObjectID.self { return try field.objectID() }
        if type == BSONBinary.self { return try field.binary() }
        return nil
    }

    /// A whole number of the asked width.
    static func integer<T: FixedWidthInteger>(
        _ type: T.Type, _ field: BSONField, path: @autoclosure () -> [any CodingKey]
    ) throws -> T {
        guard let wide = try? field.int64(), let value = T(exactly: wide) else {
            throw mismatch(type, field, path())
        }
        return value
    }

    static func mismatch(_ type: Any.Type, _ field: BSONField, _ path: [any CodingKey]) -> DecodingError {
        DecodingError.typeMismatch(
            type, .init(codingPath: path, debugDescription: "'\(field.name)' is \(field.type), not \(type)"))
    }
}
