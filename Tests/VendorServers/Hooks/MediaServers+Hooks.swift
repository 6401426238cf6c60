import Foundation
import Vault
import Web

// MARK: Klaviyo

extension KlaviyoServer {
    private static let topics = [
        "event:klaviyo.opened_email", "event:klaviyo.clicked_email", "event:klaviyo.received_email",
        "event:klaviyo.subscribed_to_email_marketing", "event:klaviyo.unsubscribed_from_email_marketing",
    ]

    func hooks(_ call: VendorCall) throws -> VendorReply? {
        if call.matches("GET /api/webhook-topics") != nil {
            return .json(["data": .array(Self.topics.map { ["type": "webhook-topic", "id": .string($0)] })])
        }
        if call.matches("GET /api/webhooks") != nil {
            return .json(["data": .array(book.hooks.all.map(Self.shown))])
        }
        if call.matches("POST /api/webhooks") != nil {
            // Webhooks are the apps'.
            guard call.token() != nil else { return error(403, "permission_denied", "Not available for this account.") }
            let data = call.json["data"]
            try call.require(data?["type"]?.stringValue == "webhook", "type webhook")
            let attributes = data?["attributes"]
            try call.allow(
                attributes, members: ["description"], required: ["name", "endpoint_url", "secret_key"])
            let list = data?["relationships"]?["webhook-topics"]?["data"]?.arrayValue ?? []
            let ids = list.compactMap { $0["id"]?.stringValue }
            try call.require(!ids.isEmpty && ids.allSatisfy(Self.topics.contains), "topics of the list")
            let url = attributes?["endpoint_url"]?.stringValue ?? ""
            try call.require(url.hasPrefix("https://"), "endpoint_url is https")
            let hook = book.hooks.add(url, topics: ids, secret: attributes?["secret_key"]?.stringValue ?? "")
            return .json(["data": Self.shown(hook)], status: 201)
        }
        guard let id = call.matches("DELETE /api/webhooks/{id}")?["id"] else { return nil }
        return book.hooks.remove(id) ? VendorReply(204) : error(404, "not_found", "A webhook was not found.")
    }

    private static func shown(_ hook: HookBook.Hook) -> JSONValue {
        [
            "type": "webhook", "id": .string(hook.id),
            "attributes": ["name": "OmniFy", "endpoint_url": .string(hook.address), "enabled": .bool(hook.isActive)],
        ]
    }
}

// MARK: YouTube's hub

extension YouTubeServer {
    /// What the hub is asked for. It says yes to everything, and nothing happens until the address has said yes too.
    func hub(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        try call.require(call.header("Authorization") == nil, "the hub gets no token")
        let form = call.form
        let known: Set = [
            "hub.mode", "hub.topic", "hub.callback", "hub.secret", "hub.lease_seconds", "hub.verify",
        ]
        for name in form.keys where !known.contains(name) { throw SheetViolation("unknown parameter \(name)") }
        let topic = form["hub.topic"] ?? ""
        try call.require(
            topic == "https://www.youtube.com/xml/feeds/videos.xml?channel_id=" + Self.channel, "topic \(topic)")
        try call.require(["subscribe", "unsubscribe"].contains(form["hub.mode"] ?? ""), "mode")
        let callback = form["hub.callback"] ?? ""
        if form["hub.mode"] == "subscribe" {
            try call.require((form["hub.secret"] ?? "").utf8.count < 200, "the secret is short")
            book.hooks.add(
                callback, topics: [topic, "subscribe", form["hub.lease_seconds"] ?? "432000"],
                secret: form["hub.secret"] ?? "", isActive: false)
        } else {
            book.hooks.add(callback, topics: [topic, "unsubscribe", "0"], isActive: false)
        }
        return VendorReply(202)
    }

    /// The hub's question to an address, the newest one: what a GET there carries.
    public func question(to address: String) -> String? {
        guard let asked = book.hooks.all.last(where: { $0.address == address && !$0.isActive }) else { return nil }
        let items = [
            ("hub.mode", asked.topics[1]), ("hub.topic", asked.topics[0]), ("hub.challenge", "challenge-\(asked.id)"),
            ("hub.lease_seconds", asked.topics[2]),
        ]
        return items.map { $0.0 + "=" + PercentCoding.encode($0.1) }.joined(separator: "&")
    }

    /// What the address said. Returns whether that settles it.
    public func hears(_ answer: String, from address: String) -> Bool {
        guard let asked = book.hooks.all.last(where: { $0.address == address && !$0.isActive }),
            answer == "challenge-\(asked.id)"
        else { return false }
        for old in book.hooks.all where old.address == address && old.id != asked.id { book.hooks.remove(old.id) }
        if asked.topics[1] == "unsubscribe" {
            book.hooks.remove(asked.id)
        } else {
            book.hooks.change(asked.id) { $0.isActive = true }
        }
        return true
    }
}
