import Crypto
import Foundation
import Vault
import Web

// MARK: PayPal

extension PayPalServer {
    private static let hooksPath = "/v1/notifications/webhooks"
    private static let events: Set<String> = [
        "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED",
        "PAYMENT.SALE.COMPLETED", "PAYMENT.SALE.REFUNDED", "BILLING.SUBSCRIPTION.CREATED",
        "BILLING.SUBSCRIPTION.ACTIVATED", "BILLING.SUBSCRIPTION.UPDATED", "BILLING.SUBSCRIPTION.CANCELLED",
        "BILLING.SUBSCRIPTION.SUSPENDED", "BILLING.SUBSCRIPTION.EXPIRED", "BILLING.SUBSCRIPTION.PAYMENT.FAILED",
        "CHECKOUT.ORDER.APPROVED", "CUSTOMER.DISPUTE.CREATED", "MERCHANT.PARTNER-CONSENT.REVOKED",
    ]

    func hooks(_ call: VendorCall) throws -> VendorReply? {
        if call.matches("GET \(Self.hooksPath)") != nil {
            try call.allow(query: ["anchor_type"])
            return .json(["webhooks": .array(book.hooks.all.map(Self.shown))])
        }
        if call.matches("POST \(Self.hooksPath)") != nil {
            try call.allow(call.json, members: [], required: ["url", "event_types"])
            let url = call.json["url"]?.stringValue ?? ""
            try call.require(url.hasPrefix("https://"), "url is https")
            let types = (call.json["event_types"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
            try call.require(!types.isEmpty && types.allSatisfy(Self.events.contains), "event types of the sheet")
            guard book.hooks.hook(at: url) == nil else {
                return failure(400, "WEBHOOK_URL_ALREADY_EXISTS", "Webhook URL already exists.")
            }
            guard book.hooks.all.count < 10 else {
                return failure(400, "WEBHOOK_NUMBER_LIMIT_EXCEEDED", "You have reached the maximum of webhooks.")
            }
            let hook = book.hooks.add(url, topics: types, secret: "signer") { "WH-ID-\($0)" }
            return .json(Self.shown(hook), status: 201)
        }
        if let id = call.matches("DELETE \(Self.hooksPath)/{id}")?["id"] {
            return book.hooks.remove(id)
                ? VendorReply(204) : failure(404, "INVALID_RESOURCE_ID", "The resource ID was not found.")
        }
        guard call.matches("POST /v1/notifications/verify-webhook-signature") != nil else { return nil }
        return try verify(call)
    }

    private static func shown(_ hook: HookBook.Hook) -> JSONValue {
        [
            "id": .string(hook.id), "url": .string(hook.address),
            "event_types": .array(hook.topics.map { ["name": .string($0)] }),
        ]
    }

    /// The text of the event has to be the very one that was sent.
    private func verify(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            call.json, members: [],
            required: [
                "auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time", "webhook_id",
                "webhook_event",
            ])
        func text(_ name: String) -> String { call.json[name]?.stringValue ?? "" }
        let body = String(decoding: call.body, as: UTF8.self)
        guard let start = body.range(of: "\"webhook_event\":")?.upperBound else {
            throw SheetViolation("webhook_event is missing")
        }
        let event = Array(body[start...].dropLast().utf8)
        let wanted = Self.signature(text("transmission_id"), text("transmission_time"), text("webhook_id"), event)
        let isGood =
            text("auth_algo") == "SHA256withRSA" && text("cert_url").hasPrefix("https://api.paypal.com/")
            && book.hooks.hook(text("webhook_id")) != nil && wanted == text("transmission_sig")
        return .json(["verification_status": isGood ? "SUCCESS" : "FAILURE"])
    }

    /// Only the vendor can make and check one; outside it is opaque.
    private static func signature(_ id: String, _ time: String, _ hook: String, _ event: [UInt8]) -> String {
        let message = "\(id)|\(time)|\(hook)|\(crc32(event))"
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(message.utf8), using: SymmetricKey(data: Data("paypal-certificate".utf8)))
        return Data(code).base64EncodedString()
    }

    /// As zlib has it.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = .max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 {
                let isOdd = sum & 1 == 1
                sum >>= 1
                if isOdd { sum ^= 0xEDB8_8320 }
            }
        }
        return ~sum
    }

    /// What PayPal sends to this address about something that happened.
    public func delivery(_ type: String, _ resource: JSONValue, id: String, to url: String) -> SignedDelivery {
        let time = HubSpotServer.iso(world.clock.now())
        // Spaces and escapes as the vendor writes them, which nobody would write again the same way.
        let event =
            "{\"id\": \"\(id)\", \"create_time\": \"\(time)\", \"resource_type\": \"subscription\",  "
            + "\"event_type\": \"\(type)\", \"summary\": \"Caf\\u00e9\", \"resource\": "
            + String(decoding: VendorReply.json(resource).body, as: UTF8.self) + ", \"event_version\": \"1.0\"}"
        let transmission = "t-\(id)"
        let hook = book.hooks.hook(at: url)?.id ?? "none"
        return SignedDelivery(
            headers: [
                ("PAYPAL-TRANSMISSION-ID", transmission), ("PAYPAL-TRANSMISSION-TIME", time),
                ("PAYPAL-TRANSMISSION-SIG", Self.signature(transmission, time, hook, Array(event.utf8))),
                ("PAYPAL-CERT-URL", "https://api.paypal.com/v1/notifications/certs/CERT-360caa42"),
                ("PAYPAL-AUTH-ALGO", "SHA256withRSA"), ("Content-Type", "application/json"),
            ], body: Array(event.utf8))
    }

    /// A subscription as the API shows it, also inside events.
    public func subscriptionRow(_ id: String, status: String? = nil, updatedAt: Date? = nil) -> JSONValue {
        guard let row = try? JSONParser.parse(subscription(id).body), case .object(var members) = row else {
            return .null
        }
        func put(_ name: String, _ text: String?) {
            guard let text else { return }
            members.removeAll { $0.name == name }
            members.append(.init(name, .string(text)))
        }
        put("status", status)
        put("update_time", updatedAt.map(HubSpotServer.iso))
        return .object(members)
    }
}

