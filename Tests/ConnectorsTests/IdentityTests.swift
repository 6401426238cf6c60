import Audit
import BSON
import Customers
import FaultLab
import Foundation
import Jobs
import Logging
import Mongo
import Records
import Tenancy
import Testing
import Vault
import VendorServers

@testable import Connectors

/// One organization with four platforms that know the same people.
private struct Office {
    let database: MongoDatabase
    let scope: TenantScope
    let service: ConnectionsService
    let hosts: [String: VendorHost]
    let time: ManualTime
    let keys: PersonKeys
    let company: SeededCompany

    static func open(_ body: @escaping @Sendable (Office) async throws -> Void) async throws {
        let company = SeededCompany(size: .init(customers: 60, orders: 90, campaigns: 2, events: 120, days: 20))
        let time = ManualTime(company.now.addingTimeInterval(60))
        func world() -> VendorWorld { VendorWorld(company, clock: .manual(time)) }
        let (one, two, three, four) = (world(), world(), world(), world())
        try await VendorHost(HubSpotServer(one), one).whileRunning { hubspot in
            try await VendorHost(KlaviyoServer(two), two).whileRunning { klaviyo in
                try await VendorHost(ShopifyServer(three), three).whileRunning { shopify in
                    try await VendorHost(TripleWhaleServer(four), four).whileRunning { triple in
                        let hosts = [
                            "hubspot": hubspot, "klaviyo": klaviyo, "shopify": shopify, "triplewhale": triple,
                        ]
                        try await LabDatabases.shared.lend { database in
                            try await body(try await make(database, hosts, time, company))
                        }
                        #expect(hosts.values.flatMap(\.violations) == [])
                    }
                }
            }
        }
    }

    private static func make(
        _ database: MongoDatabase, _ hosts: [String: VendorHost], _ time: ManualTime, _ company: SeededCompany
    ) async throws -> Office {
        let memberships = Memberships(database: database)
        let organization = Organization(
            id: ID.make("org"), name: "Shop", slug: "shop", timeZone: "UTC", currency: company.currency,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        let scope = try await memberships.createOrganization(organization, owner: ID.make("usr"), ownerName: "Ana")
        let key = Array(repeating: UInt8(7), count: 32)
        let ring = try KeyRing([("k1", key)])
        let keys = PersonKeys(tokenizer: Tokenizer(key: key), sealer: Sealer(ring))
        let clock = WallClock.manual(time)
        let service = ConnectionsService(
            database: database, queue: JobQueue(database: database, clock: clock), audit: AuditLog(database: database),
            keys: keys, memberships: memberships, ring: ring, overrides: hosts.mapValues(\.settings),
            connectors: [HubSpotConnector(), KlaviyoConnector(), ShopifyConnector(), TripleWhaleConnector()],
            clock: clock,
            pause: Pauses(time).pause)
        return Office(
            database: database, scope: scope, service: service, hosts: hosts, time: time, keys: keys, company: company)
    }

    func connect(_ platform: String) async throws -> Connection {
        let method = try #require(try service.connector(platform).methods.first { !$0.isRedirect })
        return try await service.connect(
            scope, platform: platform, methodID: method.id, fields: hosts[platform]?.server.fields ?? [:])
    }

    func sync(_ connection: Connection) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        _ = try await service.syncNow(scope, connection.id, streams: nil)
        await JobRunner(
            database: database, handlers: service.jobs, clock: service.clock,
            configuration: JobRunnerConfiguration(concurrency: 1), logger: logger
        ).workOff()
        #expect(try await service.detail(scope, connection.id).status.state == .healthy)
    }

    func ids(_ filter: BSONDocument) async throws -> [BSONDocument] {
        try await database.collection("customers").find(filter)
    }

    var merges: CustomerMerges {
        CustomerMerges(scope, database, audit: AuditLog(database: database), clock: service.clock)
    }
}

