import Foundation
import Records
import Web

/// PayPal's messages. They are signed with a certificate that PayPal changes at will; PayPal itself is asked whether it
/// sent one, with the event's text exactly as it came.
extension PayPalConnector {
    private static let path = "/v1/notifications/webhooks"

    private static let eventTypes = [
        "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED",
        "PAYMENT.SALE.COMPLETED", "PAYMENT.SALE.REFUNDED", "BILLING.SUBSCRIPTION.CREATED",
        "BILLING.SUBSCRIPTION.ACTIVATED", "BILLING.SUBSCRIPTION.UPDATED", "BILLING.SUBSCRIPTION.CANCELLED",
        "BILLING.SUBSCRIPTION.SUSPENDED", "BILLING.SUBSCRIPTION.EXPIRED", "BILLING.SUBSCRIPTION.PAYMENT.FAILED",
        "CUSTOMER.DISPUTE.CREATED", "MERCHANT.PARTNER-CONSENT.REVOKED",
    ]

    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .asked(
                WebhookInquiry(
                    headers: [
                        "PAYPAL-TRANSMISSION-ID", "PAYPAL-TRANSMISSION-TIME", "PAYPAL-TRANSMISSION-SIG",
                        "PAYPAL-CERT-URL", "PAYPAL-AUTH-ALGO",
                    ],
                    request: Self.question,
                    isGenuine: { $0.json.at("verification_status")?.text == "SUCCESS" })),
            secret: .webhookSecret,
            // PayPal goes on trying for three days; until then events are known by their ids.
            tolerance: 3 * 86_400,
            // A time that cannot be read is no time of PayPal's.
            sentAt: { $0.headers["PAYPAL-TRANSMISSION-TIME"].map { VendorTime.parse($0) ?? .distantPast } })
    }

    private static func question(_ delivery: WebhookDelivery, _ registration: WebhookRegistration) -> VendorRequest? {
        guard let id = registration.ids.first, delivery.json.isObject else { return nil }
        func header(_ name: String) -> JSONValue { .string(delivery.headers[name] ?? "") }
        let frame: JSONValue = [
            "auth_algo": header("PAYPAL-AUTH-ALGO"), "cert_url": header("PAYPAL-CERT-URL"),
            "transmission_id": header("PAYPAL-TRANSMISSION-ID"),
            "transmission_sig": header("PAYPAL-TRANSMISSION-SIG"),
            "transmission_time": header("PAYPAL-TRANSMISSION-TIME"), "webhook_id": .string(id),
        ]
        let body = frame.bytes.dropLast() + Array(#","webhook_event":"#.utf8) + delivery.body + Array("}".utf8)
        return VendorRequest(
            .post, "/v1/notifications/verify-webhook-signature",
            body: .raw(Array(body), type: "application/json"), endpoint: "webhooks")
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let body = delivery.json
        guard let id = body.at("id")?.text, let type = body.at("event_type")?.text else { throw MappingProblem("id") }
        return [WebhookEvent(id: id, topic: type, Self.meaning(type, body.at("resource") ?? .null))]
    }

    /// There is no list of subscriptions: what an event brings along is how they are found, whole.
    private static func meaning(_ type: String, _ resource: JSONValue) -> WebhookEvent.Meaning {
        switch type {
        case "MERCHANT.PARTNER-CONSENT.REVOKED": .revoked
        case _ where type.hasPrefix("BILLING.SUBSCRIPTION."):
            resource.at("id") == nil ? .changed(streams: ["subscriptions"]) : .record(stream: "subscriptions", resource)
        case _ where type.hasPrefix("PAYMENT.") || type.hasPrefix("CUSTOMER.DISPUTE."): .changed(streams: ["payments"])
        default: .ignored
        }
    }

    // MARK: At PayPal

    public var registrar: WebhookRegistrar? {
        WebhookRegistrar(
            secret: .apps,
            ensure: { target, _, client in
                if let id = try await Self.ours(target.address, client).first { return WebhookOpening(ids: [id]) }
                let types = Self.eventTypes.map { JSONValue.object([.init("name", .string($0))]) }
                let made = try await client.send(
                    .post(
                        Self.path, ["url": .string(target.address), "event_types": .array(types)], endpoint: "write"))
                guard let id = made.json.at("id")?.text else {
                    throw VendorFault.schema(field: "id", message: "The webhook has no id.")
                }
                return WebhookOpening(ids: [id])
            },
            close: { target, _, client in
                for id in try await Self.ours(target.address, client) {
                    _ = try await client.send(
                        VendorRequest(.delete, "\(Self.path)/\(PercentCoding.encode(id))", endpoint: "write"))
                }
                return false
            })
    }

    private static func ours(_ address: String, _ client: VendorClient) async throws -> [String] {
        let all = try await client.send(.get(path, endpoint: "webhooks")).json.at("webhooks")?.list ?? []
        return all.filter { $0.at("url")?.text == address }.compactMap { $0.at("id")?.text }
    }
}
