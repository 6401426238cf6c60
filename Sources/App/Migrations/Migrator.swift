import BSON
import Foundation
import Logging
import Mongo
import Vault

/// Brings a database to the state of the files in `migrations/`, and back.
///
/// A lease in the collection `locks` keeps two runners apart. The record of each migration holds how many steps are
/// done, so a run that was cut off goes on where it stopped. A file edited after it was applied stops everything.
public struct Migrator: Sendable {
    public struct Status: Sendable {
        public enum State: String, Sendable { case applied, pending, failed }
        public let version: Int
        public let name: String
        public let state: State
        public let appliedAt: Date?
        public let error: String?
        /// What is still to be done, a line a step.
        public let plan: [String]
    }

    let database: MongoDatabase
    let migrations: [Migration]
    let clock: WallClock
    let logger: Logger
    let owner = ID.make("run")
    /// How long others leave the database to a migrator that no longer answers.
    var lease = Duration.seconds(60)
    let codeVersion: String

    public init(database: MongoDatabase, folder: String, clock: WallClock, logger: Logger, codeVersion: String) throws {
        self.database = database
        self.migrations = try Migration.load(folder: folder)
        self.clock = clock
        self.logger = logger
        self.codeVersion = codeVersion
    }

    private var records: MongoCollection { database.collection("migrations") }

    /// All migrations with their states.
    /// - Throws: ``MigrationError`` where an applied file was edited or the database is newer than the program.
    public func status() async throws -> [Status] {
        let applied = try await appliedRecords()
        if let unknown = applied.keys.first(where: { $0 > migrations.count }) {
            throw MigrationError.unknownVersion(unknown)
        }
        return try migrations.map { migration in
            let record = applied[migration.version]
            if let record, record.checksum != migration.checksum, record.status == "applied" {
                throw MigrationError.changed(version: migration.version, name: migration.name)
            }
            let done = record?.status == "applied"
            return Status(
                version: migration.version,
                name: migration.name,
                state: done ? .applied : record?.status == "failed" ? .failed : .pending,
                appliedAt: record?.appliedAt,
                error: record?.error,
                plan: done ? [] : migration.up.dropFirst(record?.stepsDone ?? 0).map(\.summary)
            )
        }
    }

    /// How many migrations are not applied.
    public func pendingCount() async throws -> Int {
        try await status().filter { $0.state != .applied }.count
    }

    /// Applies all that is pending; returns the names of what was applied.
    @discardableResult
    public func up() async throws -> [String] {
        try await locked {
            var names: [String] = []
            for (state, migration) in zip(try await status(), migrations) where state.state != .applied {
                try await run(migration, steps: migration.up, finalStatus: "applied")
                names.append("\(migration.version) \(migration.name)")
            }
            return names
        }
    }

    /// Takes back the newest `count` applied migrations.
    @discardableResult
    public func down(_ count: Int) async throws -> [String] {
        try await locked {
            let applied = Set(try await status().filter { $0.state == .applied }.map(\.version))
            let chosen = migrations.filter { applied.contains($0.version) }.suffix(count).reversed()
            for migration in chosen {
                for step in migration.down { try await MigrationStepRunner(database: database).run(step) }
                _ = try await records.delete(["_id": .int64(Int64(migration.version))], multi: false)
            }
            return chosen.map { "\($0.version) \($0.name)" }
        }
    }

    private func run(_ migration: Migration, steps: [MigrationStep], finalStatus: String) async throws {
        let started = clock.now()
        let key: BSONDocument = ["_id": .int64(Int64(migration.version))]
        let done =
            try await appliedRecords()[migration.version]
            .flatMap { $0.checksum == migration.checksum ? $0.stepsDone : nil } ?? 0
        var fields: BSONDocument = [
            "name": .string(migration.name), "checksum": .string(migration.checksum), "status": "running",
            "code_version": .string(codeVersion), "started_at": .date(started), "steps_done": .int64(Int64(done)),
        ]
        _ = try await records.update(key, ["$set": .document(fields)], upsert: true)
        do {
            for (index, step) in steps.enumerated().dropFirst(done) {
                try await MigrationStepRunner(database: database).run(step)
                try await renewLock()
                _ = try await records.update(key, ["$set": ["steps_done": .int64(Int64(index + 1))]])
            }
        } catch {
            _ = try? await records.update(key, ["$set": ["status": "failed", "error": .string("\(error)")]])
            throw error
        }
        let finished = clock.now()
        fields = [
            "status": .string(finalStatus), "applied_at": .date(finished),
            "ms": .int64(Int64(finished.timeIntervalSince(started) * 1000)),
        ]
        _ = try await records.update(key, ["$set": .document(fields), "$unset": ["error": ""]])
        logger.info("migration applied", metadata: ["migration": "\(migration.version) \(migration.name)"])
    }

    private struct Record {
        var checksum: String
        var status: String
        var stepsDone: Int
        var appliedAt: Date?
        var error: String?
    }

    private func appliedRecords() async throws -> [Int: Record] {
        var found: [Int: Record] = [:]
        for document in try await records.find(BSONDocument()) {
            guard let version = document["_id"]?.int64Value else { continue }
            found[Int(version)] = Record(
                checksum: document["checksum"]?.stringValue ?? "",
                status: document["status"]?.stringValue ?? "",
                stepsDone: Int(document["steps_done"]?.int64Value ?? 0),
                appliedAt: document["applied_at"]?.dateValue,
                error: document["error"]?.stringValue
            )
        }
        return found
    }
}

extension Migrator {
    private var locks: MongoCollection { database.collection("locks") }

    private func locked<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await takeLock()
        do {
            let result = try await renewing(body)
            _ = try await locks.delete(["_id": "migrations", "owner": .string(owner)], multi: false)
            return result
        } catch {
            _ = try? await locks.delete(["_id": "migrations", "owner": .string(owner)], multi: false)
            throw error
        }
    }

    /// Renews the lease for as long as `body` works, however long one step of it takes; ends `body` where it is lost.
    private func renewing<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask(operation: body)
            group.addTask {
                while !Task.isCancelled {
                    try await Task.sleep(for: lease / 3)
                    try await renewLock()
                }
                return nil
            }
            defer { group.cancelAll() }
            for try await finished in group {
                if let finished { return finished }
            }
            throw CancellationError()
        }
    }

    /// Takes the lease, or waits for the one who has it: until that one is done, or has not got on for a minute.
    private func takeLock() async throws {
        var hasSaid = false
        while true {
            do {
                let now = clock.now()
                let free: BSONDocument = ["_id": "migrations", "until": ["$lt": .date(now)]]
                _ = try await locks.update(free, leaseUpdate(now), upsert: true)
                return
            } catch let error as MongoError where error.isDuplicateKey {
                if !hasSaid { logger.info("another process is migrating this database: waiting for it") }
                hasSaid = true
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func renewLock() async throws {
        let mine: BSONDocument = ["_id": "migrations", "owner": .string(owner)]
        let result = try await locks.update(mine, leaseUpdate(clock.now()))
        if result.matched == 0 { throw MigrationError.lockedByAnother(try await lockOwner()) }
    }

    private func leaseUpdate(_ now: Date) -> BSONDocument {
        ["$set": ["owner": .string(owner), "until": .date(now.addingTimeInterval(lease / .seconds(1)))]]
    }

    private func lockOwner() async throws -> String {
        try await locks.findOne(["_id": "migrations"])?["owner"]?.stringValue ?? "unknown"
    }
}
