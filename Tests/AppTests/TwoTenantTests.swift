import Foundation
import TestSupport
import Testing
import VendorServers
import Waiting
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
        try await withHubSpot { settings in
            try await walk(settings)
        }
    }

    private func withHubSpot(_ body: @escaping @Sendable ([String: String]) async throws -> Void) async throws {
        let world = VendorWorld()
        try await VendorHost(HubSpotServer(world), world).whileRunning { host in
            try await body(
                Dictionary(
                    uniqueKeysWithValues: host.settings.map {
                        (PlatformConfiguration.variable("hubspot", $0.key), $0.value)
                    }))
            #expect(host.violations == [])
        }
    }

    private func walk(_ settings: [String: String]) async throws {
        try await TestApp.run(settings: settings) { app in
            let a = try await app.register("aaatenant")
            let b = try await app.register("bbbtenant")
            let planted = try await plant(app, a)
            let cookie = try await app.signIn(b)
            let routes = Routers(app.dependencies)
            _ = routes.build()
            for route in routes.registry.routes where !route.pathParameters.isEmpty && !isPublicToken(route) {
                for probe in probes(route, planted, own: b.slug, foreign: a.slug) {
                    let answer = try await send(app, route, probe.path, token: b.token, cookie: cookie)
                    let absent = try await send(app, route, probe.absent, token: b.token, cookie: cookie)
                    #expect(
                        answer.status == absent.status && answer.status >= 400,
                        "\(route.method) \(probe.path) answers \(answer.status), \(absent.status) for what is not there"
                    )
                    for secret in planted.secrets where answer.text.contains(secret) && !probe.path.contains(secret) {
                        Issue.record("\(route.method) \(probe.path) shows \(secret)")
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
                #expect(
                    isSignIn || [401, 403].contains(answer.status), "\(route.method) \(path) answers \(answer.status)")
            }
        }
    }

    private func isPublicToken(_ route: RouteDescription) -> Bool {
        route.path.contains("{token}")
    }

    /// A connection of A with a stand-in for its platform behind it.
    private func plantConnection(_ app: TestApp, _ tenant: TestApp.Tenant, _ planted: inout Planted) async throws {
        let answer = try await app.http.api(
            "POST", "/platforms/connect",
            [
                "platform": "hubspot", "label": "SECRETCONNECTION", "method": "token",
                "credentials": ["access_token": "pat-na1-test"],
            ], token: tenant.token)
        guard answer.status == 201, let id = answer.json?["id"] as? String else {
            Issue.record("connect answers \(answer.status): \(answer.text)")
            return
        }
        planted.ids["connections", default: []].append(id)
        planted.secrets += ["SECRETCONNECTION", id]
        let isRead = try await eventually {
            let runs = try await app.http.api("GET", "/api/v1/connections/\(id)/runs", token: tenant.token)
            return (runs.json?["data"] as? [[String: Any]])?.isEmpty == false
        }
        #expect(isRead)
    }

    private func plant(_ app: TestApp, _ tenant: TestApp.Tenant) async throws -> Planted {
        var planted = Planted(secrets: ["owner@aaatenant.test", "SECRETCUSTOMER", tenant.organizationID])
        let csv = "customer_id,date,amount\nSECRETCUSTOMER,2026-01-02,12.50\nSECRETCUSTOMER,2026-02-02,9.50\n"
        let upload = try await app.http.send(
            "POST", "/api/v1/imports?file_name=orders.csv",
            headers: ["Authorization": "Bearer " + tenant.token, "Content-Type": "text/csv"],
            body: Array(csv.utf8))
        if let id = upload.json?["id"] as? String {
            planted.ids["imports", default: []].append(id)
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
        try await plantConnection(app, tenant, &planted)
        #expect(planted.ids["customers"]?.isEmpty == false)
        planted.secrets += planted.ids["customers"] ?? []
        return planted
    }

    /// An address with something of A's in it, and the same address with something that exists nowhere.
    private struct Probe {
        var path: String
        var absent: String
    }

    private func probes(_ route: RouteDescription, _ planted: Planted, own: String, foreign: String) -> [Probe] {
        let ids = Set(planted.ids.values.flatMap { $0 }).sorted().filter { !$0.isEmpty }
        let hasSlug = route.pathParameters.contains("slug")
        func path(_ slug: String, _ id: String) -> String { route.path(filling: { $0 == "slug" ? slug : id }) }
        guard route.pathParameters.contains(where: { $0 != "slug" }) else {
            return hasSlug ? [Probe(path: path(foreign, ""), absent: path("nowhere", ""))] : []
        }
        return ids.flatMap { id -> [Probe] in
            let inOwn = Probe(path: path(own, id), absent: path(own, "nothing_0000000000"))
            return hasSlug ? [inOwn, Probe(path: path(foreign, id), absent: path("nowhere", id))] : [inOwn]
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
