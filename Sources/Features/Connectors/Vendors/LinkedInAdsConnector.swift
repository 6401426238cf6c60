import Crypto
import Foundation
import Records
import Tenancy
import Vault
import Web

/// LinkedIn Ads: campaign groups (our campaigns), campaigns (our ad groups), creatives and daily analytics.
///
/// Days are UTC. Reach is that of one entity and day; frequency follows from it and is not stored.
public struct LinkedInAdsConnector: Connector {
    public let platform = "linkedin_ads"
    public let name = "LinkedIn Ads"

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "oauth", .oauth2(OAuth2(refresh: .kept)),
                fields: [CredentialField("account_id", .text, pattern: "[0-9]{1,24}", isRequired: false)])
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://api.linkedin.com/rest",
                "authorize": "https://www.linkedin.com/oauth/v2/authorization",
                "token": "https://www.linkedin.com/oauth/v2/accessToken",
            ], version: "202607", scopes: ["r_ads", "r_ads_reporting", "rw_ads"],
            values: ["restated_days": "30", "history_days": "730", "page_size": "500", "row_cap": "15000"],
            budgets: [
                RateBudget("analytics", calls: 4, per: 1), RateBudget("write", calls: 2, per: 1),
                RateBudget(calls: 8, per: 1),
            ])
    }

    public func headers(_ settings: PlatformSettings) -> Pairs {
        [
            "Accept": "application/json", "LinkedIn-Version": settings.version,
            "X-Restli-Protocol-Version": "2.0.0",
        ]
    }

    // MARK: Account

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let accounts = try await listed(client)
        let wanted = client.fields["account_id"] ?? ""
        let matching = wanted.isEmpty ? accounts : accounts.filter { $0.at("id")?.text == wanted }
        guard matching.count == 1, let found = matching.first, let account = Self.described(found) else {
            let names = accounts.compactMap { account in
                account.at("id")?.text.map { "\($0) (\(account.at("name")?.text ?? "?"))" }
            }
            throw VendorFault.actionRequired(
                .chooseAccount, message: names.isEmpty ? "No ad account was shared." : names.joined(separator: ", "))
        }
        if account.isClosed {
            throw VendorFault.actionRequired(
                .fixAtVendor, message: "The ad account is \(found.at("status")?.text ?? "closed").")
        }
        return account
    }

    public var accountField: String? { "account_id" }

    public func accounts(_ client: VendorClient) async throws -> [VendorAccount] {
        try await listed(client).compactMap(Self.described)
    }

    private func listed(_ client: VendorClient) async throws -> [JSONValue] {
        let reply = try await client.send(.get("/adAccounts?q=search&pageSize=1000")).json
        guard let accounts = reply.at("elements")?.arrayValue else {
            throw VendorFault.schema(field: "elements", message: "The reply holds no list of accounts.")
        }
        return accounts
    }

    private static func described(_ row: JSONValue) -> VendorAccount? {
        row.at("id")?.text.map { id in
            VendorAccount(
                id: id, name: row.at("name")?.text ?? id, currency: row.at("currency")?.text, timeZone: "UTC",
                isTest: row.at("test")?.flag ?? false,
                isClosed: !["ACTIVE", "DRAFT"].contains(row.at("status")?.text ?? "ACTIVE"))
        }
    }

    // MARK: Structure

    public var streams: [SyncStream] {
        [
            list("campaigns", "adCampaignGroups", required: ["id", "name", "status"]) {
                try Self.group($0, $1, &$2)
            },
            list("ad_groups", "adCampaigns", required: ["id", "name", "campaignGroup"]) {
                try Self.campaign($0, $1, &$2)
            },
            creatives,
            days("metric_days", pivot: "CAMPAIGN_GROUP", every: 900) { record, context, batch in
                try Self.day(record, "campaign", context, &batch)
            },
            days("ad_group_days", pivot: "CAMPAIGN") { record, context, batch in
                try Self.day(record, "ad_group", context, &batch)
            },
            days("ad_days", pivot: "CREATIVE") { record, context, batch in
                try Self.day(record, "ad", context, &batch)
            },
        ]
    }

    static let pager = Pager.cursor(PageParameter("pageToken", in: .query), at: "metadata.nextPageToken")
    static let modified = "changeAuditStamps.lastModified.time"

    /// No filter by time of change can be trusted: the whole list every time.
    private func list(
        _ stream: String, _ kind: String, required: [String],
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            stream, .all, pager: Self.pager, records: "elements", id: "id", updated: Self.modified,
            required: required, request: { Self.search(kind, $0) }, map: map)
    }

    private static func search(_ kind: String, _ query: StreamQuery) -> VendorRequest {
        .get(
            "/adAccounts/\(query.account.id)/\(kind)",
            ["q": "search", "sortOrder": "ASCENDING", "pageSize": String(query.settings.number("page_size", or: 500))])
    }

    /// Creatives are found by their campaigns: a page of campaigns becomes the creatives of all of them.
    private var creatives: SyncStream {
        SyncStream(
            "creatives", .all, pager: Self.pager, records: "elements", id: "id", updated: "lastModifiedAt",
            required: ["id", "campaign"], request: { Self.search("adCampaigns", $0) },
            expand: { campaigns, client in
                var found: [JSONValue] = []
                for part in campaigns.portions(of: 20) { found += try await Self.creatives(of: part, client) }
                return found
            }, map: { try Self.creative($0, $1, &$2) })
    }

    private static func creatives(
        of campaigns: [JSONValue], _ client: VendorClient
    ) async throws -> [JSONValue] {
        let numbers = campaigns.compactMap { $0.at("id")?.text }
        let formats = Dictionary(campaigns.map { ($0.at("id")?.text ?? "", $0.at("format")) }) { first, _ in first }
        let list = numbers.map { RestLi.urn("sponsoredCampaign", $0) }.joined(separator: ",")
        var found: [JSONValue] = []
        var token: String?
        repeat {
            var request = VendorRequest.get(
                "/adAccounts/{account}/creatives?q=criteria&campaigns=List(\(list))", ["pageSize": "100"])
            request.headers.add("X-RestLi-Method", "FINDER")
            request.query.add("pageToken", token)
            let reply = try await client.send(request).json
            found += (reply.at("elements")?.list ?? []).map { creative in
                let format = creative.at("campaign")?.text.flatMap { formats[RestLi.number($0)] }
                return creative.setting("_format", (format ?? nil) ?? .null)
            }
            let next = reply.at("metadata.nextPageToken")?.text
            if next == token { break }
            token = next
        } while token != nil
        return found
    }

    // MARK: Analytics

    private func days(
        _ stream: String, pivot: String, every: TimeInterval = 3600,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            stream, .days(restated: 30, slice: 30, history: 730), every: every, pager: .single, records: "elements",
            id: "pivotValues.0", required: ["pivotValues", "dateRange"],
            request: { query in
                guard let days = query.span.days else { throw MappingProblem("span") }
                return Self.analytics(pivot, days, account: query.account.id)
            },
            expand: { rows, client in
                guard let days = client.span?.days, let account = client.account?.id else { return rows }
                return try await Self.whole(rows, pivot, days, account, client)
            }, map: map)
    }

    private static func analytics(_ pivot: String, _ days: (from: String, to: String), account: String) -> VendorRequest
    {
        let range = "(start:\(RestLi.date(days.from)),end:\(RestLi.date(days.to)))"
        return .get(
            "/adAnalytics?q=analytics&pivot=\(pivot)&timeGranularity=DAILY&dateRange=\(range)"
                + "&accounts=List(\(RestLi.urn("sponsoredAccount", account)))&fields=\(metrics)",
            endpoint: "analytics")
    }

    /// Analytics have no pages: a reply as long as the cap has lost rows, and its days are asked for in halves.
    private static func whole(
        _ rows: [JSONValue], _ pivot: String, _ days: (from: String, to: String), _ account: String,
        _ client: VendorClient
    ) async throws -> [JSONValue] {
        guard rows.count >= client.settings.number("row_cap", or: 15_000) else { return rows }
        guard days.from < days.to else {
            throw VendorFault.schema(field: "elements", message: "One day alone has more rows than LinkedIn tells.")
        }
        var middle = days.from
        var last = days.to
        while VendorTime.day(middle, plus: 1) < last {
            middle = VendorTime.day(middle, plus: 1)
            last = VendorTime.day(last, plus: -1)
        }
        var all: [JSONValue] = []
        for half in [(from: days.from, to: middle), (from: VendorTime.day(middle, plus: 1), to: days.to)] {
            let reply = try await client.send(analytics(pivot, half, account: account)).json
            all += try await whole(reply.at("elements")?.list ?? [], pivot, half, account, client)
        }
        return all
    }

    private static let metrics =
        "pivotValues,dateRange,impressions,clicks,costInLocalCurrency,externalWebsiteConversions,"
        + "externalWebsitePostClickConversions,externalWebsitePostViewConversions,conversionValueInLocalCurrency,"
        + "oneClickLeads,videoViews,approximateMemberReach"
}

/// LinkedIn's way to write structures into addresses: brackets, commas and colons of a list stay, those of a value are
/// encoded.
enum RestLi {
    static func urn(_ kind: String, _ id: String) -> String { "urn%3Ali%3A\(kind)%3A\(id)" }

    /// `urn:li:sponsoredCampaign:123` → `123`.
    static func number(_ urn: String) -> String { urn.split(separator: ":").last.map(String.init) ?? urn }

    /// `2026-01-31` → `(year:2026,month:1,day:31)`.
    static func date(_ day: String) -> String {
        let parts = day.split(separator: "-").compactMap { Int($0) }
        return parts.count == 3 ? "(year:\(parts[0]),month:\(parts[1]),day:\(parts[2]))" : "()"
    }
}
