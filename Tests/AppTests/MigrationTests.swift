import BSON
import Foundation
import Logging
import Mongo
import Synchronization
import Tenancy
import TestMongo
import Testing
import Vault
import Waiting

@testable import App

@Suite("Migrations")
struct MigrationTests {
    private static let folder = SourceRoot.path + "/migrations"

    private func migrator(
        _ database: MongoDatabase, folder: String = Self.folder, clock: WallClock = .system
    ) throws -> Migrator {
        try Migrator(
            database: database, folder: folder, clock: clock, logger: Logger(label: "test"), codeVersion: "test")
    }

    @discardableResult
    private func withFolder<R>(_ files: [String: String], _ body: (String) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files {
            try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        return try await body(folder.path)
    }

    @Test("the files build exactly what the document types declare")
    func noDrift() throws {
        let built = SchemaState(replaying: try Migration.load(folder: Self.folder))
        #expect(built.steps(to: SchemaState(declared: DeclaredSchema.collections)).map(\.summary) == [])
    }

    @Test("every index of tenant data begins with the organization")
    func tenantIndexes() {
        for spec in DeclaredSchema.collections where spec.tenantOwned {
            for index in spec.indexes where index.expireAfterSeconds == nil {
                #expect(index.keys.first?.field == "organization_id", "\(spec.name).\(index.name)")
            }
        }
    }

    @Test("up, down and up again leave the same schema, and the server has what is declared")
    func upDownUp() async throws {
        try await TestMongo.shared().withDatabase { database in
            let migrator = try migrator(database)
            try await migrator.up()
            #expect(try await DeclaredSchema.differences(in: database) == [])
            #expect(try await migrator.pendingCount() == 0)
            try await migrator.down(1000)
            #expect(try await database.listCollectionNames().filter { DeclaredSchema.tenantNames.contains($0) } == [])
            try await migrator.up()
            #expect(try await DeclaredSchema.differences(in: database) == [])
        }
    }

    @Test("two runners at once apply each migration once")
    func twoRunners() async throws {
        try await TestMongo.shared().withDatabase { database in
            let first = try migrator(database)
            let second = try migrator(database)
            async let one = first.up()
            async let two = second.up()
            let total = try await one.count + two.count
            #expect(total == (try Migration.load(folder: Self.folder)).count)
        }
    }

    @Test("a runner waits for another one for as long as that one gets on")
    func waiting() async throws {
        try await TestMongo.shared().withDatabase { database in
            let time = ManualTime()
            let looks = Mutex(0)
            let clock = WallClock(now: {
                looks.withLock { $0 += 1 }
                return time.now
            })
            let locks = database.collection("locks")
            func getOn() async throws {
                let until = BSONValue.date(time.now.addingTimeInterval(60))
                _ = try await locks.update(
                    ["_id": "migrations"], ["$set": ["owner": "other", "until": until]], upsert: true)
            }
            try await getOn()
            let waiting = try migrator(database, clock: clock)
            async let applied = waiting.up()
            for _ in 0..<4 {
                time.advance(by: 40)
                try await getOn()
                let before = looks.withLock(\.self)
                #expect(await eventually { looks.withLock(\.self) > before + 1 }, "it looks again")
            }
            _ = try await locks.delete(["_id": "migrations"], multi: false)
            #expect(try await applied.count == (try Migration.load(folder: Self.folder)).count)
        }
    }

    @Test("a step that takes longer than the lease keeps it")
    func longStep() async throws {
        let text = #"""
            {"name": "fill", "up": [{"do": "set_fields", "collection": "a",
              "filter": {"kind": {"$exists": false}}, "set": {"kind": "old"}}], "down": []}
            """#
        try await TestMongo.shared().withDatabase { database in
            _ = try await database.collection("a").insert([["n": 1]])
            try await withFolder(["0001-fill.json": text]) { folder in
                let time = ManualTime()
                var runner = try migrator(database, folder: folder, clock: .manual(time))
                runner.lease = .milliseconds(600)
                let first = runner
                // What a transaction has written, the step cannot write before that one ends.
                let applied = try await database.withTransaction { transaction in
                    _ = try await database.collection("a").update(["n": 1], ["$set": ["held": true]], in: transaction)
                    let applying = Task { try await first.up() }
                    for _ in 0..<3 {
                        let due = BSONValue.date(time.now.addingTimeInterval(0.6))
                        #expect(
                            try await eventually {
                                try await database.collection("locks").findOne(["_id": "migrations", "until": due])
                                    != nil
                            }, "the lease is renewed while the step waits")
                        time.advance(by: 0.4)
                    }
                    return applying
                }
                #expect(try await applied.value.count == 1)
            }
        }
    }

    @Test("what a hand changed, the doctor tells with its remedy and repair mends", arguments: Tampering.all)
    func repair(_ tampering: Tampering) async throws {
        try await TestMongo.shared().withDatabase { database in
            let migrator = try migrator(database)
            try await migrator.up()
            _ = try await DeclaredSchema.repair(in: database)
            #expect(try await schemaFinding(migrator).verdict == .ok)
            for command in tampering.commands { _ = try await database.command(command) }
            let finding = try await schemaFinding(migrator)
            #expect(finding.verdict == .wrong)
            #expect(finding.words == tampering.fault)
            #expect(finding.remedy?.contains("“omnify migrate repair”") == true)
            #expect(try await DeclaredSchema.repair(in: database) == [tampering.fault])
            #expect(try await schemaFinding(migrator).verdict == .ok)
            #expect(try await DeclaredSchema.repair(in: database) == [])
        }
    }

    @Test("a repaired validator refuses again what it let through")
    func repairedValidator() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await migrator(database).up()
            _ = try await database.command(["collMod": "customers", "validationLevel": "off"])
            _ = try await database.collection("customers").insert(["_id": "stray"])
            _ = try await DeclaredSchema.repair(in: database)
            await #expect(throws: MongoError.self) {
                try await database.collection("customers").insert(["_id": "stray too"])
            }
        }
    }

    @Test("an index somebody made for their own questions is left alone")
    func foreignIndex() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await migrator(database).up()
            _ = try await DeclaredSchema.repair(in: database)
            _ = try await database.command([
                "createIndexes": "orders", "indexes": [["key": ["x": 1], "name": "mine"]],
            ])
            #expect(try await DeclaredSchema.repair(in: database) == [])
            #expect(try await database.collection("orders").listIndexes().contains { $0["name"] == "mine" })
        }
    }

    private func schemaFinding(_ migrator: Migrator) async throws -> Doctor.Finding {
        try #require(try await Doctor.schema(migrator).first { $0.subject == "schema" })
    }

    @Test("what a draft writes is what it read from the declarations")
    func draftRoundTrip() async throws {
        let declared = SchemaState(declared: DeclaredSchema.collections)
        let empty = SchemaState(declared: [])
        let text = try Migration.fileText(
            name: "all", up: empty.steps(to: declared), down: declared.steps(to: empty))
        try await withFolder(["0001-all.json": text]) { folder in
            let read = try Migration.load(folder: folder)
            #expect(SchemaState(replaying: read).steps(to: declared).isEmpty)
            #expect(declared.steps(to: SchemaState(replaying: read)) == [])
            #expect(read.first?.down.count == declared.collections.count)
        }
    }

    @Test("a misspelt or broken file is refused with its name and the place")
    func badFiles() async throws {
        for (text, clue) in [
            (#"{"name": "a", "up": [{"do": "make_coffee", "collection": "a"}], "down": []}"#, "make_coffee"),
            (#"{"name": "a", "up": [{"do": "drop_collection", "colection": "a"}], "down": []}"#, "colection"),
            (#"{"name": "a", "up": [], "down": [}"#, "byte 33"),
            (#"{"name": "a", "up": []}"#, "down"),
        ] {
            try await withFolder(["0001-a.json": text]) { folder in
                let error = #expect(throws: MigrationError.self) { try Migration.load(folder: folder) }
                #expect(error.map { "\($0)" }?.contains("0001-a.json") == true)
                #expect(error.map { "\($0)" }?.contains(clue) == true)
            }
        }
    }

    @Test("a file edited after it was applied stops everything")
    func editedFile() async throws {
        let text = #"{"name": "one", "up": [{"do": "create_collection", "collection": "a"}], "down": []}"#
        try await TestMongo.shared().withDatabase { database in
            try await withFolder(["0001-one.json": text]) { _ = try await migrator(database, folder: $0).up() }
            try await withFolder(["0001-one.json": text.replacingOccurrences(of: "\"a\"", with: "\"b\"")]) { folder in
                _ = await #expect(throws: MigrationError.self) {
                    try await migrator(database, folder: folder).status()
                }
            }
        }
    }

    @Test("a migration that failed half-way goes on where it stopped")
    func resumes() async throws {
        let bad = #"""
            {"name": "one", "up": [
              {"do": "create_collection", "collection": "a"},
              {"do": "create_index", "collection": "a", "index": {"name": "x", "keys": ["x"], "unique": true}}
            ], "down": []}
            """#
        try await TestMongo.shared().withDatabase { database in
            try await withFolder(["0001-one.json": bad]) { folder in
                _ = try await database.collection("a").insert([["x": 1], ["x": 1]])
                let migrator = try migrator(database, folder: folder)
                await #expect(throws: MongoError.self) { try await migrator.up() }
                #expect(try await migrator.status().first?.state == .failed)
                #expect(try await migrator.status().first?.plan.count == 1)
                _ = try await database.collection("a").delete(["x": 1], multi: false)
                try await migrator.up()
                #expect(try await migrator.status().first?.state == .applied)
            }
        }
    }

    @Test("fields are set on all matching documents in batches")
    func setFields() async throws {
        let text = #"""
            {"name": "fill", "up": [{"do": "set_fields", "collection": "a",
              "filter": {"kind": {"$exists": false}}, "set": {"kind": "old"}}], "down": []}
            """#
        try await TestMongo.shared().withDatabase { database in
            let documents = (0..<2500).map { number -> BSONDocument in ["n": .int64(Int64(number))] }
            _ = try await database.collection("a").insert(documents)
            try await withFolder(["0001-fill.json": text]) { _ = try await migrator(database, folder: $0).up() }
            #expect(try await database.collection("a").count(["kind": "old"]) == 2500)
        }
    }
}
