import BSON
import Mongo

extension TenantCollection {
    /// The document with this id; nil when there is none, or it is another organization's.
    public nonisolated(nonsending) func get(id: String, in transaction: MongoTransaction? = nil) async throws
        -> Document?
    {
        try await first(.id(id), in: transaction)
    }

    public nonisolated(nonsending) func first(
        _ filter: Filter = .all, sort: [Sort] = [], in transaction: MongoTransaction? = nil
    )
        async throws -> Document?
    {
        let options = FindOptions(sort: try Self.order(sort), limit: 1)
        return try await collection.findOne(scoped(filter), options: options, in: transaction).map(decoded)
    }

    /// All documents that match; give a limit, or read ``batches(_:sort:batchSize:)``.
    public nonisolated(nonsending) func find(
        _ filter: Filter = .all, sort: [Sort] = [], limit: Int? = nil, skip: Int = 0,
        in transaction: MongoTransaction? = nil
    ) async throws -> [Document] {
        let options = FindOptions(sort: try Self.order(sort), limit: limit, skip: skip == 0 ? nil : skip)
        return try await collection.find(scoped(filter), options: options, in: transaction).map(decoded)
    }

    /// Only some fields of each document, decoded as another type: what hot lists read.
    public nonisolated(nonsending) func select<T: BSONConvertible>(
        _ fields: [String], as type: T.Type, _ filter: Filter = .all, sort: [Sort] = [], limit: Int? = nil,
        in transaction: MongoTransaction? = nil
    ) async throws -> [T] {
        let options = FindOptions(sort: try Self.order(sort), projection: try Self.projection(fields), limit: limit)
        return try await collection.find(scoped(filter), options: options, in: transaction)
            .map { try T(bson: stripped($0)) }
    }

    /// The documents in portions; the next one is asked for only when it is wanted.
    public func batches(_ filter: Filter = .all, sort: [Sort] = [], batchSize: Int = 1000)
        throws -> TenantBatches<Document>
    {
        let options = FindOptions(sort: try Self.order(sort))
        let scope = scope
        return TenantBatches(base: collection.batches(try scoped(filter), options: options, batchSize: batchSize)) {
            try Document(bson: Self.stripped($0, organizationID: scope.organizationID))
        }
    }

    public func selectBatches<T: BSONConvertible>(
        _ fields: [String], as type: T.Type, _ filter: Filter = .all, sort: [Sort] = [], batchSize: Int = 1000
    ) throws -> TenantBatches<T> {
        let options = FindOptions(sort: try Self.order(sort), projection: try Self.projection(fields))
        let scope = scope
        return TenantBatches(base: collection.batches(try scoped(filter), options: options, batchSize: batchSize)) {
            try T(bson: Self.stripped($0, organizationID: scope.organizationID))
        }
    }

    /// How many match; counting stops at `limit`.
    public nonisolated(nonsending) func count(
        _ filter: Filter = .all, limit: Int? = nil, in transaction: MongoTransaction? = nil
    )
        async throws -> Int
    {
        try await collection.count(scoped(filter), limit: limit, in: transaction)
    }

    public nonisolated(nonsending) func exists(_ filter: Filter, in transaction: MongoTransaction? = nil) async throws
        -> Bool
    {
        try await count(filter, limit: 1, in: transaction) > 0
    }

    public nonisolated(nonsending) func distinct(
        _ field: String, _ filter: Filter = .all, in transaction: MongoTransaction? = nil
    )
        async throws -> [BSONValue]
    {
        try FieldName.check(field)
        return try await collection.distinct(field, scoped(filter), in: transaction)
    }

    /// Runs a pipeline over the organization's documents.
    ///
    /// - Parameter timeout: instead of the one of every operation; for jobs that look at everything.
    public nonisolated(nonsending) func aggregate<T: BSONConvertible>(
        _ pipeline: Pipeline, as type: T.Type = T.self, timeout: Duration? = nil,
        in transaction: MongoTransaction? = nil
    ) async throws -> [T] {
        let stages = try pipeline.documents(organizationID: scope.organizationID)
        return try await collection.aggregate(
            stages, options: .init(allowDiskUse: true, timeout: timeout), in: transaction
        )
        .map { try T(bson: stripped($0)) }
    }

    /// In portions. The server's time over all of them together is limited only for the case that something hangs.
    ///
    /// - Parameter readsAhead: the server makes the next portion while one is worked on; for walks over very many rows.
    public func aggregateBatches<T: BSONConvertible>(
        _ pipeline: Pipeline, as type: T.Type = T.self, batchSize: Int = 1000, readsAhead: Bool = false
    ) throws -> TenantBatches<T> {
        let stages = try pipeline.documents(organizationID: scope.organizationID)
        let scope = scope
        let base = collection.aggregateBatches(
            stages, options: .init(allowDiskUse: true, timeout: .seconds(1_800)), batchSize: batchSize,
            readsAhead: readsAhead)
        return TenantBatches(base: base) { try T(bson: Self.stripped($0, organizationID: scope.organizationID)) }
    }

    static func order(_ sorts: [Sort]) throws -> BSONDocument? {
        sorts.isEmpty ? nil : try Sort.document(sorts)
    }

    /// The organization comes along, so that it can be checked.
    private static func projection(_ fields: [String]) throws -> BSONDocument {
        var document: BSONDocument = [Tenancy.organizationField: .int32(1)]
        for field in fields where field != "_id" {
            try FieldName.check(field)
            document.append(field, .int32(1))
        }
        return document
    }
}
