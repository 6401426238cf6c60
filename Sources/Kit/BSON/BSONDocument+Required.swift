import Foundation

/// Required values by key, for hand-written `init(bson:)`. Each throws ``BSONError`` naming the key.
extension BSONDocument {
    public func string(_ key: String) throws(BSONError) -> String { try required(key).string() }
    public func int(_ key: String) throws(BSONError) -> Int { try required(key).int() }
    public func int64(_ key: String) throws(BSONError) -> Int64 { try required(key).int64() }
    public func double(_ key: String) throws(BSONError) -> Double { try required(key).double() }
    public func bool(_ key: String) throws(BSONError) -> Bool { try required(key).bool() }
    public func date(_ key: String) throws(BSONError) -> Date { try required(key).date() }
    public func document(_ key: String) throws(BSONError) -> BSONDocument { try required(key).document() }
    public func array(_ key: String) throws(BSONError) -> [BSONValue] { try required(key).array() }

    private func required(_ key: String) throws(BSONError) -> BSONField {
        guard let field = try field(key) else { throw BSONError(.missingKey, "no value under '\(key)'") }
        return field
    }
}
