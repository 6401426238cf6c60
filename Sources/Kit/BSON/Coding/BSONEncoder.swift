/// Encodes Codable types as documents.
///
/// Dates become BSON dates (milliseconds), `Data` becomes binary, `Int` and `Int64` become int64, narrower
/// integers int32, URLs strings. Optionals that are `nil` leave their key out.
public struct BSONEncoder: Sendable {
    public init() {}

    /// Throws `EncodingError` when the value is not a document, and ``BSONError`` for a key that holds NUL.
    public func encode(_ value: some Encodable) throws -> BSONDocument {
        let node = try BSONEncoding.node(value, path: [])
        guard case .document(let document) = try node.value() else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "the top level must be a document"))
        }
        return document
    }
}
