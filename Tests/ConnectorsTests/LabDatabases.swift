import Audit
import BSON
import Connectors
import Customers
import Mongo
import Records
import Tenancy
import TestMongo

/// Databases that labs take turns with: collections are made once, and emptied for the next. Few at once, because each
/// lab has a server and a worker of its own and all share one mongod; and few in all, because each has some two hundred
/// files that mongod keeps open.
actor LabDatabases {
    static let shared = LabDatabases(places: 4)

    private var places: Int
    private var idle: [MongoDatabase] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    /// Runs the body with an empty database that nobody else uses meanwhile.
    func lend(_ body: @Sendable (MongoDatabase) async throws -> Void) async throws {
        await enter()
        defer { leave() }
        let database = try await empty()
        defer { idle.append(database) }
        try await body(database)
    }

    private func empty() async throws -> MongoDatabase {
        guard let database = idle.popLast() else { return try await make() }
        for name in try await database.listCollectionNames() {
            _ = try await database.collection(name).delete([:], multi: true)
        }
        return database
    }

    private func make() async throws -> MongoDatabase {
        let database = try await TestMongo.shared().client.database("lab_\(BSONObjectID())")
        for spec in Tenancy.collections + Customers.collections + Records.collections + Connectors.collections
            + Audit.collections + [Connection.spec]
        {
            try await spec.install(in: database)
        }
        return database
    }

    private func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty {
            places += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
