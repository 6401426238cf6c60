/// For people and test output; close to extended JSON, but nothing reads it back.
extension BSONDocument: CustomStringConvertible {
    public var description: String {
        "{" + elements().map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
    }
}

extension BSONValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .double(let value): "\(value)"
        case .string(let value): "\"\(value)\""
        case .document(let value): value.description
        case .array(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .binary(let value): "binary(\(value.subtype), \(value.bytes.count) bytes)"
        case .objectID(let value): "id(\(value))"
        case .bool(let value): "\(value)"
        case .date(let value): "date(\(value))"
        case .null: "null"
        case .regex(let pattern, let options): "/\(pattern)/\(options)"
        case .javascript(let code): "code(\"\(code)\")"
        case .javascriptWithScope(let code, let scope): "code(\"\(code)\", \(scope))"
        case .symbol(let value): "symbol(\"\(value)\")"
        case .int32(let value): "\(value)"
        case .timestamp(let value): "timestamp(\(value >> 32), \(value & 0xFFFF_FFFF))"
        case .int64(let value): "\(value)"
        case .decimal128: "decimal128"
        case .minKey: "minKey"
        case .maxKey: "maxKey"
        case .undefined: "undefined"
        case .dbPointer(let name, let id): "pointer(\(name), \(id))"
        }
    }
}
