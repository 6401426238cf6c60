import Crypto
import Foundation
import Synchronization
import Vault
import Web

/// Google Ads as its sheet describes it (v26, REST): Google's OAuth with PKCE, GAQL searches in pages of 10,000 rows,
/// int64 as text, unset fields left out, failures with codes inside, a daily quota of operations.
public struct GoogleAdsServer: VendorServer {
    public static let platform = "google_ads"

    static let version = "v26"
    static let customerID = "1234567890"
    /// Reached through the manager only.
    public static let wholesaleID = "2223334444"
    static let managerID = "9990001111"
    private static let clientID = "google-client"
    private static let clientSecret = "google-secret"
    private static let pageRows = 10_000

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let quota: CallWindow

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 3600, rotates: false)
        quota = CallWindow(15_000, per: 86_400, clock: world.clock)
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base + "/{version}", "authorize_url": base + "/o/oauth2/v2/auth", "token_url": base + "/token",
            "revoke_url": base + "/revoke", "client_id": Self.clientID, "client_secret": Self.clientSecret,
        ]
    }

    public var fields: [String: String] { ["customer_id": "123-456-7890"] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }

    // MARK: Errors

    public func tooMany(retryAfter: Int?) -> VendorReply {
        var details: JSONValue = ["quotaErrorDetails": ["rateScope": "ACCOUNT", "rateName": "Requests per second"]]
        if let retryAfter {
            let delay = JSONValue.string("\(retryAfter)s")
            details = [
                "quotaErrorDetails": ["rateScope": "ACCOUNT", "rateName": "Requests per second", "retryDelay": delay]
            ]
        }
        return error(
            429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", "Too many requests.", details)
    }

    public func failure(_ status: Int) -> VendorReply {
        error(status, "INTERNAL", "internalError", "TRANSIENT_ERROR", "Internal error encountered.")
    }

    public func error(
        _ status: Int, _ name: String, _ kind: String, _ code: String, _ message: String, _ details: JSONValue? = nil
    ) -> VendorReply {
        var item: [JSONValue.Member] = [
            .init("errorCode", .object([.init(kind, .string(code))])), .init("message", .string(message)),
        ]
        if let details { item.append(.init("details", details)) }
        let failure: JSONValue = [
            "@type": .string("type.googleapis.com/google.ads.googleads.\(Self.version).errors.GoogleAdsFailure"),
            "errors": [.object(item)], "requestId": "req-1",
        ]
        return .json(
            [
                "error": [
                    "code": .int(Int64(status)), "message": .string(message), "status": .string(name),
                    "details": [failure],
                ]
            ], status: status, headers: [("request-id", "req-1")])
    }

    // MARK: Calls

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /o/oauth2/v2/auth") != nil { return try authorize(call) }
        if call.matches("POST /token") != nil { return try token(call) }
        if call.matches("POST /revoke") != nil {
            try call.allow(query: [], required: ["token"])
            tokens.revoke(call.query("token") ?? "")
            return .json([:])
        }
        guard call.path.hasPrefix("/\(Self.version)/") else {
            return .json(["error": ["code": 404, "message": "Not found", "status": "NOT_FOUND"]], status: 404)
        }
        guard let bearer = call.token(), tokens.isGood(bearer) else {
            return error(
                401, "UNAUTHENTICATED", "authenticationError", "OAUTH_TOKEN_EXPIRED", "The OAuth token has expired.")
        }
        guard quota.take() != nil else {
            return error(429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED", "Too many operations.")
        }
        try call.require(call.header("developer-token") == nil, "developer tokens are over")
        return try signed(call)
    }

    private func signed(_ call: VendorCall) throws -> VendorReply {
        if call.matches("GET /\(Self.version)/customers:listAccessibleCustomers") != nil {
            try call.allow(query: [])
            return .json([
                "resourceNames": [.string("customers/\(Self.customerID)"), .string("customers/\(Self.managerID)")]
            ])
        }
        if let reply = try write(call) { return reply }
        guard let parts = call.matches("POST /\(Self.version)/customers/{customer}/googleAds:search") else {
            throw SheetViolation("no such call: \(call.method) \(call.path)")
        }
        try call.require(header: "Content-Type") { $0.hasPrefix("application/json") }
        if let manager = call.header("login-customer-id") {
            try call.require(manager.allSatisfy(\.isNumber), "login-customer-id has digits only")
        }
        try call.allow(call.json, members: ["pageToken", "validateOnly"], required: ["query"])
        let customer = parts["customer"] ?? ""
        try call.require(customer.count == 10 && customer.allSatisfy(\.isNumber), "customer ids are ten digits")
        let isBelow = customer == Self.wholesaleID && call.header("login-customer-id") == Self.managerID
        guard customer == Self.customerID || customer == Self.managerID || isBelow else {
            return error(
                403, "PERMISSION_DENIED", "authorizationError", "USER_PERMISSION_DENIED",
                "User doesn't have permission to access customer.")
        }
        return try search(call, customer)
    }

    private func search(_ call: VendorCall, _ customer: String) throws -> VendorReply {
        let isManager = customer == Self.managerID
        let query = try GoogleQuery(call.json["query"]?.stringValue ?? "")
        if isManager { try call.require(query.resource.hasPrefix("customer"), "a manager account has no figures") }
        let rows = GoogleRows(
            company: customer == Self.wholesaleID ? world.wholesale : world.company, customerID: customer,
            isManager: isManager
        ).rows(query).map(patched).filter(query.includes)
        let start = call.json["pageToken"]?.stringValue.flatMap { Int($0.dropFirst(5)) } ?? 0
        let page = rows.dropFirst(start).prefix(Self.pageRows)
        var members: [JSONValue.Member] = []
        if !page.isEmpty { members.append(.init("results", .array(page.map { query.picked($0) }))) }
        if start + Self.pageRows < rows.count {
            members.append(.init("nextPageToken", .string("page-\(start + Self.pageRows)")))
        }
        members.append(.init("totalResultsCount", .string(String(rows.count))))
        members.append(.init("fieldMask", .string(query.fields.joined(separator: ","))))
        return .json(.object(members))
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: [],
            required: [
                "client_id", "redirect_uri", "response_type", "scope", "state", "access_type", "prompt",
                "code_challenge", "code_challenge_method",
            ])
        try call.require(call.query("client_id") == Self.clientID, "unknown client_id")
        try call.require(call.query("access_type") == "offline" && call.query("prompt") == "consent", "offline access")
        try call.require(call.query("code_challenge_method") == "S256", "code_challenge_method S256")
        try call.require(call.query("scope") == "https://www.googleapis.com/auth/adwords", "scope adwords")
        let redirect = call.query("redirect_uri") ?? ""
        let code = tokens.code(["redirect_uri": redirect, "challenge": call.query("code_challenge") ?? ""])
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(302, headers: [("Location", "\(redirect)?code=\(code)&state=\(state)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        let form = call.form
        guard form["client_id"] == Self.clientID, form["client_secret"] == Self.clientSecret else {
            return .json(["error": "invalid_client"], status: 401)
        }
        let bad = VendorReply.json(
            ["error": "invalid_grant", "error_description": "Token has been expired or revoked."], status: 400)
        switch form["grant_type"] {
        case "authorization_code":
            guard let facts = tokens.redeem(form["code"] ?? ""), facts["redirect_uri"] == form["redirect_uri"],
                facts["challenge"] == Base64URL.encode(SHA256.hash(data: Array((form["code_verifier"] ?? "").utf8)))
            else { return bad }
            let grant = tokens.issue()
            return .json([
                "access_token": .string(grant.access), "refresh_token": .string(grant.refresh), "expires_in": 3600,
                "scope": "https://www.googleapis.com/auth/adwords", "token_type": "Bearer",
            ])
        case "refresh_token":
            guard let grant = tokens.refresh(form["refresh_token"] ?? "") else { return bad }
            return .json([
                "access_token": .string(grant.access), "expires_in": 3600, "token_type": "Bearer",
                "scope": "https://www.googleapis.com/auth/adwords",
            ])
        default: throw SheetViolation("grant_type \(form["grant_type"] ?? "missing")")
        }
    }
}