// MARK: Stripe

extension StripeServer {
    private static let endpoints = "/v1/webhook_endpoints"

    func hooks(_ call: VendorCall) throws -> VendorReply? {
        if call.matches("GET \(Self.endpoints)") != nil {
            try call.allow(query: ["limit", "starting_after", "ending_before"])
            return .json([
                "object": "list", "has_more": false, "url": .string(Self.endpoints),
                "data": .array(book.hooks.all.map { Self.shown($0, withSecret: false) }),
            ])
        }
        if call.matches("POST \(Self.endpoints)") != nil {
            let form = VendorCall.pairs(String(decoding: call.body, as: UTF8.self))
            for item in form
            where !["url", "enabled_events[]", "api_version", "connect", "description"].contains(item.name) {
                throw SheetViolation("unknown parameter \(item.name)")
            }
            let url = form.first { $0.name == "url" }?.value ?? ""
            try call.require(url.hasPrefix("https://"), "url is https")
            let types = form.filter { $0.name == "enabled_events[]" }.map(\.value)
            try call.require(!types.isEmpty, "enabled_events")
            let secret = "whsec_" + RandomToken.make(bytes: 12)
            let hook = book.hooks.add(url, topics: types, secret: secret) { "we_\($0)" }
            return .json(Self.shown(hook, withSecret: true))
        }
        if let id = call.matches("POST \(Self.endpoints)/{id}")?["id"] {
            try call.require(Set(call.form.keys) == ["disabled"], "disabled")
            guard let hook = book.hooks.change(id, { $0.isActive = call.form["disabled"] == "false" }) else {
                return error(404, "invalid_request_error", "No such webhook endpoint: '\(id)'")
            }
            return .json(Self.shown(hook, withSecret: false))
        }
        guard let id = call.matches("DELETE \(Self.endpoints)/{id}")?["id"] else { return nil }
        guard book.hooks.remove(id) else {
            return error(404, "invalid_request_error", "No such webhook endpoint: '\(id)'")
        }
        return .json(["id": .string(id), "object": "webhook_endpoint", "deleted": true])
    }

    private static func shown(_ hook: HookBook.Hook, withSecret: Bool) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("id", .string(hook.id)), .init("object", "webhook_endpoint"), .init("url", .string(hook.address)),
            .init("enabled_events", .array(hook.topics.map { .string($0) })),
            .init("status", hook.isActive ? "enabled" : "disabled"),
        ]
        if withSecret { members.append(.init("secret", .string(hook.secret))) }
        return .object(members)
    }
}

// MARK: Square

extension SquareServer {
    private static let subscriptions = "/v2/webhooks/subscriptions"

    func hooks(_ call: VendorCall) throws -> VendorReply? {
        if call.matches("GET \(Self.subscriptions)") != nil {
            try call.allow(query: ["cursor", "include_disabled", "sort_order", "limit"])
            return .json(["subscriptions": .array(book.hooks.all.map { Self.shown($0, withKey: false) })])
        }
        if call.matches("POST \(Self.subscriptions)") != nil {
            try call.allow(call.json, members: [], required: ["idempotency_key", "subscription"])
            let wanted = call.json["subscription"]
            try call.allow(
                wanted, members: ["api_version"], required: ["name", "event_types", "notification_url"])
            let url = wanted?["notification_url"]?.stringValue ?? ""
            try call.require(url.hasPrefix("https://"), "notification_url is https")
            return book.once(call.json["idempotency_key"]?.stringValue ?? "") {
                let types = (wanted?["event_types"]?.arrayValue ?? []).compactMap(\.stringValue)
                let key = RandomToken.make(bytes: 12)
                let hook = book.hooks.add(url, topics: types, secret: key) { "wbhk_\($0)" }
                return .json(["subscription": Self.shown(hook, withKey: true)])
            }
        }
        if let id = call.matches("PUT \(Self.subscriptions)/{id}")?["id"] {
            try call.allow(call.json["subscription"], members: ["enabled"])
            let isOn = call.json["subscription"]?["enabled"]?.boolValue ?? true
            guard let hook = book.hooks.change(id, { $0.isActive = isOn }) else {
                return error(404, "INVALID_REQUEST_ERROR", "NOT_FOUND")
            }
            return .json(["subscription": Self.shown(hook, withKey: false)])
        }
        guard let id = call.matches("DELETE \(Self.subscriptions)/{id}")?["id"] else { return nil }
        return book.hooks.remove(id) ? .json([:]) : error(404, "INVALID_REQUEST_ERROR", "NOT_FOUND")
    }

    private static func shown(_ hook: HookBook.Hook, withKey: Bool) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("id", .string(hook.id)), .init("name", "OmniFy"), .init("enabled", .bool(hook.isActive)),
            .init("event_types", .array(hook.topics.map { .string($0) })),
            .init("notification_url", .string(hook.address)),
        ]
        if withKey { members.append(.init("signature_key", .string(hook.secret))) }
        return .object(members)
    }
}
