import BSON
import Mongo

extension TenantCollection {
    public nonisolated(nonsending) func insert(_ document: Document, in transaction: MongoTransaction? = nil)
        async throws
    {
        try await collection.insert(owned(document).stored, in: transaction)
    }

    public nonisolated(nonsending) func insert(_ documents: [Document], in transaction: MongoTransaction? = nil)
        async throws
    {
        guard !documents.isEmpty else { return }
        try await collection.insert(documents.map { try owned($0).stored }, ordered: true, in: transaction)
    }

    /// Puts a document in the place of the one with its id. Throws ``TenancyError/notFound`` when there is none and
    /// `upsert` is off.
    public nonisolated(nonsending) func replace(
        _ document: Document, upsert: Bool = false, in transaction: MongoTransaction? = nil
    ) async throws {
        let (id, stored) = try owned(document)
        let result = try await collection.replace(scoped(.id(id)), stored, upsert: upsert, in: transaction)
        guard upsert || result.matched > 0 else { throw TenancyError.notFound }
    }

    @discardableResult
    public nonisolated(nonsending) func update(
        _ filter: Filter, _ update: Update, upsert: Bool = false, multi: Bool = false,
        in transaction: MongoTransaction? = nil
    ) async throws -> UpdateResult {
        if upsert { try Self.requireID(filter, update) }
        return try await collection.update(
            scoped(filter), update.document(), upsert: upsert, multi: multi, in: transaction)
    }

    /// Changes one document and gives it back as it was, or as it became.
    public nonisolated(nonsending) func findAndUpdate(
        _ filter: Filter, _ update: Update, sort: [Sort] = [], upsert: Bool = false, returnNew: Bool = true,
        in transaction: MongoTransaction? = nil
    ) async throws -> Document? {
        if upsert { try Self.requireID(filter, update) }
        let options = FindAndModifyOptions(sort: try Self.order(sort), upsert: upsert, returnNew: returnNew)
        return try await collection.findOneAndUpdate(
            scoped(filter), update: update.document(), options: options, in: transaction
        ).map(decoded)
    }

    /// Many changes in one round trip. One that fails does not stop the others; failures are in the result.
    public nonisolated(nonsending) func bulk(
        _ operations: [TenantBulk<Document>], ordered: Bool = false, in transaction: MongoTransaction? = nil
    )
        async throws -> BulkResult
    {
        try await collection.bulkWrite(operations.map(raw), ordered: ordered, in: transaction)
    }

    @discardableResult
    public nonisolated(nonsending) func delete(
        _ filter: Filter, multi: Bool = false, in transaction: MongoTransaction? = nil
    ) async throws -> Int {
        try await collection.delete(scoped(filter), multi: multi, in: transaction)
    }

    private func raw(_ operation: TenantBulk<Document>) throws -> BulkOperation {
        switch operation {
        case .insert(let document):
            return .insert(try owned(document).stored)
        case .upsert(let filter, let update):
            try Self.requireID(filter, update)
            return .update(try scoped(filter), try update.document(), upsert: true, multi: false)
        case .update(let filter, let update, let multi):
            return .update(try scoped(filter), try update.document(), upsert: false, multi: multi)
        case .replace(let document, let upsert):
            let (id, stored) = try owned(document)
            return .replace(try scoped(.id(id)), stored, upsert: upsert)
        case .delete(let filter, let multi):
            return .delete(try scoped(filter), multi: multi)
        }
    }

    /// An upsert must say which text `_id` a new document gets; the server would make one that is none of ours.
    private static func requireID(_ filter: Filter, _ update: Update) throws(TenancyError) {
        guard filter.namesID || update.namesID else { throw .refused("an upsert needs an _id") }
    }
}

/// One change in a bulk write.
public enum TenantBulk<Document: TenantDocument>: Sendable {
    case insert(Document)
    case upsert(Filter, Update)
    case update(Filter, Update, multi: Bool = false)
    case replace(Document, upsert: Bool = true)
    case delete(Filter, multi: Bool = false)
}
