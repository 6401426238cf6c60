import Foundation
import Records
import Tenancy
import Vault
import Web

/// TikTok Ads (API for Business): campaigns, ad groups and ads of both families, and their daily figures.
///
/// Every reply is HTTP 200; what happened is in the body's `code`.
public struct TikTokAdsConnector: Connector {
    public let platform = "tiktok_ads"
    public let name = "TikTok Ads"

    public init() {}

    public var methods: [AuthMethod] {
        let advertiser = "^[0-9]{1,24}$"
        return [
            AuthMethod(
                "oauth",
                .oauth2(
                    OAuth2(
                        refresh: .none, encoding: .json, accessTokenPath: "data.access_token",
                        refreshTokenPath: "data.refresh_token", expiresInPath: "data.expires_in",
                        scopePath: "data.scope",
                        parameterNames: ["client_id": "app_id", "client_secret": "secret", "code": "auth_code"],
                        leavesOut: ["response_type", "grant_type", "redirect_uri"]),
                    header: "Access-Token", prefix: ""),
                fields: [CredentialField("advertiser_id", .text, pattern: advertiser, isRequired: false)]),
            AuthMethod(
                "token", .header("Access-Token", field: "access_token"),
                fields: [
                    CredentialField("access_token", .secret),
                    CredentialField("advertiser_id", .text, pattern: advertiser),
                ]),
        ]
    }

    public var defaults: PlatformSettings {
        let api = "https://business-api.tiktok.com/open_api/{version}"
        return PlatformSettings(
            addresses: [
                "api": api, "authorize": "https://business-api.tiktok.com/portal/auth",
                "token": api + "/oauth2/access_token/",
            ], version: "v1.3", values: ["conversion_value_metric": "total_complete_payment"],
            budgets: [
                // Of 10 a second and 600 a minute: a burst and what comes back in its second stay below both.
                RateBudget(calls: 6, per: 1, daily: 864_000, dayZone: "UTC", isShared: true)
            ])
    }

