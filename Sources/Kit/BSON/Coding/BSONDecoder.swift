/// Decodes Codable types from documents, straight from the bytes.
///
/// Integers accept any whole number that fits, `Double` any number; a missing key and null are both `nil`.
public struct BSONDecoder: Sendable {
    public init() {}

    /// Throws `DecodingError` with the path of the key that does not fit.
    public func decode<T: Decodable>(_ type: T.Type, from document: BSONDocument) throws -> T {
        if let document = document as? T { return document }
        return try T(from: BSONDecoding(source: .document(BSONReader(document)), codingPath: []))
    }
}
