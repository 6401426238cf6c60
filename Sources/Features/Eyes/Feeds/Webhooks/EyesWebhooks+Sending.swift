import BSON
import Crypto
import Foundation
import Jobs
import Tenancy
import Vault
import Web

extension EyesWebhooks {
    /// Puts a message on its way to everybody who wants it. Saying the same thing twice sends one message.
    ///
    /// - Parameter subject: what it is about; with the event it names the message.
    func emit(
        _ scope: TenantScope, _ event: WebhookEvent, about subject: String, _ data: (inout JSONWriter) -> Void
    ) async throws {
        for endpoint in try await endpoints(scope).find(.eq("enabled", true))
        where endpoint.events.contains(event.rawValue) {
            try await queue(scope, endpoint, event, about: subject, data)
        }
    }

    /// Sends a test to one endpoint, whatever it listens to.
    func test(_ scope: TenantScope, _ id: String) async throws -> WebhookDelivery {
        try scope.require(.webhookManage)
        guard let endpoint = try await endpoints(scope).get(id: id) else { throw TenancyError.notFound }
        let now = clock.now()
        return try await queue(scope, endpoint, .test, about: ID.make("tst", at: now)) { json in
            json.field("endpoint_id", endpoint.id)
        }
    }

    /// Tries a message again, from the first wait on.
    func resend(_ scope: TenantScope, _ id: String) async throws -> WebhookDelivery {
        try scope.require(.webhookManage)
        guard
            let delivery = try await deliveries(scope).findAndUpdate(
                .id(id), [.set("state", "queued"), .set("attempts", .int(0))])
        else { throw TenancyError.notFound }
        try await enqueue(scope, delivery, key: "\(delivery.id)-again-\(Int64(clock.now().timeIntervalSince1970))")
        return delivery
    }

    @discardableResult
    private func queue(
        _ scope: TenantScope, _ endpoint: WebhookEndpoint, _ event: WebhookEvent, about subject: String,
        _ data: (inout JSONWriter) -> Void
    ) async throws -> WebhookDelivery {
        let now = clock.now()
        let id = Self.messageID(endpoint.id, event, subject)
        if let known = try await deliveries(scope).get(id: id) { return known }
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("id", id)
            json.field("type", event.rawValue)
            json.field("created_at", now)
            json.field("organization_id", scope.organizationID)
            json.object("data") { json in data(&json) }
        }
        let delivery = WebhookDelivery(
            id: id, endpointID: endpoint.id, event: event.rawValue,
            body: String(decoding: json.buffer.readableBytesView, as: UTF8.self), state: .queued, attempts: 0,
            createdAt: now)
        try await deliveries(scope).replace(delivery, upsert: true)
        try await enqueue(scope, delivery, key: "\(id)-0")
        return delivery
    }

    private func enqueue(
        _ scope: TenantScope, _ delivery: WebhookDelivery, key: String, after wait: TimeInterval = 0
    ) async throws {
        try await queue.enqueue(
            WebhookOutJob.self, partition: scope.organizationID, parameters: .init(deliveryID: delivery.id),
            idempotencyKey: key, runAt: clock.now().addingTimeInterval(wait))
    }

    static func messageID(_ endpointID: String, _ event: WebhookEvent, _ subject: String) -> String {
        let digest = SHA256.hash(data: Data("\(endpointID)\n\(event.rawValue)\n\(subject)".utf8))
        return "msg_" + String(RunName.hex(digest).prefix(32))
    }

    // MARK: One try

    /// Sends a message and notes what became of it; what did not arrive is tried again later.
    func deliver(_ scope: TenantScope, _ id: String) async throws {
        guard var delivery = try await deliveries(scope).get(id: id), delivery.state == .queued else { return }
        guard var endpoint = try await endpoints(scope).get(id: delivery.endpointID), endpoint.enabled else {
            delivery.state = .dead
            delivery.lastError = "disabled"
            return try await deliveries(scope).replace(delivery)
        }
        let now = clock.now()
        let reply = await sender.send(try message(delivery, to: endpoint, scope, at: now))
        delivery.attempts += 1
        delivery.lastStatus = nil
        delivery.lastError = nil
        switch reply {
        case .status(let status):
            delivery.lastStatus = status
            if 200..<300 ~= status {
                delivery.state = .delivered
                delivery.deliveredAt = now
            }
        case .unreachable(let word): delivery.lastError = word
        case .privateAddress:
            delivery.lastError = "private_address"
            delivery.state = .dead
        }
        try await settle(scope, &delivery, &endpoint, now)
    }

    private func settle(
        _ scope: TenantScope, _ delivery: inout WebhookDelivery, _ endpoint: inout WebhookEndpoint, _ now: Date
    ) async throws {
        if delivery.state == .delivered {
            if endpoint.failingSince != nil {
                _ = try await endpoints(scope).update(.id(endpoint.id), [.unset("failing_since")])
            }
            return try await deliveries(scope).replace(delivery)
        }
        let since = endpoint.failingSince ?? now
        if endpoint.failingSince == nil {
            _ = try await endpoints(scope).update(.id(endpoint.id), [.set("failing_since", .date(now))])
        }
        if now.timeIntervalSince(since) >= WebhookEndpoint.disabledAfter {
            _ = try await endpoints(scope).update(
                .id(endpoint.id), [.set("enabled", false), .set("updated_at", .date(now))])
            delivery.state = .dead
        }
        let waits = WebhookDelivery.waits
        guard delivery.state == .queued, delivery.attempts <= waits.count else {
            delivery.state = .dead
            return try await deliveries(scope).replace(delivery)
        }
        try await deliveries(scope).replace(delivery)
        try await enqueue(
            scope, delivery, key: "\(delivery.id)-\(delivery.attempts)-\(Int64(now.timeIntervalSince1970))",
            after: waits[delivery.attempts - 1])
    }

    func message(
        _ delivery: WebhookDelivery, to endpoint: WebhookEndpoint, _ scope: TenantScope, at now: Date
    ) throws -> WebhookMessage {
        let timestamp = Int64(now.timeIntervalSince1970)
        return WebhookMessage(
            url: endpoint.url,
            headers: [
                ("content-type", "application/json"), ("webhook-id", delivery.id),
                ("webhook-timestamp", String(timestamp)),
                (
                    "webhook-signature",
                    WebhookSignature.header(
                        id: delivery.id, timestamp: timestamp, body: delivery.body,
                        secrets: try secrets(of: endpoint, scope))
                ),
            ], body: delivery.body)
    }
}
