import BSON
import Foundation
import Mongo
import TestSupport
import Testing

@testable import App

@Suite("Rows that programs send")
struct IngestTests {
    private typealias Row = [String: Any]

    private func post(
        _ app: TestApp, _ token: String?, _ type: String, _ body: String, as contentType: String = "application/json"
    ) async throws -> HTTP.Answer {
        var headers = ["Content-Type": contentType]
        if let token { headers["Authorization"] = "Bearer " + token }
        return try await app.http.send("POST", "/api/v1/ingest/\(type)", headers: headers, body: Array(body.utf8))
    }

    private func post(_ app: TestApp, _ token: String, _ type: String, _ rows: [Row]) async throws -> HTTP.Answer {
        let text = String(decoding: try JSONSerialization.data(withJSONObject: rows), as: UTF8.self)
        return try await post(app, token, type, text)
    }

    private func verdicts(_ answer: HTTP.Answer) -> [String] {
        (answer.json?["data"] as? [Row] ?? []).map { $0["verdict"] as? String ?? "" }
    }

    private func counts(_ answer: HTTP.Answer) -> [String: Int] { answer.json?["counts"] as? [String: Int] ?? [:] }

    private func order(_ id: Int, of customer: String = "c-1", minor: Int = 1250) -> Row {
        [
            "id": "o-\(id)", "customer_id": customer, "placed_at": "2026-01-0\(1 + id % 9)T10:00:00Z",
            "total": ["amount_minor": minor, "currency": "USD"],
        ]
    }

    private func customers(_ app: TestApp, _ token: String) async throws -> [Row] {
        try await app.http.api("GET", "/api/v1/customers?limit=100", token: token).json?["data"] as? [Row] ?? []
    }

