import BSON
import Customers
import Foundation
import Jobs
import Mongo
import TestSupport
import Testing
import Waiting

@testable import App

@Suite("An organization that changes its currency or time zone")
struct ConventionsTests {
    private struct Place {
        let app: TestApp
        let tenant: TestApp.Tenant
        let cookie: String

        /// Changes a setting and waits until the figures follow it.
        func change(_ setting: String, to value: String, field: String) async throws {
            let answer = try await app.http.api(
                "PATCH", "/api/v1/organizations/current", [setting: value], token: tenant.token)
            #expect(answer.status == 200, "\(answer.text)")
            let isDone = try await eventually(within: .seconds(120)) {
                let days = try await app.dependencies.database.collection("order_days").find([:])
                let jobs = try await app.dependencies.queue.list(partition: tenant.organizationID)
                return !days.isEmpty && days.allSatisfy { $0[field]?.stringValue == value }
                    && jobs.allSatisfy(\.state.isFinal)
            }
            #expect(isDone)
        }

        func page(_ path: String) async throws -> String {
            try await app.http.page("/o/\(tenant.slug)/\(path)", cookie: cookie).text
        }

        func segments() async throws -> [[String: Any]] {
            let answer = try await app.http.api("GET", "/api/v1/eyes/segments", token: tenant.token)
            return answer.json?["data"] as? [[String: Any]] ?? []
        }

        func values() async throws -> [String] {
            try await segments().map { segment in
                let value = segment["value"] as? [String: Any]
                return "\(value?["amount_minor"] ?? "none") \(value?["currency"] ?? "none")"
            }
        }

        func spent() async throws -> [Int64] {
            try await app.dependencies.database.collection("customers").find([:], options: .init(sort: ["_id": 1]))
                .map { $0["spent_minor"]?.int64Value ?? -1 }
        }
    }

    private func open(
        _ name: String, customers: Int, _ body: @escaping @Sendable (Place, EyesShop) async throws -> Void
    ) async throws {
        try await TestApp.run { app in
            let tenant = try await app.register(name)
            let shop = EyesShop(app: app, tenant: tenant)
            try await shop.fill(customers, .told)
            try await body(Place(app: app, tenant: tenant, cookie: try await app.signIn(tenant)), shop)
        }
    }

    @Test("figures follow the currency: what has no rate is said to have none, and nothing stands under another sign")
    func currency() async throws {
        try await open("conventions", customers: 120) { place, shop in
            try await shop.run()
            let (values, spent, home) = (
                try await place.values(), try await place.spent(), try await place.page("home")
            )
            #expect(!values.isEmpty && values.allSatisfy { $0.hasSuffix("USD") && !$0.hasPrefix("0") })
            #expect(!home.contains("without a rate"))
            try await place.change("currency", to: "EUR", field: "currency")
            #expect(try await place.spent().allSatisfy { $0 == 0 })
            let changed = try await place.page("home")
            #expect(changed.contains("without a rate to EUR") && changed.contains("No amounts in EUR"))
            #expect(!changed.contains("€0"))
            #expect(Set(try await place.values()) == ["0 EUR"])
            for path in ["eyes", "eyes?tab=churn", "eyes?tab=churn&horizon=90d"] {
                let page = try await place.page(path)
                #expect(page.contains("currency without a rate"), "\(path)")
                #expect(!page.contains("€0"), "\(path)")
            }
            try await place.change("currency", to: "USD", field: "currency")
            #expect(try await place.spent() == spent)
            #expect(try await place.values() == values)
        }
    }

    @Test("days follow the time zone, and so does how far a source reaches")
    func timeZone() async throws {
        try await open("zones", customers: 20) { place, _ in
            let database = place.app.dependencies.database
            let orders = try await database.collection("orders").count([:])
            try await place.change("time_zone", to: "Pacific/Auckland", field: "time_zone")
            let days = try await database.collection("order_days").find([:])
            #expect(days.reduce(0) { $0 + ($1["orders"]?.int64Value ?? 0) } == orders)
            let state = try #require(try await database.collection("data_states").find([:]).first)
            let sources = state["sources"]?.arrayValue?.compactMap(\.documentValue) ?? []
            let until = try #require(sources.first?["complete_until"]?.dateValue)
            let calendar = DayCalendar("Pacific/Auckland")
            #expect(until == calendar.startOfDay(until))
        }
    }
}
