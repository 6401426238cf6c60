import BSON

/// One database on the server.
public struct MongoDatabase: Sendable {
    let engine: MongoEngine
    public let name: String

    public func collection(_ name: String) -> MongoCollection {
        MongoCollection(engine: engine, database: self.name, name: name)
    }

    /// Runs any command and returns the server's reply. Commands that answer with a cursor: ``cursorCommand(_:in:)``.
    ///
    /// `timeout` becomes `maxTimeMS` unless the command has one; long work such as index builds needs a long one.
    public nonisolated(nonsending) func command(
        _ command: BSONDocument, timeout: Duration? = nil, in transaction: MongoTransaction? = nil
    ) async throws -> BSONDocument {
        try await engine.execute(RunCommand(database: name, command: timed(command, timeout)), in: transaction)
    }

    /// Runs a command that answers with a cursor, such as `listIndexes`, and returns all its documents.
    public nonisolated(nonsending) func cursorCommand(
        _ command: BSONDocument, timeout: Duration? = nil, in transaction: MongoTransaction? = nil
    ) async throws -> [BSONDocument] {
        try await engine.execute(FindAll(database: name, command: timed(command, timeout)), in: transaction)
    }

    /// Removes the database with everything in it.
    public nonisolated(nonsending) func drop() async throws {
        _ = try await command(["dropDatabase": 1], timeout: .seconds(60))
    }

    public nonisolated(nonsending) func listCollectionNames() async throws -> [String] {
        try await cursorCommand(["listCollections": 1, "nameOnly": true, "filter": ["type": "collection"]])
            .compactMap { $0["name"]?.stringValue }
            .sorted()
    }

    private func timed(_ command: BSONDocument, _ timeout: Duration?) -> BSONDocument {
        if command["maxTimeMS"] != nil { return command }
        var command = command
        command.append("maxTimeMS", .int64((timeout ?? engine.configuration.operationTimeout).milliseconds))
        return command
    }
}
