import BSON

/// A change to documents, as a list of operations: `[.set("name", "Ana"), .inc("version", 1)]`.
public struct Update: Sendable, Hashable, ExpressibleByArrayLiteral {
    public enum Operation: Sendable, Hashable {
        case set(String, BSONValue)
        case unset(String)
        case inc(String, BSONValue)
        case min(String, BSONValue)
        case max(String, BSONValue)
        /// Only when an upsert makes the document; the one way to give it an `_id`.
        case setOnInsert(String, BSONValue)
        case push(String, BSONValue)
        /// Appends and keeps only the newest `keep`.
        case pushNewest(String, BSONValue, keep: Int)
        case addToSet(String, BSONValue)
        case pull(String, BSONValue)
        /// The server's time.
        case currentDate(String)
    }

    public var operations: [Operation]

    public init(_ operations: [Operation] = []) { self.operations = operations }

    public init(arrayLiteral elements: Operation...) { self.operations = elements }

    public mutating func append(_ operation: Operation) { operations.append(operation) }

    /// Sets every field of a document.
    public static func setting(_ fields: BSONDocument) -> Update {
        Update(fields.elements().map { .set($0.key, $0.value) })
    }

    /// Sets every field of a document, and takes away those of `others` that it does not have.
    public static func setting(_ fields: BSONDocument, clearing others: some Sequence<String>) -> Update {
        var update = setting(fields)
        let set = Set(fields.keys)
        for field in others where !set.contains(field) { update.append(.unset(field)) }
        return update
    }

    func document() throws(TenancyError) -> BSONDocument {
        guard !operations.isEmpty else { throw .refused("an update without operations") }
        var groups: [(name: String, fields: BSONDocument)] = []
        for operation in operations {
            let (name, field, value) = operation.parts
            if !(name == "$setOnInsert" && field == "_id") {
                try FieldName.check(field)
                guard field != "_id" else { throw .refused("an _id does not change") }
            }
            try DocumentGuard.checkValue(operation.given)
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].fields.append(field, value)
            } else {
                groups.append((name, [field: value]))
            }
        }
        return BSONDocument(groups.map { ($0.name, .document($0.fields)) })
    }

    var namesID: Bool {
        operations.contains { operation in
            if case .setOnInsert("_id", .string) = operation { true } else { false }
        }
    }
}

extension Update.Operation {
    /// The value as the caller gave it.
    fileprivate var given: BSONValue {
        switch self {
        case .set(_, let value), .inc(_, let value), .min(_, let value), .max(_, let value), .setOnInsert(_, let value),
            .push(_, let value), .pushNewest(_, let value, _), .addToSet(_, let value), .pull(_, let value):
            value
        case .unset, .currentDate: .null
        }
    }

    fileprivate var parts: (name: String, field: String, value: BSONValue) {
        switch self {
        case .set(let field, let value): ("$set", field, value)
        case .unset(let field): ("$unset", field, "")
        case .inc(let field, let value): ("$inc", field, value)
        case .min(let field, let value): ("$min", field, value)
        case .max(let field, let value): ("$max", field, value)
        case .setOnInsert(let field, let value): ("$setOnInsert", field, value)
        case .push(let field, let value): ("$push", field, value)
        case .pushNewest(let field, let value, let keep):
            ("$push", field, ["$each": [value], "$slice": .int64(Int64(-keep))])
        case .addToSet(let field, let value): ("$addToSet", field, value)
        case .pull(let field, let value): ("$pull", field, ["$eq": value])
        case .currentDate(let field): ("$currentDate", field, true)
        }
    }
}
