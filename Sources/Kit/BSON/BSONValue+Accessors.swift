import Foundation

extension BSONValue {
    /// A date rounded to the millisecond, as BSON keeps it.
    public static func date(_ date: Date) -> BSONValue { .date(date.bsonMilliseconds) }

    /// A platform integer, kept as int64.
    public static func int(_ value: Int) -> BSONValue { .int64(Int64(value)) }

    /// An array of strings.
    public static func strings(_ values: some Sequence<String>) -> BSONValue { .array(values.map { .string($0) }) }

    public var stringValue: String? {
        switch self {
        case .string(let value), .symbol(let value): value
        default: nil
        }
    }

    /// Any number without a fraction that fits, whatever its type.
    public var int64Value: Int64? {
        switch self {
        case .int32(let value): Int64(value)
        case .int64(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// As ``int64Value``, in the platform's width.
    public var intValue: Int? { int64Value.flatMap { Int(exactly: $0) } }

    public var doubleValue: Double? {
        switch self {
        case .int32(let value): Double(value)
        case .int64(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var dateValue: Date? {
        if case .date(let value) = self { Date(bsonMilliseconds: value) } else { nil }
    }

    public var documentValue: BSONDocument? {
        if case .document(let value) = self { value } else { nil }
    }

    public var arrayValue: [BSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var objectIDValue: BSONObjectID? {
        if case .objectID(let value) = self { value } else { nil }
    }

    public var binaryValue: BSONBinary? {
        if case .binary(let value) = self { value } else { nil }
    }

    /// True for null and for the retired `undefined`.
    public var isNull: Bool { self == .null || self == .undefined }
}

extension Date {
    /// Milliseconds since 1970, clamped to what int64 can hold; not-a-number becomes 0.
    public var bsonMilliseconds: Int64 {
        let milliseconds = (timeIntervalSince1970 * 1000).rounded()
        if let exact = Int64(exactly: milliseconds) { return exact }
        if milliseconds.isNaN { return 0 }
        return milliseconds < 0 ? .min : .max
    }

    public init(bsonMilliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(bsonMilliseconds) / 1000)
    }
}
