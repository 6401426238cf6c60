import BSON
import CMongoC

extension MongoCollection {
    public nonisolated(nonsending) func insert(
        _ document: BSONDocument, in transaction: MongoTransaction? = nil
    ) async throws {
        try await insert([document], in: transaction)
    }

    /// `ordered` stops at the first refused document; otherwise all others go in and the error lists the refused.
    public nonisolated(nonsending) func insert(
        _ documents: [BSONDocument], ordered: Bool = true, in transaction: MongoTransaction? = nil
    ) async throws {
        if documents.isEmpty { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(documents.reduce(0) { $0 + $1.bytes.count })
        for document in documents { bytes.append(contentsOf: document.bytes) }
        var options: BSONDocument = ["validate": false, "maxTimeMS": .int64(timeout.milliseconds)]
        if documents.count > 1 { options.append("ordered", .bool(ordered)) }
        try await engine.execute(
            Insert(
                database: database, collection: name, documents: bytes, count: documents.count, options: options),
            in: transaction)
    }

    @discardableResult
    public nonisolated(nonsending) func update(
        _ filter: BSONDocument, _ update: BSONDocument, upsert: Bool = false, multi: Bool = false,
        in transaction: MongoTransaction? = nil
    ) async throws -> UpdateResult {
        guard multi else { return try await changeOne(OMC_ONE, filter, update, upsert, transaction) }
        try ChangeOne.check(update, OMC_MANY)
        let command = Commands.updateMany(name, filter, update, upsert: upsert, timeout: timeout)
        let reply = try await engine.execute(WriteMany(database: database, command: command), in: transaction)
        let upserted = reply["upserted"]?.arrayValue?.count ?? 0
        return UpdateResult(
            matched: (reply["n"]?.intValue ?? 0) - upserted, modified: reply["nModified"]?.intValue ?? 0,
            upsertedCount: upserted)
    }

    /// Puts another document in the place of one; `_id` stays.
    @discardableResult
    public nonisolated(nonsending) func replace(
        _ filter: BSONDocument, _ document: BSONDocument, upsert: Bool = false,
        in transaction: MongoTransaction? = nil
    ) async throws -> UpdateResult {
        try await changeOne(OMC_REPLACE, filter, document, upsert, transaction)
    }

    /// Removes one match, or all of them.
    @discardableResult
    public nonisolated(nonsending) func delete(
        _ filter: BSONDocument, multi: Bool = false, in transaction: MongoTransaction? = nil
    ) async throws -> Int {
        guard multi else {
            return try await engine.execute(
                DeleteOne(database: database, collection: name, filter: filter), in: transaction)
        }
        let command = Commands.deleteMany(name, filter, timeout: timeout)
        let reply = try await engine.execute(WriteMany(database: database, command: command), in: transaction)
        return reply["n"]?.intValue ?? 0
    }

    /// Changes one document and returns it, in one atomic step; `nil` when none matches.
    @discardableResult
    public nonisolated(nonsending) func findOneAndUpdate(
        _ filter: BSONDocument, update: BSONDocument, options: FindAndModifyOptions = .init(),
        in transaction: MongoTransaction? = nil
    ) async throws -> BSONDocument? {
        try await findAndModify(filter, update, options, transaction)
    }

    /// Removes one document and returns it, in one atomic step; `nil` when none matches.
    @discardableResult
    public nonisolated(nonsending) func findOneAndDelete(
        _ filter: BSONDocument, options: FindAndModifyOptions = .init(), in transaction: MongoTransaction? = nil
    ) async throws -> BSONDocument? {
        try await findAndModify(filter, nil, options, transaction)
    }

    /// Many writes in few round trips. Refused steps are in the result's errors; what is thrown stopped the whole.
    @discardableResult
    public nonisolated(nonsending) func bulkWrite(
        _ operations: [BulkOperation], ordered: Bool = false, in transaction: MongoTransaction? = nil
    ) async throws -> BulkResult {
        if operations.isEmpty { return BulkResult() }
        return try await engine.execute(
            BulkWrite(database: database, collection: name, operations: operations, isOrdered: ordered),
            in: transaction)
    }

    private nonisolated(nonsending) func changeOne(
        _ reach: omc_reach, _ filter: BSONDocument, _ change: BSONDocument, _ upsert: Bool,
        _ transaction: MongoTransaction?
    ) async throws -> UpdateResult {
        var options: BSONDocument = ["validate": false]
        if upsert { options.append("upsert", true) }
        return try await engine.execute(
            ChangeOne(
                database: database, collection: name, reach: reach, filter: filter, change: change, options: options),
            in: transaction)
    }

    private nonisolated(nonsending) func findAndModify(
        _ filter: BSONDocument, _ update: BSONDocument?, _ options: FindAndModifyOptions,
        _ transaction: MongoTransaction?
    ) async throws -> BSONDocument? {
        let command = Commands.findAndModify(name, filter, update, options, timeout: timeout)
        let reply = try await engine.execute(
            RunCommand(database: database, command: command, kind: OMC_WRITE), in: transaction)
        return reply["value"]?.documentValue
    }
}
