import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault
import Web

/// What a vendor gets for its delivery.
public struct WebhookAnswer: Sendable, Equatable {
    public let status: Int
    public let body: String

    public init(_ status: Int, _ body: String = "") {
        self.status = status
        self.body = body
    }
}

extension ConnectionsService {
    /// The path webhooks of this connection come to; shown once, only its hash is kept. A second call replaces it.
    public func webhookPath(_ scope: TenantScope, _ id: String, requestID: String = "") async throws -> String {
        let connection = try await get(scope, id)
        guard try connector(connection.platform).webhooks != nil else { throw ConnectionError.unsupported }
        let token = "\(scope.organizationID).\(id).\(RandomToken.make(bytes: 24))"
        _ = try await connections(scope).update(.id(id), [.set("webhook_hash", .string(RandomToken.hash(token)))])
        try await note(scope, connection, "connection.webhook_address_made", requestID: requestID)
        return "/webhooks/\(connection.platform)/\(token)"
    }

    /// Takes a delivery in: signature, age, repetition; then answers at once and works in a job.
    public func receive(platform: String, token: String, _ delivery: WebhookDelivery) async throws -> WebhookAnswer {
        guard let (scope, connection) = try await owner(platform, token) else { return WebhookAnswer(404) }
        let connector = try connector(platform)
        guard let scheme = connector.webhooks else { return WebhookAnswer(404) }
        let settings = settings(connector)
        let keys = try await signingSecrets(scheme.secret, settings, scope, connection)
        if let answer = scheme.challenge?(delivery, keys) { return WebhookAnswer(200, answer) }
        guard SignatureCheck(scheme: scheme, secrets: keys, settings: settings).accepts(delivery) else {
            try await note(scope, connection, "connection.webhook_refused", requestID: "", .securityEvent)
            return WebhookAnswer(401)
        }
        guard let events = try? connector.events(in: delivery) else { return WebhookAnswer(400) }
        for event in events { try await take(event, scope, connection) }
        return WebhookAnswer(200)
    }

    private func owner(_ platform: String, _ token: String) async throws -> (TenantScope, Connection)? {
        let parts = token.split(separator: ".").map(String.init)
        guard parts.count == 3,
            let scope = try await memberships.jobScope(organizationID: parts[0], startedBy: nil),
            let connection = try await connections(scope).get(id: parts[1]), connection.platform == platform,
            let hash = connection.webhookHash, ConstantTime.equal(hash, RandomToken.hash(token))
        else { return nil }
        return (scope, connection)
    }

    private func signingSecrets(
        _ secret: WebhookScheme.Secret, _ settings: PlatformSettings, _ scope: TenantScope, _ connection: Connection
    ) async throws -> [SecretValue] {
        switch secret {
        case .clientSecret: return [settings.clientSecret].compactMap(\.self) + settings.webhookSecrets
        case .webhookSecret: return settings.webhookSecrets
        case .connectionField(let name):
            let own = try await secrets.read(scope, connection.id)?.secrets[name]
            return own.map { [SecretValue($0)] } ?? settings.webhookSecrets
        }
    }

    /// Remembers the event and queues its work; one that is known already has no effect.
    private func take(_ event: WebhookEvent, _ scope: TenantScope, _ connection: Connection) async throws {
        let now = clock.now()
        let id = DerivedID("whe", scope.organizationID, connection.id)(event.id)
        let row = WebhookEventRow(
            id: id, connectionID: connection.id, platform: connection.platform, vendorEventID: event.id,
            topic: event.topic, signatureOK: true, status: event.meaning == .ignored ? "ignored" : "queued",
            receivedAt: now, expiresAt: now.addingTimeInterval(7 * 86_400))
        do {
            try await TenantCollection<WebhookEventRow>(scope, database).insert(row)
        } catch let error as MongoError where error.isDuplicateKey {
            return
        }
        gates.forget(connection.id)
        guard event.meaning != .ignored else { return }
        try await queue.enqueue(
            WebhookJob.self, partition: scope.organizationID,
            parameters: try WebhookJob.Parameters(connection.id, id, event.meaning, try packing(scope, connection.id)),
            idempotencyKey: id, startedBy: nil)
    }
}
