/// A type that is stored as a BSON document.
///
/// Codable types get both methods through the Codable bridge. Hot types write their own with
/// ``BSONReader`` and ``BSONWriter``, about five times faster.
public protocol BSONConvertible: Sendable {
    init(bson: BSONDocument) throws
    func bson() throws -> BSONDocument
}

extension BSONConvertible where Self: Codable {
    public init(bson: BSONDocument) throws { self = try BSONDecoder().decode(Self.self, from: bson) }
    public func bson() throws -> BSONDocument { try BSONEncoder().encode(self) }
}

extension BSONDocument: BSONConvertible {
    public init(bson: BSONDocument) { self = bson }
    public func bson() -> BSONDocument { self }
}
