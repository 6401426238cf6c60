import BSON
import CMongoC

extension MongoCollection {
    /// The whole result. Give a limit, or use ``batches(_:options:batchSize:)`` for what may be long.
    public nonisolated(nonsending) func find(
        _ filter: BSONDocument, options: FindOptions = .init(), in transaction: MongoTransaction? = nil
    ) async throws -> [BSONDocument] {
        guard let limit = options.limit, limit > 0, limit <= Self.few else {
            let command = Commands.find(name, filter, options, batchSize: nil, timeout: timeout)
            return try await engine.execute(FindAll(database: database, command: command), in: transaction)
        }
        let command = Commands.find(name, filter, options, batchSize: limit + 1, timeout: timeout)
        return try await engine.execute(FindFew(database: database, command: command), in: transaction)
    }

    public nonisolated(nonsending) func findOne(
        _ filter: BSONDocument, options: FindOptions = .init(), in transaction: MongoTransaction? = nil
    ) async throws -> BSONDocument? {
        var options = options
        options.limit = 1
        return try await find(filter, options: options, in: transaction).first
    }

    /// The whole result of a pipeline.
    public nonisolated(nonsending) func aggregate(
        _ pipeline: [BSONDocument], options: AggregateOptions = .init(), in transaction: MongoTransaction? = nil
    ) async throws -> [BSONDocument] {
        let command = Commands.aggregate(.string(name), pipeline, options, batchSize: nil, timeout: timeout)
        return try await engine.execute(FindAll(database: database, command: command), in: transaction)
    }

    /// The result in batches: one hop each, the next only when asked for. Holds a connection until its end.
    public func batches(
        _ filter: BSONDocument, options: FindOptions = .init(), batchSize: Int = 1000
    ) -> MongoBatches {
        let command = Commands.find(name, filter, options, batchSize: batchSize, timeout: timeout)
        return MongoBatches(engine: engine, database: database, command: command, batchSize: batchSize)
    }

    /// The result of a pipeline in batches, as ``batches(_:options:batchSize:)``.
    ///
    /// - Parameter readsAhead: the server makes the next batch while one is worked on, so that up to two are held.
    public func aggregateBatches(
        _ pipeline: [BSONDocument], options: AggregateOptions = .init(), batchSize: Int = 1000, readsAhead: Bool = false
    ) -> MongoBatches {
        let command = Commands.aggregate(.string(name), pipeline, options, batchSize: batchSize, timeout: timeout)
        return MongoBatches(
            engine: engine, database: database, command: command, batchSize: batchSize, readsAhead: readsAhead)
    }

    /// How many documents match; counting stops at `limit`.
    public nonisolated(nonsending) func count(
        _ filter: BSONDocument, limit: Int? = nil, in transaction: MongoTransaction? = nil
    ) async throws -> Int {
        var pipeline: [BSONDocument] = [["$match": .document(filter)]]
        if let limit { pipeline.append(["$limit": .int(limit)]) }
        pipeline.append(["$count": "n"])
        return try await aggregate(pipeline, in: transaction).first?["n"]?.intValue ?? 0
    }

    /// The distinct values of a field, at most 16 MiB of them.
    public nonisolated(nonsending) func distinct(
        _ field: String, _ filter: BSONDocument, in transaction: MongoTransaction? = nil
    ) async throws -> [BSONValue] {
        let command = Commands.distinct(name, field, filter, timeout: timeout)
        let reply = try await engine.execute(
            RunCommand(database: database, command: command, kind: OMC_READ), in: transaction)
        return reply["values"]?.arrayValue ?? []
    }

    /// Up to here a limited find asks for everything in one reply.
    private static let few = 20_000
}
