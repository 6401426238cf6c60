import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("YouTube")
struct YouTubeTests {
    private let company = SeededCompany(size: .init(customers: 5, orders: 5, products: 120, days: 20))

    private func open(_ body: @escaping @Sendable (Lab<YouTubeServer>) async throws -> Void) async throws {
        try await Lab.open(YouTubeConnector(), YouTubeServer.self, company: company, body)
    }

    private func truth(_ lab: Lab<YouTubeServer>) -> (views: Int64, days: Int) {
        let company = lab.world.company
        var sum = (views: Int64(0), days: 0)
        var day = lab.server.covered.lowerBound
        while lab.server.covered.contains(day) {
            sum.views += company.products.reduce(0) { $0 + YouTubeServer.views($1.number, day, company) }
            sum.days += 1
            day = VendorTime.day(day, plus: 1)
        }
        return sum
    }

    private func views(_ lab: Lab<YouTubeServer>, _ level: String) async throws -> Int64 {
        try await lab.rows("metric_days", ["level": .string(level)])
            .reduce(0) { $0 + ($1["video_views"]?.int64Value ?? 0) }
    }

    @Test("the first load brings videos and every breakdown of the same views; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            #expect(connection.accountTimeZone == "America/Los_Angeles")
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("creatives") == 120)
            #expect(lab.host.calls("/playlistItems") == 3)
            let video = try #require(
                try await lab.rows("creatives", ["external_id": .string(YouTubeServer.videoID(7))]).first)
            #expect(video["duration_seconds"]?.intValue == 95)
            #expect(video["landing_url"]?.stringValue == "https://www.youtube.com/watch?v=" + YouTubeServer.videoID(7))
            let truth = truth(lab)
            #expect(try await lab.count("metric_days", ["level": "account"]) == truth.days)
            for level in ["account", "video", "traffic_source", "country", "device"] {
                #expect(try await views(lab, level) == truth.views)
            }
            #expect(try await lab.count("metric_days", ["level": "video"]) == truth.days * 120)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("days that were late come with a later sync; only restated days are asked for")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection, streams: ["metric_days", "video_days"])
            let first = truth(lab)
            let reports = lab.host.calls("/reports")
            lab.time.advance(by: 2 * 86_400)
            try await lab.sync(connection, streams: ["metric_days", "video_days"])
            let later = truth(lab)
            #expect(later.days == first.days + 2)
            #expect(try await lab.count("metric_days", ["level": "account"]) == later.days)
            #expect(try await views(lab, "video") == later.views)
            #expect(lab.host.calls("/reports") - reports == 11)
        }
    }

    @Test("a video that is gone counts as deleted")
    func vanished() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection, streams: ["creatives"])
            let now = lab.time.now
            lab.world.change { $0.change(product: 9, at: now) { $0.stock = -1 } }
            try await lab.sync(connection, streams: ["creatives"])
            let gone = try await lab.rows("creatives", ["external_id": .string(YouTubeServer.videoID(9))])
            #expect(gone.first?["deleted_at"] != nil)
            #expect(try await lab.count("creatives", ["deleted_at": .null]) == 119)
        }
    }

    @Test("the used-up quota waits until Pacific midnight, with a countdown, and then goes on")
    func quota() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.tooMany(retryAfter: 1), on: "/playlistItems", after: 1))
            try await lab.sync(connection, streams: ["creatives"])
            let status = try await lab.status(connection)
            #expect(status.state == .rateLimited)
            // The company's last moment is 2026-11-18 04:26:40 UTC, that is the evening of the 17th in California.
            let until = try #require(status.until)
            #expect(VendorTime.iso(until).hasSuffix("T08:00:00.000Z"))
            #expect(until.timeIntervalSince(lab.time.now) <= 86_400)
            lab.time.advance(by: until.timeIntervalSince(lab.time.now) + 1)
            let pages = lab.host.calls("/playlistItems")
            try await lab.sync(connection, streams: ["creatives"])
            #expect(try await lab.count("creatives") == 120)
            #expect(lab.host.calls("/playlistItems") - pages == 2)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("own traffic stops at four fifths of the day's units, for all organizations together")
    func sharedQuota() throws {
        let budget = try #require(YouTubeConnector().defaults.budgets.first { $0.endpoint == "*" })
        #expect(budget.isShared)
        let noon = try #require(CivilTime.parse("2026-11-21T20:00:00Z"))
        var bucket = TokenBucket(budget, at: noon)
        var now = noon
        for _ in 0..<8000 {
            if let wait = bucket.take(at: now) {
                now += wait
                let taken = bucket.take(at: now)
                #expect(taken == nil)
            }
        }
        let midnight = try #require(CivilTime.parse("2026-11-22T08:00:00Z"))
        let told = bucket.take(at: now)
        let wait = try #require(told)
        #expect(abs(now.addingTimeInterval(wait).timeIntervalSince(midnight)) < 1)
        #expect(bucket.take(at: midnight.addingTimeInterval(1)) == nil)
    }

    @Test("a short limit, a server error and a cut line are tried again")
    func lines() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(
                Fault(.tooMany(retryAfter: nil), on: "/videos"), Fault(.error(503), on: "/playlistItems"),
                Fault(.cut, on: "/reports", after: 3))
            try await lab.sync(connection)
            #expect(try await lab.count("creatives") == 120)
            #expect(try await views(lab, "video") == truth(lab).views)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a token that dies in the middle is refreshed; a revoked one asks to sign in again")
    func tokens() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.expire, on: "/videos", after: 1))
            try await lab.sync(connection)
            #expect(lab.server.tokens.refreshes == 1)
            #expect(try await lab.count("creatives") == 120)
            lab.host.inject(Fault(.revoke, on: "/playlistItems"))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).nextStep == .reconnect)
        }
    }

    @Test("columns are read by name; a table without views is a changed schema")
    func schema() async throws {
        let reply = try JSONParser.parse(
            Array(#"{"columnHeaders":[{"name":"views"},{"name":"day"}],"rows":[[5,"2026-11-01"]]}"#.utf8))
        #expect(YouTubeConnector.table(reply)?.first?.at("day")?.text == "2026-11-01")
        #expect(YouTubeConnector.table(["columnHeaders": []]) == [])
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.expectHeld(connection, without: "views", on: "/reports", streams: ["metric_days"])
        }
    }

    @Test("an account without a channel, or without the right to figures, is refused at once")
    func refusal() async throws {
        try await open { lab in
            lab.host.inject(Fault(.reply(.json(["kind": "youtube#channelListResponse"])), on: "/channels"))
            await #expect(
                throws: ConnectionError.refused(.chooseAccount, message: "This Google account has no YouTube channel.")
            ) {
                _ = try await lab.connectByOAuth()
            }
            let denied = VendorReply.json(
                ["error": ["code": 403, "message": "No", "errors": [["reason": "insufficientPermissions"]]]],
                status: 403)
            lab.host.inject(Fault(.reply(denied), on: "/reports"))
            await #expect(throws: ConnectionError.refused(.addScope, message: "No")) {
                _ = try await lab.connectByOAuth()
            }
            let connections = try await lab.count("connections")
            #expect(connections == 0)
        }
    }

    @Test("WebSub: nothing is confirmed that was not asked for, deliveries need the right HMAC-SHA1")
    func webSub() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let url = "https://app.example" + path
            let token = String(path.split(separator: "/").last ?? "")
            let query =
                "?hub.mode=subscribe&hub.challenge=echo42&hub.lease_seconds=432000&hub.topic="
                + PercentCoding.encode(
                    "https://www.youtube.com/xml/feeds/videos.xml?channel_id=" + YouTubeServer.channel)
            let asked = WebhookDelivery(
                method: "GET", url: url + query, headers: [:], body: [], receivedAt: lab.time.now)
            #expect(try await lab.service.receive(platform: "youtube", token: token, asked).status == 404)
            let signed = try #require(lab.server.webhook(customer: 3, url: url))
            #expect(try await lab.deliver(signed, to: path, altered: [0x20]) == 401)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.count("jobs", ["kind": "platforms.webhook"]) == 1)
        }
    }

    @Test("new words for a video keep what would be cleared")
    func actions() throws {
        let present: JSONValue = [
            "id": "v1",
            "snippet": ["title": "Old", "categoryId": "26", "tags": ["coffee"], "channelTitle": "Northwind"],
        ]
        let connector = YouTubeConnector()
        let request = try #require(
            connector.request(
                for: .setText(externalID: "v1", title: "New", body: "Words", present: present), fields: [:],
                settings: connector.defaults))
        #expect(request.method == .put && request.path == "/videos" && request.query["part"] == "snippet")
        #expect(
            request.body
                == .json([
                    "id": "v1",
                    "snippet": ["tags": ["coffee"], "categoryId": "26", "title": "New", "description": "Words"],
                ]))
    }
}
