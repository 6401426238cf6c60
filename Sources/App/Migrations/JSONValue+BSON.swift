import BSON
import Web

/// The way between JSON as a migration file has it and BSON as the server takes it.
extension JSONValue {
    var bson: BSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int64(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        case .array(let values): .array(values.map(\.bson))
        case .object(let members): .document(BSONDocument(members.map { ($0.name, $0.value.bson) }))
        }
    }

    /// Nil for BSON types that JSON has no word for; none of them has a place in a schema.
    init?(_ value: BSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int32(let value): self = .int(Int64(value))
        case .int64(let value): self = .int(value)
        case .double(let value): self = Int64(exactly: value).map { .int($0) } ?? .double(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .array(values.compactMap { JSONValue($0) })
        case .document(let document): self = JSONValue(document)
        default: return nil
        }
    }

    init(_ document: BSONDocument) {
        self = .object(document.elements().compactMap { key, value in JSONValue(value).map { Member(key, $0) } })
    }
}
