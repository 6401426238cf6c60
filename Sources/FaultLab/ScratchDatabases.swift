import Audit
import BSON
import Connectors
import Customers
import Jobs
import Mongo
import Records
import Tenancy
import Waiting

/// Databases that labs take turns with: collections are made once, and emptied for the next. Few at once, because each
/// lab has a server and a worker of its own and all share one mongod; and few in all, because each has some two hundred
/// files that mongod keeps open.
public actor ScratchDatabases {
    private let make: @Sendable (String) async throws -> MongoDatabase
    private let install: @Sendable (MongoDatabase) async throws -> Void
    private let keeps: Set<String>
    private let turns: Turns
    private var idle: [MongoDatabase] = []
    private var made: [MongoDatabase] = []

    /// - Parameters:
    ///   - places: labs at once
    ///   - keeps: collections that are not emptied
    ///   - make: a database of this name that nobody uses
    ///   - install: puts collections into a new one
    public init(
        places: Int, keeping keeps: Set<String> = [], make: @escaping @Sendable (String) async throws -> MongoDatabase,
        install: @escaping @Sendable (MongoDatabase) async throws -> Void = ScratchDatabases.installForReadings
    ) {
        turns = Turns(places: places)
        self.keeps = keeps
        self.make = make
        self.install = install
    }

    /// Runs the body with an empty database that nobody else uses meanwhile.
    public func lend<Result: Sendable>(
        _ body: @Sendable (MongoDatabase) async throws -> Result
    ) async throws -> Result {
        try await turns.take { @Sendable in try await use(body) }
    }

    private func use<Result: Sendable>(
        _ body: @Sendable (MongoDatabase) async throws -> Result
    ) async throws -> Result {
        let database = try await empty()
        defer { idle.append(database) }
        return try await body(database)
    }

    /// Removes all of them.
    public func drop() async throws {
        for database in made { try await database.drop() }
        made = []
        idle = []
    }

    private func empty() async throws -> MongoDatabase {
        guard let database = idle.popLast() else { return try await prepared() }
        // The server's own, such as a profile that a late answer has begun again, cannot be written to.
        let names = try await database.listCollectionNames()
        for name in names where !keeps.contains(name) && !name.hasPrefix("system.") {
            _ = try await database.collection(name).delete([:], multi: true)
        }
        return database
    }

    private func prepared() async throws -> MongoDatabase {
        let database = try await make("lab_\(BSONObjectID())")
        made.append(database)
        try await install(database)
        return database
    }

    /// What connectors write and need. Labs have clocks of their own, so nothing vanishes by the server's, which is real.
    public static let installForReadings: @Sendable (MongoDatabase) async throws -> Void = { database in
        for spec in Tenancy.collections + Customers.collections + Records.collections + Connectors.collections
            + Audit.collections + [Connection.spec]
        {
            try await spec.install(in: database)
            for index in spec.indexes where index.expireAfterSeconds != nil {
                try await SchemaEditor(database).dropIndex(index.name, of: spec.name)
            }
        }
        for declaration in [JobCollections.jobs, JobCollections.heartbeats] {
            let indexes = declaration.indexes.filter { $0.expireAfterSeconds == nil }
            _ = try await database.command([
                "createIndexes": .string(declaration.name),
                "indexes": .array(indexes.map { .document($0.specification) }),
            ])
        }
    }
}
