import Audit
import BSON
import Connectors
import Customers
import Foundation
import Jobs
import Logging
import Mongo
import Records
import Tenancy
import Vault
import VendorServers

/// An organization, a vendor's stand-in on loopback, and the manager between them. Time moves only when something waits.
public struct LabBench: Sendable {
    public let connector: any Connector
    public let database: MongoDatabase
    public let scope: TenantScope
    public let host: VendorHost
    public let time: ManualTime
    /// How long the manager waited, in order.
    public let pauses: Pauses
    public let service: ConnectionsService
    private let tools: LabTools
    private let overrides: [String: String]

    /// - Parameter database: with the collections of ``ScratchDatabases``, and empty
    public static func open(
        _ connector: any Connector, host: VendorHost, time: ManualTime, database: MongoDatabase,
        overrides: [String: String] = [:]
    ) async throws -> LabBench {
        let tools = try LabTools(database)
        let organization = Organization(
            id: LabTools.organizationID, name: "Shop", slug: "shop", timeZone: "UTC",
            currency: host.world.company.currency,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        let scope = try await tools.memberships.createOrganization(
            organization, owner: ID.make("usr"), ownerName: "Ana")
        return LabBench(connector, scope, tools, host, time, overrides)
    }

    private init(
        _ connector: any Connector, _ scope: TenantScope, _ tools: LabTools, _ host: VendorHost, _ time: ManualTime,
        _ overrides: [String: String]
    ) {
        self.connector = connector
        self.scope = scope
        self.host = host
        self.time = time
        self.tools = tools
        database = tools.database
        self.overrides = host.settings.merging(overrides) { $1 }
        pauses = Pauses(time)
        service = tools.service(connector, self.overrides, pauses, time)
    }

    /// The manager as another process has it, with settings of its own.
    public func another(_ settings: [String: String] = [:]) -> ConnectionsService {
        tools.service(connector, overrides.merging(settings) { $1 }, pauses, time)
    }

    /// What another process needs for the work that is due now.
    var errand: LabErrand {
        LabErrand(platform: platform, database: database.name, settings: overrides, now: time.now)
    }

    public var platform: String { connector.platform }

    /// Where tokens are given out.
    var tokenPath: String {
        let settings = connector.defaults.merging(host.settings)
        let address = (settings.addresses["token"] ?? "").replacing("{version}", with: settings.version)
        return URL(string: address)?.path ?? address
    }

    // MARK: Doing

    /// Connects in the way a person is offered first, or in the one named.
    public func connect(method id: String? = nil) async throws -> Connection {
        guard let method = connector.methods.first(where: { id == nil || $0.id == id }) else {
            throw ConnectionError.unknownMethod
        }
        if method.isRedirect { return try await signIn() }
        return try await service.connect(
            scope, platform: platform, methodID: method.id, fields: host.server.fields)
    }

    /// Walks the browser's way: to the vendor, back with a code, and in.
    public func signIn(reconnecting id: String? = nil) async throws -> Connection {
        let address = try await service.startOAuth(
            scope, platform: platform, fields: host.server.fields,
            redirectURI: "https://app.example/oauth/callback/\(platform)", reconnecting: id)
        let location = try host.visit(address).headers.first { $0.name == "Location" }?.value
        guard let items = location.flatMap({ URLComponents(string: $0)?.queryItems }) else {
            throw ConnectionError.invalidState
        }
        let parameters = Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
        return try await service.finishOAuth(
            scope, state: parameters["state"] ?? "", code: parameters["code"] ?? "", parameters: parameters)
    }

    /// Does what "sign in again" does, with access that is good once more.
    public func reconnect(_ connection: Connection) async throws {
        host.server.renew()
        if connector.method(connection.method ?? "")?.isRedirect == true {
            _ = try await signIn(reconnecting: connection.id)
        } else {
            _ = try await service.reconnect(scope, connection.id, fields: host.server.fields)
        }
    }

    /// What the schedule does: whatever is due is queued and done.
    public func workDue() async throws {
        try await service.enqueueDue(scope)
        await worker().workOff()
    }

    /// Does all jobs that are due.
    public func worker(_ service: ConnectionsService? = nil) -> JobRunner {
        LabTools.worker(service ?? self.service, in: database)
    }

    // MARK: Looking

    public func detail(_ connection: Connection) async throws -> ConnectionDetail {
        try await service.detail(scope, connection.id)
    }

    public func status(_ connection: Connection) async throws -> ConnectionStatus {
        try await detail(connection).status
    }

    public func rows(_ collection: String, _ filter: BSONDocument = [:]) async throws -> [BSONDocument] {
        try await database.collection(collection).find(filter, options: .init(sort: ["_id": 1]))
    }

    public func count(_ collection: String, _ filter: BSONDocument = [:]) async throws -> Int {
        try await database.collection(collection).count(filter)
    }
}
