import BSON
import Foundation
import Logging
import Mongo
import Waiting

/// A real MongoDB for tests: one replica set per process, or the one that `OMNIFY_TEST_MONGO_URL` names.
public final class TestMongo: Sendable {
    public let url: String
    public let client: MongoClient

    private init(url: String) throws {
        self.url = url
        client = try MongoClient(MongoConfiguration(url: url), logger: Logger(label: "test-mongo"))
    }

    /// The server that all tests of this process share. Started on first use, killed at exit.
    public static func shared() async throws -> TestMongo { try await sharedTask.value }

    /// Each test installs its collections first: were all let in together, the last would wait for a thread of the shared
    /// client longer than it may.
    private let turns = Turns(places: 8)

    /// Lends a database of its own, dropped afterwards, to eight tests at once.
    public func withDatabase<Output: Sendable>(
        _ body: (MongoDatabase) async throws -> Output
    ) async throws -> Output {
        try await turns.take {
            let database = client.database("test_\(BSONObjectID())")
            do {
                let output = try await body(database)
                try await database.drop()
                return output
            } catch {
                try? await database.drop()
                throw error
            }
        }
    }

    private static let sharedTask = Task<TestMongo, any Error> {
        if let url = ProcessInfo.processInfo.environment["OMNIFY_TEST_MONGO_URL"] { return try TestMongo(url: url) }
        let server = try await MongoServer.start()
        return try TestMongo(url: server.url)
    }
}
