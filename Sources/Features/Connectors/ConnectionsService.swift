import Audit
import BSON
import Customers
import Foundation
import Jobs
import Logging
import Mongo
import Records
import Tenancy
import Vault

/// What can go wrong with a request about connections, for the web layer's table.
public enum ConnectionError: Error, Sendable, Equatable {
    case notFound
    case unknownPlatform
    case unknownMethod
    /// The operator has not set the platform up.
    case notConfigured
    case invalidField(String)
    /// What the vendor said, with what to do.
    case refused(VendorFault.Remedy, message: String)
    /// The vendor does not answer now.
    case unreachable(String)
    /// The state of a sign-in is unknown, used, late, or another person's.
    case invalidState
    case labelTaken
    /// The sign-in opens no account at all.
    case noAccount
    case unsupported
    /// The page a record is kept on has been let go.
    case rawGone
}

/// What App hands to the connections.
public struct ConnectionHooks: Sendable {
    /// Called after a sync that changed people or orders.
    public var afterSync: @Sendable (TenantScope, DataState) async throws -> Void
    /// Called after every sync that went well.
    public var afterReading: @Sendable (TenantScope, Connection) async throws -> Void
    /// A person's data is to be shown or removed, because the platform passed a request on.
    public var privacyRequest:
        @Sendable (TenantScope, _ connectionID: String, _ kind: String, _ subject: String) async throws -> Void
    /// A connection needs a person, or has gone silent; once per cause.
    public var alert: @Sendable (TenantScope, Connection, ConnectionStatus) async throws -> Void
    /// What that was about is over: it was read well again, or somebody ended or paused it.
    public var settled: @Sendable (TenantScope, Connection) async throws -> Void

    public init(
        afterSync: @escaping @Sendable (TenantScope, DataState) async throws -> Void = { _, _ in },
        afterReading: @escaping @Sendable (TenantScope, Connection) async throws -> Void = { _, _ in },
        privacyRequest: @escaping @Sendable (TenantScope, String, String, String) async throws -> Void = { _, _, _, _ in
        },
        alert: @escaping @Sendable (TenantScope, Connection, ConnectionStatus) async throws -> Void = { _, _, _ in },
        settled: @escaping @Sendable (TenantScope, Connection) async throws -> Void = { _, _ in }
    ) {
        self.afterSync = afterSync
        self.afterReading = afterReading
        self.privacyRequest = privacyRequest
        self.alert = alert
        self.settled = settled
    }
}

/// Everything that can be done with connections to platforms. Pages, API, jobs and schedules go through it.
public struct ConnectionsService: Sendable {
    public let database: MongoDatabase
    public let queue: JobQueue
    public let audit: AuditLog
    public let keys: PersonKeys
    public let memberships: Memberships
    public let secrets: SecretStore
    public let heartbeats: Heartbeats
    public let clock: WallClock
    public let hooks: ConnectionHooks
    /// What the operator has set, by platform.
    public let overrides: [String: [String: String]]
    let connectors: [any Connector]
    let gates: Gates
    let transport: VendorTransport
    let pause: Pause
    /// How vendors reach this installation; nothing is registered at them while that is not known.
    public var site: WebhookSite

    /// - Parameter overrides: the operator's settings by platform: `["hubspot": ["client_id": …]]`.
    public init(
        database: MongoDatabase, queue: JobQueue, audit: AuditLog, keys: PersonKeys, memberships: Memberships,
        ring: KeyRing, overrides: [String: [String: String]] = [:], connectors: [any Connector] = Connectors.all,
        clock: WallClock = .system, pause: Pause = .real, hooks: ConnectionHooks = ConnectionHooks(),
        site: WebhookSite = .none
    ) {
        self.site = site
        self.database = database
        self.queue = queue
        self.audit = audit
        self.keys = keys
        self.memberships = memberships
        self.overrides = overrides
        self.connectors = connectors
        self.clock = clock
        self.pause = pause
        self.hooks = hooks
        secrets = SecretStore(database: database, ring: ring, clock: clock)
        heartbeats = Heartbeats(database: database, clock: clock)
        gates = Gates(database: database, clock: clock)
        transport = VendorTransport(clock: clock)
    }

    func connector(_ platform: String) throws -> any Connector {
        guard let found = connectors.first(where: { $0.platform == platform }) else {
            throw ConnectionError.unknownPlatform
        }
        return found
    }

    public func settings(_ connector: any Connector) -> PlatformSettings {
        connector.defaults.merging(overrides[connector.platform] ?? [:])
    }

    func connections(_ scope: TenantScope) -> TenantCollection<Connection> { TenantCollection(scope, database) }
    func states(_ scope: TenantScope) -> TenantCollection<SyncState> { TenantCollection(scope, database) }
    func runs(_ scope: TenantScope) -> TenantCollection<SyncRun> { TenantCollection(scope, database) }

    public func get(_ scope: TenantScope, _ id: String) async throws -> Connection {
        guard let found = try await connections(scope).get(id: id), found.platform != "csv" else {
            throw ConnectionError.notFound
        }
        return found
    }

    /// The calls of a connection, with its stored credentials.
    func calls(_ scope: TenantScope, _ connection: Connection, for connector: any Connector) throws -> VendorCalls {
        guard let method = connector.method(connection.method ?? "") else { throw ConnectionError.unknownMethod }
        let account = VendorAccount(
            id: connection.accountID ?? "", name: connection.accountName ?? "", currency: connection.accountCurrency,
            timeZone: connection.accountTimeZone, scopes: connection.scopes)
        let settings = settings(connector)
        let builder = RequestBuilder(
            connector: connector, settings: settings, fields: connection.fields ?? [:], account: account)
        let keeper = TokenKeeper(
            scope: scope, connectionID: connection.id, method: method, secrets: secrets,
            exchange: TokenExchange(builder: builder, transport: transport), pause: pause)
        return VendorCalls(
            connector: connector, connectionID: connection.id, settings: settings, fields: connection.fields ?? [:],
            account: account, method: method, keeper: keeper, gates: gates, transport: transport,
            statistics: CallStatistics(scope: scope, database: database, clock: clock), pause: pause)
    }

    func note(
        _ scope: TenantScope, _ connection: Connection, _ action: String, requestID: String,
        _ event: AuditEvent = .configurationChange
    ) async throws {
        try await audit.record(
            scope,
            AuditEntry(
                event, action, on: "connection", connection.id,
                details: ["platform": .string(connection.platform), "label": .string(connection.label)]),
            requestID: requestID)
    }
}
