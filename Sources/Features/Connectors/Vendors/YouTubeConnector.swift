import Foundation
import Records
import Vault
import Web

/// YouTube: a channel's videos and its daily figures, also by video, source of traffic, country and device.
///
/// Quota belongs to our project, so all organizations share it; days are Pacific days and come two or three days late.
public struct YouTubeConnector: Connector {
    public let platform = "youtube"
    public let name = "YouTube"

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "oauth",
                .oauth2(
                    OAuth2(
                        refresh: .kept, usesPKCE: true,
                        authorizeParameters: ["access_type": "offline", "prompt": "consent"])))
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://www.googleapis.com/youtube/{version}",
                "analytics": "https://youtubeanalytics.googleapis.com/{analytics_version}",
                "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
                "token": "https://oauth2.googleapis.com/token", "revoke": "https://oauth2.googleapis.com/revoke",
                "watch": "https://www.youtube.com/watch?v=", "hub": "https://pubsubhubbub.appspot.com",
                "feed": "https://www.youtube.com/xml/feeds/videos.xml?channel_id=",
            ], version: "v3",
            scopes: [
                "https://www.googleapis.com/auth/youtube.readonly",
                "https://www.googleapis.com/auth/yt-analytics.readonly",
                "https://www.googleapis.com/auth/youtube.force-ssl",
            ], values: ["analytics_version": "v2", "day_zone": Self.dayZone, "revenue_currency": "USD"],
            budgets: [
                RateBudget("hub", calls: 5, per: 1), RateBudget("analytics", calls: 600, per: 60, isShared: true),
                RateBudget(calls: 20, per: 1, daily: 10_000, dayZone: Self.dayZone, isShared: true),
            ])
    }

    /// Quota days and the days of figures are Pacific ones, wherever the channel is.
    static let dayZone = "America/Los_Angeles"

    // MARK: Account

    /// The channel that was picked in the consent, and a report of a day that proves the right to read figures.
    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let response = try await client.send(
            .get("/channels", ["part": "id,snippet,contentDetails,statistics", "mine": "true"]))
        guard let channel = response.json.at("items.0"), let id = channel.at("id")?.text else {
            throw VendorFault.actionRequired(.chooseAccount, message: "This Google account has no YouTube channel.")
        }
        let zone = client.settings.values["day_zone"] ?? Self.dayZone
        let day = VendorTime.day(VendorTime.day(response.receivedAt, in: zone), plus: -5)
        _ = try await client.send(Self.report(from: day, to: day, dimensions: "day", metrics: ["views"]))
        return VendorAccount(
            id: id, name: channel.at("snippet.title")?.text ?? id,
            currency: client.settings.values["revenue_currency"], timeZone: zone)
    }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            videos,
            figures(
                "metric_days", .days(restated: 10, slice: 90, history: 730), every: 21_600, level: "account", key: nil,
                dimensions: "day"),
            figures(
                "traffic_days", .days(restated: 10, slice: 30, history: 180), level: "traffic_source",
                key: "insightTrafficSourceType", dimensions: "day,insightTrafficSourceType",
                metrics: ["views", "estimatedMinutesWatched"]),
            // These know no days beside their own dimension: a day is asked for by itself.
            figures(
                "video_days", .days(restated: 10, slice: 1, history: 90), level: "video", key: "video",
                dimensions: "video", sort: "-views", maxResults: 200),
            figures(
                "country_days", .days(restated: 10, slice: 1, history: 90), level: "country", key: "country",
                dimensions: "country", metrics: ["views", "estimatedMinutesWatched"]),
            figures(
                "device_days", .days(restated: 10, slice: 1, history: 90), level: "device", key: "deviceType",
                dimensions: "deviceType", metrics: ["views", "estimatedMinutesWatched"]),
        ]
    }

    private static let metrics = [
        "views", "estimatedMinutesWatched", "averageViewDuration", "averageViewPercentage", "likes", "dislikes",
        "comments", "shares", "subscribersGained", "subscribersLost",
    ]

    /// The channel names its playlist of uploads; that one is read, never the search, and its videos are asked for.
    private var videos: SyncStream {
        SyncStream(
            "creatives", .all, every: 21_600, pager: Self.uploads, records: "items", id: "id",
            required: ["id", "snippet"],
            request: { _ in .get("/channels", ["part": "id,snippet,contentDetails,statistics", "mine": "true"]) },
            expand: { items, client in
                let ids = items.compactMap { $0.at("contentDetails.videoId")?.text }
                guard !ids.isEmpty else { return [] }
                let query: Pairs = [
                    "part": "snippet,contentDetails,statistics,status", "id": ids.joined(separator: ","),
                    "maxResults": "50",
                ]
                return try await client.send(.get("/videos", query)).json.at("items")?.list ?? []
            },
            map: { record, context, batch in try Self.video(record, context, &batch) })
    }

    private static let uploads = Pager.custom(nil) { response, place in
        if let playlist = response.json.at("items.0.contentDetails.relatedPlaylists.uploads")?.text {
            return list(of: playlist)
        }
        guard let token = place.token, let next = response.json.at("nextPageToken")?.text else { return nil }
        let first = token.components(separatedBy: "&pageToken=")[0]
        return first + "&pageToken=" + PercentCoding.encode(next)
    }

    private static func list(of playlist: String) -> String {
        "/playlistItems?part=contentDetails%2Csnippet&maxResults=50&playlistId=" + PercentCoding.encode(playlist)
    }

    private func figures(
        _ stream: String, _ span: SpanRule, every: TimeInterval = 86_400, level: String, key: String?,
        dimensions: String, metrics: [String] = Self.metrics, sort: String? = nil, maxResults: Int? = nil
    ) -> SyncStream {
        SyncStream(
            stream, span, every: every, pager: .single, records: "rows", id: key ?? "day",
            required: [key ?? "day", "views"],
            request: { query in
                guard let days = query.span.days else { throw MappingProblem("span") }
                let isPaid = key == nil && query.settings.scopes.contains { $0.hasSuffix("monetary.readonly") }
                var request = Self.report(
                    from: days.from, to: days.to, dimensions: dimensions,
                    metrics: isPaid ? metrics + ["estimatedRevenue"] : metrics)
                request.query.add("sort", sort)
                request.query.add("maxResults", maxResults.map(String.init))
                if isPaid { request.query.add("currency", query.account.currency) }
                return request
            }, unpack: Self.table,
            map: { record, context, batch in try Self.day(record, level, key, context, &batch) })
    }

    private static func report(from: String, to: String, dimensions: String, metrics: [String]) -> VendorRequest {
        VendorRequest(
            .get, "/reports", base: "analytics",
            query: [
                "ids": "channel==MINE", "startDate": from, "endDate": to, "dimensions": dimensions,
                "metrics": metrics.joined(separator: ","),
            ], endpoint: "analytics")
    }

    /// Rows under the names of their columns; without data there are no rows at all.
    static let table: @Sendable (JSONValue) -> [JSONValue]? = { reply in
        guard reply.isObject else { return nil }
        let columns = (reply.at("columnHeaders")?.list ?? []).compactMap { $0.at("name")?.text }
        var records: [JSONValue] = []
        for row in reply.at("rows")?.list ?? [] {
            guard row.list.count == columns.count else { return nil }
            records.append(.object(zip(columns, row.list).map { .init($0, $1) }))
        }
        return records
    }
}
