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
    /// Field names in order as a migration file has them; a leading minus sign means descending.
    var writtenKeys: [String] { keys.map { $0.direction < 0 ? "-" + $0.field : $0.field } }
}
