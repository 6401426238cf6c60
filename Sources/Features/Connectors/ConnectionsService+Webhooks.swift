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
    /// The path webhooks of this connection come to, for somebody who enters it at the vendor; shown once. A second
    /// call replaces it.
    public func webhookPath(_ scope: TenantScope, _ id: String, requestID: String = "") async throws -> String {
        let connection = try await get(scope, id)
        guard try connector(connection.platform).webhooks != nil else { throw ConnectionError.unsupported }
        let token = "\(scope.organizationID).\(id).\(RandomToken.make(bytes: 24))"
        // The same from now on for what we register ourselves.
        var keys = try await secrets.webhookKeys(scope, id) ?? WebhookKeys(token: token, secret: "")
        keys.token = token
        try await secrets.keep(keys, scope, id)
        _ = try await connections(scope).update(.id(id), [.set("webhook_hash", .string(RandomToken.hash(token)))])
        try await note(scope, connection, "connection.webhook_address_made", requestID: requestID)
        return "/webhooks/\(connection.platform)/\(token)"
    }

    /// Takes a delivery to a connection's own address in: signature, age, repetition; then answers at once and works in
    /// a job.
    public func receive(platform: String, token: String, _ delivery: WebhookDelivery) async throws -> WebhookAnswer {
        guard let (scope, connection) = try await owner(platform, token) else { return WebhookAnswer(404) }
        let connector = try connector(platform)
        guard let scheme = connector.webhooks else { return WebhookAnswer(404) }
        let settings = settings(connector)
        let own = try await secrets.webhookKeys(scope, connection.id)?.good(at: clock.now()) ?? []
        let keys = try await signingSecrets(scheme.secret, settings, scope, connection, own)
        if let answer = scheme.challenge?(delivery, keys) { return WebhookAnswer(200, answer) }
        if delivery.method == "GET", scheme.confirms != nil {
            return try await confirm(scheme, delivery, scope, connection)
        }
        if let letter = scheme.letter?(delivery, keys) {
            for event in letter.events { try await take(event, scope, connection) }
            return WebhookAnswer(200, letter.answer)
        }
        guard SignatureCheck(scheme: scheme, secrets: keys, settings: settings, own: own).accepts(delivery) else {
            try await refuse(scope, connection)
            return WebhookAnswer(401)
        }
        guard let events = try? connector.events(in: delivery) else { return WebhookAnswer(400) }
        if scheme.inquiry != nil {
            try await inquire(delivery, scope, connection)
            return WebhookAnswer(200)
        }
        for event in events where Self.concerns(event, connection) { try await take(event, scope, connection) }
        return WebhookAnswer(200)
    }

    /// Takes a delivery to the address that all connections of a platform share: the event says whose it is.
    public func receive(platform: String, _ delivery: WebhookDelivery) async throws -> WebhookAnswer {
        guard let connector = try? connector(platform), let scheme = connector.webhooks, scheme.isProof else {
            return WebhookAnswer(404)
        }
        let settings = settings(connector)
        let keys = scheme.secret == .clientSecret ? settings.appSecrets : settings.webhookSecrets
        guard !scheme.needsSecret || !keys.isEmpty else { return WebhookAnswer(404) }
        if let answer = scheme.challenge?(delivery, keys) { return WebhookAnswer(200, answer) }
        let letter = scheme.letter?(delivery, keys)
        if letter == nil {
            guard SignatureCheck(scheme: scheme, secrets: keys, settings: settings).accepts(delivery) else {
                WebhookMeter.refused(platform)
                return WebhookAnswer(401)
            }
        }
        guard let events = letter?.events ?? (try? connector.events(in: delivery)) else { return WebhookAnswer(400) }
        for event in events { try await deliver(event, platform) }
        return WebhookAnswer(200, letter?.answer ?? "")
    }

    /// To every connection of that account, whichever organizations have one.
    private func deliver(_ event: WebhookEvent, _ platform: String) async throws {
        guard let place = event.account?.stored else { return }
        for id in try await site.organizations(platform, place.path, place.value) {
            guard let scope = try await memberships.jobScope(organizationID: id, startedBy: nil) else { continue }
            let found = try await connections(scope).find(
                .and([.eq("platform", .string(platform)), .eq(place.path, .string(place.value))]), limit: 100)
            for connection in found { try await take(event, scope, connection) }
        }
    }

    /// An app's deliveries for all its accounts may come to one connection's address; it takes its own.
    private static func concerns(_ event: WebhookEvent, _ connection: Connection) -> Bool {
        switch event.account {
        case .id(let id): connection.accountID == nil || connection.accountID == id
        case .field(let name, let value):
            connection.fields?[name].map { $0.lowercased() == value.lowercased() } ?? true
        case nil: true
        }
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
        _ secret: WebhookScheme.Secret, _ settings: PlatformSettings, _ scope: TenantScope, _ connection: Connection,
        _ own: [SecretValue]
    ) async throws -> [SecretValue] {
        switch secret {
        case .clientSecret: return settings.appSecrets
        case .webhookSecret: return own + settings.webhookSecrets
        case .connectionField(let name):
            let field = try await secrets.read(scope, connection.id)?.secrets[name]
            return own + (field.map { [SecretValue($0)] } ?? settings.webhookSecrets)
        }
    }

    /// The vendor asks whether we want what was asked for in our name. Only what we asked for is answered.
    private func confirm(
        _ scheme: WebhookScheme, _ delivery: WebhookDelivery, _ scope: TenantScope, _ connection: Connection
    ) async throws -> WebhookAnswer {
        let account = VendorAccount(id: connection.accountID ?? "", name: connection.accountName ?? "")
        guard let registration = connection.webhooks,
            let confirmation = scheme.confirms?(delivery, registration, account)
        else { return WebhookAnswer(404) }
        try await store(confirmation.registration, scope, connection)
        if confirmation.registration == nil {
            _ = try await connections(scope).update(.id(connection.id), [.unset("webhook_hash")])
        }
        return WebhookAnswer(200, confirmation.answer)
    }

    func refuse(_ scope: TenantScope, _ connection: Connection) async throws {
        WebhookMeter.refused(connection.platform)
        try await note(scope, connection, "connection.webhook_refused", requestID: "", .securityEvent)
    }

    // MARK: Work

    /// Has the vendor asked, in a job, whether this delivery is its own. Until then it is remembered as it came, not as
    /// the event it claims to be: a false one must not stand in the way of the true one.
    private func inquire(_ delivery: WebhookDelivery, _ scope: TenantScope, _ connection: Connection) async throws {
        let parameters = try WebhookCheckJob.Parameters(connection.id, delivery, try packing(scope, connection.id))
        guard
            try await remember(
                WebhookEvent(id: parameters.eventID, topic: "unverified", .ignored), id: parameters.eventID,
                status: "unverified", scope, connection)
        else { return }
        try await queue.enqueue(
            WebhookCheckJob.self, partition: scope.organizationID, parameters: parameters,
            idempotencyKey: parameters.eventID, startedBy: nil)
    }

    /// Remembers the event and queues its work; one that is known already has no effect.
    func take(_ event: WebhookEvent, _ scope: TenantScope, _ connection: Connection) async throws {
        // What has ended takes nothing in but what is said about people's rights.
        var meaning = event.meaning
        if connection.hasEnded {
            if case .privacy = meaning {} else { meaning = .ignored }
        }
        let id = DerivedID("whe", scope.organizationID, connection.id)(event.id)
        guard
            try await remember(
                event, id: id, status: meaning == .ignored ? "ignored" : "queued", scope, connection)
        else { return }
        gates.forget(connection.id)
        guard meaning != .ignored else { return }
        try await queue.enqueue(
            WebhookJob.self, partition: scope.organizationID,
            parameters: try WebhookJob.Parameters(connection.id, id, meaning, try packing(scope, connection.id)),
            idempotencyKey: id, startedBy: nil)
    }

    /// False when it is known already.
    private func remember(
        _ event: WebhookEvent, id: String, status: String, _ scope: TenantScope, _ connection: Connection
    ) async throws -> Bool {
        let now = clock.now()
        let row = WebhookEventRow(
            id: id, connectionID: connection.id, platform: connection.platform, vendorEventID: event.id,
            topic: event.topic, signatureOK: status != "unverified", status: status, receivedAt: now,
            expiresAt: now.addingTimeInterval(7 * 86_400))
        do {
            try await TenantCollection<WebhookEventRow>(scope, database).insert(row)
            return true
        } catch let error as MongoError where error.isDuplicateKey {
            return false
        }
    }
}
