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
    @Test("no route gives B anything of A, by page or by API")
    func walk() async throws {
        try await Planted.withHubSpot { settings in
            try await walk(settings)
        }
    }

    private func walk(_ settings: [String: String]) async throws {
        try await TestApp.run(settings: settings) { app in
            let a = try await app.register("aaatenant")
            let b = try await app.register("bbbtenant")
            let planted = try await Planted(app, a)
            let cookie = try await app.signIn(b)
            let routes = Routers(app.dependencies)
            _ = routes.build()
            for route in routes.registry.routes where !route.pathParameters.isEmpty && !isPublicToken(route) {
                for probe in probes(route, planted, own: b.slug, foreign: a.slug) {
                    let answer = try await app.send(route, probe.path, token: b.token, cookie: cookie)
                    let absent = try await app.send(route, probe.absent, token: b.token, cookie: cookie)
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
                let answer = try await app.send(route, path, token: nil, cookie: nil)
                let isSignIn = answer.status == 303 && (answer.header("location") ?? "").hasPrefix("/login")
                #expect(
                    isSignIn || [401, 403].contains(answer.status), "\(route.method) \(path) answers \(answer.status)")
            }
        }
    }

    private func isPublicToken(_ route: RouteDescription) -> Bool {
        route.path.contains("{token}")
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
}
