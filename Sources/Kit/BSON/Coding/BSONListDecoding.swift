/// Reads a Codable type's ordered elements.
struct BSONListDecoding: UnkeyedDecodingContainer {
    let codingPath: [any CodingKey]
    private let fields: [BSONField]
    private(set) var currentIndex = 0

    init(reader: BSONReader, codingPath: [any CodingKey]) throws {
        self.codingPath = codingPath
        var reader = reader
        var fields: [BSONField] = []
        while let field = try reader.next() { fields.append(field) }
        self.fields = fields
    }

    var count: Int? { fields.count }
    var isAtEnd: Bool { currentIndex >= fields.count }

    mutating func decodeNil() throws -> Bool {
        guard try peek().isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let value = try BSONDecoding.value(type, peek(), path: path)
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try superDecoder().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try superDecoder().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoding = BSONDecoding(source: .field(try peek()), codingPath: path)
        currentIndex += 1
        return decoding
    }

    private var path: [any CodingKey] { codingPath + [BSONCodingKey(index: currentIndex)] }

    private func peek() throws -> BSONField {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                BSONValue.self, .init(codingPath: path, debugDescription: "the array has no more elements"))
        }
        return fields[currentIndex]
    }
}
