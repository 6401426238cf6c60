import Crypto
import Foundation
import Vault
import Web

/// Klaviyo as its sheet describes it (revision 2026-07-15): private key and OAuth with PKCE, JSON:API with absolute next
/// links, limits per endpoint, consent in profiles, aggregates per message and day.
public struct KlaviyoServer: VendorServer {
    public static let platform = "klaviyo"

    static let revision = "2026-07-15"
    private static let key = "pk_test_0001"
    private static let clientID = "klaviyo-client"
    private static let clientSecret = "klaviyo-secret"
    private static let webhookSecret = "klaviyo-webhook-secret-key"

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let keys: TokenBook
    private let limits: [String: KlaviyoLimit]
    private let others: KlaviyoLimit

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 3600, rotates: false)
        keys = TokenBook(clock: world.clock, lifetime: .infinity, rotates: false)
        keys.accept(Self.key)
        others = KlaviyoLimit(10, 150, world.clock)
        limits = [
            "/api/accounts": KlaviyoLimit(1, 15, world.clock), "/api/profiles": KlaviyoLimit(75, 700, world.clock),
            "/api/campaigns": KlaviyoLimit(10, 150, world.clock), "/api/metrics": KlaviyoLimit(10, 150, world.clock),
            "/api/flows": KlaviyoLimit(3, 60, world.clock), "/api/events": KlaviyoLimit(350, 3500, world.clock),
            "/api/metric-aggregates": KlaviyoLimit(3, 60, world.clock),
        ]
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base, "authorize_url": base + "/oauth/authorize", "token_url": base + "/oauth/token",
            "revoke_url": base + "/oauth/revoke", "client_id": Self.clientID, "client_secret": Self.clientSecret,
            "webhook_secret": Self.webhookSecret,
        ]
    }

    public var fields: [String: String] { ["api_key": Self.key] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() {
        tokens.revokeAll()
        keys.revokeAll()
    }
    public func renew() { keys.renew() }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = error(429, "rate_limit_exceeded", "Request was throttled.")
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }

    public func failure(_ status: Int) -> VendorReply { error(status, "error", "A server error occurred.") }

    func error(_ status: Int, _ code: String, _ detail: String) -> VendorReply {
        let error: JSONValue = [
            "id": "3f2c", "status": .int(Int64(status)), "code": .string(code), "title": .string(detail),
            "detail": .string(detail), "source": ["pointer": "/data/"],
        ]
        return .json(["errors": [error]], status: status)
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /oauth/authorize") != nil { return try authorize(call) }
        if call.matches("POST /oauth/token") != nil { return try token(call) }
        if call.matches("POST /oauth/revoke") != nil {
            try call.require(isOurs(call) && call.form["token"] != nil, "client and token")
            tokens.revoke(call.form["token"] ?? "")
            return VendorReply(200)
        }
        try call.require(header: "revision") { $0 == Self.revision }
        try call.require(header: "Accept") { $0 == "application/vnd.api+json" }
        try call.require(header: "Content-Type") { $0 == "application/vnd.api+json" }
        if let key = call.token("Klaviyo-API-Key") {
            guard keys.isGood(key) else {
                return error(401, "authentication_failed", "Incorrect authentication credentials.")
            }
        } else {
            guard let bearer = call.token(), tokens.isGood(bearer) else {
                return error(401, "not_authenticated", "Authentication credentials were not provided.")
            }
        }
        let limit = limits[call.path] ?? others
        guard let left = limit.take() else { return tooMany(retryAfter: 1) }
        return try plain(call).adding("RateLimit-Limit", "\(limit.steady)").adding("RateLimit-Remaining", "\(left)")
            .adding("RateLimit-Reset", "60")
    }

    private func plain(_ call: VendorCall) throws -> VendorReply {
        if let reply = try hooks(call) ?? write(call) { return reply }
        switch "\(call.method) \(call.path)" {
        case "GET /api/accounts": return account
        case "GET /api/profiles": return try profiles(call)
        case "GET /api/campaigns": return try campaigns(call)
        case "GET /api/flows": return try flows(call)
        case "GET /api/metrics": return try metrics(call)
        case "GET /api/events": return try events(call)
        case "POST /api/metric-aggregates": return try aggregates(call)
        default: throw SheetViolation("no such call: \(call.method) \(call.path)")
        }
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: [],
            required: [
                "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
                "code_challenge_method",
            ])
        try call.require(call.query("code_challenge_method") == "S256", "S256")
        try call.require(call.query("client_id") == Self.clientID, "unknown client_id")
        let redirect = call.query("redirect_uri") ?? ""
        let code = tokens.code(["redirect_uri": redirect, "challenge": call.query("code_challenge") ?? ""])
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(302, headers: [("Location", "\(redirect)?code=\(code)&state=\(state)")])
    }

    private func isOurs(_ call: VendorCall) -> Bool {
        guard let basic = call.basic else { return false }
        return basic.user == Self.clientID && basic.password == Self.clientSecret
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        let form = call.form
        try call.require(form["client_secret"] == nil, "the client belongs into Basic")
        guard isOurs(call) else { return .json(["error": "invalid_client"], status: 401) }
        switch form["grant_type"] {
        case "authorization_code":
            guard let facts = tokens.redeem(form["code"] ?? ""), facts["redirect_uri"] == form["redirect_uri"],
                let verifier = form["code_verifier"],
                Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8)))) == facts["challenge"]
            else { return .json(["error": "invalid_grant"], status: 400) }
            return grant(tokens.issue())
        case "refresh_token":
            guard let grant = tokens.refresh(form["refresh_token"] ?? "") else {
                return .json(["error": "invalid_grant"], status: 400)
            }
            return self.grant(grant)
        default: throw SheetViolation("grant_type \(form["grant_type"] ?? "missing")")
        }
    }

    private func grant(_ grant: TokenBook.Grant) -> VendorReply {
        .json([
            "access_token": .string(grant.access), "refresh_token": .string(grant.refresh), "expires_in": 3600,
            "token_type": "bearer", "scope": "accounts:read profiles:read events:read",
        ])
    }

    private var account: VendorReply {
        let company = world.company
        return .json([
            "data": [
                [
                    "type": "account", "id": "Abc123",
                    "attributes": [
                        "test_account": false, "contact_information": ["organization_name": .string(company.name)],
                        "timezone": .string(company.timeZone), "preferred_currency": .string(company.currency),
                        "public_api_key": "Abc123", "locale": "en-US",
                    ],
                ]
            ]
        ])
    }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        let now = String(Int64(world.clock.now().timeIntervalSince1970))
        let event: JSONValue = [
            "topic": "event:klaviyo.opened_email", "external_id": .string("EV\(customer)"),
            "payload": ["data": ["type": "event", "id": .string("EV\(customer)")]],
        ]
        let body = VendorReply.json(["data": [event], "meta": ["version": "1"]]).body
        let code = HMAC<SHA256>.authenticationCode(
            for: body + Array(now.utf8),
            using: SymmetricKey(data: Data((book.hooks.hook(at: url)?.secret ?? Self.webhookSecret).utf8)))
        let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return SignedDelivery(
            headers: [("Klaviyo-Signature", hex), ("Klaviyo-Timestamp", now), ("Klaviyo-Webhook-Id", "wh-1")],
            body: body)
    }
}

/// A burst of a second and a steady minute.
struct KlaviyoLimit: Sendable {
    let steady: Int
    private let burst: CallWindow
    private let minute: CallWindow

    init(_ burst: Int, _ steady: Int, _ clock: WallClock) {
        self.steady = steady
        self.burst = CallWindow(burst, per: 1, clock: clock)
        minute = CallWindow(steady, per: 60, clock: clock)
    }

    func take() -> Int? { burst.take() == nil ? nil : minute.take() }
}
