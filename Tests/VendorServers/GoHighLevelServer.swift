import Crypto
import Foundation
import Vault
import Web

/// GoHighLevel as its sheet describes it: location tokens with single-use refresh, the version header, contact search
/// with its cursor, payments by offset, burst and daily limits, Ed25519 deliveries.
public struct GoHighLevelServer: VendorServer {
    public static let platform = "gohighlevel"

    private static let clientID = "app0000000001-client"
    private static let clientSecret = "ghl-secret"
    private static let staticToken = "pit-0001"
    static let location = "loc0123456789ABCDEF"
    /// Another location of the same agency, with its first ten contacts only.
    static let branch = "loc0123456789BRANCH"
    static let company = "comp1"

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    public let agency = AgencyBook()
    private let burst: CallWindow
    private let daily: CallWindow
    private let signingKey: Curve25519.Signing.PrivateKey?

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 86_400, rotates: true)
        tokens.accept(Self.staticToken)
        burst = CallWindow(100, per: 10, clock: world.clock)
        daily = CallWindow(200_000, per: 86_400, clock: world.clock)
        signingKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: Data(repeating: 7, count: 32))
    }

    public func settings(base: String) -> [String: String] {
        // The head of a public key's SPKI form.
        let head: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        let key = Data(head) + (signingKey?.publicKey.rawRepresentation ?? Data())
        return [
            "api_url": base, "authorize_url": base + "/v2/oauth/chooselocation", "token_url": base + "/oauth/token",
            "client_id": Self.clientID, "client_secret": Self.clientSecret, "webhook_key": key.base64EncodedString(),
        ]
    }

    public var fields: [String: String] { ["access_token": Self.staticToken, "location_id": Self.location] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }
    public func renew() { tokens.renew() }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = failure(429, "Too Many Requests").adding("X-RateLimit-Interval-Milliseconds", "10000")
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }

    public func failure(_ status: Int) -> VendorReply { failure(status, "Something broke") }

    func failure(_ status: Int, _ message: JSONValue) -> VendorReply {
        .json(
            [
                "statusCode": .int(Int64(status)), "message": message, "error": "Error",
                "traceId": "0b0ee2d4-0000-4000-8000-000000000000",
            ], status: status)
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /v2/oauth/chooselocation") != nil { return try authorize(call) }
        if call.matches("POST /oauth/token") != nil { return try token(call) }
        let version =
            call.path.hasPrefix("/ad-publishing")
            ? "v3" : call.path.hasPrefix("/conversations") ? "2021-04-15" : "2021-07-28"
        try call.require(header: "Version") { $0 == version }
        guard let bearer = call.token(), tokens.isGood(bearer) else { return failure(401, "Invalid JWT") }
        let isAgencys = agency.owner(of: bearer) == Self.company
        guard isAgencys == (call.path == "/oauth/installedLocations" || call.path == "/oauth/locationToken") else {
            return failure(403, "This authClass type is not allowed to access this scope.")
        }
        guard let left = burst.take(), let today = daily.take() else { return tooMany(retryAfter: nil) }
        return try plain(call).adding("X-RateLimit-Max", "100").adding("X-RateLimit-Remaining", String(left))
            .adding("X-RateLimit-Interval-Milliseconds", "10000").adding("X-RateLimit-Limit-Daily", "200000")
            .adding("X-RateLimit-Daily-Remaining", String(today))
    }

    /// The location that a call's token is for.
    func location(of call: VendorCall) -> String { call.token().flatMap(agency.owner) ?? Self.location }

    private func plain(_ call: VendorCall) throws -> VendorReply {
        if let reply = try agencys(call) { return reply }
        if let reply = try write(call) { return reply }
        if let parts = call.matches("GET /locations/{id}") { return location(parts["id"] ?? "", call) }
        if call.matches("POST /contacts/search") != nil { return try search(call) }
        if let parts = call.matches("GET /contacts/{id}") {
            guard let number = Int((parts["id"] ?? "").dropFirst("contact".count)) else {
                return failure(404, "Not found")
            }
            return .json(["contact": contact(world.company.customer(number), hasPreferences: true)])
        }
        switch "\(call.method) \(call.path)" {
        case "GET /payments/orders": return try orders(call)
        case "GET /payments/transactions": return try transactions(call)
        case "GET /payments/subscriptions": return try subscriptions(call)
        case "GET /products/": return try products(call)
        case "GET /opportunities/search": return try opportunities(call)
        case "GET /campaigns/": return try campaigns(call)
        case "GET /emails/schedule": return try schedules(call)
        case "GET /workflows/": return try workflows(call)
        case "GET /conversations/messages/export": return try messages(call)
        default: throw SheetViolation("no such call: \(call.method) \(call.path)")
        }
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: ["loginWindowOpenMode", "state"], required: ["response_type", "client_id", "redirect_uri", "scope"])
        try call.require(call.query("client_id") == Self.clientID, "unknown client_id")
        let redirect = call.query("redirect_uri") ?? ""
        let owner = agency.signsIn ? Self.company : Self.location
        let code = tokens.code(["redirect_uri": redirect, "owner": owner])
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(302, headers: [("Location", "\(redirect)?code=\(code)&state=\(state)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        let form = call.form
        try call.require(form["user_type"] == "Location", "user_type Location")
        guard form["client_id"] == Self.clientID, form["client_secret"] == Self.clientSecret else {
            return failure(401, "Invalid client credentials")
        }
        switch form["grant_type"] {
        case "authorization_code":
            guard let facts = tokens.redeem(form["code"] ?? ""), facts["redirect_uri"] == form["redirect_uri"] else {
                return failure(400, "Invalid grant: authorization code is invalid")
            }
            let grant = tokens.issue()
            agency.own(grant, facts["owner"] ?? Self.location)
            return self.grant(grant)
        case "refresh_token":
            guard let grant = tokens.refresh(form["refresh_token"] ?? "") else {
                return failure(400, "Invalid grant: refresh token is invalid")
            }
            agency.own(grant, agency.owner(of: form["refresh_token"] ?? "") ?? Self.location)
            return self.grant(grant)
        default: throw SheetViolation("grant_type \(form["grant_type"] ?? "missing")")
        }
    }

    private func grant(_ grant: TokenBook.Grant) -> VendorReply {
        let owner = agency.owner(of: grant.access) ?? Self.location
        let common: JSONValue = [
            "access_token": .string(grant.access), "token_type": "Bearer", "expires_in": 86_399,
            "refresh_token": .string(grant.refresh), "scope": "contacts.readonly locations.readonly",
            "companyId": .string(Self.company), "userId": "user1",
        ]
        guard owner == Self.company else {
            return .json(common.adding("userType", "Location").adding("locationId", .string(owner)))
        }
        let approved: JSONValue = [.string(Self.location), .string(Self.branch)]
        return .json(
            common.adding("userType", "Company").adding("approvedLocations", approved)
                .adding("isBulkInstallation", true))
    }

    private func location(_ id: String, _ call: VendorCall) -> VendorReply {
        guard id == location(of: call) else { return failure(403, "The token does not have access to this location.") }
        let name = id == Self.branch ? world.company.name + " Porto" : world.company.name
        return .json([
            "location": [
                "id": .string(id), "name": .string(name), "email": "shop@northwind.example",
                "timezone": .string(world.company.timeZone), "country": "US", "companyId": "comp1",
            ]
        ])
    }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        delivery([
            "type": "ContactUpdate", "id": .string("contact\(customer)"), "webhookId": .string("wh-\(customer)"),
        ])
    }

    /// Signs an event of this location, sent now.
    public func delivery(_ event: JSONValue) -> SignedDelivery? {
        let body = VendorReply.json(
            event.adding("locationId", .string(Self.location))
                .adding("timestamp", .string(HubSpotServer.iso(world.clock.now())))
        ).body
        guard let signature = try? signingKey?.signature(for: Data(body)) else { return nil }
        return SignedDelivery(
            headers: [("X-GHL-Signature", signature.base64EncodedString()), ("Content-Type", "application/json")],
            body: body)
    }
}

extension JSONValue {
    /// An object with one member more.
    func adding(_ name: String, _ value: JSONValue) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + [.init(name, value)])
    }
}
