import Foundation
import Records
import Web

/// Errors, webhooks and actions.
extension WooCommerceConnector {
    public func fault(in response: VendorResponse) -> VendorFault? {
        let code = response.json.at("code")?.text
        let message = response.json.at("message")?.text ?? response.excerpt
        let isPage = response.headers["Content-Type"]?.lowercased().contains("html") == true
        switch response.status {
        case 200..<300 where isPage, 403 where isPage:
            return .actionRequired(
                .fixAtVendor, message: "The store answers with a page: a plugin or firewall keeps us out.")
        case 401 where code == "woocommerce_rest_cannot_view": return .actionRequired(.addScope, message: message)
        case 404 where code == "rest_no_route":
            return .actionRequired(.fixAtVendor, message: "WooCommerce is not active at this address.")
        default: return .standard(response, message: message)
        }
    }

    // MARK: Webhooks

    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .hmac(header: "X-WC-Webhook-Signature", .base64), secret: .connectionField("webhook_secret"),
            // The ping at creation is a form and says nothing.
            challenge: { delivery, _ in
                let body = String(decoding: delivery.body.prefix(64), as: UTF8.self)
                guard body.hasPrefix("webhook_id="), body.dropFirst(11).allSatisfy(\.isNumber) else { return nil }
                return ""
            })
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let topic = delivery.headers["X-WC-Webhook-Topic"] ?? ""
        let body = delivery.json
        guard let id = body.at("id")?.text else { throw MappingProblem("id") }
        let parts = [delivery.headers["X-WC-Webhook-Delivery-ID"], body.at("date_modified_gmt")?.text, id]
        return [
            WebhookEvent(
                id: "\(topic)-" + parts.compactMap(\.self).joined(separator: "-"), topic: topic,
                Self.meaning(topic, id, body))
        ]
    }

    private static func meaning(_ topic: String, _ id: String, _ body: JSONValue) -> WebhookEvent.Meaning {
        switch topic {
        case "customer.deleted": .deleted(Deletion(.customer, id))
        case "order.deleted": .deleted(Deletion(.order, id))
        case "product.deleted": .deleted(Deletion(.product, id))
        // The list has no filter for changes; the body is its record.
        case "customer.created", "customer.updated": .record(stream: "customers", body)
        case "order.created", "order.updated", "order.restored": .changed(streams: ["orders"])
        case "product.created", "product.updated", "product.restored": .changed(streams: ["products"])
        default: .ignored
        }
    }

    // MARK: Actions

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        switch action {
        case .addToList(let segment, let ids): return Self.mark(ids, segment, "yes")
        case .removeFromList(let segment, let ids): return Self.mark(ids, segment, "")
        case .createDiscount(let code, let percent, _, let endsAt):
            guard (1...100).contains(percent) else { return nil }
            var coupon: JSONValue = [
                "code": .string(code), "discount_type": "percent", "amount": .string(String(percent)),
            ]
            if let endsAt {
                coupon = coupon.setting("date_expires_gmt", .string(String(VendorTime.isoSeconds(endsAt).dropLast())))
            }
            return .post("/coupons", coupon, endpoint: "write")
        default: return nil
        }
    }

    /// There are no tags for customers: a field of ours per segment.
    private static func mark(_ ids: [String], _ segment: String, _ value: String) -> VendorRequest? {
        let numbers = ids.compactMap { Int64($0) }
        guard !numbers.isEmpty, numbers.count == ids.count, ids.count <= 100 else { return nil }
        let field: JSONValue = ["key": .string("omnify_segment_\(segment)"), "value": .string(value)]
        return .post(
            "/customers/batch",
            ["update": .array(numbers.map { ["id": .int($0), "meta_data": [field]] })], endpoint: "write")
    }
}
