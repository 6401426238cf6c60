import Crypto
import Foundation
import Vault
import Web

/// Stripe as its sheet describes it (2026-07-29.dahlia): keys with rights, Connect, lists newest first that filter on
/// `created` only, the feed of events of thirty days, signed webhooks.
public struct StripeServer: VendorServer {
    public static let platform = "stripe"
    public static let key = "rk_live_all"
    /// May read everything but disputes.
    public static let narrowKey = "rk_live_narrow"
    /// May read everything but the account.
    public static let shyKey = "rk_live_shy"
    public static let webhookSecret = "whsec_test"
    public static let account = "acct_1NW"

    private static let version = "2026-07-29.dahlia"
    private static let clientID = "ca_test"
    private static let clientSecret = "sk_live_platform"

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let window: CallWindow

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 10 * 365 * 86_400, rotates: false)
        for key in [Self.key, Self.narrowKey, Self.shyKey] { tokens.accept(key) }
        window = CallWindow(100, per: 1, clock: world.clock)
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base + "/v1", "authorize_url": base + "/oauth/authorize", "token_url": base + "/oauth/token",
            "revoke_url": base + "/oauth/deauthorize", "client_id": Self.clientID, "client_secret": Self.clientSecret,
        ]
    }

    public var fields: [String: String] { ["api_key": Self.key, "webhook_secret": Self.webhookSecret] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }
    public func renew() { tokens.renew() }
    public func failure(_ status: Int) -> VendorReply { error(status, "api_error", "An unknown error occurred") }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = error(429, "invalid_request_error", "Too many requests", code: "rate_limit")
            .adding("Stripe-Rate-Limited-Reason", "endpoint-rate")
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }

    func error(_ status: Int, _ type: String, _ message: String, code: String? = nil) -> VendorReply {
        var members: [JSONValue.Member] = [.init("type", .string(type)), .init("message", .string(message))]
        if let code { members.append(.init("code", .string(code))) }
        return .json(["error": .object(members)], status: status)
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /oauth/authorize") != nil { return try authorize(call) }
        if call.matches("POST /oauth/token") != nil { return try token(call) }
        if call.matches("POST /oauth/deauthorize") != nil { return try deauthorize(call) }
        guard let key = call.token(), tokens.isGood(key) else {
            return error(401, "invalid_request_error", "Invalid API Key provided: rk_live_***")
        }
        guard window.take() != nil else { return tooMany(retryAfter: nil) }
        try call.require(header: "Stripe-Version") { $0 == Self.version }
        return try plain(call, key).adding("Request-Id", "req_1")
    }

    private func plain(_ call: VendorCall, _ key: String) throws -> VendorReply {
        let refused = key == Self.narrowKey ? "disputes" : key == Self.shyKey ? "account" : ""
        if call.path.split(separator: "/").dropFirst().first.map(String.init) == refused {
            return error(
                403, "invalid_request_error", "The provided key does not have the permission rak_\(refused)_read",
                code: "more_permissions_required")
        }
        if let reply = try hooks(call) ?? write(call) { return reply }
        if call.matches("GET /v1/account") != nil {
            try call.allow(query: [])
            return .json([
                "id": .string(Self.account), "object": "account", "country": "US", "default_currency": "usd",
                "business_profile": ["name": .string(world.company.name)], "charges_enabled": true,
            ])
        }
        if call.matches("GET /v1/balance") != nil {
            try call.allow(query: [])
            return .json(["object": "balance", "livemode": true, "available": [["amount": 1, "currency": "usd"]]])
        }
        if let parts = call.matches("GET /v1/{list}") { return try list(call, parts["list"] ?? "") }
        if let parts = call.matches("GET /v1/{list}/{id}") {
            return try one(call, parts["list"] ?? "", parts["id"] ?? "")
        }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: [], required: ["response_type", "client_id", "scope", "state", "redirect_uri"])
        try call.require(call.query("client_id") == Self.clientID, "unknown client_id")
        try call.require(call.query("scope") == "read_write", "scope read_write")
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(
            302, headers: [("Location", "\(call.query("redirect_uri") ?? "")?code=\(tokens.code())&state=\(state)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        let form = call.form
        guard form["client_secret"] == Self.clientSecret, form["grant_type"] == "authorization_code",
            tokens.redeem(form["code"] ?? "") != nil
        else {
            return .json(
                ["error": "invalid_grant", "error_description": "Authorization code does not exist"], status: 400)
        }
        let grant = tokens.issue()
        return .json([
            "access_token": .string(grant.access), "refresh_token": .string(grant.refresh),
            "stripe_user_id": .string(Self.account), "scope": "read_write", "livemode": true,
            "stripe_publishable_key": "pk_live_1", "token_type": "bearer",
        ])
    }

    private func deauthorize(_ call: VendorCall) throws -> VendorReply {
        try call.require(call.token() == Self.clientSecret, "the platform's key")
        let form = call.form
        try call.require(
            form["client_id"] == Self.clientID && form["stripe_user_id"] == Self.account, "client and account")
        tokens.revokeAll()
        return .json(["stripe_user_id": .string(Self.account)])
    }

    // MARK: Lists

    private static let expandable: [String: [String]] = [
        "products": ["default_price"], "charges": ["balance_transaction", "customer"], "refunds": ["charge"],
        "disputes": ["charge"], "subscriptions": ["discounts", "customer"],
    ]

    private func list(_ call: VendorCall, _ name: String) throws -> VendorReply {
        var allowed = [
            "limit", "starting_after", "ending_before", "expand[]", "created[gte]", "created[gt]", "created[lte]",
        ]
        if name == "subscriptions" { allowed.append("status") }
        if name == "events" { allowed.append("types[]") }
        try call.allow(query: allowed)
        let limit = call.number("limit", or: 10)
        try call.require((1...100).contains(limit), "limit \(limit) is over 100")
        let expanded = try expansions(call, name, prefix: "data.")
        if let since = call.query("created[gte]") { try call.require(Int64(since) != nil, "created in whole seconds") }
        let since = call.query("created[gte]").flatMap(Double.init).map { Date(timeIntervalSince1970: $0) }
        let until = call.query("created[lte]").flatMap(Double.init).map { Date(timeIntervalSince1970: $0 + 1) }
        var rows = try rows(name).filter {
            $0.created >= since ?? .distantPast && $0.created < until ?? .distantFuture
        }
        if name == "events" {
            let types = call.query.filter { $0.name == "types[]" }.map(\.value)
            try call.require(types.count <= 20, "at most twenty types")
            if !types.isEmpty { rows = rows.filter { types.contains($0.type) } }
        }
        if name == "subscriptions", call.query("status") != "all" { rows = rows.filter { $0.type != "canceled" } }
        rows.sort { ($0.created, $0.id) > ($1.created, $1.id) }
        var start = 0
        if let after = call.query("starting_after") {
            guard let index = rows.firstIndex(where: { $0.id == after }) else {
                return error(400, "invalid_request_error", "No such object: '\(after)'")
            }
            start = index + 1
        }
        let page = rows.dropFirst(start).prefix(limit)
        return .json([
            "object": "list", "data": .array(page.map { book.patched("\(name)/\($0.id)", $0.object(expanded)) }),
            "has_more": .bool(start + page.count < rows.count), "url": .string("/v1/\(name)"),
        ])
    }

    private func one(_ call: VendorCall, _ name: String, _ id: String) throws -> VendorReply {
        try call.allow(query: ["expand[]"])
        let expanded = try expansions(call, name, prefix: "")
        guard let row = try rows(name).first(where: { $0.id == id }) else {
            return error(404, "invalid_request_error", "No such object: '\(id)'", code: "resource_missing")
        }
        return .json(book.patched("\(name)/\(id)", row.object(expanded)))
    }

    private func expansions(_ call: VendorCall, _ name: String, prefix: String) throws -> Set<String> {
        let wanted = call.query.filter { $0.name == "expand[]" }.map(\.value)
        for part in wanted {
            try call.require(
                part.hasPrefix(prefix) && (Self.expandable[name] ?? []).contains(String(part.dropFirst(prefix.count))),
                "\(part) cannot be expanded")
        }
        return Set(wanted.map { String($0.dropFirst(prefix.count)) })
    }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        webhook(
            "customer.updated", ["id": .string("cus_\(customer)"), "object": "customer"], id: "evt_hook_\(customer)",
            secret: book.hooks.hook(at: url)?.secret)
    }

    /// A signed delivery of any type, with a second signature of a secret that is being replaced.
    public func webhook(
        _ type: String, _ object: JSONValue, id: String, secret: String? = nil
    ) -> SignedDelivery {
        let now = Int64(world.clock.now().timeIntervalSince1970)
        let body = VendorReply.json([
            "id": .string(id), "object": "event", "type": .string(type), "created": .int(now),
            "api_version": .string(Self.version), "livemode": true, "data": ["object": object], "pending_webhooks": 1,
        ]).body
        let message = Array("\(now).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(
            for: message, using: SymmetricKey(data: Data((secret ?? Self.webhookSecret).utf8)))
        let other = String(repeating: "0", count: 64)
        return SignedDelivery(
            headers: [
                ("Stripe-Signature", "t=\(now),v1=\(other),v1=\(Hex.encode(Array(code))),v0=\(other)"),
                ("Content-Type", "application/json"),
            ], body: body)
    }
}
