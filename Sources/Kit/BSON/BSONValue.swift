/// One BSON value of any type. For hot paths use ``BSONWriter`` and ``BSONReader``, which build none of these.
public enum BSONValue: Sendable, Hashable {
    case double(Double)
    case string(String)
    case document(BSONDocument)
    case array([BSONValue])
    case binary(BSONBinary)
    case objectID(BSONObjectID)
    case bool(Bool)
    /// Milliseconds since 1970-01-01 UTC.
    case date(Int64)
    case null
    case regex(pattern: String, options: String)
    case javascript(String)
    case javascriptWithScope(String, BSONDocument)
    case symbol(String)
    case int32(Int32)
    /// MongoDB's internal timestamp: seconds in the upper, increment in the lower 32 bits.
    case timestamp(UInt64)
    case int64(Int64)
    /// The 16 bytes of an IEEE 754-2008 decimal128, little-endian, uninterpreted.
    case decimal128([UInt8])
    case minKey
    case maxKey
    case undefined
    case dbPointer(String, BSONObjectID)

    public var type: BSONType {
        switch self {
        case .double: .double
        case .string: .string
        case .document: .document
        case .array: .array
        case .binary: .binary
        case .objectID: .objectID
        case .bool: .bool
        case .date: .date
        case .null: .null
        case .regex: .regex
        case .javascript: .javascript
        case .javascriptWithScope: .javascriptWithScope
        case .symbol: .symbol
        case .int32: .int32
        case .timestamp: .timestamp
        case .int64: .int64
        case .decimal128: .decimal128
        case .minKey: .minKey
        case .maxKey: .maxKey
        case .undefined: .undefined
        case .dbPointer: .dbPointer
        }
    }
}
