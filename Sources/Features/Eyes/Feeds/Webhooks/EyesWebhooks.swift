import Audit
import BSON
import Crypto
import Foundation
import Jobs
import Mongo
import Tenancy
import Vault
import Web

/// What is wrong with an endpoint somebody enters.
public struct WebhookProblem: Error, Sendable, Equatable {
    public let field: String
    public let code: String
}

/// Tells receivers what happens: endpoints, messages, signatures.
public struct EyesWebhooks: Sendable {
    let database: MongoDatabase
    let queue: JobQueue
    let sealer: Sealer
    let sender: WebhookSender
    let audit: AuditLog
    let clock: WallClock

    public init(
        database: MongoDatabase, queue: JobQueue, sealer: Sealer, sender: WebhookSender, audit: AuditLog,
        clock: WallClock
    ) {
        self.database = database
        self.queue = queue
        self.sealer = sealer
        self.sender = sender
        self.audit = audit
        self.clock = clock
    }

    func endpoints(_ scope: TenantScope) -> TenantCollection<WebhookEndpoint> { TenantCollection(scope, database) }
    func deliveries(_ scope: TenantScope) -> TenantCollection<WebhookDelivery> { TenantCollection(scope, database) }

    // MARK: Endpoints

    struct Wish: Sendable {
        var url: String
        var events: [String]
        var description: String?
        var enabled = true
    }

    /// The secret is given out here and at a rotation, never again.
    func create(
        _ scope: TenantScope, _ wish: Wish, requestID: String?
    ) async throws -> (endpoint: WebhookEndpoint, secret: String) {
        try scope.require(.webhookManage)
        try scope.requireWritable()
        try await check(wish)
        guard try await endpoints(scope).count() < WebhookEndpoint.most else {
            throw WebhookProblem(field: "url", code: "too_many")
        }
        let now = clock.now()
        let id = ID.make("whe", at: now)
        let secret = RandomToken.randomBytes(32)
        let endpoint = WebhookEndpoint(
            id: id, url: wish.url, events: wish.events, description: wish.description, enabled: wish.enabled,
            secret: try seal(secret, scope, id), formerSecret: nil, formerUntil: nil, failingSince: nil,
            createdAt: now, updatedAt: now)
        try await endpoints(scope).insert(endpoint)
        try await note(scope, "webhook.created", endpoint, requestID)
        return (endpoint, WebhookSignature.text(secret))
    }

    func change(
        _ scope: TenantScope, _ id: String, requestID: String?, _ body: (inout Wish) -> Void
    ) async throws -> WebhookEndpoint {
        try scope.require(.webhookManage)
        try scope.requireWritable()
        guard var endpoint = try await endpoints(scope).get(id: id) else { throw TenancyError.notFound }
        var wish = Wish(
            url: endpoint.url, events: endpoint.events, description: endpoint.description, enabled: endpoint.enabled)
        body(&wish)
        try await check(wish)
        if wish.enabled, !endpoint.enabled { endpoint.failingSince = nil }
        endpoint.url = wish.url
        endpoint.events = wish.events
        endpoint.description = wish.description
        endpoint.enabled = wish.enabled
        endpoint.updatedAt = clock.now()
        try await endpoints(scope).replace(endpoint)
        try await note(scope, "webhook.changed", endpoint, requestID)
        return endpoint
    }

    func remove(_ scope: TenantScope, _ id: String, requestID: String?) async throws {
        try scope.require(.webhookManage)
        try scope.requireWritable()
        guard let endpoint = try await endpoints(scope).get(id: id) else { throw TenancyError.notFound }
        _ = try await endpoints(scope).delete(.id(id))
        try await note(scope, "webhook.removed", endpoint, requestID)
    }

    /// A new secret; the former signs beside it for a day.
    func rotate(
        _ scope: TenantScope, _ id: String, requestID: String?
    ) async throws -> (endpoint: WebhookEndpoint, secret: String) {
        try scope.require(.webhookManage)
        try scope.requireWritable()
        guard var endpoint = try await endpoints(scope).get(id: id) else { throw TenancyError.notFound }
        let secret = RandomToken.randomBytes(32)
        let now = clock.now()
        endpoint.formerSecret = endpoint.secret
        endpoint.formerUntil = now.addingTimeInterval(WebhookEndpoint.overlap)
        endpoint.secret = try seal(secret, scope, id)
        endpoint.updatedAt = now
        try await endpoints(scope).replace(endpoint)
        try await note(scope, "webhook.rotated", endpoint, requestID)
        return (endpoint, WebhookSignature.text(secret))
    }

    private func check(_ wish: Wish) async throws {
        guard wish.url.utf8.count <= 2_000, let parts = URLComponents(string: wish.url), parts.scheme == "https",
            parts.user == nil, parts.password == nil, parts.fragment == nil, let host = parts.host, host.contains(".")
        else { throw WebhookProblem(field: "url", code: "https") }
        guard await sender.allows(wish.url) else { throw WebhookProblem(field: "url", code: "private_address") }
        guard !wish.events.isEmpty, wish.events.allSatisfy({ WebhookEvent(rawValue: $0) != nil }) else {
            throw WebhookProblem(field: "events", code: "unknown")
        }
        guard (wish.description ?? "").count <= 200 else { throw WebhookProblem(field: "description", code: "length") }
    }

    // MARK: Secrets

    private func seal(_ secret: [UInt8], _ scope: TenantScope, _ id: String) throws -> [UInt8] {
        try sealer.seal(secret, context: ["webhook", scope.organizationID, id]).bytes
    }

    /// Those that sign now, the newest first.
    func secrets(of endpoint: WebhookEndpoint, _ scope: TenantScope) throws -> [[UInt8]] {
        let context = ["webhook", scope.organizationID, endpoint.id]
        var open = [try sealer.open(SealedBox(bytes: endpoint.secret), context: context)]
        if let former = endpoint.formerSecret, let until = endpoint.formerUntil, until > clock.now() {
            open.append(try sealer.open(SealedBox(bytes: former), context: context))
        }
        return open
    }

    private func note(
        _ scope: TenantScope, _ action: String, _ endpoint: WebhookEndpoint, _ requestID: String?
    ) async throws {
        try await audit.record(
            scope,
            AuditEntry(
                .configurationChange, action, on: "webhook", endpoint.id,
                details: ["url": .string(endpoint.url), "events": .strings(endpoint.events)]), requestID: requestID)
    }
}
