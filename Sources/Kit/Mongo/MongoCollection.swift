import BSON

/// One collection. Every call is one hop to a database thread, bounded by `maxTimeMS`, and counted.
///
/// This is the raw collection: it knows nothing of organizations. Features use `TenantCollection`.
public struct MongoCollection: Sendable {
    let engine: MongoEngine
    let database: String
    public let name: String

    var timeout: Duration { engine.configuration.operationTimeout }

    /// Removes the collection; no error when there is none.
    public nonisolated(nonsending) func drop() async throws {
        do {
            _ = try await MongoDatabase(engine: engine, name: database).command(["drop": .string(name)])
        } catch let error as MongoError where error.code == 26 {
            return
        }
    }

    /// The server's description of each index; empty when there is no such collection.
    public nonisolated(nonsending) func listIndexes() async throws -> [BSONDocument] {
        do {
            return try await MongoDatabase(engine: engine, name: database)
                .cursorCommand(["listIndexes": .string(name)])
        } catch let error as MongoError where error.code == 26 {
            return []
        }
    }
}