@Suite("People of several platforms")
struct IdentityTests {
    @Test(
        "the same people at three platforms are each one customer, whatever was connected first",
        arguments: [["hubspot", "klaviyo", "shopify"], ["shopify", "hubspot", "klaviyo"]])
    func joined(order: [String]) async throws {
        try await Office.open { office in
            for platform in order { try await office.sync(office.connect(platform)) }
            let size = office.company.size.customers
            let rows = try await office.ids([:])
            #expect(rows.count >= 3 * size)
            let people = Dictionary(grouping: rows.filter { $0["email_token"] != nil }) {
                $0["email_token"]?.stringValue ?? ""
            }
            #expect(people.count == size)
            for (_, rows) in people {
                #expect(Set(rows.map { $0["merged_into"]?.stringValue ?? $0["_id"]?.stringValue }).count == 1)
            }
            let figures = CustomerFigures(office.scope, office.database)
            let strangers = rows.count { $0["email_token"] == nil && $0["merged_into"] == nil }
            #expect(try await figures.dataState().customers == size + strangers)
        }
    }

    @Test("consent comes from the source, and analysis sees one person with everybody's orders")
    func reading() async throws {
        try await Office.open { office in
            for platform in ["shopify", "hubspot", "klaviyo"] { try await office.sync(office.connect(platform)) }
            let directory = CustomerDirectory(office.scope, office.database, keys: office.keys)
            let store = CustomerStore(office.scope, office.database)
            let reading = try await store.open(purpose: .emailMarketing, consentAt: office.time.now)
            for person in office.company.customers where !person.bounced && !person.isDeleted {
                let found = try await directory.page(CustomerQuery(search: person.email), now: office.time.now).rows
                #expect(found.count == 1, "\(person.number)")
                let id = try #require(found.first?.id)
                // The shop knows of an opt-out that the mail program does not: the no counts for both.
                let isAllowed = person.emailConsent == true && person.number % 50 != 49
                #expect(reading.customers.contains(id) == isAllowed, "\(person.number)")
                #expect(try await office.merges.identities(of: id).compactMap(\.platform).count >= 3)
            }
            #expect(reading.mergedCustomers >= 2 * office.company.size.customers)
            let sums = try await office.database.collection("orders").count([:])
            let merged = try await office.ids(["merged_into": ["$exists": true]]).compactMap { $0["_id"] }
            for name in ["orders", "consent_records", "events"] {
                let left = try await office.database.collection(name).count(["customer_id": ["$in": .array(merged)]])
                #expect(left == 0, "\(name)")
            }
            #expect(sums > 0)
        }
    }

    @Test("a source that has no addresses joins over the shop's ids")
    func linked() async throws {
        try await Office.open { office in
            let triple = try await office.connect("triplewhale")
            try await office.sync(triple)
            let buyers = try await office.ids([:]).count
            try await office.sync(office.connect("shopify"))
            let rows = try await office.ids(["connection_id": .string(triple.id), "links": ["$exists": true]])
            #expect(buyers > 0 && rows.count > 0)
            let shop = try await office.ids(["connection_id": ["$ne": .string(triple.id)]])
            let roots = Dictionary(
                shop.map {
                    ($0["external_id"]?.stringValue ?? "", $0["merged_into"]?.stringValue ?? $0["_id"]?.stringValue)
                }
            ) { first, _ in first }
            for row in rows {
                let name = "gid://shopify/Customer/\(row["external_id"]?.stringValue ?? "")"
                let root = row["merged_into"]?.stringValue ?? row["_id"]?.stringValue
                #expect(roots[name] == root, "\(name)")
            }
            let rules = try await office.merges.list(limit: 500).map(\.rule)
            #expect(rules.contains(.external))
        }
    }

    @Test("a second sync changes nothing, and an undone merge stays undone")
    func again() async throws {
        try await Office.open { office in
            let shopify = try await office.connect("shopify")
            let klaviyo = try await office.connect("klaviyo")
            try await office.sync(shopify)
            try await office.sync(klaviyo)
            func roots() async throws -> [String] {
                try await office.ids([:]).map {
                    "\($0["_id"]?.stringValue ?? "")>\($0["merged_into"]?.stringValue ?? "")"
                }.sorted()
            }
            let before = try await roots()
            office.time.advance(by: 7200)
            try await office.sync(shopify)
            try await office.sync(klaviyo)
            #expect(try await roots() == before)
            let event = try #require(try await office.merges.list(limit: 1).first)
            try await office.merges.undo(event.id, requestID: "req")
            let after = try await roots()
            #expect(after != before)
            office.time.advance(by: 7200)
            office.hosts["klaviyo"]?.world.change {
                $0.change(customer: 3, at: office.time.now) { $0.firstName = "Zoe" }
            }
            try await office.sync(shopify)
            try await office.sync(klaviyo)
            #expect(try await roots() == after)
        }
    }
}
