import Crypto
import Foundation
import Synchronization
import Vault
import Web

/// Meta's Graph API as its sheet describes it (v26.0): login with a short token that is exchanged for a long one and
/// never refreshed, a proof of the app on every call, cursors, numbers as text, reports made in the background, and
/// every error as HTTP 400 with a code.
public struct MetaAdsServer: VendorServer {
    public static let platform = "meta_ads"

    static let version = "v26.0"
    static let accountID = "1008800"
    /// A second account that the sign-in opens, beside one that is closed.
    public static let wholesaleID = "1008802"
    private static let clientID = "meta-app"
    static let clientSecret = "meta-secret"
    private static let systemToken = "EAAsystemuser"

    let world: VendorWorld
    public let book = WriteBook()
    /// Tokens of 60 days, by exchange.
    public let tokens: TokenBook
    /// Tokens as a fresh login gives them.
    private let short: TokenBook
    private let window: CallWindow
    let reports = MetaReports()

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 5_184_000, rotates: false)
        short = TokenBook(clock: world.clock, lifetime: 3600, rotates: false)
        tokens.accept(Self.systemToken)
        window = CallWindow(2_000, per: 3600, clock: world.clock)
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base + "/{version}", "authorize_url": base + "/{version}/dialog/oauth",
            "token_url": base + "/{version}/oauth/access_token", "client_id": Self.clientID,
            "client_secret": Self.clientSecret,
        ]
    }

    public var fields: [String: String] { ["access_token": Self.systemToken, "account_id": "act_\(Self.accountID)"] }

    public func expireTokens() {
        tokens.expireAccess()
        short.expireAccess()
    }

    public func revoke() { expireTokens() }
    public func renew() { tokens.renew() }

    // MARK: Errors

    public func error(
        _ code: Int64, _ message: String, subcode: Int64? = nil, transient: Bool = false, status: Int = 400
    ) -> VendorReply {
        var members: [JSONValue.Member] = [
            .init("message", .string(message)), .init("type", "OAuthException"), .init("code", .int(code)),
            .init("is_transient", .bool(transient)), .init("fbtrace_id", "AbCdEf"),
        ]
        if let subcode { members.append(.init("error_subcode", .int(subcode))) }
        return .json(["error": .object(members)], status: status)
    }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        let minutes = Int64(((retryAfter ?? 0) + 59) / 60)
        let usage: JSONValue = [
            Self.accountID: [
                [
                    "type": "ads_management", "call_count": 100, "total_cputime": 20, "total_time": 20,
                    "estimated_time_to_regain_access": .int(minutes), "ads_api_access_tier": "limited",
                ]
            ]
        ]
        return error(80_004, "There have been too many calls to this ad-account.", subcode: 2_446_079)
            .adding("X-Business-Use-Case-Usage", Self.text(usage))
    }

    public func failure(_ status: Int) -> VendorReply {
        error(2, "Service temporarily unavailable", transient: true, status: status)
    }

    static func text(_ value: JSONValue) -> String { String(decoding: VendorReply.json(value).body, as: UTF8.self) }

    // MARK: Calls

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /\(Self.version)/dialog/oauth") != nil { return try authorize(call) }
        if call.matches("GET /\(Self.version)/oauth/access_token") != nil { return try token(call) }
        guard call.path.hasPrefix("/\(Self.version)/") else {
            return error(2635, "You are calling a deprecated version.")
        }
        guard let bearer = call.token(), tokens.isGood(bearer) || short.isGood(bearer) else {
            return error(190, "Error validating access token: Session has expired.", subcode: 463, status: 401)
        }
        let key = SymmetricKey(data: Data(Self.clientSecret.utf8))
        let proof = Hex.encode(HMAC<SHA256>.authenticationCode(for: Data(bearer.utf8), using: key))
        try call.require(
            call.query("appsecret_proof") == proof, "appsecret_proof is \(call.query("appsecret_proof") ?? "missing")")
        try call.require(call.query("access_token") == nil, "the token belongs into the header")
        guard let left = window.take() else { return tooMany(retryAfter: 600) }
        let used = 100 - left * 100 / 2_000
        return try signed(call).adding(
            "X-Ad-Account-Usage", Self.text(["acc_id_util_pct": .int(Int64(used)), "reset_time_duration": 300]))
    }

    private func signed(_ call: VendorCall) throws -> VendorReply {
        if call.matches("GET /\(Self.version)/me") != nil { return .json(["id": "55", "name": "Ana Alba"]) }
        if call.matches("GET /\(Self.version)/me/adaccounts") != nil { return try accounts(call) }
        for account in [Self.accountID, Self.wholesaleID] {
            if let reply = try read(call, account) { return reply }
        }
        if let parts = call.matches("GET /\(Self.version)/{report}"), let id = parts["report"],
            let status = reports.look(id)
        {
            try call.allow(query: ["appsecret_proof", "fields"])
            return .json([
                "id": .string(id), "account_id": .string(reports.account(of: id)), "async_status": .string(status),
                "async_percent_completion": .int(status == "Job Completed" ? 100 : 40),
            ])
        }
        if let parts = call.matches("GET /\(Self.version)/{report}/insights"), let id = parts["report"],
            let asked = reports.done(id)
        {
            return try page(call, rows(of: reports.account(of: id)).insights(asked))
        }
        if let reply = try write(call) { return reply }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    private func rows(of account: String) -> MetaRows {
        account == Self.accountID ? MetaRows(company: world.company, book: book) : MetaRows(company: world.wholesale)
    }

    /// What hangs on an account; nil for any other call.
    private func read(_ call: VendorCall, _ account: String) throws -> VendorReply? {
        let act = "/\(Self.version)/act_\(account)"
        guard call.path.hasPrefix(act + "/") else { return nil }
        let rows = rows(of: account)
        if call.matches("GET \(act)/campaigns") != nil { return try list(call, "campaign", rows.campaigns) }
        if call.matches("GET \(act)/adsets") != nil { return try list(call, "adset", rows.adSets) }
        if call.matches("GET \(act)/ads") != nil { return try list(call, "ad", rows.ads) }
        if call.matches("GET \(act)/insights") != nil {
            let asked = try MetaInsights(Dictionary(call.query.map { ($0.name, $0.value) }) { first, _ in first })
            let isSmall = ["campaign", "account"].contains(asked.level) && asked.days.count <= 30
            try call.require(isSmall, "ads and long ranges need a report")
            return try page(call, rows.insights(asked))
        }
        guard call.matches("POST \(act)/insights") != nil else { return nil }
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        let id = reports.make(try MetaInsights(call.form), account)
        return .json(["report_run_id": .string(id)])
    }

    private func accounts(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["limit", "after", "appsecret_proof"], required: ["fields"])
        let company = world.company
        func account(_ id: String, _ name: String, status: Int64) -> JSONValue {
            [
                "id": .string("act_\(id)"), "account_id": .string(id), "name": .string(name),
                "account_status": .int(status), "currency": .string(company.currency),
                "timezone_name": .string(company.timeZone),
            ]
        }
        return try page(
            call,
            [
                account(Self.accountID, company.name, status: 1), account("1008801", "Old account", status: 101),
                account(Self.wholesaleID, VendorWorld.wholesaleName, status: 1),
            ])
    }

    private func list(_ call: VendorCall, _ level: String, _ rows: [JSONValue]) throws -> VendorReply {
        try call.allow(
            query: ["limit", "after", "filtering", "appsecret_proof"], required: ["fields", "effective_status"])
        let statuses = try Self.json(call, "effective_status").arrayValue ?? []
        try call.require(statuses.contains("ARCHIVED"), "archived things are hidden unless asked for")
        var rows = rows
        if call.query("filtering") != nil {
            let filter = try Self.json(call, "filtering").arrayValue?.first
            try call.require(filter?["field"]?.stringValue == "\(level).updated_time", "field \(level).updated_time")
            try call.require(filter?["operator"]?.stringValue == "GREATER_THAN", "operator GREATER_THAN")
            guard let since = filter?["value"]?.int64Value else { throw SheetViolation("value is a unix time") }
            rows = rows.filter { row in
                let text = (row["updated_time"]?.stringValue ?? "").prefix(19) + "Z"
                return CivilTime.parse(String(text)).map { Int64($0.timeIntervalSince1970) > since } ?? false
            }
        }
        return try page(call, rows)
    }

    private static func json(_ call: VendorCall, _ name: String) throws -> JSONValue {
        guard let text = call.query(name), let value = try? JSONParser.parse(Array(text.utf8)) else {
            throw SheetViolation("\(name) is no JSON")
        }
        return value
    }

    private func page(_ call: VendorCall, _ rows: [JSONValue]) throws -> VendorReply {
        let limit = call.number("limit", or: 25)
        try call.require((1...500).contains(limit), "limit \(limit)")
        let start = call.query("after").flatMap { Int($0.dropFirst(3)) } ?? 0
        let page = rows.dropFirst(start).prefix(limit)
        guard !page.isEmpty else { return .json(["data": []]) }
        let end = start + page.count
        var paging: [JSONValue.Member] = [
            .init("cursors", ["before": .string("QVF\(start)"), "after": .string("QVF\(end)")])
        ]
        if end < rows.count {
            paging.append(.init("next", .string("\(call.base)\(call.path)?access_token=secret&after=QVF\(end)")))
        }
        return .json(["data": .array(Array(page)), "paging": .object(paging)])
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: [], required: ["client_id", "redirect_uri", "state", "scope", "response_type"])
        try call.require(call.query("client_id") == Self.clientID, "unknown client_id")
        try call.require(call.query("scope")?.contains(",") == true, "scopes are separated by commas")
        let redirect = call.query("redirect_uri") ?? ""
        let code = tokens.code(["redirect_uri": redirect])
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(302, headers: [("Location", "\(redirect)?code=\(code)&state=\(state)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        guard call.query("client_id") == Self.clientID, call.query("client_secret") == Self.clientSecret else {
            return error(101, "Error validating application.")
        }
        if call.query("grant_type") == "fb_exchange_token" {
            try call.allow(query: [], required: ["grant_type", "client_id", "client_secret", "fb_exchange_token"])
            let old = call.query("fb_exchange_token") ?? ""
            guard tokens.isGood(old) || short.isGood(old) else {
                return error(190, "Session has expired", subcode: 463)
            }
            return grant(tokens.issue().access, 5_184_000)
        }
        try call.allow(query: [], required: ["client_id", "client_secret", "redirect_uri", "code"])
        let facts = tokens.redeem(call.query("code") ?? "")
        guard let facts, facts["redirect_uri"] == call.query("redirect_uri") else {
            return error(100, "This authorization code has been used.")
        }
        let token = "short-\(call.query("code") ?? "")"
        short.accept(token, until: world.clock.now().addingTimeInterval(3600))
        return grant(token, 3600)
    }

    private func grant(_ token: String, _ seconds: Int64) -> VendorReply {
        .json(["access_token": .string(token), "token_type": "bearer", "expires_in": .int(seconds)])
    }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        let time = Int64(world.clock.now().timeIntervalSince1970)
        let change: JSONValue = [
            "field": "with_issues_ad_objects", "value": ["id": .string("23000\(customer)"), "level": "CAMPAIGN"],
        ]
        let body = VendorReply.json([
            "object": "ad_account",
            "entry": [["id": .string(Self.accountID), "time": .int(time), "changes": [change]]],
        ]).body
        let key = SymmetricKey(data: Data(Self.clientSecret.utf8))
        let code = Hex.encode(HMAC<SHA256>.authenticationCode(for: body, using: key))
        return SignedDelivery(
            headers: [("X-Hub-Signature-256", "sha256=\(code)"), ("Content-Type", "application/json")], body: body)
    }
}
