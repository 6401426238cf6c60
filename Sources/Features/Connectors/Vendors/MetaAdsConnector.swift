import Foundation
import Records
import Vault
import Web

/// Meta Ads (Graph, Marketing API): campaigns, ad sets, ads with what they show, daily insights.
///
/// Reach is stored as reported for exactly one entity and day, and is never added up; frequency follows from it.
public struct MetaAdsConnector: Connector {
    public let platform = "meta_ads"
    public let name = "Meta Ads"

    public init() {}

    public var methods: [AuthMethod] {
        let number = "(act_)?[0-9]{1,24}"
        let exchange = OAuth2.Refresh.exchange(grant: "fb_exchange_token", parameter: "fb_exchange_token")
        return [
            AuthMethod(
                "oauth",
                .oauth2(
                    OAuth2(
                        refresh: exchange, encoding: .query, scopeSeparator: ",",
                        // A fresh token lives an hour or two: it is exchanged for one of 60 days at its first use, and
                        // that one again while it is still alive.
                        leavesOut: ["grant_type"], renewAhead: 7 * 86_400)),
                fields: [CredentialField("account_id", .text, pattern: number, isRequired: false)],
                tokenProof: "appsecret_proof"),
            AuthMethod(
                "system_user", .header("Authorization", prefix: "Bearer ", field: "access_token"),
                fields: [
                    CredentialField("access_token", .secret),
                    CredentialField("account_id", .text, pattern: number, isRequired: false),
                ], tokenProof: "appsecret_proof"),
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://graph.facebook.com/{version}",
                "authorize": "https://www.facebook.com/{version}/dialog/oauth",
                "token": "https://graph.facebook.com/{version}/oauth/access_token",
            ], version: "v26.0", scopes: ["ads_read", "ads_management", "business_management"],
            values: ["restated_days": "28", "history_days": "730", "page_size": "200", "insights_page_size": "500"],
            budgets: [
                RateBudget("insights", calls: 60, per: 60), RateBudget("reports", calls: 120, per: 60),
                RateBudget(calls: 200, per: 60),
            ],
            breaker: BreakerRule(failures: 5, openSeconds: 60, successes: 3, timeout: 30))
    }

    // MARK: Account

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let person = try await client.send(.get("/me", ["fields": "id,name"])).json.at("id")?.text
        var account = try Self.chosen(client.fields["account_id"], of: try await listed(client))
        account.personID = person
        return account
    }

    public var accountField: String? { "account_id" }

    public func accounts(_ client: VendorClient) async throws -> [VendorAccount] {
        try await listed(client).compactMap(Self.described)
    }

    private func listed(_ client: VendorClient) async throws -> [JSONValue] {
        let fields = "id,account_id,name,account_status,currency,timezone_name,business{id,name}"
        var accounts: [JSONValue] = []
        var query: Pairs = ["fields": fields, "limit": "100"]
        for _ in 0..<20 {
            let reply = try await client.send(.get("/me/adaccounts", query)).json
            accounts += reply.at("data")?.list ?? []
            guard reply.at("paging.next") != nil, let after = reply.at("paging.cursors.after")?.text else { break }
            query.set("after", after)
        }
        return accounts
    }

    private static func chosen(_ wanted: String?, of accounts: [JSONValue]) throws -> VendorAccount {
        let number = (wanted ?? "").filter(\.isNumber)
        let matching = number.isEmpty ? accounts : accounts.filter { $0.at("account_id")?.text == number }
        guard matching.count == 1, let found = matching.first, let account = described(found) else {
            let names = accounts.compactMap { account in
                account.at("account_id")?.text.map { "\($0) (\(account.at("name")?.text ?? "?"))" }
            }
            throw VendorFault.actionRequired(
                .chooseAccount, message: names.isEmpty ? "No ad account was shared." : names.joined(separator: ", "))
        }
        if let word = closedWord(found) {
            throw VendorFault.actionRequired(.fixAtVendor, message: "The ad account is \(word).")
        }
        return account
    }

    private static func closedWord(_ row: JSONValue) -> String? {
        let closed: [Int64: String] = [2: "disabled", 101: "closed"]
        return row.at("account_status")?.whole.flatMap { closed[$0] }
    }

    private static func described(_ row: JSONValue) -> VendorAccount? {
        row.at("account_id")?.text.map { id in
            VendorAccount(
                id: id, name: row.at("name")?.text ?? id, currency: row.at("currency")?.text,
                timeZone: row.at("timezone_name")?.text, isClosed: closedWord(row) != nil)
        }
    }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            list("campaigns", "campaigns", level: "campaign", Self.campaignFields, Self.statuses) {
                try Self.campaign($0, $1, &$2)
            },
            list("ad_groups", "adsets", level: "adset", Self.adSetFields, Self.statuses + ["CAMPAIGN_PAUSED"]) {
                try Self.adSet($0, $1, &$2)
            },
            list("creatives", "ads", level: "ad", Self.adFields, Self.adStatuses) { try Self.ad($0, $1, &$2) },
            campaignDays,
            reportedDays("ad_group_days", level: "adset", id: "adset_id"),
            reportedDays("ad_days", level: "ad", id: "ad_id"),
        ]
    }

    private static let statuses = ["ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES"]
    private static let adStatuses =
        statuses + [
            "CAMPAIGN_PAUSED", "ADSET_PAUSED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED", "PENDING_BILLING_INFO",
        ]

    /// Archived and deleted things are listed too: what was spent on them keeps its name.
    private func list(
        _ stream: String, _ edge: String, level: String, _ fields: String, _ statuses: [String],
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            stream, .updated(overlap: 600), pager: Self.pager, records: "data", id: "id", updated: "updated_time",
            required: ["id", "name", "updated_time"],
            request: { query in
                var parameters: Pairs = [
                    "fields": fields, "limit": String(query.settings.number("page_size", or: 200)),
                    "effective_status": Self.text(.array(statuses.map { .string($0) })),
                ]
                if let since = query.since {
                    let filter: JSONValue = [
                        "field": .string("\(level).updated_time"), "operator": "GREATER_THAN",
                        "value": .int(Int64(since.timeIntervalSince1970)),
                    ]
                    parameters.add("filtering", Self.text([filter]))
                }
                return .get("/act_\(query.account.id)/\(edge)", parameters)
            }, map: map)
    }

    /// Lists give a cursor on their last page too; only `next` says that there is more.
    static let pager = Pager.custom(PageParameter("after")) { response, _ in
        response.json.at("paging.next") == nil ? nil : response.json.at("paging.cursors.after")?.text
    }

    static func text(_ value: JSONValue) -> String { String(decoding: value.bytes, as: UTF8.self) }

    // MARK: Insights

    private var campaignDays: SyncStream {
        SyncStream(
            "metric_days", .days(restated: 28, slice: 28, history: 730), every: 900, pager: Self.pager,
            records: "data", id: "campaign_id", required: ["campaign_id", "date_start"],
            request: { query in
                var request = VendorRequest.get(
                    "/act_\(query.account.id)/insights", try Self.insights(query, level: "campaign"),
                    endpoint: "insights")
                request.query.add("limit", String(query.settings.number("insights_page_size", or: 500)))
                return request
            }, map: { try Self.day($0, "campaign", id: "campaign_id", byAction: true, $1, &$2) })
    }

    /// Below campaigns the figures are too many for one answer: Meta makes a report, and we read it when it is done.
    private func reportedDays(_ stream: String, level: String, id: String) -> SyncStream {
        SyncStream(
            stream, .days(restated: 28, slice: 28, history: 730), pager: MetaReport.pager, records: "data", id: id,
            required: [id, "date_start"],
            request: { query in
                try MetaReport.request(query, parameters: try Self.insights(query, level: level))
            }, map: { try Self.day($0, level == "ad" ? "ad" : "ad_group", id: id, byAction: false, $1, &$2) })
    }

    private static func insights(_ query: StreamQuery, level: String) throws -> Pairs {
        guard let days = query.span.days else { throw MappingProblem("span") }
        return [
            "level": level, "time_increment": "1", "use_unified_attribution_setting": "true",
            "time_range": text(["since": .string(days.from), "until": .string(days.to)]),
            "fields": insightFields,
        ]
    }

    private static let insightFields =
        "account_currency,campaign_id,adset_id,ad_id,date_start,date_stop,spend,impressions,clicks,"
        + "inline_link_clicks,reach,frequency,actions,action_values,conversions,attribution_setting"
    private static let campaignFields =
        "id,name,status,effective_status,configured_status,objective,buying_type,bid_strategy,daily_budget,"
        + "lifetime_budget,start_time,stop_time,created_time,updated_time"
    private static let adSetFields =
        "id,name,campaign_id,status,effective_status,daily_budget,lifetime_budget,bid_amount,billing_event,"
        + "optimization_goal,attribution_spec,start_time,end_time,updated_time"
    private static let adFields =
        "id,name,adset_id,campaign_id,status,effective_status,created_time,updated_time,creative{id,name,title,body,"
        + "image_url,thumbnail_url,video_id,link_url,call_to_action_type,object_story_spec,asset_feed_spec,status}"
}

