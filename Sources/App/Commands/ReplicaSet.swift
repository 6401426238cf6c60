import BSON
import Logging
import Mongo

/// Makes a freshly started `mongod --replSet rs0` usable: transactions and change streams need a replica set, if only of one.
public enum ReplicaSet {
    private static let alreadyInitialized = 23
    private static let notYetInitialized = 94

    /// - Parameters:
    ///   - url: the server, with `directConnection=true`
    ///   - host: host and port under which the members know it
    public static func initiate(url: String, host: String) async throws {
        let client = try MongoClient(
            MongoConfiguration(url: url, threads: 2, serverSelectionTimeout: .seconds(20)),
            logger: Logger(label: "database"))
        do {
            try await initiate(client.database("admin"), host: host)
            await client.shutdown()
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private static func initiate(_ admin: MongoDatabase, host: String) async throws {
        let members: BSONValue = .array([["_id": 0, "host": .string(host)]])
        do {
            _ = try await admin.command(["replSetInitiate": ["_id": "rs0", "members": members]])
        } catch let error as MongoError where error.code == alreadyInitialized {}
        for _ in 0..<300 {
            if try await admin.command(["hello": 1])["isWritablePrimary"]?.boolValue == true { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw MongoError(.unavailable, "the replica set of \(host) has no primary after 30 s")
    }
}
