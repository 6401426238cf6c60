import BSON
import Foundation
import Logging
import Mongo
import Tenancy
import TestMongo
import Testing
import Vault
import Waiting

@testable import App

/// What has a time to live is removed by the server, in every collection that declares one.
@Suite("Expiry")
struct ExpiryTests {
    @Test("what is over goes, and what is not stays")
    func probes() async throws {
        let server = try await MongoServer.start(removingExpired: true)
        defer { server.kill() }
        let client = try MongoClient(MongoConfiguration(url: server.url), logger: Logger(label: "expiry"))
        let database = client.database("expiry")
        try await Migrator(
            database: database, folder: SourceRoot.path + "/migrations", clock: .system,
            logger: Logger(label: "expiry"), codeVersion: "test"
        ).up()
        let expiring = DeclaredSchema.collections.filter { spec in
            spec.indexes.contains { $0.expireAfterSeconds == 0 && $0.keys.map(\.field) == ["expires_at"] }
        }
        #expect(expiring.count > 15)
        for spec in expiring { try await plant("over", -3600, spec, in: database) }
        for spec in expiring {
            #expect(try await eventually { try await has("over", spec, in: database) == false }, "\(spec.name)")
        }
        for spec in expiring { try await plant("lasting", 3600, spec, in: database) }
        let before = try await passes(client)
        #expect(try await eventually { try await passes(client) > before + 1 })
        for spec in expiring { #expect(try await has("lasting", spec, in: database), "\(spec.name)") }
        await client.shutdown()
    }

    /// How often the server has looked for what is over.
    private func passes(_ client: MongoClient) async throws -> Int64 {
        let status = try await client.database("admin").command(["serverStatus": 1])
        let metrics = status["metrics"]?.documentValue?["ttl"]?.documentValue
        return metrics?["passes"]?.int64Value ?? 0
    }

    private func has(_ id: String, _ spec: CollectionSpec, in database: MongoDatabase) async throws -> Bool {
        try await database.collection(spec.name).count(["_id": .string(id)]) == 1
    }

    /// A row that is over in some seconds, whatever else such rows must have.
    private func plant(
        _ id: String, _ seconds: Double, _ spec: CollectionSpec, in database: MongoDatabase
    ) async throws {
        let end = Int64((Date().timeIntervalSince1970 + seconds) * 1000)
        let reply = try await database.command([
            "insert": .string(spec.name), "bypassDocumentValidation": true,
            "documents": [["_id": .string(id), "organization_id": "org_probe", "expires_at": .date(end)]],
        ])
        #expect(reply["n"]?.int64Value == 1, "\(spec.name)")
    }
}
