import BSON
import Foundation
import Jobs
import Records
import Tenancy
import Vault

/// A platform as the gallery offers it.
public struct PlatformOffer: Sendable {
    public let platform: String
    public let name: String
    public let methods: [AuthMethod]
    public let streams: [String]
    public let hasWebhooks: Bool
    /// Ways to sign in that the operator has set up; empty means "not configured by the operator".
    public let configuredMethods: [String]
    public let scopes: [String]
    /// Whether one sign-in may open several accounts.
    public let hasAccounts: Bool
}

/// A connection with everything its page shows.
public struct ConnectionDetail: Sendable {
    public let connection: Connection
    public let status: ConnectionStatus
    public let streams: [SyncState]
    /// Newest first.
    public let runs: [SyncRun]
    public let job: Job?
    public let healthParts: HealthParts
    /// 0 to 100.
    public var health: Int { healthParts.score }
}

extension ConnectionsService {
    public func catalogue() -> [PlatformOffer] {
        connectors.map { connector in
            let settings = settings(connector)
            let ready = connector.methods.filter {
                !$0.isRedirect || settings.clientID != nil && settings.clientSecret != nil
            }
            // Where tokens cannot be shared, another account is another sign-in.
            let hasAccounts = connector.accountField != nil && !connector.methods.contains(where: \.rotates)
            return PlatformOffer(
                platform: connector.platform, name: connector.name, methods: connector.methods,
                streams: connector.streams.map(\.name), hasWebhooks: connector.webhooks != nil,
                configuredMethods: ready.map(\.id), scopes: settings.scopes, hasAccounts: hasAccounts)
        }
    }

    /// All connections to platforms, by platform and label.
    public func list(_ scope: TenantScope) async throws -> [ConnectionDetail] {
        let found = try await connections(scope).find(
            .ne("platform", "csv"), sort: [.ascending("platform"), .ascending("label")], limit: 500)
        var result: [ConnectionDetail] = []
        for connection in found { result.append(try await detail(scope, connection, runs: 0)) }
        return result
    }

    public func detail(_ scope: TenantScope, _ id: String) async throws -> ConnectionDetail {
        try await detail(scope, try await get(scope, id), runs: 50)
    }

    private func detail(_ scope: TenantScope, _ connection: Connection, runs limit: Int) async throws
        -> ConnectionDetail
    {
        let mine = Filter.eq("connection_id", .string(connection.id))
        let streams = try await states(scope).find(mine, sort: [.ascending("_id")])
        let latest = limit == 0 ? [] : try await runs(scope).find(mine, sort: [.descending("started_at")], limit: limit)
        let job = try await job(scope, connection)
        let status = ConnectionStatus.of(connection, streams, job: job, now: clock.now())
        return ConnectionDetail(
            connection: connection, status: status, streams: ordered(streams, connection.platform), runs: latest,
            job: job, healthParts: try await healthParts(scope, connection, streams))
    }

    func status(_ scope: TenantScope, _ connection: Connection) async throws -> ConnectionStatus {
        let streams = try await states(scope).find(.eq("connection_id", .string(connection.id)))
        return ConnectionStatus.of(connection, streams, job: try await job(scope, connection), now: clock.now())
    }

    private func job(_ scope: TenantScope, _ connection: Connection) async throws -> Job? {
        guard let id = connection.syncJobID else { return nil }
        return try await queue.get(id, partition: scope.organizationID)
    }

    /// In the order of the first load.
    private func ordered(_ states: [SyncState], _ platform: String) -> [SyncState] {
        let names = (try? connector(platform))?.streams.map(\.name) ?? []
        return states.sorted { (names.firstIndex(of: $0.stream) ?? 99) < (names.firstIndex(of: $1.stream) ?? 99) }
    }
}
