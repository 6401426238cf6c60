import BSON

/// An index as a migration file writes it.
struct IndexDefinition: Sendable, Codable, Hashable {
    var name: String
    /// Field names in order; a leading minus sign means descending.
    var keys: [String]
    var unique: Bool?
    var sparse: Bool?
    /// Only documents that match are in the index.
    var partial: JSONValue?
    var expireAfterSeconds: Int?

    enum CodingKeys: String, CodingKey {
        case name, keys, unique, sparse, partial
        case expireAfterSeconds = "expire_after_seconds"
    }

    /// The document that `createIndexes` takes.
    var document: BSONDocument {
        var fields = BSONDocument()
        for key in keys {
            let isDescending = key.hasPrefix("-")
            fields.append(isDescending ? String(key.dropFirst()) : key, .int32(isDescending ? -1 : 1))
        }
        var document: BSONDocument = ["name": .string(name), "key": .document(fields)]
        if unique == true { document.append("unique", true) }
        if sparse == true { document.append("sparse", true) }
        if let partial { document.append("partialFilterExpression", partial.bson) }
        if let expireAfterSeconds { document.append("expireAfterSeconds", .int64(Int64(expireAfterSeconds))) }
        return document
    }

    /// An index as `listIndexes` tells of it.
    init(server document: BSONDocument) {
        name = document["name"]?.stringValue ?? ""
        keys = (document["key"]?.documentValue ?? BSONDocument()).elements().map { key, order in
            (order.doubleValue ?? 1) < 0 ? "-" + key : key
        }
        unique = document["unique"]?.boolValue == true ? true : nil
        sparse = document["sparse"]?.boolValue == true ? true : nil
        partial = document["partialFilterExpression"]?.documentValue.map { JSONValue($0) }
        expireAfterSeconds = document["expireAfterSeconds"]?.int64Value.map { Int($0) }
    }

    init(
        name: String, keys: [String], unique: Bool? = nil, sparse: Bool? = nil, partial: JSONValue? = nil,
        expireAfterSeconds: Int? = nil
    ) {
        self.name = name
        self.keys = keys
        self.unique = unique
        self.sparse = sparse
        self.partial = partial
        self.expireAfterSeconds = expireAfterSeconds
    }
}

/// One change of the database. Every step may be done twice without harm: a migration that was cut off is simply
/// begun again at the step it had reached.
struct MigrationStep: Sendable, Codable, Hashable {
    enum Operation: String, Codable, Sendable {
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
    var index: IndexDefinition?
    var validator: JSONValue?
    var filter: JSONValue?
    var set: JSONValue?

    enum CodingKeys: String, CodingKey {
        case operation = "do"
        case collection, index, validator, filter, set
    }

    /// One line for `migrate plan`.
    var summary: String {
        let words = operation.rawValue.split(separator: "_").joined(separator: " ")
        return index.map { "\(words) \(collection).\($0.name) (\($0.keys.joined(separator: ", ")))" }
            ?? "\(words) \(collection)"
    }
}
