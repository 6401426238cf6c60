import BSON
import Tenancy

/// One change of the database. Every step may be done twice without harm: a migration that was cut off is simply
/// begun again at the step it had reached.
struct MigrationStep: Sendable, Equatable {
    enum Operation: String, Sendable {
        case createCollection = "create_collection"
        case dropCollection = "drop_collection"
        case createIndex = "create_index"
        case dropIndex = "drop_index"
        case setValidator = "set_validator"
        /// Sets fields on all documents that match `filter`, 1,000 at a time; the filter must stop matching what is done.
        case setFields = "set_fields"
    }

    var operation: Operation
    var collection: String
    var index: IndexSpec?
    var validator: BSONDocument?
    var filter: BSONDocument?
    var set: BSONDocument?

    /// One line for `migrate plan`.
    var summary: String {
        let words = operation.rawValue.split(separator: "_").joined(separator: " ")
        guard let index else { return "\(words) \(collection)" }
        return "\(words) \(collection).\(index.name) (\(index.writtenKeys.joined(separator: ", ")))"
    }
}

extension IndexSpec {
    /// Field names in order as a migration file has them; a leading minus sign means descending, and what follows a
    /// colon how values stand in the index where that is not in order.
    var writtenKeys: [String] {
        keys.map { key in
            key.kind == .ordered
                ? (key.direction < 0 ? "-" + key.field : key.field) : "\(key.field):\(key.kind.rawValue)"
        }
    }

    /// A key as a migration file has it.
    static func key(written text: String) throws -> Key {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            return text.hasPrefix("-") ? Key(String(text.dropFirst()), -1) : Key(text)
        }
        guard let kind = Key.Kind(rawValue: parts[1]) else {
            throw MigrationError.badFile("an index cannot be of the kind “\(parts[1])”")
        }
        return Key(parts[0], kind: kind)
    }
}