/// A report that Meta makes on its own time: asked for, looked at until it is complete, then read page by page.
enum MetaReport {
    /// The first call asks for the report; where it goes on is a path, of the report or of its rows.
    static func request(_ query: StreamQuery, parameters: Pairs) throws -> VendorRequest {
        let path = "/act_\(query.account.id)/insights"
        let isAsking = query.place.token?.hasPrefix("/act_") ?? true
        return VendorRequest(
            isAsking ? .post : .get, path, body: isAsking ? .form(parameters) : .none,
            endpoint: isAsking ? "insights" : "reports")
    }

    /// Reports that fail one after the other are not asked for for ever.
    private static let patience = 12

    static let pager = Pager.custom(nil) { response, place in
        let reply = response.json
        if let report = reply.at("report_run_id")?.text { return "/\(report)" }
        guard let status = reply.at("async_status")?.text else { return next(reply, place) }
        if status == "Job Completed", let report = place.token { return "\(report)/insights?limit=500" }
        // `fault(in:)` waits for what is still running; what comes here has failed.
        guard place.page < patience else {
            throw VendorFault.schema(field: "async_status", message: reply.at("error_message")?.text ?? status)
        }
        return "/act_{account}/insights"
    }

    /// Rows go on behind the cursor; `next` holds the token and is not used.
    private static func next(_ reply: JSONValue, _ place: Place) -> String? {
        guard reply.at("paging.next") != nil, let after = reply.at("paging.cursors.after")?.text,
            let present = place.token?.split(separator: "?").first
        else { return nil }
        return "\(present)?limit=500&after=\(PercentCoding.encode(after))"
    }
}
