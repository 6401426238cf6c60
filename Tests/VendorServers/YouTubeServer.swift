import Crypto
import Foundation
import Synchronization
import Vault
import Web

/// YouTube's Data API v3 and Analytics API v2 as their sheet describes them: one channel, units a day until Pacific
/// midnight, figures three days late and by Pacific days.
public struct YouTubeServer: VendorServer {
    public static let platform = "youtube"

    private static let clientID = "yt-client.apps.example"
    private static let clientSecret = "yt-secret"
    private static let hubSecret = "yt-hub-secret"
    public static let channel = "UCnorthwind0000000000042"
    private static let uploads = "UUnorthwind0000000000042"
    private static let metrics = [
        "views", "estimatedMinutesWatched", "averageViewDuration", "averageViewPercentage", "likes", "dislikes",
        "comments", "shares", "subscribersGained", "subscribersLost", "engagedViews",
    ]

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let units = Units()
    private let limit: Int

    /// Units taken today.
    private final class Units: Sendable {
        private let state = Mutex((day: "", taken: 0))

        func take(on day: String, limit: Int) -> Bool {
            state.withLock { state in
                if state.day != day { state = (day, 0) }
                state.taken += 1
                return state.taken <= limit
            }
        }
    }

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 3600, rotates: false)
        limit = 10_000
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base + "/youtube/{version}", "analytics_url": base + "/{analytics_version}",
            "authorize_url": base + "/o/oauth2/v2/auth", "token_url": base + "/token", "revoke_url": base + "/revoke",
            "hub_url": base,
            "client_id": Self.clientID, "client_secret": Self.clientSecret, "webhook_secret": Self.hubSecret,
        ]
    }

    public var fields: [String: String] { [:] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }

    /// With a time to wait it is the day's quota, which ends at midnight whatever the time is.
    public func tooMany(retryAfter: Int?) -> VendorReply {
        retryAfter == nil
            ? error(403, "userRateLimitExceeded", "User rate limit exceeded.")
            : error(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.")
    }

    public func failure(_ status: Int) -> VendorReply { error(status, "backendError", "Backend error") }

    func error(_ status: Int, _ reason: String, _ message: String) -> VendorReply {
        let detail: JSONValue = [
            "domain": "youtube.quota", "reason": .string(reason), "message": .string(message),
        ]
        return .json(
            ["error": ["code": .int(Int64(status)), "message": .string(message), "errors": [detail]]], status: status)
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /o/oauth2/v2/auth") != nil { return try authorize(call) }
        if call.matches("POST /token") != nil { return try token(call) }
        if call.matches("POST /revoke") != nil { return try revoke(call) }
        if call.matches("POST /subscribe") != nil { return try hub(call) }
        guard let bearer = call.token(), tokens.isGood(bearer) else {
            return error(401, "authError", "Invalid Credentials")
        }
        if call.matches("GET /v2/reports") != nil { return try report(call) }
        try call.require(call.path.hasPrefix("/youtube/v3/"), "the version is v3")
        try call.require(!call.path.hasSuffix("/search"), "a channel's own videos are read from its uploads")
        guard units.take(on: pacificDay(world.clock.now()), limit: limit) else { return tooMany(retryAfter: 1) }
        if let reply = try write(call) { return reply }
        if call.matches("GET /youtube/v3/channels") != nil { return try channels(call) }
        if call.matches("GET /youtube/v3/playlistItems") != nil { return try playlist(call) }
        if call.matches("GET /youtube/v3/videos") != nil { return try videos(call) }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
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
        try call.require(call.query("response_type") == "code", "response_type")
        try call.require(call.query("access_type") == "offline" && call.query("prompt") == "consent", "offline access")
        try call.require(call.query("code_challenge_method") == "S256", "PKCE with S256")
        let scopes = (call.query("scope") ?? "").split(separator: " ")
        for right in ["youtube.readonly", "yt-analytics.readonly"] {
            try call.require(scopes.contains { $0.hasSuffix("/" + right) }, "scope \(right)")
        }
        let redirect = call.query("redirect_uri") ?? ""
        let code = tokens.code(["redirect_uri": redirect, "challenge": call.query("code_challenge") ?? ""])
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(302, headers: [("Location", "\(redirect)?state=\(state)&code=\(code)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        let form = call.form
        guard form["client_id"] == Self.clientID, form["client_secret"] == Self.clientSecret else {
            return .json(["error": "invalid_client", "error_description": "Unauthorized"], status: 401)
        }
        let bad = VendorReply.json(["error": "invalid_grant", "error_description": "Bad Request"], status: 400)
        switch form["grant_type"] {
        case "authorization_code":
            guard let facts = tokens.redeem(form["code"] ?? ""), facts["redirect_uri"] == form["redirect_uri"] else {
                return bad
            }
            let digest = Data(SHA256.hash(data: Data((form["code_verifier"] ?? "").utf8))).base64EncodedString()
            let challenge = digest.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
                .filter { $0 != "=" }
            guard facts["challenge"] == challenge else { return bad }
            let grant = tokens.issue()
            return self.grant(grant, refresh: grant.refresh)
        case "refresh_token":
            guard let grant = tokens.refresh(form["refresh_token"] ?? "") else { return bad }
            return self.grant(grant, refresh: nil)
        default: throw SheetViolation("grant_type \(form["grant_type"] ?? "missing")")
        }
    }

    private func grant(_ grant: TokenBook.Grant, refresh: String?) -> VendorReply {
        .json([
            "access_token": .string(grant.access), "refresh_token": refresh.map { .string($0) } ?? nil,
            "expires_in": 3600, "token_type": "Bearer",
            "scope":
                "https://www.googleapis.com/auth/youtube.readonly https://www.googleapis.com/auth/yt-analytics.readonly",
        ])
    }

    private func revoke(_ call: VendorCall) throws -> VendorReply {
        try call.require(call.form["token"] != nil, "token")
        tokens.revoke(call.form["token"] ?? "")
        return .json([:])
    }

    // MARK: Data

    private func channels(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["maxResults", "pageToken"], required: ["part", "mine"])
        try parts(call, ["id", "snippet", "contentDetails", "statistics", "status"])
        let channel: JSONValue = [
            "kind": "youtube#channel", "id": .string(Self.channel),
            "snippet": ["title": .string(world.company.name), "publishedAt": "2020-01-01T00:00:00Z"],
            "contentDetails": ["relatedPlaylists": ["uploads": .string(Self.uploads)]],
            "statistics": ["viewCount": "123456", "subscriberCount": "789", "videoCount": "24"],
        ]
        return .json(["kind": "youtube#channelListResponse", "items": [channel]])
    }

    private func playlist(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["maxResults", "pageToken"], required: ["part", "playlistId"])
        try parts(call, ["id", "snippet", "contentDetails", "status"])
        guard call.query("playlistId") == Self.uploads else { return error(404, "playlistNotFound", "Not found") }
        let size = call.number("maxResults", or: 5)
        try call.require((1...50).contains(size), "maxResults \(size) is over 50")
        let start = call.query("pageToken").flatMap { Int($0.dropFirst(4)) } ?? 0
        let all = listed
        let items: [JSONValue] = all.dropFirst(start).prefix(size).map {
            [
                "kind": "youtube#playlistItem", "id": .string("item-\($0.number)"),
                "snippet": ["title": .string($0.title)],
                "contentDetails": [
                    "videoId": .string(Self.videoID($0.number)),
                    "videoPublishedAt": .string(HubSpotServer.iso($0.createdAt)),
                ],
            ]
        }
        var members: [JSONValue.Member] = [
            .init("items", .array(items)), .init("pageInfo", ["totalResults": .int(Int64(all.count))]),
        ]
        if start + size < all.count { members.append(.init("nextPageToken", .string("CAUQ\(start + size)"))) }
        return .json(.object(members))
    }

    var listed: [SeededCompany.Product] { world.company.products.filter { $0.stock >= 0 } }

    private func videos(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["maxResults"], required: ["part", "id"])
        try parts(call, ["id", "snippet", "contentDetails", "statistics", "status"])
        let ids = (call.query("id") ?? "").split(separator: ",").map(String.init)
        try call.require((1...50).contains(ids.count), "\(ids.count) ids are over 50")
        let rows: [JSONValue] = listed.filter { ids.contains(Self.videoID($0.number)) }.map { product in
            let row: JSONValue = [
                "kind": "youtube#video", "id": .string(Self.videoID(product.number)),
                "snippet": [
                    "title": .string(product.title), "description": .string("How to brew \(product.title)"),
                    "publishedAt": .string(HubSpotServer.iso(product.createdAt)), "categoryId": "26",
                    "thumbnails": ["high": ["url": .string("https://i.example/\(product.number).jpg")]],
                    "defaultAudioLanguage": "en",
                ],
                "contentDetails": ["duration": "PT1M35S"],
                "statistics": ["viewCount": "1000", "likeCount": "10", "commentCount": "3"],
                "status": ["privacyStatus": product.isActive ? "public" : "private"],
            ]
            return book.patched(Self.videoID(product.number), row)
        }
        return .json(["items": .array(rows)])
    }

    private func parts(_ call: VendorCall, _ known: [String]) throws {
        let parts = (call.query("part") ?? "").split(separator: ",").map(String.init)
        try call.require(!parts.isEmpty && parts.allSatisfy { known.contains($0) }, "part \(parts)")
    }

    public static func videoID(_ number: Int) -> String { "vid\(10_000_000 + number)" }

    // MARK: Figures

    private func report(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: ["dimensions", "filters", "sort", "maxResults", "startIndex", "currency"],
            required: ["ids", "startDate", "endDate", "metrics"])
        try call.require(call.query("ids") == "channel==MINE", "ids")
        let metrics = (call.query("metrics") ?? "").split(separator: ",").map(String.init)
        if metrics.contains("estimatedRevenue") {
            return error(403, "insufficientPermissions", "Insufficient permission to access this report.")
        }
        try call.require(metrics.allSatisfy { Self.metrics.contains($0) }, "metrics \(metrics)")
        let days = try days(call)
        let dimensions = (call.query("dimensions") ?? "").split(separator: ",").map(String.init)
        let rows: [[JSONValue]]
        switch dimensions {
        case ["day"]: rows = days.map { [.string($0)] + figures(views($0), metrics) }
        case ["day", "insightTrafficSourceType"]:
            try call.require(
                metrics.allSatisfy { ["views", "estimatedMinutesWatched"].contains($0) }, "metrics of traffic")
            rows = days.flatMap { day in
                shares(views(day), ["YT_SEARCH", "SUBSCRIBER", "EXT_URL"]).map {
                    [.string(day), .string($0.0)] + figures($0.1, metrics)
                }
            }
        case ["video"]:
            try call.require(call.query("sort") == "-views", "the best videos need a sort")
            try call.require((1...200).contains(call.number("maxResults", or: 0)), "maxResults up to 200")
            rows = listed.map { product in
                (product.number, days.reduce(0) { $0 + Self.views(product.number, $1, world.company) })
            }
            .sorted { $0.1 > $1.1 }.prefix(call.number("maxResults", or: 10)).filter { $0.1 > 0 }
            .map { [.string(Self.videoID($0.0))] + figures($0.1, metrics) }
        case ["country"], ["deviceType"]:
            let names = dimensions == ["country"] ? ["US", "CA", "ES"] : ["MOBILE", "DESKTOP", "TV"]
            rows =
                days.isEmpty
                ? []
                : shares(days.reduce(0) { $0 + views($1) }, names).map {
                    [.string($0.0)] + figures($0.1, metrics)
                }
        default: throw SheetViolation("dimensions \(dimensions)")
        }
        return table(dimensions + metrics, dimensions: dimensions.count, rows)
    }

    private func table(_ names: [String], dimensions: Int, _ rows: [[JSONValue]]) -> VendorReply {
        let columns: [JSONValue] = names.enumerated().map { index, name in
            [
                "name": .string(name), "columnType": index < dimensions ? "DIMENSION" : "METRIC",
                "dataType": index < dimensions ? "STRING" : "INTEGER",
            ]
        }
        var members: [JSONValue.Member] = [
            .init("kind", "youtubeAnalytics#resultTable"), .init("columnHeaders", .array(columns)),
        ]
        if !rows.isEmpty { members.append(.init("rows", .array(rows.map { .array($0) }))) }
        return .json(.object(members))
    }

    /// Views of a video on a day; the channel's are those of all its videos.
    public static func views(_ video: Int, _ day: String, _ company: SeededCompany) -> Int64 {
        company.adDay(campaign: video, day: day).impressions
    }

    private func views(_ day: String) -> Int64 {
        listed.reduce(0) { $0 + Self.views($1.number, day, world.company) }
    }

    private func shares(_ views: Int64, _ names: [String]) -> [(String, Int64)] {
        let part = views / Int64(names.count)
        return names.enumerated().map { ($1, $0 == 0 ? views - part * Int64(names.count - 1) : part) }
    }

    private func figures(_ views: Int64, _ metrics: [String]) -> [JSONValue] {
        metrics.map { name in
            switch name {
            case "views": .int(views)
            case "averageViewPercentage": .double(41.5)
            default: .int(views / 10)
            }
        }
    }

    /// The days asked for that have figures already.
    private func days(_ call: VendorCall) throws -> [String] {
        let (from, to) = (call.query("startDate") ?? "", call.query("endDate") ?? "")
        guard let first = TikTokAdsServer.noon(from), let last = TikTokAdsServer.noon(to), first <= last else {
            throw SheetViolation("dates \(from) to \(to)")
        }
        let count = Int((last.timeIntervalSince(first) / 86_400).rounded()) + 1
        let covered = covered
        return (0..<count).map { TikTokAdsServer.day(first.addingTimeInterval(Double($0) * 86_400)) }
            .filter { covered.contains($0) }
    }

    /// From the day after the company's start up to three days ago.
    public var covered: ClosedRange<String> {
        pacificDay(
            world.company.start.addingTimeInterval(86_400))...pacificDay(
                world.clock.now().addingTimeInterval(-3 * 86_400))
    }

    private func pacificDay(_ date: Date) -> String {
        let offset = TimeZone(identifier: "America/Los_Angeles")?.secondsFromGMT(for: date) ?? -28_800
        return TikTokAdsServer.day(date.addingTimeInterval(Double(offset)))
    }

    // MARK: WebSub

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        let updated = HubSpotServer.iso(world.clock.now())
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom">
            <title>YouTube video feed</title><updated>\(updated)</updated><entry><id>yt:video:\(Self.videoID(customer))</id>
            <yt:videoId>\(Self.videoID(customer))</yt:videoId><yt:channelId>\(Self.channel)</yt:channelId>
            <title>New words</title><published>\(updated)</published><updated>\(updated)</updated></entry></feed>
            """
        let body = Array(text.utf8)
        let key = SymmetricKey(data: Data((book.hooks.hook(at: url)?.secret ?? Self.hubSecret).utf8))
        let code = HMAC<Insecure.SHA1>.authenticationCode(for: body, using: key)
        let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return SignedDelivery(
            headers: [("X-Hub-Signature", "sha1=" + hex), ("Content-Type", "application/atom+xml")], body: body)
    }
}
