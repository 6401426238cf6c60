import BSON
import Foundation
import Records
import Tenancy

/// How the news of a connection come about, for its page.
public struct WebhookNews: Sendable {
    /// Nil where none come this way.
    public var way: WebhookWay?
    public var registration: WebhookRegistration?
    /// Whether vendors can reach this installation at all.
    public var isReachable: Bool
    /// Where an app's messages go: the same for all connections.
    public var appAddress: String
    /// When the last message came that was from whom it said.
    public var lastAt: Date?
    /// Whether the secret can be changed from here.
    public var canRenew: Bool

    public init(
        way: WebhookWay?, registration: WebhookRegistration? = nil, isReachable: Bool = true, appAddress: String = "",
        lastAt: Date? = nil, canRenew: Bool = false
    ) {
        self.way = way
        self.registration = registration
        self.isReachable = isReachable
        self.appAddress = appAddress
        self.lastAt = lastAt
        self.canRenew = canRenew
    }
}

extension ConnectionsService {
    /// Nil where the platform sends no messages at all.
    public func webhookNews(_ scope: TenantScope, _ connection: Connection) async throws -> WebhookNews? {
        let connector = try connector(connection.platform)
        guard connector.webhooks != nil else { return nil }
        let last = try await TenantCollection<WebhookEventRow>(scope, database).first(
            .and([.eq("connection_id", .string(connection.id)), .eq("signature_ok", true)]),
            sort: [.descending("received_at")])
        let origin = connector.registrar?.secret
        return WebhookNews(
            way: connector.webhookWay(method: connection.method), registration: connection.webhooks,
            isReachable: site.isReachable, appAddress: "\(site.publicURL)/webhooks/\(connection.platform)",
            lastAt: last?.receivedAt,
            canRenew: connection.webhooks?.state == .registered && origin != nil && origin != .apps)
    }
}
