/// Why bytes are not BSON, or why a value is not what the reader asked for.
///
/// `offset` is the byte position in the document that was being read, where there is one.
public struct BSONError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The bytes end before the value does.
        case truncated
        /// A length field contradicts the bytes around it.
        case wrongLength
        /// A document, string or key does not end with NUL.
        case missingTerminator
        /// An element type the specification does not know.
        case unknownType(UInt8)
        /// A string or key is not UTF-8.
        case invalidUTF8
        /// Documents and arrays nested deeper than ``BSONDocument/maximumDepth``.
        case nestingTooDeep
        /// More than ``BSONDocument/maximumSize`` bytes.
        case tooLarge
        /// A key holds a NUL character, which BSON keys cannot carry.
        case nulInKey
        /// The bytes of a value break its own rules, such as a boolean of 7.
        case invalidValue
        /// The value is of another type than asked for.
        case typeMismatch
        /// A required key is not there.
        case missingKey
    }

    public let kind: Kind
    public let message: String
    public let offset: Int?

    public init(_ kind: Kind, _ message: String, offset: Int? = nil) {
        self.kind = kind
        self.message = message
        self.offset = offset
    }

    public var description: String {
        offset.map { "BSON: \(message) (at byte \($0))" } ?? "BSON: \(message)"
    }
}
