import BSON
import Mongo

/// An index as data, for whoever creates and checks indexes.
public struct IndexDeclaration: Sendable {
    public let name: String
    public let keys: [(field: String, direction: Int)]
    public let isUnique: Bool
    /// Only documents that match this are in the index.
    public let partial: BSONDocument?
    /// Documents are removed this many seconds after the time in the (single) indexed field.
    public let expireAfterSeconds: Int?

    public init(
        _ name: String, _ keys: [(field: String, direction: Int)], isUnique: Bool = false,
        partial: BSONDocument? = nil, expireAfterSeconds: Int? = nil
    ) {
        self.name = name
        self.keys = keys
        self.isUnique = isUnique
        self.partial = partial
        self.expireAfterSeconds = expireAfterSeconds
    }

    /// As an element of the `createIndexes` command.
    public var specification: BSONDocument {
        var key = BSONDocument()
        for (field, direction) in keys { key.append(field, .int32(Int32(direction))) }
        var document: BSONDocument = ["name": .string(name), "key": .document(key)]
        if isUnique { document.append("unique", true) }
        if let partial { document.append("partialFilterExpression", .document(partial)) }
        if let expireAfterSeconds { document.append("expireAfterSeconds", .int(expireAfterSeconds)) }
        return document
    }
}

/// A collection and its indexes as data.
public struct CollectionDeclaration: Sendable {
    public let name: String
    public let indexes: [IndexDeclaration]

    public init(name: String, indexes: [IndexDeclaration]) {
        self.name = name
        self.indexes = indexes
    }
}

/// The collections this room owns. `partition` holds the organization's id.
public enum JobCollections {
    public static let jobs = CollectionDeclaration(
        name: "jobs",
        indexes: [
            IndexDeclaration("partition_kind_created", [("partition", 1), ("kind", 1), ("created_at", -1)]),
            IndexDeclaration("partition_created", [("partition", 1), ("created_at", -1)]),
            IndexDeclaration(
                "partition_kind_key", [("partition", 1), ("kind", 1), ("idempotency_key", 1)], isUnique: true,
                partial: ["idempotency_key": ["$exists": true]]),
            IndexDeclaration("state_run", [("state", 1), ("run_at", 1)]),
            IndexDeclaration("state_lease", [("state", 1), ("lease_expires_at", 1)]),
            IndexDeclaration("expires", [("expires_at", 1)], expireAfterSeconds: 0),
        ])

    public static let schedules = CollectionDeclaration(name: "schedules", indexes: [])

    public static let heartbeats = CollectionDeclaration(
        name: "heartbeats",
        indexes: [IndexDeclaration("partition_name", [("partition", 1), ("name", 1)], isUnique: true)])

    public static let all = [jobs, schedules, heartbeats]

    /// Creates what is missing. Does nothing when all is there.
    public static func create(in database: MongoDatabase) async throws {
        for collection in all where !collection.indexes.isEmpty {
            _ = try await database.command(
                [
                    "createIndexes": .string(collection.name),
                    "indexes": .array(collection.indexes.map { .document($0.specification) }),
                ], timeout: .seconds(60))
        }
    }
}
