import BSON

/// JSON as written in a migration file. Objects are turned into BSON with their keys in alphabetical order, so that two
/// ways of writing the same validator compare as equal.
enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    var bson: BSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .int64(value)
        case .number(let value): .double(value)
        case .string(let value): .string(value)
        case .array(let values): .array(values.map(\.bson))
        case .object: .document(document)
        }
    }

    /// The document of an object; empty for anything else.
    var document: BSONDocument {
        var document = BSONDocument()
        if case .object(let fields) = self {
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) { document.append(key, value.bson) }
        }
        return document
    }

    /// Nil for BSON types that JSON has no word for; none of them has a place in a schema.
    init?(_ value: BSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int32(let value): self = .integer(Int64(value))
        case .int64(let value): self = .integer(value)
        case .double(let value):
            self = value == value.rounded() && abs(value) < 1e15 ? .integer(Int64(value)) : .number(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .array(values.compactMap { JSONValue($0) })
        case .document(let document): self = JSONValue(document)
        default: return nil
        }
    }

    init(_ document: BSONDocument) {
        var fields: [String: JSONValue] = [:]
        for (key, value) in document.elements() { fields[key] = JSONValue(value) }
        self = .object(fields)
    }
}

extension JSONValue: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
