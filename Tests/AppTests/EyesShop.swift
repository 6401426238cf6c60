import Connectors
import Customers
import Foundation
import Tenancy
import TestSupport
import Vault
import Waiting

@testable import App

/// Orders that EYES can, or cannot, learn from, written into an organization of a test app.
struct EyesShop: Sendable {
    enum Habits: Sendable {
        /// Some buy weekly and some twice a year: who will stay away can be told.
        case told
        /// Everybody buys at the same pace, by chance alone: nothing can be told.
        case chance
    }

    let app: TestApp
    let tenant: TestApp.Tenant
    var connectionID = "con_eyes"
    var platform = "csv"
    /// Before a number in the platform's ids.
    var prefix = ""

    static let days = 520

    private var source: WriteSource {
        WriteSource(connectionID: connectionID, platform: platform, label: "Shop", importID: "imp_eyes")
    }

    func customerID(_ number: Int) -> String {
        DerivedID("cus", tenant.organizationID, connectionID)(prefix + String(number))
    }

    func scope() async throws -> TenantScope {
        let memberships = app.dependencies.memberships
        guard let scope = try await memberships.jobScope(organizationID: tenant.organizationID, startedBy: nil) else {
            throw TestFailure("no scope")
        }
        return scope
    }

    private func write(_ batches: [WriteBatch]) async throws {
        let writer = CustomerWriter(
            try await scope(), app.dependencies.database, source: source,
            keys: app.dependencies.features.connections.keys, clock: app.dependencies.clock)
        for batch in batches { _ = try await writer.write(batch) }
        _ = try await writer.finish()
    }

    /// Customers 0 to `count` with orders of the last days, and consent to analysis and e-mail.
    func fill(
        _ count: Int, _ habits: Habits, consent purposes: [Purpose] = [.marketingAnalytics, .emailMarketing]
    ) async throws {
        var chance = Chance(state: 7)
        let end = app.dependencies.clock.now().addingTimeInterval(-43_200)
        var orders: [OrderInput] = []
        for customer in 0..<count {
            let gap = habits == .told ? exp(1.8 + 2.9 * chance.next()) : 50
            let size = 1_000 + 9_000 * chance.next()
            var age = Double(Self.days) * (0.5 + 0.5 * chance.next())
            var number = 0
            while age > 0 {
                orders.append(
                    OrderInput(
                        externalID: "\(customer)-\(number)", customerExternalID: prefix + String(customer),
                        placedAt: end.addingTimeInterval(-age * 86_400), amountMinor: Int64(size), currency: "USD"))
                age -= -log(1 - chance.next()) * gap
                number += 1
            }
        }
        let consents = (0..<count).flatMap { customer in
            purposes.map { consent(customer, $0, .granted) }
        }
        try await write(
            orders.portions(of: 1_000).map { WriteBatch(orders: $0) }
                + consents.portions(of: 1_000).map { WriteBatch(consents: $0) })
    }

    func withdraw(_ customer: Int) async throws {
        try await write([WriteBatch(consents: [consent(customer, .marketingAnalytics, .withdrawn)])])
    }

    private func consent(_ customer: Int, _ purpose: Purpose, _ state: ConsentState) -> ConsentInput {
        let now = app.dependencies.clock.now()
        return ConsentInput(
            customerExternalID: prefix + String(customer), purpose: purpose, state: state,
            collectedAt: now.addingTimeInterval(state == .granted ? -86_400 : -1),
            expiresAt: now.addingTimeInterval(86_400 * 300))
    }

    /// Starts a run and waits until it is published.
    func run() async throws {
        // A run that began by itself with the first load goes first.
        let isFree = try await eventually(within: .seconds(120)) {
            let answer = try await app.http.api("GET", "/api/v1/eyes/segments", token: tenant.token).json
            return answer != nil && !(answer?["running_job_id"] is String)
        }
        guard isFree else { throw TestFailure("another run does not end") }
        let started = try await app.http.api("POST", "/api/v1/eyes/analyze-segments", [:], token: tenant.token)
        guard let job = started.json?["job_id"] as? String else {
            throw TestFailure("start answers \(started.status): \(started.text)")
        }
        let isDone = try await eventually(within: .seconds(240)) {
            try await app.http.api("GET", "/api/v1/jobs/" + job, token: tenant.token).json?["state"] as? String
                == "succeeded"
        }
        guard isDone else { throw TestFailure("the run does not end") }
    }
}

/// SplitMix64, so that every test sees the same shop.
private struct Chance {
    var state: UInt64

    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992
    }
}
