/// Reads a Codable type's named properties.
struct BSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let codingPath: [any CodingKey]
    private let fields: [BSONField]
    /// Where the next key probably stands: stored documents mostly have their keys in the type's order.
    private let hint = Hint()

    private final class Hint {
        var index = 0
    }

    init(reader: BSONReader, codingPath: [any CodingKey]) throws {
        self.codingPath = codingPath
        var reader = reader
        var fields: [BSONField] = []
        while let field = try reader.next() { fields.append(field) }
        self.fields = fields
    }

    var allKeys: [Key] { fields.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { find(key)?.isNull ?? true }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        let field = try need(key)
        guard let value = try? field.bool() else { throw mismatch(type, field, key) }
        return value
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        let field = try need(key)
        guard let value = try? field.string() else { throw mismatch(type, field, key) }
        return value
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        let field = try need(key)
        guard let value = try? field.double() else { throw mismatch(type, field, key) }
        return value
    }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try decode(Double.self, forKey: key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try integer(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try integer(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(type, key) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try BSONDecoding.value(type, need(key), path: codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try superDecoder(forKey: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try superDecoder(forKey: key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        let key = BSONCodingKey("super")
        guard let field = fields.first(where: { $0.key == key.stringValue }) else { throw notFound(key) }
        return BSONDecoding(source: .field(field), codingPath: codingPath + [key])
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        BSONDecoding(source: .field(try need(key)), codingPath: codingPath + [key])
    }

    private func find(_ key: Key) -> BSONField? {
        let name = key.stringValue
        for offset in 0..<fields.count {
            var index = hint.index + offset
            if index >= fields.count { index -= fields.count }
            if fields[index].key == name {
                hint.index = index
                return fields[index]
            }
        }
        return nil
    }

    private func need(_ key: Key) throws -> BSONField {
        guard let field = find(key) else { throw notFound(key) }
        return field
    }

    private func notFound(_ key: some CodingKey) -> DecodingError {
        DecodingError.keyNotFound(
            key, .init(codingPath: codingPath, debugDescription: "no value under '\(key.stringValue)'"))
    }

    private func mismatch(_ type: Any.Type, _ field: BSONField, _ key: Key) -> DecodingError {
        BSONDecoding.mismatch(type, field, codingPath + [key])
    }

    private func integer<T: FixedWidthInteger>(_ type: T.Type, _ key: Key) throws -> T {
        try BSONDecoding.integer(type, need(key), path: codingPath + [key])
    }
}