    @Test("orders: created, the same again unchanged, another amount updated, and the customer's sums are right")
    func orders() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("ordershop")
            let first = try await post(app, shop.token, "orders", (0..<3).map { order($0) })
            #expect(first.status == 207)
            #expect(verdicts(first) == ["created", "created", "created"])
            let again = try await post(app, shop.token, "orders", (0..<3).map { order($0) })
            #expect(verdicts(again) == ["unchanged", "unchanged", "unchanged"])
            let changed = try await post(app, shop.token, "orders", [order(0, minor: 5000), order(9)])
            #expect(verdicts(changed) == ["updated", "created"])
            let people = try await customers(app, shop.token)
            #expect(people.count == 1 && people.first?["orders_count"] as? Int == 4)
            #expect((people.first?["spent"] as? Row)?["amount_minor"] as? Int == 5000 + 3 * 1250)
            let kept = try await app.dependencies.database.collection("replaced_orders").find([:])
            #expect(kept.count == 1 && kept.first?["expires_at"]?.dateValue != nil)
            let log = try await app.http.api("GET", "/api/v1/audit", token: shop.token)
            #expect(log.text.contains("ingest.received"))
        }
    }

    @Test("a bad row is refused with its field and in words, and keeps no other from being stored")
    func badRows() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("badrows")
            var unknown = order(1)
            unknown["colour"] = "red"
            var nobody = order(2)
            nobody["customer_id"] = nil
            let negative = order(3, minor: -1)
            var card = order(4)
            card["number"] = "4111111111111111"
            var late = order(5)
            late["placed_at"] = "yesterday"
            let answer = try await post(
                app, shop.token, "orders", [order(0), unknown, nobody, negative, card, late])
            #expect(verdicts(answer) == ["created"] + Array(repeating: "refused", count: 5))
            let rows = answer.json?["data"] as? [Row] ?? []
            let fields = rows.compactMap { ($0["errors"] as? [Row])?.first?["field"] as? String }
            #expect(fields == ["colour", "customer_id", "total.amount_minor", "number", "placed_at"])
            #expect(rows.compactMap { $0["index"] as? Int } == Array(0..<6))
            #expect(rows[3]["id"] as? String == "o-3")
            #expect(rows.dropFirst().allSatisfy { ($0["errors"] as? [Row])?.first?["message"] as? String != "" })
            #expect(!answer.text.contains("4111111111111111"))
            #expect(try await app.dependencies.database.collection("orders").count([:]) == 1)
        }
    }

    @Test("an order's lines are stored, and a line that cannot be one is refused with its place")
    func orderLines() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("lineshop")
            var good = order(1)
            good["lines"] = [
                ["product_id": "p", "quantity": 2, "total": ["amount_minor": 900, "currency": "USD"]],
                ["product_id": "q"],
            ]
            var bad = order(2)
            bad["lines"] = [
                ["product_id": "p"], ["product_id": "", "quantity": -1],
                ["product_id": "q", "total": ["amount_minor": 900, "currency": "EUR"]],
            ]
            var many = order(3)
            many["lines"] = (0..<201).map { ["product_id": "p\($0)"] }
            let answer = try await post(app, shop.token, "orders", [good, bad, many])
            #expect(verdicts(answer) == ["created", "refused", "refused"])
            let rows = answer.json?["data"] as? [Row] ?? []
            let fields = rows.map { ($0["errors"] as? [Row] ?? []).map { $0["field"] as? String ?? "" } }
            #expect(
                fields == [
                    [], ["lines.1.product_id", "lines.1.quantity", "lines.2.total.currency"], ["lines"],
                ])
            let stored = try await app.dependencies.database.collection("orders").find([:])
            let lines = stored.first?["lines"]?.arrayValue?.compactMap(\.documentValue) ?? []
            #expect(lines.map { $0["product"]?.stringValue } == ["p", "q"])
            #expect(lines.map { $0["amount_minor"]?.int64Value } == [900, nil])
            #expect(stored.first?["quantity"]?.intValue == 3)
        }
    }

    @Test("two rows of one id in a request: the newer state counts, and each row gets its verdict")
    func duplicates() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("doubleshop")
            func customer(_ tag: String, at: String?) -> Row {
                var row: Row = ["id": "c-1", "tags": [tag], "country": "ES"]
                row["updated_at"] = at
                return row
            }
            let plain = try await post(
                app, shop.token, "customers", [customer("first", at: nil), customer("second", at: nil)])
            #expect(verdicts(plain) == ["superseded", "created"])
            let dated = try await post(
                app, shop.token, "customers",
                [customer("new", at: "2026-05-02T00:00:00Z"), customer("old", at: "2026-05-01T00:00:00Z")])
            #expect(verdicts(dated) == ["updated", "superseded"])
            let id = try #require(try await customers(app, shop.token).first?["id"] as? String)
            let person = try await app.http.api("GET", "/api/v1/customers/\(id)", token: shop.token)
            #expect(person.json?["tags"] as? [String] == ["new"])
        }
    }

    private var oneOfEach: [String: Row] {
        [
            "customers": ["id": "c-1", "email": "ana@example.com", "country": "ES", "tags": ["vip"]],
            "orders": order(1),
            "events": [
                "id": "e-1", "event_type": "page_view", "ts": "2026-01-01T10:00:00Z", "customer_id": "c-1",
                "value": ["amount_minor": 10, "currency": "EUR"],
            ],
            "metric-days": [
                "day": "2026-01-01", "level": "campaign", "entity_id": "7", "source": "podcast",
                "spend": ["amount_minor": 1000, "currency": "EUR"], "clicks": 4,
            ],
            "metric-minutes": [
                "ts_minute": "2026-01-01T10:01:00Z", "metric": "spend", "level": "site", "entity_id": "shop",
                "amount": ["amount_minor": 100, "currency": "EUR"],
            ],
            "products": ["id": "p-1", "title": "Shirt", "price": ["amount_minor": 100, "currency": "EUR"]],
            "payments": [
                "id": "x-1", "kind": "charge", "occurred_at": "2026-01-01T10:00:00Z", "customer_id": "c-1",
                "amount": ["amount_minor": 100, "currency": "EUR"],
            ],
            "consents": [
                "customer_id": "c-9", "purpose": "marketing_analytics", "state": "granted",
                "collected_at": "2026-01-01T10:00:00Z", "wording_version": "v3",
            ],
            "usage": ["account_id": "a-1", "from": "2026-01-01", "to": "2026-01-31", "logins": 4],
        ]
    }

    @Test("every type takes a good row once and knows it again")
    func types() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("typeshop")
            for (type, row) in oneOfEach.sorted(by: { $0.key < $1.key }) {
                let answer = try await post(app, shop.token, type, [row])
                #expect(answer.status == 207 && verdicts(answer) == ["created"], "\(type): \(answer.text)")
                let again = try await post(app, shop.token, type, [row])
                #expect(verdicts(again) == ["unchanged"], "\(type): \(again.text)")
                var wrong = row
                wrong["surprise"] = true
                #expect(verdicts(try await post(app, shop.token, type, [wrong])) == ["refused"], "\(type)")
                let empty = try await post(app, shop.token, type, [[:]])
                #expect(verdicts(empty) == ["refused"], "\(type)")
            }
        }
    }

    @Test("a consent that names no end gets the policy's; a withdrawal beats it")
    func consents() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("consentshop")
            let yes: Row = [
                "customer_id": "c-1", "purpose": "marketing_analytics", "state": "granted",
                "collected_at": "2026-06-01T00:00:00Z", "wording_version": "v3", "proof": "form 7",
            ]
            #expect(verdicts(try await post(app, shop.token, "consents", [yes])) == ["created"])
            var person = try await customers(app, shop.token).first
            #expect((person?["consent"] as? Row)?["state"] as? String == "granted")
            #expect((person?["consent"] as? Row)?["until"] as? String == "2027-06-01T00:00:00Z")
            let no: Row = [
                "customer_id": "c-1", "purpose": "marketing_analytics", "state": "withdrawn",
                "collected_at": "2026-06-02T00:00:00Z",
            ]
            #expect(verdicts(try await post(app, shop.token, "consents", [no])) == ["created"])
            person = try await customers(app, shop.token).first
            #expect((person?["consent"] as? Row)?["state"] as? String == "withdrawn")
            let wrong: Row = ["customer_id": "c-1", "purpose": "service", "state": "granted"]
            #expect(verdicts(try await post(app, shop.token, "consents", [wrong])) == ["refused"])
            try await expectOrigins(app, shop.token, customerID: try #require(person?["id"] as? String))
        }
    }

    /// Entries name the connection they came by, in the ledger and on the timeline; what is entered here names none.
    private func expectOrigins(_ app: TestApp, _ token: String, customerID: String) async throws {
        let customer = try await app.http.api("GET", "/api/v1/customers/\(customerID)", token: token).json
        let connection = try #require(customer?["connection_id"] as? String)
        let here: Row = ["customer_id": customerID, "purpose": "email_marketing", "state": "withdrawn"]
        let entry = try await app.http.api("POST", "/api/v1/consents", here, token: token)
        #expect(entry.status == 201 && entry.json?["connection_id"] is NSNull)
        let ledger = try await app.http.api("GET", "/api/v1/consents", token: token).json?["data"] as? [Row] ?? []
        let timeline = try await app.http.api("GET", "/api/v1/customers/\(customerID)/timeline", token: token)
        let told = (timeline.json?["data"] as? [Row] ?? []).compactMap { $0["consent"] as? Row }
        for entries in [ledger, told] {
            let origins = entries.map { $0["connection_id"] as? String }
            #expect(origins.count == 3 && origins.count { $0 == connection } == 2 && origins.count { $0 == nil } == 1)
        }
    }

    @Test("a stream of lines is taken portion by portion; a line that is no JSON is a row refused")
    func stream() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("streamshop")
            var lines = (0..<2500).map { place in
                #"{"id":"e-\#(place)","event_type":"click","ts":"2026-01-01T10:00:00Z","customer_id":"c-\#(place % 7)"}"#
            }
            lines.insert("{broken", at: 1200)
            lines.insert("", at: 40)
            let body = lines.joined(separator: "\n")
            let answer = try await post(app, shop.token, "events", body, as: "application/x-ndjson; charset=utf-8")
            #expect(answer.status == 207 && answer.json?["received"] as? Int == 2501)
            #expect(counts(answer)["created"] == 2500 && counts(answer)["refused"] == 1)
            let refused = (answer.json?["data"] as? [Row] ?? []).filter { $0["verdict"] as? String == "refused" }
            #expect(refused.first?["index"] as? Int == 1200)
            #expect(try await app.dependencies.database.collection("events").count([:]) == 2500)
            let again = try await post(app, shop.token, "events", body, as: "application/x-ndjson")
            #expect(counts(again)["unchanged"] == 2500 && counts(again)["created"] == 0)
        }
    }

    @Test("limits and shapes: 1,001 rows, another content type, an unknown type, no list, no JSON")
    func refusals() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("limitshop")
            let many = try await post(app, shop.token, "orders", (0..<1001).map { order($0) })
            #expect(many.status == 413 && many.text.contains("1000"))
            #expect(try await app.dependencies.database.collection("orders").count([:]) == 0)
            #expect(try await post(app, shop.token, "orders", "a,b", as: "text/csv").status == 415)
            #expect(try await post(app, shop.token, "spaceships", "[]").status == 404)
            #expect(try await post(app, shop.token, "orders", "{}").status == 422)
            #expect(try await post(app, shop.token, "orders", "[{]").status == 400)
            #expect(try await post(app, shop.token, "orders", #"[{"$where":"1"}]"#).status == 400)
            #expect(try await post(app, nil, "orders", "[]").status == 401)
            let nothing = try await post(app, shop.token, "orders", "[]")
            #expect(nothing.status == 207 && nothing.json?["received"] as? Int == 0)
        }
    }

    @Test("two organizations with the same ids do not touch each other")
    func tenants() async throws {
        try await TestApp.run(worker: false) { app in
            let a = try await app.register("aingest")
            let b = try await app.register("bingest")
            #expect(verdicts(try await post(app, a.token, "orders", [order(1)])) == ["created"])
            #expect(verdicts(try await post(app, b.token, "orders", [order(1, minor: 99)])) == ["created"])
            #expect(verdicts(try await post(app, a.token, "orders", [order(1)])) == ["unchanged"])
            let seen = try await customers(app, a.token)
            #expect(seen.count == 1 && (seen.first?["spent"] as? Row)?["amount_minor"] as? Int == 1250)
        }
    }

    @Test("requests at once wait for each other, and the sums are right")
    func atOnce() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("atonce")
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for place in 0..<6 {
                    group.addTask { try await self.post(app, shop.token, "orders", [self.order(place)]).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0 == 207 })
            #expect(try await customers(app, shop.token).first?["orders_count"] as? Int == 6)
        }
    }

    @Test("what a crash has left undone is made good by the next request")
    func afterCrash() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("crashshop")
            _ = try await post(app, shop.token, "orders", [order(1)])
            let database = app.dependencies.database
            let orders = try await database.collection("orders").find([:])
            let run = try #require(orders.first?["import_id"]?.stringValue)
            _ = try await database.collection("customers").update([:], ["$set": ["orders_count": 0]], multi: true)
            _ = try await database.collection("connections").update(
                ["label": "Ingest API"], ["$set": ["unfinished_runs": [.string(run)]]])
            _ = try await post(app, shop.token, "orders", [order(2, of: "c-2")])
            let people = try await customers(app, shop.token)
            #expect(people.count == 2 && people.allSatisfy { $0["orders_count"] as? Int == 1 })
        }
    }

    @Test("the route stands in the OpenAPI document, with its limits and its permission")
    func documented() async throws {
        try await TestApp.run(worker: false) { app in
            let document = try await app.http.send("GET", "/api/openapi.json")
            let paths = document.json?["paths"] as? Row
            let operation = (paths?["/api/v1/ingest/{type}"] as? Row)?["post"] as? Row
            #expect(operation?["operationId"] as? String == "ingestRows")
            #expect(operation?["x-permission"] as? String == "customer:import")
            #expect((operation?["description"] as? String)?.contains("1,000 rows") == true)
        }
    }
}
