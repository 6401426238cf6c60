/// BSON's own types inside Codable types. They exist only in BSON: any other coder gets an error.
extension BSONValue: Codable {
    public init(from decoder: any Decoder) throws { self = try BSONOnly.decode(decoder) }
    public func encode(to encoder: any Encoder) throws { try BSONOnly.encode(self, encoder) }
}

extension BSONDocument: Codable {
    public init(from decoder: any Decoder) throws { self = try BSONOnly.decode(decoder) }
    public func encode(to encoder: any Encoder) throws { try BSONOnly.encode(.document(self), encoder) }
}

extension BSONObjectID: Codable {
    public init(from decoder: any Decoder) throws { self = try BSONOnly.decode(decoder) }
    public func encode(to encoder: any Encoder) throws { try BSONOnly.encode(.objectID(self), encoder) }
}

extension BSONBinary: Codable {
    public init(from decoder: any Decoder) throws { self = try BSONOnly.decode(decoder) }
    public func encode(to encoder: any Encoder) throws { try BSONOnly.encode(.binary(self), encoder) }
}

enum BSONOnly {
    static func decode<T: Decodable>(_ decoder: any Decoder) throws -> T {
        guard let decoding = decoder as? BSONDecoding, case .field(let field) = decoding.source else {
            throw DecodingError.typeMismatch(
                T.self, .init(codingPath: decoder.codingPath, debugDescription: "\(T.self) is read from BSON only"))
        }
        return try BSONDecoding.value(T.self, field, path: decoding.codingPath)
    }

    static func encode(_ value: BSONValue, _ encoder: any Encoder) throws {
        guard let encoding = encoder as? BSONEncoding else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: encoder.codingPath, debugDescription: "BSON types are written to BSON only"))
        }
        encoding.node = .leaf(value)
    }
}
