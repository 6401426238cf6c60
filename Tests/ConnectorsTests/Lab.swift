import BSON
import Connectors
import FaultLab
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import TestMongo
import Testing
import Vault
import VendorServers
import Web

/// A ``LabBench`` with one platform's server, and the steps that platform tests share.
struct Lab<Server: VendorServer>: Sendable {
    let bench: LabBench
    let server: Server

    var database: MongoDatabase { bench.database }
    var scope: TenantScope { bench.scope }
    var service: ConnectionsService { bench.service }
    var host: VendorHost { bench.host }
    var world: VendorWorld { bench.host.world }
    var time: ManualTime { bench.time }
    var pauses: Waits { Waits(all: bench.pauses.all) }

    struct Waits {
        /// How long the manager waited, in order.
        let all: [TimeInterval]
    }

    /// Opens a lab, runs the test in it, and fails it when the server was asked anything its sheet does not allow.
    static func open(
        _ connector: any Connector, _ server: Server.Type, company: SeededCompany = SeededCompany(),
        overrides: [String: String] = [:], _ body: @escaping @Sendable (Lab) async throws -> Void
    ) async throws {
        let time = ManualTime(company.now.addingTimeInterval(60))
        let world = VendorWorld(company, clock: .manual(time))
        let server = Server(world)
        try await VendorHost(server, world).whileRunning { host in
            try await LabDatabases.shared.lend { database in
                let bench = try await LabBench.open(
                    connector, host: host, time: time, database: database, overrides: overrides)
                try await body(Lab(bench: bench, server: server))
            }
            #expect(host.violations == [])
        }
    }

    // MARK: Doing

    /// Connects with the static key the server accepts.
    func connect(method: String? = nil) async throws -> Connection {
        let method = try #require(
            bench.connector.methods.first { method == nil ? !$0.isRedirect : $0.id == method })
        return try await bench.connect(method: method.id)
    }

    /// Walks the browser's way: to the vendor, back with a code, and in.
    func connectByOAuth() async throws -> Connection { try await bench.signIn() }

    /// Asks for a sync and lets a worker run until it has ended.
    func sync(_ connection: Connection, streams: [String]? = nil) async throws {
        let job = try await service.syncNow(scope, connection.id, streams: streams)
        try await work(job)
    }

    /// Lets a worker run until this job has ended.
    func work(_ job: Job) async throws {
        await bench.worker().workOff()
        let ended = try await service.queue.get(job.id, partition: scope.organizationID)?.state.isFinal ?? true
        try #require(ended, "the job did not end")
    }

    /// Takes the signed news in as the vendor's delivery to this path. Returns the answer's status.
    func deliver(
        _ signed: SignedDelivery, to path: String, altered: [UInt8] = [], late: TimeInterval = 0,
        base: String = "https://app.example"
    ) async throws -> Int {
        let token = try #require(path.split(separator: "/").last.map(String.init))
        let delivery = WebhookDelivery(
            method: "POST", url: base + path, headers: Pairs(signed.headers.map { ($0.name, $0.value) }),
            body: signed.body + altered, receivedAt: time.now.addingTimeInterval(late))
        return try await service.receive(platform: Server.platform, token: token, delivery).status
    }

    /// Delivers signed news of one customer: a forged and a late delivery are refused, two equal ones count once.
    /// - Parameter signsAddress: the vendor's signature is over the whole address, not over its path
    func expectTakenOnce(_ connection: Connection, signsAddress: Bool = false) async throws {
        try await sync(connection)
        let path = try await service.webhookPath(scope, connection.id)
        let signed = try #require(server.webhook(customer: 3, url: (signsAddress ? "https://app.example" : "") + path))
        #expect(try await deliver(signed, to: path, altered: [0x20]) == 401)
        #expect(try await deliver(signed, to: path, late: 301) == 401)
        #expect(try await deliver(signed, to: path, late: -301) == 401)
        #expect(try await deliver(signed, to: path) == 200)
        #expect(try await deliver(signed, to: path) == 200)
        #expect(try await count("webhook_events") == 1)
        #expect(try await count("jobs", ["kind": "platforms.webhook"]) == 1)
    }

    /// Reads what is there, then lists in which a field has another name: the stream is held, nothing is overwritten.
    /// - Parameters:
    ///   - field: as the vendor writes it
    ///   - path: part of the address of the calls that bring it
    func expectHeld(
        _ connection: Connection, without field: String, on path: String, streams: [String]? = nil
    ) async throws {
        if try await status(connection).state != .healthy { try await sync(connection) }
        let before = try await fingerprint()
        host.inject(Fault(.replacing("\"\(field)\"", with: "\"renamed_field\""), on: path))
        time.advance(by: 7200)
        try await sync(connection, streams: streams)
        let status = try await status(connection)
        #expect(status.state == .actionRequired)
        #expect(status.nextStep == .reportToUs)
        #expect(try await fingerprint() == before)
    }

    // MARK: Looking

    func rows(_ collection: String, _ filter: BSONDocument = [:]) async throws -> [BSONDocument] {
        try await bench.rows(collection, filter)
    }

    func count(_ collection: String, _ filter: BSONDocument = [:]) async throws -> Int {
        try await bench.count(collection, filter)
    }

    func status(_ connection: Connection) async throws -> ConnectionStatus { try await bench.status(connection) }

    /// All canonical rows: equal means nothing lost, nothing doubled.
    func fingerprint() async throws -> LabSnapshot { try await LabSnapshot.take(database) }
}
