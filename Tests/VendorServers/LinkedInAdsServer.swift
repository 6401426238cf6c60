import Crypto
import Foundation
import Vault
import Web

/// LinkedIn's Marketing API as its sheet describes it (version 202607): required version headers, Rest.li addresses
/// with literal brackets and encoded URNs, cursor pages for structure, analytics without pages and with a cap, plain 429.
public struct LinkedInAdsServer: VendorServer {
    public static let platform = "linkedin_ads"

    static let accountID = "512345"
    public static let otherID = "512346"
    private static let clientID = "linkedin-app"
    static let clientSecret = "linkedin-secret"
    /// Analytics tell no more rows than this.
    private static let cap = 15_000
    private static let versions: Set<String> = ["202601", "202602", "202603", "202604", "202605", "202606", "202607"]

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let quota: CallWindow

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 5_184_000, rotates: false)
        quota = CallWindow(10_000, per: 86_400, clock: world.clock)
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base + "/rest", "authorize_url": base + "/oauth/v2/authorization",
            "token_url": base + "/oauth/v2/accessToken", "client_id": Self.clientID,
            "client_secret": Self.clientSecret,
        ]
    }

    public var fields: [String: String] { ["account_id": Self.accountID] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }

    /// No `Retry-After`, whatever is asked for.
    public func tooMany(retryAfter: Int?) -> VendorReply {
        error(429, "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.", 101)
    }

    public func failure(_ status: Int) -> VendorReply { error(status, "Internal Server Error", 0) }

    func error(_ status: Int, _ message: String, _ code: Int64) -> VendorReply {
        .json(
            ["status": .int(Int64(status)), "message": .string(message), "serviceErrorCode": .int(code)],
            status: status, headers: [("x-li-uuid", "uuid-1")])
    }

    // MARK: Calls

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /oauth/v2/authorization") != nil { return try authorize(call) }
        if call.matches("POST /oauth/v2/accessToken") != nil { return try token(call) }
        try call.require(header: "LinkedIn-Version") { $0.count == 6 && $0.allSatisfy(\.isNumber) }
        guard Self.versions.contains(call.header("LinkedIn-Version") ?? "") else {
            return error(426, "Requested version is not active", 0)
        }
        try call.require(header: "X-Restli-Protocol-Version") { $0 == "2.0.0" }
        guard let bearer = call.token(), tokens.isGood(bearer) else {
            return error(401, "Expired access token", 65_602)
        }
        guard quota.take() != nil else { return tooMany(retryAfter: nil) }
        return try signed(call)
    }

    private func signed(_ call: VendorCall) throws -> VendorReply {
        let rows = LinkedInRows(company: world.company)
        if call.matches("GET /rest/adAccounts") != nil {
            try call.allow(query: ["pageSize", "pageToken", "search", "sortOrder"], required: ["q"])
            return page(call, rows.accounts)
        }
        if let reply = try write(call) { return reply }
        // The other account is new: nothing runs in it yet.
        for account in [Self.accountID, Self.otherID] {
            let path = "/rest/adAccounts/\(account)"
            let isNew = account == Self.otherID
            if call.matches("GET \(path)/adCampaignGroups") != nil {
                return try search(call, isNew ? [] : patched(rows.groups, "adCampaignGroups"))
            }
            if call.matches("GET \(path)/adCampaigns") != nil {
                return try search(call, isNew ? [] : patched(rows.campaigns, "adCampaigns"))
            }
            if call.matches("GET \(path)/creatives") != nil { return try creatives(call, rows) }
        }
        if call.matches("GET /rest/adAnalytics") != nil { return try analytics(call, rows) }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    private func search(_ call: VendorCall, _ rows: [JSONValue]) throws -> VendorReply {
        try call.allow(query: ["pageSize", "pageToken", "search", "sortOrder"], required: ["q"])
        try call.require(call.query("q") == "search", "q=search")
        try call.require((1...1000).contains(call.number("pageSize", or: 100)), "pageSize at most 1000")
        return page(call, try wanted(call, rows))
    }

    private func creatives(_ call: VendorCall, _ rows: LinkedInRows) throws -> VendorReply {
        try call.allow(query: ["pageSize", "pageToken"], required: ["q", "campaigns"])
        try call.require(call.query("q") == "criteria", "q=criteria")
        try call.require(header: "X-RestLi-Method") { $0 == "FINDER" }
        let wanted = try Self.list("campaigns", call)
        return page(call, rows.creatives.filter { wanted.contains($0["campaign"]?.stringValue ?? "") })
    }

    private func page(_ call: VendorCall, _ rows: [JSONValue]) -> VendorReply {
        let size = call.number("pageSize", or: 100)
        let start = call.query("pageToken").flatMap { Int($0.dropFirst(2)) } ?? 0
        let end = min(start + size, rows.count)
        return .json([
            "elements": .array(Array(rows.dropFirst(start).prefix(size))),
            "metadata": end < rows.count ? ["nextPageToken": .string("t-\(end)")] : [:],
        ])
    }

    /// `campaigns=List(urn%3Ali%3A…,…)`: the brackets and commas are plain, the colons of a URN are not.
    private static func list(_ name: String, _ call: VendorCall) throws -> [String] {
        guard let part = call.rawQuery.split(separator: "&").first(where: { $0.hasPrefix("\(name)=") }),
            part.hasPrefix("\(name)=List("), part.hasSuffix(")")
        else { throw SheetViolation("\(name) is no Rest.li list: \(call.rawQuery)") }
        return try part.dropFirst(name.count + 6).dropLast().split(separator: ",").map { item in
            if item.contains(":") { throw SheetViolation("colons of a URN are encoded: \(item)") }
            return PercentCoding.decode(item) ?? String(item)
        }
    }

    private func analytics(_ call: VendorCall, _ rows: LinkedInRows) throws -> VendorReply {
        try call.allow(
            query: [], required: ["q", "pivot", "timeGranularity", "dateRange", "accounts", "fields"])
        try call.require(call.query("q") == "analytics" && call.query("timeGranularity") == "DAILY", "daily analytics")
        let accounts = try Self.list("accounts", call)
        let isNew = accounts == ["urn:li:sponsoredAccount:\(Self.otherID)"]
        try call.require(isNew || accounts == ["urn:li:sponsoredAccount:\(Self.accountID)"], "the account's URN")
        let fields = (call.query("fields") ?? "").split(separator: ",").map(String.init)
        try call.require(
            Set(fields).isSubset(of: LinkedInRows.metrics.union(["pivotValues", "dateRange"])), "fields \(fields)")
        try call.require(fields.filter(LinkedInRows.metrics.contains).count <= 20, "at most 20 metrics")
        try call.require(call.rawQuery.contains("dateRange=(start:(year:"), "dateRange stays literal")
        let numbers = (call.query("dateRange") ?? "").split { !$0.isNumber }.compactMap { Int($0) }
        try call.require(numbers.count == 6, "dateRange \(call.query("dateRange") ?? "")")
        func day(_ parts: ArraySlice<Int>) -> String {
            parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
        }
        let pivot = call.query("pivot") ?? ""
        let found = try isNew ? [] : rows.analytics(pivot, day(numbers[0..<3]), day(numbers[3..<6]), Set(fields))
        return .json([
            "elements": .array(Array(found.prefix(Self.cap))), "paging": ["start": 0, "count": 10, "links": []],
        ])
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: [], required: ["response_type", "client_id", "redirect_uri", "state", "scope"])
        try call.require(call.query("client_id") == Self.clientID, "unknown client_id")
        let redirect = call.query("redirect_uri") ?? ""
        let code = tokens.code(["redirect_uri": redirect])
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(302, headers: [("Location", "\(redirect)?code=\(code)&state=\(state)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        let form = call.form
        try call.require(form["client_id"] == Self.clientID && form["client_secret"] == Self.clientSecret, "client")
        switch form["grant_type"] {
        case "authorization_code":
            guard let facts = tokens.redeem(form["code"] ?? ""), facts["redirect_uri"] == form["redirect_uri"] else {
                return .json(["error": "invalid_request", "error_description": "The code is not good."], status: 400)
            }
            return grant(tokens.issue())
        case "refresh_token":
            guard let grant = tokens.refresh(form["refresh_token"] ?? "") else {
                return .json(
                    ["error": "invalid_grant", "error_description": "The refresh token has expired."], status: 400)
            }
            return self.grant(grant)
        default: throw SheetViolation("grant_type \(form["grant_type"] ?? "missing")")
        }
    }

    private func grant(_ grant: TokenBook.Grant) -> VendorReply {
        .json([
            "access_token": .string(grant.access), "expires_in": 5_184_000, "refresh_token": .string(grant.refresh),
            "refresh_token_expires_in": 31_536_000, "scope": "r_ads,r_ads_reporting,rw_ads",
        ])
    }

    // MARK: Webhooks

    /// A lead of a form: the only thing LinkedIn pushes.
    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        let body = VendorReply.json([
            "type": "LEAD_ACTION", "leadGenFormResponse": .string("urn:li:leadGenFormResponse:\(customer)"),
            "leadAction": "CREATED", "leadType": "SPONSORED",
        ]).body
        let key = SymmetricKey(data: Data(Self.clientSecret.utf8))
        let code = Hex.encode(HMAC<SHA256>.authenticationCode(for: Array("hmacsha256=".utf8) + body, using: key))
        return SignedDelivery(
            headers: [("X-LI-Signature", "hmacsha256=\(code)"), ("Content-Type", "application/json")], body: body)
    }
}
