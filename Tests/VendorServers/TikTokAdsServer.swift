import Crypto
import Foundation
import Vault
import Web

/// TikTok API for Business v1.3 as its sheet describes it: HTTP 200 for everything, the truth in `code`; JSON texts in
/// queries; Smart+ campaigns listed apart; reports of at most 30 days; no headers about limits.
public struct TikTokAdsServer: VendorServer {
    public static let platform = "tiktok_ads"

    static let root = "/open_api/v1.3"
    private static let appID = "7300000000000000001"
    private static let secret = "tiktok-secret"
    private static let staticToken = "tiktok-long-lived"
    public static let advertiser = "7200000000000000042"
    private static let known = [
        "spend", "impressions", "clicks", "ctr", "cpc", "cpm", "reach", "frequency", "conversion",
        "cost_per_conversion", "result", "complete_payment", "total_complete_payment", "video_play_actions",
    ]

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let second: CallWindow
    private let minute: CallWindow

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 1e9, rotates: false)
        tokens.accept(Self.staticToken)
        second = CallWindow(10, per: 1, clock: world.clock)
        minute = CallWindow(600, per: 60, clock: world.clock)
    }

    public func settings(base: String) -> [String: String] {
        let api = base + "/open_api/{version}"
        return [
            "api_url": api, "authorize_url": base + "/portal/auth", "token_url": api + "/oauth2/access_token/",
            "client_id": Self.appID, "client_secret": Self.secret,
        ]
    }

    public var fields: [String: String] { ["access_token": Self.staticToken, "advertiser_id": Self.advertiser] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }
    public func renew() { tokens.renew() }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        error(
            40100, retryAfter == nil ? "Too many requests. QPS limit reached." : "Too many requests. QPM limit reached."
        )
    }

    public func failure(_ status: Int) -> VendorReply {
        let codes: [Int: Int64] = [401: 40105, 403: 40001, 400: 40002, 404: 40300]
        return error(codes[status] ?? 50000, "System error")
    }

    func error(_ code: Int64, _ message: String) -> VendorReply {
        .json(["code": .int(code), "message": .string(message), "request_id": "20261121000000", "data": [:]])
    }

    func data(_ value: JSONValue) -> VendorReply {
        .json(["code": 0, "message": "OK", "request_id": "20261121000001", "data": value])
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /portal/auth") != nil { return try authorize(call) }
        try call.require(call.path.hasPrefix(Self.root + "/"), "the version is v1.3")
        try call.require(call.path.hasSuffix("/"), "every path ends with a slash")
        if call.matches("POST \(Self.root)/oauth2/access_token/") != nil { return try token(call) }
        if call.matches("POST \(Self.root)/oauth2/revoke_token/") != nil { return try revoke(call) }
        try call.require(call.header("Authorization") == nil, "the token goes into Access-Token")
        guard let token = call.header("Access-Token"), tokens.isGood(token) else {
            return error(40105, "Access token is incorrect or has been revoked.")
        }
        guard second.take() != nil else { return error(40100, "Too many requests. QPS limit reached.") }
        guard minute.take() != nil else { return error(40100, "Too many requests. QPM limit reached.") }
        return try signed(call)
    }

    private func signed(_ call: VendorCall) throws -> VendorReply {
        func matches(_ path: String) -> [String: String]? { call.matches("GET \(Self.root)\(path)") }
        if matches("/user/info/") != nil {
            try call.allow(query: [])
            return data(["core_user_id": "1", "display_name": "Northwind", "email": "o***@northwind.example"])
        }
        if matches("/oauth2/advertiser/get/") != nil { return try advertisers(call) }
        if matches("/advertiser/info/") != nil { return try advertiser(call) }
        if matches("/report/integrated/get/") != nil { return try report(call) }
        if matches("/file/video/ad/info/") != nil { return try videos(call) }
        if let reply = try write(call) { return reply }
        if let parts = matches("/{kind}/get/") { return try structure(call, parts["kind"] ?? "", isSmart: false) }
        if let parts = matches("/smart_plus/{kind}/get/") {
            return try structure(call, parts["kind"] ?? "", isSmart: true)
        }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: [], required: ["app_id", "state", "redirect_uri"])
        try call.require(call.query("app_id") == Self.appID, "unknown app_id")
        let code = tokens.code()
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(
            302,
            headers: [("Location", "\(call.query("redirect_uri") ?? "")?auth_code=\(code)&code=\(code)&state=\(state)")]
        )
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/json") }
        try call.allow(call.json, members: [], required: ["app_id", "secret", "auth_code"])
        guard call.json["app_id"]?.stringValue == Self.appID, call.json["secret"]?.stringValue == Self.secret else {
            return error(40002, "Invalid app")
        }
        guard tokens.redeem(call.json["auth_code"]?.stringValue ?? "") != nil else {
            return error(40110, "Auth_code is invalid or has been used.")
        }
        return data([
            "access_token": .string(tokens.issue().access), "advertiser_ids": [.string(Self.advertiser)],
            "scope": [4, 1, 2],
        ])
    }

    private func revoke(_ call: VendorCall) throws -> VendorReply {
        try call.allow(call.json, members: [], required: ["app_id", "secret", "access_token"])
        tokens.revoke(call.json["access_token"]?.stringValue ?? "")
        return data([:])
    }

    private func advertisers(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: [], required: ["app_id", "secret"])
        try call.require(call.query("app_id") == Self.appID && call.query("secret") == Self.secret, "unknown app")
        let one: JSONValue = ["advertiser_id": .string(Self.advertiser), "advertiser_name": "Northwind Coffee"]
        return data(["list": [one]])
    }

    private func advertiser(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["fields"], required: ["advertiser_ids"])
        guard try list(call, "advertiser_ids") == [Self.advertiser] else {
            return error(40300, "Advertiser does not exist.")
        }
        let company = world.company
        let one: JSONValue = [
            "advertiser_id": .string(Self.advertiser), "name": .string(company.name),
            "currency": .string(company.currency), "timezone": .string(company.timeZone), "status": "STATUS_ENABLE",
            "balance": 1200.5, "country": "US", "role": "ROLE_ADVERTISER",
        ]
        return data(["list": [one]])
    }

    // MARK: Structure

    private func structure(_ call: VendorCall, _ kind: String, isSmart: Bool) throws -> VendorReply {
        try call.require(["campaign", "adgroup", "ad"].contains(kind), "no such list")
        try call.allow(query: ["page", "page_size", "fields", "filtering"], required: ["advertiser_id"])
        try call.require(call.query("advertiser_id") == Self.advertiser, "unknown advertiser")
        let rows = world.company.campaigns.filter { Self.isSmart($0.number) == isSmart }.map { row(kind, $0) }
        return try page(call, try wanted(call, kind, rows.map { patched(kind, $0) }))
    }

    /// Every fifth campaign is an upgraded Smart+ campaign.
    private static func isSmart(_ number: Int) -> Bool { number % 5 == 2 }

    private func row(_ kind: String, _ campaign: SeededCompany.Campaign) -> JSONValue {
        let number = campaign.number
        let shared: [JSONValue.Member] = [
            .init("advertiser_id", .string(Self.advertiser)), .init("campaign_id", .string(Self.campaignID(number))),
            .init("operation_status", campaign.isActive ? "ENABLE" : "DISABLE"),
            .init("create_time", .string(Self.time(campaign.createdAt))),
            .init("modify_time", .string(Self.time(campaign.updatedAt))),
        ]
        switch kind {
        case "campaign":
            return .object(
                shared + [
                    .init("campaign_name", .string(campaign.name)), .init("objective_type", "WEB_CONVERSIONS"),
                    .init("secondary_status", campaign.isActive ? "CAMPAIGN_STATUS_ENABLE" : "CAMPAIGN_STATUS_DISABLE"),
                    .init("budget", .double(Double(campaign.dailyBudgetMinor) / 100)),
                    .init("budget_mode", "BUDGET_MODE_DAY"), .init("budget_optimize_on", true),
                    .init("is_smart_performance_campaign", .bool(Self.isSmart(number))),
                ])
        case "adgroup":
            return .object(
                shared + [
                    .init("adgroup_id", .string(Self.groupID(number))),
                    .init("adgroup_name", .string("Group \(number)")),
                    .init("secondary_status", "ADGROUP_STATUS_DELIVERY_OK"), .init("budget", 0.0),
                    .init("budget_mode", "BUDGET_MODE_INFINITE"), .init("bid_price", 1.25),
                    .init("optimization_goal", "CONVERT"), .init("billing_event", "OCPM"),
                ])
        default:
            return .object(
                shared + [
                    .init("adgroup_id", .string(Self.groupID(number))), .init("ad_id", .string(Self.adID(number))),
                    .init("ad_name", .string("Ad \(number)")), .init("ad_text", .string("Fresh beans \(number)")),
                    .init("ad_format", "SINGLE_VIDEO"), .init("call_to_action", "SHOP_NOW"),
                    .init("landing_page_url", "https://northwind.example/beans"),
                    .init("video_id", .string("v0\(number)")), .init("display_name", "Northwind"),
                    .init("secondary_status", "AD_STATUS_DELIVERY_OK"),
                ])
        }
    }

    public static func campaignID(_ number: Int) -> String { "17000000000000\(1000 + number)" }
    public static func groupID(_ number: Int) -> String { "18000000000000\(1000 + number)" }
    public static func adID(_ number: Int) -> String { "19000000000000\(1000 + number)" }

    private func videos(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: [], required: ["advertiser_id", "video_ids"])
        let ids = try list(call, "video_ids")
        try call.require(ids.count <= 60, "at most 60 videos")
        let rows: [JSONValue] = ids.map {
            [
                "video_id": .string($0), "duration": 14.6, "preview_url": .string("https://v.example/\($0)"),
                "video_cover_url": .string("https://v.example/\($0).jpg"),
            ]
        }
        return data(["list": .array(rows)])
    }

    // MARK: Reports

    private func report(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: ["page", "page_size", "query_lifetime", "enable_total_metrics", "filtering"],
            required: [
                "advertiser_id", "report_type", "service_type", "data_level", "dimensions", "metrics", "start_date",
                "end_date",
            ])
        try call.require(call.query("report_type") == "BASIC" && call.query("service_type") == "AUCTION", "report kind")
        let entities = [
            "AUCTION_CAMPAIGN": "campaign_id", "AUCTION_ADGROUP": "adgroup_id", "AUCTION_AD": "ad_id",
            "AUCTION_ADVERTISER": "advertiser_id",
        ]
        guard let entity = entities[call.query("data_level") ?? ""] else { throw SheetViolation("data_level") }
        try call.require(try list(call, "dimensions") == [entity, "stat_time_day"], "dimensions of the level")
        let metrics = try list(call, "metrics")
        try call.require(metrics.allSatisfy { Self.known.contains($0) }, "unknown metric in \(metrics)")
        let days = try days(call)
        let company = world.company
        let rows = days.flatMap { day in
            let rows = company.campaigns.map { company.adDay(campaign: $0.number, day: day) }
            guard entity == "advertiser_id" else {
                return rows.map { Self.row(entity, $0.campaign, $0, metrics) }
            }
            return [Self.row(entity, 0, Self.sum(rows, on: day), metrics)]
        }
        return try page(call, rows)
    }

    /// What the whole account spent and got on a day.
    private static func sum(_ rows: [SeededCompany.AdDay], on day: String) -> SeededCompany.AdDay {
        func all(_ figure: KeyPath<SeededCompany.AdDay, Int64>) -> Int64 { rows.reduce(0) { $0 + $1[keyPath: figure] } }
        return SeededCompany.AdDay(
            campaign: 0, day: day, spendMinor: all(\.spendMinor), impressions: all(\.impressions),
            clicks: all(\.clicks), conversions: all(\.conversions), valueMinor: all(\.valueMinor))
    }

    private static func row(
        _ entity: String, _ number: Int, _ figures: SeededCompany.AdDay, _ metrics: [String]
    ) -> JSONValue {
        let ids = ["campaign_id": campaignID(number), "adgroup_id": groupID(number), "ad_id": adID(number)]
        let values: [JSONValue.Member] = metrics.map { name in
            let text: String =
                switch name {
                case "spend": HubSpotServer.money(figures.spendMinor)
                case "impressions": String(figures.impressions)
                case "clicks": String(figures.clicks)
                case "conversion", "complete_payment", "result": String(figures.conversions)
                case "total_complete_payment": HubSpotServer.money(figures.valueMinor)
                case "reach": String(figures.impressions / 3)
                case "video_play_actions": "-"
                default: "0.00"
                }
            return .init(name, .string(text))
        }
        let dimensions: [JSONValue.Member] = [
            .init(entity, .string(ids[entity] ?? advertiser)),
            .init("stat_time_day", .string("\(figures.day) 00:00:00")),
        ]
        return .object([.init("dimensions", .object(dimensions)), .init("metrics", .object(values))])
    }

    /// The days asked for on which the company was there.
    private func days(_ call: VendorCall) throws -> [String] {
        let (from, to) = (call.query("start_date") ?? "", call.query("end_date") ?? "")
        guard let first = Self.noon(from), let last = Self.noon(to), first <= last else {
            throw SheetViolation("dates \(from) to \(to)")
        }
        let count = Int((last.timeIntervalSince(first) / 86_400).rounded()) + 1
        try call.require(count <= 30, "\(count) days are over 30")
        return (0..<count).map { Self.day(first.addingTimeInterval(Double($0) * 86_400)) }
            .filter { Self.covered(world).contains($0) }
    }

    /// The days of the company's calendar on which it advertises.
    public static func covered(_ world: VendorWorld) -> ClosedRange<String> {
        day(world.company.start.addingTimeInterval(86_400))...day(world.company.now)
    }

    static func noon(_ day: String) -> Date? {
        day.count == 10 ? CivilTime.parse(day)?.addingTimeInterval(43_200) : nil
    }

    static func day(_ date: Date) -> String { String(HubSpotServer.iso(date).prefix(10)) }

    // MARK: Parts

    private func page(_ call: VendorCall, _ rows: [JSONValue]) throws -> VendorReply {
        let size = call.number("page_size", or: 10)
        let page = call.number("page", or: 1)
        try call.require((1...1000).contains(size), "page_size \(size) is over 1000")
        try call.require(page >= 1, "pages count from 1")
        let part = rows.dropFirst((page - 1) * size).prefix(size)
        return data([
            "list": .array(Array(part)),
            "page_info": [
                "page": .int(Int64(page)), "page_size": .int(Int64(size)), "total_number": .int(Int64(rows.count)),
                "total_page": .int(Int64((rows.count + size - 1) / size)),
            ],
        ])
    }

    /// A list in a query is a JSON text.
    private func list(_ call: VendorCall, _ name: String) throws -> [String] {
        let text = call.query(name) ?? ""
        guard let list = try? JSONParser.parse(Array(text.utf8)).arrayValue else {
            throw SheetViolation("\(name) is a JSON list: \(text)")
        }
        return list.compactMap(\.stringValue)
    }

    private static func time(_ date: Date) -> String {
        HubSpotServer.iso(date).prefix(19).replacingOccurrences(of: "T", with: " ")
    }

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        let now = Int(world.clock.now().timeIntervalSince1970)
        let body = VendorReply.json([
            "client_key": .string(Self.appID), "event": "ad_account.campaign_update", "create_time": .int(Int64(now)),
            "user_openid": .string("open-\(customer)"),
            "content": .string("{\"advertiser_id\":\"\(Self.advertiser)\",\"campaign_id\":\"\(Self.campaignID(0))\"}"),
        ]).body
        let key = SymmetricKey(data: Data(Self.secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(now).".utf8) + body, using: key)
        return SignedDelivery(
            headers: [
                (
                    "tiktok-signature",
                    "t=\(now),s=\(code.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined())"
                ),
                ("webhook-schema-version", "1.0"), ("Content-Type", "application/json"),
            ], body: body)
    }
}
