import Foundation
import Testing
import TestSupport
import Web

@testable import App

/// Walks every route that is mounted, as one organization with the ids of another. A new route is covered without
/// writing anything here.
@Suite("Two tenants")
struct TwoTenantTests {
    /// Data of A, and every string of it that B must never see.
    private struct Planted {
        var ids: [String: [String]] = [:]
        var secrets: [String] = []
    }

    @Test("no route gives B anything of A, by page or by API")
    func walk() async throws {
        try await TestApp.run { app in
            let a = try await app.register("aaatenant")
            let b = try await app.register("bbbtenant")
            let planted = try await plant(app, a)
            let cookie = try await app.signIn(b)
            let routes = Routers(app.dependencies)
            _ = routes.build()
            for route in routes.registry.routes where !route.pathParameters.isEmpty {
                for path in paths(route, planted, slugs: [a.slug, b.slug]) {
                    let answer = try await send(app, route, path, token: b.token, cookie: cookie)
                    let ownIndex = path.contains("/o/\(b.slug)") && route.pathParameters == ["slug"]
                    if !ownIndex {
                        #expect(
                            [404, 401, 405].contains(answer.status) || (answer.status == 403 && route.kind == .api)
                                || isPublicToken(route),
                            "\(route.method) \(path) answers \(answer.status)")
                    }
                    for secret in planted.secrets where answer.text.contains(secret) {
                        Issue.record("\(route.method) \(path) shows \(secret)")
                    }
                }
            }
        }
    }

    @Test("every route without a token or session is refused, except the ones that are meant to be open")
    func anonymous() async throws {
        try await TestApp.run(worker: false) { app in
            let a = try await app.register("aaatenant")
            let routes = Routers(app.dependencies)
            _ = routes.build()
            for route in routes.registry.routes where route.access != .open {
                let path = route.path(filling: { $0 == "slug" ? a.slug : "x_1" })
                let answer = try await send(app, route, path, token: nil, cookie: nil)
                let isSignIn = answer.status == 303 && (answer.header("location") ?? "").hasPrefix("/login")
                #expect(isSignIn || [401, 403].contains(answer.status), "\(route.method) \(path) answers \(answer.status)")
            }
        }
    }

    private func isPublicToken(_ route: RouteDescription) -> Bool {
        route.path.contains("{token}")
    }

    private func plant(_ app: TestApp, _ tenant: TestApp.Tenant) async throws -> Planted {
        var planted = Planted(secrets: ["owner@aaatenant.test", "SECRETCUSTOMER", tenant.organizationID])
        let csv = "customer_id,date,amount\nSECRETCUSTOMER,2026-01-02,12.50\nSECRETCUSTOMER,2026-02-02,9.50\n"
        let upload = try await app.http.send(
            "POST", "/api/v1/imports",
            headers: ["Authorization": "Bearer " + tenant.token, "Content-Type": "text/csv", "X-File-Name": "orders.csv"],
            body: Array(csv.utf8))
        if let id = upload.json?["import_id"] as? String {
            planted.ids["imports", default: []].append(id)
            let mapping = try await app.http.api(
                "PUT", "/api/v1/imports/\(id)/mapping",
                [
                    "columns": ["customer": "customer_id", "date": "date", "amount": "amount"], "currency": "USD",
                    "consent": ["purpose": "marketing_analytics", "confirmed": true],
                ], token: tenant.token)
            #expect(mapping.status == 200, "\(mapping.text)")
            let run = try await app.http.api("POST", "/api/v1/imports/\(id)/run", [:], token: tenant.token)
            let job = run.json?["job_id"] as? String ?? ""
            planted.ids["jobs", default: []].append(job)
            let finished = try await eventually {
                let state = try await app.http.api("GET", "/api/v1/jobs/\(job)", token: tenant.token)
                return ["succeeded", "failed"].contains(state.json?["state"] as? String ?? "")
            }
            #expect(finished)
        } else {
            Issue.record("upload answers \(upload.status): \(upload.text)")
        }
        for (area, path) in [
            ("customers", "/api/v1/customers"), ("users", "/api/v1/users"), ("audit", "/api/v1/audit"),
            ("runs", "/api/v1/eyes/runs"),
        ] {
            let list = try await app.http.api("GET", path, token: tenant.token)
            let rows = list.json?["data"] as? [[String: Any]] ?? []
            planted.ids[area, default: []] += rows.prefix(2).compactMap { row in
                ["id", "customer_id", "user_id", "audit_id", "run_id"].compactMap { row[$0] as? String }.first
            }
        }
        #expect(planted.ids["customers"]?.isEmpty == false)
        planted.secrets += planted.ids["customers"] ?? []
        return planted
    }

    /// The route's address with A's slug, and with B's own slug and A's ids.
    private func paths(_ route: RouteDescription, _ planted: Planted, slugs: [String]) -> [String] {
        let ids = Set(planted.ids.values.flatMap { $0 }).sorted().filter { !$0.isEmpty }
        let hasID = route.pathParameters.contains { $0 != "slug" }
        return (route.pathParameters.contains("slug") ? slugs : [""]).flatMap { slug in
            (hasID ? ids : [""]).map { id in route.path(filling: { $0 == "slug" ? slug : id }) }
        }
    }

    private func send(
        _ app: TestApp, _ route: RouteDescription, _ path: String, token: String?, cookie: String?
    ) async throws -> HTTP.Answer {
        let isRead = route.method == .get
        if route.kind == .api {
            return try await app.http.api(route.method.rawValue, path, isRead ? nil : [:], token: token)
        }
        return isRead
            ? try await app.http.page(path, cookie: cookie) : try await app.http.form(path, [:], cookie: cookie)
    }
}