    // MARK: Account

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        _ = try await client.send(.get("/user/info/"))
        let id = try await advertiser(client)
        let details = try await client.send(
            .get("/advertiser/info/", ["advertiser_ids": Self.json([.string(id)])])
        ).json.at("data.list.0")
        guard let account = details.flatMap(Self.described) else {
            throw VendorFault.actionRequired(.chooseAccount, message: "There is no advertiser \(id).")
        }
        return account
    }

    /// The advertiser that was chosen, or the only one this sign-in may see.
    private func advertiser(_ client: VendorClient) async throws -> String {
        let chosen = client.fields["advertiser_id"].flatMap { $0.isEmpty ? nil : $0 }
        guard let id = client.settings.clientID, let secret = client.settings.clientSecret else {
            guard let chosen else { throw VendorFault.actionRequired(.configure, message: "client_id is not set") }
            return chosen
        }
        if let chosen { return chosen }
        let list = try await listed(client, id, secret.reveal())
        let names = list.compactMap { advertiser in
            advertiser.at("advertiser_id")?.text.map { "\($0) (\(advertiser.at("advertiser_name")?.text ?? "?"))" }
        }
        guard list.count == 1, let only = list.first?.at("advertiser_id")?.text else {
            let message = names.isEmpty ? "No advertiser was shared." : names.joined(separator: ", ")
            throw VendorFault.actionRequired(.chooseAccount, message: message)
        }
        return only
    }

    public var accountField: String? { "advertiser_id" }

    public func accounts(_ client: VendorClient) async throws -> [VendorAccount] {
        guard let id = client.settings.clientID, let secret = client.settings.clientSecret else {
            return [try await account(client)]
        }
        let ids = try await listed(client, id, secret.reveal()).compactMap { $0.at("advertiser_id")?.text }
        guard !ids.isEmpty else { return [] }
        return try await client.send(
            .get("/advertiser/info/", ["advertiser_ids": Self.json(ids.prefix(100).map { .string($0) })])
        ).json.at("data.list")?.list.compactMap(Self.described) ?? []
    }

    private static func described(_ row: JSONValue) -> VendorAccount? {
        row.at("advertiser_id")?.text.map { id in
            VendorAccount(
                id: id, name: row.at("name")?.text ?? id, currency: row.at("currency")?.text,
                timeZone: row.at("timezone")?.text)
        }
    }

    private func listed(_ client: VendorClient, _ id: String, _ secret: String) async throws -> [JSONValue] {
        try await client.send(.get("/oauth2/advertiser/get/", ["app_id": id, "secret": secret]))
            .json.at("data.list")?.list ?? []
    }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            structure("campaigns", "campaign", required: ["campaign_id", "campaign_name"]) { record, context, batch in
                try Self.campaign(record, context, &batch)
            },
            structure("ad_groups", "adgroup", required: ["adgroup_id", "campaign_id"]) { record, context, batch in
                try Self.adGroup(record, context, &batch)
            },
            structure("creatives", "ad", required: ["ad_id", "adgroup_id"], expand: Self.videos) { record, _, batch in
                try Self.creative(record, &batch)
            },
            report("metric_days", level: "campaign", "AUCTION_CAMPAIGN", "campaign_id"),
            report("ad_group_days", level: "ad_group", "AUCTION_ADGROUP", "adgroup_id"),
            report("ad_days", level: "ad", "AUCTION_AD", "ad_id"),
        ]
    }

    /// There is no filter by time of change: the whole list every time, whatever is gone counts as deleted.
    private func structure(
        _ stream: String, _ kind: String, required: [String],
        expand: (@Sendable ([JSONValue], VendorClient) async throws -> [JSONValue])? = nil,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            stream, .all, every: 900, pager: Self.families(kind), records: "data.list", id: "\(kind)_id",
            updated: "modify_time", required: required,
            request: { query in
                .get(
                    "/\(kind)/get/",
                    [
                        "advertiser_id": query.account.id, "page": "1",
                        "page_size": String(query.settings.number("page_size", or: 1000)),
                    ])
            }, expand: expand, map: map)
    }

    /// The pages of one family, then those of Smart+, which are listed apart.
    private static func families(_ kind: String) -> Pager {
        .custom(nil) { response, place in
            let pages = response.json.at("data.page_info")
            let page = pages?.at("page")?.whole ?? 1
            let size = pages?.at("page_size")?.whole ?? 1000
            let isSmart = place.token?.hasPrefix("/smart_plus/") ?? false
            func path(_ family: String, _ page: Int64) -> String {
                "\(family)/\(kind)/get/?advertiser_id={account}&page=\(page)&page_size=\(size)"
            }
            if page < pages?.at("total_page")?.whole ?? 0 { return path(isSmart ? "/smart_plus" : "", page + 1) }
            return isSmart ? nil : path("/smart_plus", 1)
        }
    }

    /// One call with days spans at most 30 of them; TikTok restates up to 28.
    private func report(_ stream: String, level: String, _ dataLevel: String, _ entity: String) -> SyncStream {
        SyncStream(
            stream, .days(restated: 28, slice: 30, history: 730), every: 900,
            pager: .page(PageParameter("page"), size: 1000, total: .pages(at: "data.page_info.total_page")),
            records: "data.list", id: "dimensions.\(entity)",
            required: ["dimensions.\(entity)", "dimensions.stat_time_day", "metrics.spend"],
            request: { query in
                guard let days = query.span.days else { throw MappingProblem("span") }
                let metrics = Self.metrics + [query.settings.values["conversion_value_metric"]].compactMap(\.self)
                return .get(
                    "/report/integrated/get/",
                    [
                        "advertiser_id": query.account.id, "report_type": "BASIC", "service_type": "AUCTION",
                        "data_level": dataLevel,
                        "dimensions": Self.json([.string(entity), "stat_time_day"]),
                        "metrics": Self.json(metrics.map { .string($0) }), "start_date": days.from,
                        "end_date": days.to, "page_size": String(query.settings.number("page_size", or: 1000)),
                    ], endpoint: "report")
            },
            map: { record, context, batch in try Self.day(record, level, entity, context, &batch) })
    }

    private static let metrics = [
        "spend", "impressions", "clicks", "conversion", "reach", "video_play_actions",
    ]

    /// How long the ads' videos are; their addresses expire and are not kept.
    private static let videos: @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] = { ads, client in
        guard let account = client.account else { return ads }
        let ids = Set(ads.compactMap { $0.at("video_id")?.text }).sorted()
        let size = max(1, client.settings.number("videos_per_call", or: 60))
        var durations: [String: JSONValue] = [:]
        for part in ids.portions(of: size) {
            let query: Pairs = ["advertiser_id": account.id, "video_ids": json(part.map { .string($0) })]
            for video in try await client.send(.get("/file/video/ad/info/", query)).json.at("data.list")?.list ?? [] {
                if let id = video.at("video_id")?.text { durations[id] = video.at("duration") }
            }
        }
        return ads.map { ad in
            guard let id = ad.at("video_id")?.text, let duration = durations[id] else { return ad }
            return ad.setting("_duration", duration)
        }
    }

    /// Lists in a query are JSON texts.
    static func json(_ list: [JSONValue]) -> String { String(decoding: JSONValue.array(list).bytes, as: UTF8.self) }
}
