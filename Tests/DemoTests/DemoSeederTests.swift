import Accounts
import Audit
import BSON
import Customers
import Eyes
import Foundation
import Jobs
import Mongo
import Platforms
import Tenancy
import TestMongo
import Testing
import Vault
import Waiting

@testable import Demo

@Suite("Seeding and removing the demo")
struct DemoSeederTests {
    static let specs =
        Audit.collections + Accounts.collections + Customers.collections + Platforms.collections + Eyes.collections
        + [Tenancy.organizations, Tenancy.memberships]

    /// A shop of 300 people on a database with all indexes and validators.
    private func withHouse(_ body: (House) async throws -> Void) async throws {
        try await TestMongo.shared().withDatabase { database in
            for spec in Self.specs { try await spec.install(in: database) }
            let house = try House(database)
            defer { try? FileManager.default.removeItem(atPath: house.folder) }
            try await body(house)
        }
    }

    @Test("a seeded demo is marked, whole, audited, and handed on once")
    func seeds() async throws {
        try await withHouse { house in
            let seeded = try await house.seed()
            #expect(seeded.isNew && seeded.organization.kind == .demo && seeded.customers == 300)
            let scope = try #require(try await house.scope())
            let state = try await CustomerFigures(scope, house.database).dataState()
            #expect(state.customers > 350 && state.orders > 2_000 && state.version > 0)
            let reading = try await CustomerStore(scope, house.database).open(
                purpose: .marketingAnalytics, consentAt: DemoGeneratorTests.noon)
            #expect(reading.counts.loaded == state.customers && reading.counts.excludedMissing > 0)
            #expect((250..<370).contains(reading.counts.used))
            #expect(try await house.audit.verify(scope).isIntact)
            #expect(house.loaded.value == 1)
            let again = try await house.seed()
            #expect(!again.isNew && again.organization.id == seeded.organization.id && house.loaded.value == 1)
        }
    }

    @Test("the market stall's file went through the import like anybody's, bad rows put aside")
    func importsFile() async throws {
        try await withHouse { house in
            _ = try await house.seed()
            let scope = try #require(try await house.scope())
            let records = try await house.imports.list(scope, limit: 10)
            #expect(records.map(\.state) == [.finished] && records.map(\.fileName) == [DemoMarketFile.name])
            let counts = try #require(records.first?.counts)
            #expect(counts.quarantined == DemoMarketFile.unreadableRows && counts.ordersNew == 150)
            #expect(counts.customersNew > 60 && counts.consentsNew > 40)
            let problems = try await house.imports.problems(scope, records[0].id, limit: 10)
            #expect(problems.map(\.code) == [.negativeAmount, .missingValue, .badEmail, .badQuantity])
        }
    }

    @Test("removal leaves no row of the demo and touches nobody else")
    func removes() async throws {
        try await withHouse { house in
            let neighbour = try await house.neighbour()
            let before = try await house.rows(of: neighbour)
            let seeded = try await house.seed()
            let removed = try await house.seeder.remove()
            #expect(removed["orders", default: 0] > 2_000 && removed["customers", default: 0] > 350)
            #expect(try await house.rows(of: seeded.organization.id) == 0)
            let files = house.folder + "/imports/" + seeded.organization.id
            #expect(!FileManager.default.fileExists(atPath: files), "neither are uploaded files left")
            #expect(try await house.memberships.demoOrganization() == nil)
            #expect(try await house.rows(of: neighbour) == before && before > 0)
            #expect(try await house.seeder.remove().isEmpty)
        }
    }

    @Test("two builds with one seed hold the same rows; a reset is as good as new")
    func equalBuilds() async throws {
        try await withHouse { house in
            _ = try await house.seed()
            let first = try await house.orders()
            _ = try await house.seeder.remove()
            _ = try await house.seed()
            #expect(try await house.orders() == first && first.count > 2_000)
        }
    }

    @Test("a demo that a crash left half-filled is made anew")
    func halfFilled() async throws {
        try await withHouse { house in
            let first = try await house.seed()
            try await house.database.collection(DataState.spec.name).delete(
                [Tenancy.organizationField: .string(first.organization.id)], multi: true)
            // The figures are remembered for a second; what counts is what the next process reads.
            #expect(try await eventually { try await house.seed().isNew })
            #expect(try await house.rows(of: first.organization.id) == 0)
        }
    }
}
