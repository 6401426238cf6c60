import Audit
import BSON
import Customers
import Foundation
import Jobs
import Logging
import Mongo
import Records
import Tenancy
import TestMongo
import Vault
import Waiting

@testable import Platforms

/// An organization with everything that imports need, in a database and a folder of its own.
struct Office: Sendable {
    let database: MongoDatabase
    let memberships: Memberships
    let scope: TenantScope
    let imports: Imports
    let folder: String

    static func open(_ body: @Sendable @escaping (Office) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "imports-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await TestMongo.shared().withDatabase { database in
            for spec in Tenancy.collections + Customers.collections + Records.collections + Platforms.collections
                + Audit.collections
            {
                try await spec.install(in: database)
            }
            let memberships = Memberships(database: database)
            let organization = Organization(
                id: ID.make("org"), name: "Shop", slug: "shop", timeZone: "UTC", currency: "USD",
                createdAt: Date(timeIntervalSince1970: 1_700_000_000))
            let scope = try await memberships.createOrganization(organization, owner: ID.make("usr"), ownerName: "Ana")
            let key = Array(repeating: UInt8(7), count: 32)
            let imports = Imports(
                database: database, files: ImportFiles(root: folder), queue: JobQueue(database: database),
                audit: AuditLog(database: database),
                keys: PersonKeys(tokenizer: Tokenizer(key: key), sealer: Sealer(try KeyRing([("k1", key)]))),
                memberships: memberships)
            try await body(
                Office(database: database, memberships: memberships, scope: scope, imports: imports, folder: folder))
        }
    }

    /// Takes a text in as if it had been uploaded.
    func upload(_ text: String, name: String = "orders.csv") async throws -> ImportRecord {
        try await upload(Array(text.utf8), name: name)
    }

    func upload(_ bytes: [UInt8], name: String = "orders.csv") async throws -> ImportRecord {
        let chunks = stride(from: 0, to: max(bytes.count, 1), by: 100_000).map {
            Array(bytes[min($0, bytes.count)..<min($0 + 100_000, bytes.count)])
        }
        return try await imports.receive(scope, fileName: name, chunks: Stream(chunks: chunks))
    }

    /// Starts an import and lets a worker run until it is over.
    func run(_ id: String, consent: Bool = true) async throws -> ImportRecord {
        _ = try await imports.start(scope, id, confirmation: consent ? ConsentConfirmation() : nil)
        return try await work(until: id)
    }

    func work(until id: String, within limit: Duration = .seconds(120)) async throws -> ImportRecord {
        let worker = Task { try await runner().run() }
        defer { worker.cancel() }
        let working: Set<ImportState> = [.queued, .running, .undoing]
        _ = try await eventually(within: limit) {
            let current = try await imports.current(scope, id)
            return !working.contains(current.record.state) && current.job?.state.isFinal ?? true
        }
        return try await imports.current(scope, id).record
    }

    func runner(lease: Duration = .seconds(60)) -> JobRunner {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return JobRunner(
            database: database, handlers: [ImportJob(imports), UndoImportJob(imports)],
            configuration: JobRunnerConfiguration(lease: lease, pollInterval: .milliseconds(50)), logger: logger)
    }

    func state() async throws -> DataState {
        let all = try await TenantCollection<DataState>(scope, database).find()
        return try all.first ?? { throw ImportError.notFound }()
    }

    static func rows(_ count: Int, customers: Int = 50, from: Int = 0) -> String {
        var text = "customer_id,date,quantity,amount\n"
        for row in from..<(from + count) {
            let day = 1 + row % 28
            text += "c\(row % customers),2024-\(day < 10 ? "01-0\(day)" : "02-\(day)"),1,\(row % 90 + 1).50\n"
        }
        return text
    }
}

/// An upload that arrives chunk by chunk, and may break off.
struct Stream: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    struct BrokenOff: Error {}

    var chunks: [[UInt8]]
    var breaksOff = false

    func makeAsyncIterator() -> Iterator { Iterator(rest: chunks[...], breaksOff: breaksOff) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<[UInt8]>
        let breaksOff: Bool

        mutating func next() async throws -> [UInt8]? {
            if let chunk = rest.popFirst() { return chunk }
            if breaksOff { throw BrokenOff() }
            return nil
        }
    }
}
