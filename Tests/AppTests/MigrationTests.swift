import BSON
import Foundation
import Logging
import Mongo
import Tenancy
import TestMongo
import Testing
import Vault

@testable import App

@Suite("Migrations")
struct MigrationTests {
    private static let folder = SourceRoot.path + "/migrations"

    private func migrator(_ database: MongoDatabase, folder: String = Self.folder) throws -> Migrator {
        try Migrator(
            database: database, folder: folder, clock: .system, logger: Logger(label: "test"), codeVersion: "test")
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
        #expect(built.steps(to: DeclaredSchema.declared).map(\.summary) == [])
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
            let check = SchemaCheck(database: database, declared: DeclaredSchema.declared)
            #expect(try await check.differences() == [])
            #expect(try await migrator.pendingCount() == 0)
            try await migrator.down(1000)
            #expect(try await database.listCollectionNames().filter { DeclaredSchema.tenantNames.contains($0) } == [])
            try await migrator.up()
            #expect(try await check.differences() == [])
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

    @Test("an index dropped by hand is noticed and mended")
    func repair() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await migrator(database).up()
            _ = try await database.command(["dropIndexes": "users", "index": "email"])
            let check = SchemaCheck(database: database, declared: DeclaredSchema.declared)
            #expect(try await check.differences().contains { $0.contains("email") })
            try await SchemaRepair(database: database, declared: DeclaredSchema.declared).run()
            #expect(try await check.differences() == [])
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
