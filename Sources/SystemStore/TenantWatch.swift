import BSON
import Mongo
import Tenancy

/// A standing look over one collection of all organizations, for schedules that would otherwise ask each of them. It
/// was recorded once, when it was opened, and tells ids of organizations and nothing else.
public struct TenantWatch: Sendable {
    private let collection: MongoCollection

    init(_ collection: MongoCollection) { self.collection = collection }

    /// Organizations with at least one row like this, at most so many.
    public func organizations(_ filter: BSONDocument, limit: Int = 10_000) async throws -> [String] {
        // The organization comes first in every index of tenant collections; naming it makes them usable.
        let some: BSONDocument = [Tenancy.organizationField: ["$gt": ""]]
        return try await collection.aggregate([
            ["$match": .document(some.merging(filter))],
            ["$group": ["_id": .string("$" + Tenancy.organizationField)]],
            ["$sort": ["_id": 1]], ["$limit": .int(limit)],
        ]).compactMap { $0["_id"]?.stringValue }
    }
}

extension SystemStore {
    /// Opens a standing look; the record says which collection, who looks and why.
    public func watch(_ spec: CollectionSpec) async throws -> TenantWatch {
        try await record("rows.watch " + spec.name)
        return TenantWatch(database.collection(spec.name))
    }
}
