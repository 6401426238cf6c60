/// Reads a Codable type that is one value, such as an enum with a raw value.
struct BSONSingleDecoding: SingleValueDecodingContainer {
    let field: BSONField
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool { field.isNull }

    func decode(_ type: Bool.Type) throws -> Bool { try leaf(type) { try $0.bool() } }
    func decode(_ type: String.Type) throws -> String { try leaf(type) { try $0.string() } }
    func decode(_ type: Double.Type) throws -> Double { try leaf(type) { try $0.double() } }
    func decode(_ type: Float.Type) throws -> Float { Float(try leaf(type) { try $0.double() }) }
    func decode(_ type: Int.Type) throws -> Int { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: Int8.Type) throws -> Int8 { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: Int16.Type) throws -> Int16 { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: Int32.Type) throws -> Int32 { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: Int64.Type) throws -> Int64 { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: UInt.Type) throws -> UInt { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try BSONDecoding.integer(type, field, path: codingPath) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try BSONDecoding.value(type, field, path: codingPath) }

    private func leaf<Value, R>(_ type: Value.Type, _ read: (BSONField) throws -> R) throws -> R {
        do { return try read(field) } catch { throw BSONDecoding.mismatch(type, field, codingPath) }
    }
}
