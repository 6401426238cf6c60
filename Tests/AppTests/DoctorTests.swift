import BSON
import Foundation
import Logging
import Mongo
import Tenancy
import TestMongo
import TestSupport
import Testing
import Vault
import Waiting

@testable import App

@Suite("The doctor")
struct DoctorTests {
    /// What the doctor says about an installation with these settings, by subject.
    private func examine(
        _ settings: [String: String] = [:], url: String? = nil, migrated: Bool = true
    ) async throws -> [String: Doctor.Finding] {
        let mongo = try await TestMongo.shared()
        let name = "doctor_\(BSONObjectID())"
        let fixed = [
            "OMNIFY_ENV": "test", "OMNIFY_HOME": SourceRoot.path, "OMNIFY_PORT": "0", "OMNIFY_MONGO_DB": name,
            "OMNIFY_MASTER_KEYS": KeyGenerator.masterKey(id: "test"),
            "OMNIFY_DATA_DIR": FileManager.default.temporaryDirectory.appendingPathComponent(name).path,
        ]
        let config = try AppConfig(environment: fixed.merging(settings) { $1 })
        let client = try MongoClient(
            MongoConfiguration(url: url ?? mongo.url, threads: 2, serverSelectionTimeout: .milliseconds(300)))
        let migrator = try Migrator(
            database: client.database(name), folder: SourceRoot.path + "/migrations", clock: .system,
            logger: Logger(label: "test"), codeVersion: "test")
        if migrated, url == nil { try await migrator.up() }
        let findings = await Doctor(config: config, client: client, migrator: migrator, clock: .system).examine()
        try? await client.database(name).drop()
        await client.shutdown()
        try? FileManager.default.removeItem(atPath: config.dataDirectory)
        return Dictionary(findings.map { ($0.subject, $0) }) { first, _ in first }
    }

    @Test("a sound installation: every subject is looked at and none is wrong")
    func sound() async throws {
        let findings = try await examine()
        let subjects = [
            "configuration", "database", "replica set", "clock", "migrations", "schema", "port", "data folder", "disk",
            "mail",
        ]
        let collections = DeclaredSchema.collections.map { "collection \($0.name)" }
        #expect(Set(findings.keys) == Set(subjects + collections))
        #expect(findings.values.filter { $0.verdict == .wrong }.isEmpty)
        #expect(findings.values.allSatisfy { $0.verdict == .ok || $0.remedy != nil || $0.subject == "disk" })
    }

    @Test("each collection is listed with its validator, indexes, size and oldest row")
    func collections() async throws {
        try await TestMongo.shared().withDatabase { database in
            let migrator = try Migrator(
                database: database, folder: SourceRoot.path + "/migrations", clock: .system,
                logger: Logger(label: "test"), codeVersion: "test")
            try await migrator.up()
            let reports = try await CollectionReport.all(in: database)
            #expect(reports.map(\.name) == DeclaredSchema.collections.map(\.name).sorted())
            for spec in DeclaredSchema.collections where spec.tenantOwned {
                let report = try #require(reports.first { $0.name == spec.name })
                #expect(report.isValidated && report.indexes == spec.indexes.count + 1, "\(spec.name)")
            }
            let day = Date(timeIntervalSince1970: 1_760_000_000)
            for (place, date) in [day, day.addingTimeInterval(86_400)].enumerated() {
                try await database.collection("locks").insert(["_id": .int(place), "created_at": .date(date)])
            }
            let locks = try #require(try await CollectionReport.all(in: database).first { $0.name == "locks" })
            #expect(locks.rows >= 2 && locks.oldest == day && !locks.isValidated && locks.indexBytes > 0)
            #expect(locks.words.contains("oldest row of 2025-10-09T"))
        }
    }

    @Test("migrations that were not applied, with the command that applies them")
    func pending() async throws {
        let finding = try #require(try await examine(migrated: false)["migrations"])
        #expect(finding.verdict == .wrong && finding.remedy?.contains("omnify migrate up") == true)
    }

    @Test("a port that another program has")
    func portTaken() async throws {
        let other = try #require(Listener())
        defer { other.close() }
        let port = other.port
        let finding = try #require(try await examine(["OMNIFY_PORT": "\(port)"])["port"])
        #expect(finding.verdict == .wrong)
        #expect(finding.words == "port \(port) is taken by another program")
        #expect(finding.remedy?.contains("OMNIFY_PORT") == true)
        #expect(throws: StartRefusal.self) {
            try ServeCommand.refuse(PortCheck(host: "127.0.0.1", port: port).obstacle())
        }
    }

    @Test("a port that this program's own service has is in order")
    func portOurs() async throws {
        try await TestApp.run(worker: false) { app in
            let port = try #require(Int(app.http.base.split(separator: ":").last ?? ""))
            let isOurs = await eventually {
                await Self.offThePool { PortCheck(host: "localhost", port: port).find() } == .ours
            }
            #expect(isOurs)
        }
    }

    /// Waits on a thread of its own: the service that is asked needs those of the pool.
    private static func offThePool<R: Sendable>(_ work: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { done in Thread.detachNewThread { done.resume(returning: work()) } }
    }

    @Test("a host that is no address of this machine")
    func unknownHost() {
        #expect(PortCheck(host: "203.0.113.7", port: 8080).find() == .unknownHost)
        #expect(PortCheck(host: "not a host", port: 8080).find() == .unknownHost)
    }

    @Test("a data folder that cannot be written to")
    func folder() async throws {
        let path = "/dev/null/data"
        let finding = try #require(try await examine(["OMNIFY_DATA_DIR": path])["data folder"])
        #expect(finding.verdict == .wrong && finding.words == "no right to write to \(path)")
        #expect(finding.remedy?.contains("OMNIFY_DATA_DIR") == true)
    }

    @Test("a database that does not answer hides nothing else")
    func databaseAway() async throws {
        let findings = try await examine(url: "mongodb://127.0.0.1:1/?replicaSet=rs0")
        #expect(findings["database"]?.verdict == .wrong)
        #expect(findings["database"]?.remedy?.contains("OMNIFY_MONGO_URL") == true)
        #expect(findings["data folder"]?.verdict == .ok && findings["port"]?.verdict == .ok)
    }
}

/// Another program's socket.
private struct Listener {
    private let descriptor: Int32
    let port: Int

    init?() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound, listen(descriptor, 1) == 0 else { return nil }
    }

    func close() { _ = Foundation.close(descriptor) }
}
