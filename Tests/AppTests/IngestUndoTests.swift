import Foundation
import TestSupport
import Testing
import Waiting

@testable import App

@Suite("Taking back what programs sent")
struct IngestUndoTests {
    private typealias Row = [String: Any]

    private func post(_ app: TestApp, _ token: String, _ type: String, _ rows: [Row]) async throws -> Row {
        let answer = try await app.http.send(
            "POST", "/api/v1/ingest/\(type)",
            headers: ["Content-Type": "application/json", "Authorization": "Bearer " + token],
            body: Array(try JSONSerialization.data(withJSONObject: rows)))
        #expect(answer.status == 207, "\(answer.text)")
        return answer.json ?? [:]
    }

    private func undo(_ app: TestApp, _ token: String, _ answer: Row) async throws {
        let id = try #require(answer["id"] as? String)
        let started = try await app.http.api("POST", "/api/v1/ingest/requests/\(id)/undo", [:], token: token)
        #expect(started.status == 202, "\(started.text)")
        let isUndone = try await eventually {
            let now = try await app.http.api("GET", "/api/v1/ingest/requests/\(id)", token: token)
            return now.json?["state"] as? String == "undone"
        }
        #expect(isUndone)
    }

    @Test("requests are listed, stand on the page with their button, and a second undo is refused")
    func listed() async throws {
        try await TestApp.run { app in
            let shop = try await app.register("listedshop")
            let sent = try await post(app, shop.token, "products", [["id": "p-1", "title": "Shirt"], ["id": "p-9"]])
            let id = try #require(sent["id"] as? String)
            let list = try await app.http.api("GET", "/api/v1/ingest/requests", token: shop.token)
            let row = try #require((list.json?["data"] as? [Row])?.first)
            #expect(row["id"] as? String == id && row["state"] as? String == "received")
            #expect((row["counts"] as? [String: Int])?["refused"] == 1 && row["received"] as? Int == 2)
            let cookie = try await app.signIn(shop)
            let page = try await app.http.page("/o/\(shop.slug)/imports", cookie: cookie)
            #expect(page.text.contains("/imports/requests/\(id)/undo"))
            try await undo(app, shop.token, sent)
            let twice = try await app.http.api("POST", "/api/v1/ingest/requests/\(id)/undo", [:], token: shop.token)
            #expect(twice.status == 409)
            let other = try await app.register("othershop")
            let foreign = try await app.http.api("GET", "/api/v1/ingest/requests/\(id)", token: other.token)
            #expect(foreign.status == 404)
            let log = try await app.http.api("GET", "/api/v1/audit", token: shop.token)
            #expect(log.text.contains("ingest.undone"))
        }
    }
}
