import BSON
import Foundation
import Mongo
import TestSupport
import Testing
import Web

@testable import App

/// What the server says of each query that a route makes: none reads a collection from end to end.
@Suite("Query plans")
struct QueryPlanTests {
    /// Enough for all of it: the oldest would go first.
    private static let profileBytes = 64 << 20

    @Test("no page and no read of the API scans a collection")
    func scans() async throws {
        try await Planted.withHubSpot { settings in
            try await TestApp.run(settings: settings) { app in
                let tenant = try await app.register("aaatenant")
                let planted = try await Planted(app, tenant)
                let database = app.dependencies.database
                _ = try await database.command([
                    "create": "system.profile", "capped": true, "size": .int(Self.profileBytes),
                ])
                _ = try await database.command(["profile": 2])
                let answered = try await visitAll(app, tenant, planted)
                // The server would have told of one.
                _ = try await database.collection("customers").find(["no_index_has_this": 1])
                _ = try await database.command(["profile": 0])
                let profile = database.collection("system.profile")
                let scans = Set(try await profile.find(["planSummary": ["$regex": "COLLSCAN"]]).map(Self.told))
                let told = try await profile.count([:])
                try await profile.drop()
                #expect(answered > 80 && told > answered)
                // Of the migrations, a handful of rows, all are wanted.
                #expect(scans.subtracting(["migrations: {}"]) == ["customers: {\"no_index_has_this\": 1}"])
            }
        }
    }

    /// How many of the routes that only read gave an answer.
    private func visitAll(_ app: TestApp, _ tenant: TestApp.Tenant, _ planted: Planted) async throws -> Int {
        let cookie = try await app.signIn(tenant)
        let routes = Routers(app.dependencies)
        _ = routes.build()
        let ids = Set(planted.ids.values.flatMap { $0 }).sorted().filter { !$0.isEmpty }
        var answered = 0
        // A stream stays open.
        for route in routes.registry.routes where route.method == .get && !route.path.hasSuffix("/stream") {
            let needsID = route.pathParameters.contains { $0 != "slug" }
            for id in needsID ? ids : [""] {
                let path = route.path(filling: { $0 == "slug" ? tenant.slug : id })
                let answer = try await app.send(route, path, token: tenant.token, cookie: cookie)
                #expect(answer.status < 500, "\(path) answers \(answer.status)")
                if answer.status == 200 { answered += 1 }
            }
        }
        return answered
    }

    /// Which collection was read, and by what.
    private static func told(_ entry: BSONDocument) -> String {
        let command = entry["command"]?.documentValue
        let question = command?["filter"] ?? command?["pipeline"] ?? command?["query"] ?? .null
        let collection = (entry["ns"]?.stringValue ?? "").split(separator: ".", maxSplits: 1).last ?? ""
        return "\(collection): \(question)"
    }
}
