import Foundation
import TestSupport
import Testing
import VendorServers
import Waiting
import Web

@testable import App

/// Data of one organization, and every string of it that another must never see.
struct Planted {
    private(set) var ids: [String: [String]] = [:]
    private(set) var secrets: [String]

    /// Imports orders, and connects the platform.
    init(_ app: TestApp, _ tenant: TestApp.Tenant) async throws {
        secrets = [tenant.email, "SECRETCUSTOMER", tenant.organizationID]
        let csv = "customer_id,date,amount\nSECRETCUSTOMER,2026-01-02,12.50\nSECRETCUSTOMER,2026-02-02,9.50\n"
        let upload = try await app.http.send(
            "POST", "/api/v1/imports?file_name=orders.csv",
            headers: ["Authorization": "Bearer " + tenant.token, "Content-Type": "text/csv"],
            body: Array(csv.utf8))
        if let id = upload.json?["id"] as? String {
            ids["imports", default: []].append(id)
            let run = try await app.http.api("POST", "/api/v1/imports/\(id)/run", [:], token: tenant.token)
            let job = run.json?["job_id"] as? String ?? ""
            ids["jobs", default: []].append(job)
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
            ids[area, default: []] += rows.prefix(2).compactMap { row in
                ["id", "customer_id", "user_id", "audit_id", "run_id"].compactMap { row[$0] as? String }.first
            }
        }
        try await connect(app, tenant)
        #expect(ids["customers"]?.isEmpty == false)
        secrets += ids["customers"] ?? []
    }

    /// A connection with a stand-in for its platform behind it.
    private mutating func connect(_ app: TestApp, _ tenant: TestApp.Tenant) async throws {
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
        ids["connections", default: []].append(id)
        secrets += ["SECRETCONNECTION", id]
        let isRead = try await eventually {
            let runs = try await app.http.api("GET", "/api/v1/connections/\(id)/runs", token: tenant.token)
            return (runs.json?["data"] as? [[String: Any]])?.isEmpty == false
        }
        #expect(isRead)
    }

    /// Runs the body with settings that lead to a stand-in of HubSpot.
    static func withHubSpot(_ body: @escaping @Sendable ([String: String]) async throws -> Void) async throws {
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
}

extension TestApp {
    /// Asks a route as a program or a browser would, each with its own way to say who.
    func send(
        _ route: RouteDescription, _ path: String, token: String?, cookie: String?
    ) async throws -> HTTP.Answer {
        let isRead = route.method == .get
        if route.kind == .api {
            return try await http.api(route.method.rawValue, path, isRead ? nil : [:], token: token)
        }
        return isRead
            ? try await http.page(path, cookie: cookie) : try await http.form(path, [:], cookie: cookie)
    }
}
