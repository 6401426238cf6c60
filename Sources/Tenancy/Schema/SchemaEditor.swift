import BSON
import Mongo

/// Changes collections on the server. Doing any of it twice is the same as doing it once.
public struct SchemaEditor: Sendable {
    private let database: MongoDatabase

    private enum ServerCode {
        static let namespaceNotFound = 26
        static let indexNotFound = 27
        static let namespaceExists = 48
    }

    public init(_ database: MongoDatabase) { self.database = database }

    public func createCollection(_ name: String, validator: BSONDocument) async throws {
        try await tolerating([ServerCode.namespaceExists]) {
            _ = try await database.command(Self.enforced(validator, in: ["create": .string(name)]))
        }
    }

    public func dropCollection(_ name: String) async throws {
        try await tolerating([ServerCode.namespaceNotFound]) {
            _ = try await database.command(["drop": .string(name)])
        }
    }

    /// From now on every write must fit the validator; what is stored already is not looked at.
    public func setValidator(_ validator: BSONDocument, of collection: String) async throws {
        _ = try await database.command(Self.enforced(validator, in: ["collMod": .string(collection)]))
    }

    /// Builds indexes and returns when they can be used. On large collections the server is given its time.
    public func createIndexes(_ indexes: [IndexSpec], of collection: String) async throws {
        guard !indexes.isEmpty else { return }
        _ = try await database.command(
            ["createIndexes": .string(collection), "indexes": .array(indexes.map { .document($0.document) })],
            timeout: .seconds(900))
    }

    public func dropIndex(_ name: String, of collection: String) async throws {
        try await tolerating([ServerCode.indexNotFound, ServerCode.namespaceNotFound]) {
            _ = try await database.command(["dropIndexes": .string(collection), "index": .string(name)])
        }
    }

    private static func enforced(_ validator: BSONDocument, in command: BSONDocument) -> BSONDocument {
        var command = command
        command.append("validator", .document(validator))
        command.append("validationLevel", "strict")
        command.append("validationAction", "error")
        return command
    }

    private func tolerating(_ codes: Set<Int>, _ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as MongoError where codes.contains(error.code) {}
    }
}
