import Audit
import Customers
import Foundation
import Mongo
import Tenancy
import TestMongo
import Vault

/// An organization in a database of its own, and the short ways of filling it.
struct Shop: Sendable {
    let database: MongoDatabase
    let memberships: Memberships
    let scope: TenantScope
    let keys: PersonKeys
    let time: ManualTime

    var clock: WallClock { .manual(time) }

    /// Runs a test in a fresh database whose collections are installed with validators and indexes.
    static func open(
        timeZone: String = "UTC", currency: String = "USD", _ body: @Sendable @escaping (Shop) async throws -> Void
    ) async throws {
        try await TestMongo.shared().withDatabase { database in
            for spec in Tenancy.collections + Customers.collections + Audit.collections {
                try await spec.install(in: database)
            }
            let memberships = Memberships(database: database)
            let scope = try await Self.organization(memberships, "shop", timeZone: timeZone, currency: currency)
            let shop = Shop(
                database: database, memberships: memberships, scope: scope, keys: try Self.keys(),
                time: ManualTime(Date(timeIntervalSince1970: 1_767_225_600)))
            try await body(shop)
        }
    }

    static func organization(
        _ memberships: Memberships, _ slug: String, timeZone: String = "UTC", currency: String = "USD"
    ) async throws -> TenantScope {
        let organization = Organization(
            id: ID.make("org"), name: slug, slug: slug, timeZone: timeZone, currency: currency,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        return try await memberships.createOrganization(organization, owner: ID.make("usr"), ownerName: "Ana")
    }

    static func keys() throws -> PersonKeys {
        let key = Array(repeating: UInt8(7), count: 32)
        return PersonKeys(tokenizer: Tokenizer(key: key), sealer: Sealer(try KeyRing([("k1", key)])))
    }

    func writer(
        _ importID: String = "imp_1", statement: ConsentStatement? = nil, isWhole: Bool = false
    ) -> CustomerWriter {
        CustomerWriter(
            scope, database,
            source: WriteSource(connectionID: "con_1", platform: "csv", label: "CSV", importID: importID), keys: keys,
            statement: statement, isAlone: isWhole, isWhole: isWhole, clock: clock)
    }

    func statement(days: Double = 365) -> ConsentStatement {
        ConsentStatement(
            purpose: .marketingAnalytics, wordingVersion: "v1", statedAt: time.now,
            expiresAt: time.now.addingTimeInterval(days * 86_400), statedBy: "usr", proof: "test")
    }

    /// An order `day` days after 2025-01-01, at noon.
    static func order(
        _ id: String, of customer: String, day: Double, amount: Int64 = 1000, currency: String = "USD",
        status: OrderStatus = .paid, test: Bool = false
    ) -> OrderInput {
        OrderInput(
            externalID: id, customerExternalID: customer, placedAt: Self.day(day), amountMinor: amount,
            currency: currency, status: status, test: test)
    }

    static func day(_ day: Double) -> Date { Date(timeIntervalSince1970: 1_735_732_800 + day * 86_400) }

    func consent(
        _ customer: String, _ state: ConsentState = .granted, purpose: Purpose = .marketingAnalytics,
        basis: ConsentBasis = .consent, collected: Double? = 0, expires: Double? = 1000
    ) -> ConsentInput {
        ConsentInput(
            customerExternalID: customer, purpose: purpose, basis: basis, state: state,
            collectedAt: collected.map(Self.day), expiresAt: expires.map(Self.day))
    }
}
