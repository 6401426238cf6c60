import BSON
import Foundation
import Mongo
import Tenancy
import Testing
import Vault

@testable import Customers

@Suite("Customers of several sources")
struct MergeTests {
    /// One person in a shop and in a mail program, and one in each alone.
    static let shopBatch = WriteBatch(
        orders: [
            Shop.order("1", of: "s1", day: 0, amount: 1000), Shop.order("2", of: "s1", day: 20, amount: 500),
            Shop.order("3", of: "s2", day: 3, amount: 700),
        ],
        customers: [
            Shop.person("s1", email: "Ann@mail.example", day: -30),
            Shop.person("s2", email: "ben@mail.example", day: -9),
        ])

    static func mailBatch(_ shop: Shop) -> WriteBatch {
        WriteBatch(
            orders: [Shop.order("m1", of: "k1", day: 5, amount: 90)],
            customers: [
                Shop.person("k1", email: "ann@Mail.example ", day: -20, first: "Ann"),
                Shop.person("k2", email: "cem@mail.example", day: -1),
            ], consents: [shop.consent("k1"), shop.consent("k1", .withdrawn, purpose: .emailMarketing, expires: nil)])
    }

    @Test("the same address makes one customer: listed once, counted once, consented once")
    func joined() async throws {
        try await Shop.open { shop in
            let store = try await shop.load("con_s", as: "shopify", Self.shopBatch)
            let mail = try await shop.load("con_k", as: "klaviyo", Self.mailBatch(shop))
            let (ann, other) = (store.customerID("s1"), mail.customerID("k1"))
            #expect(try await shop.listed() == [ann, store.customerID("s2"), mail.customerID("k2")].sorted())
            let profile = try await shop.directory.profile(ann)
            #expect(profile.row.orders == 3 && profile.row.spentMinor == 1590)
            #expect(profile.row.firstOrderAt == Shop.day(0) && profile.row.lastOrderAt == Shop.day(20))
            #expect(profile.row.consent.standing == .granted)
            #expect(try await shop.directory.profile(other).row.id == ann)
            #expect(try await shop.directory.details(ann).firstName == "Ann")
            #expect(try await shop.directory.orders(OrderQuery(customerID: other)).count == 3)
            #expect(try await shop.directory.ledger(other).count == 2)
            let totals = try await CustomerFigures(shop.scope, shop.database).totals(now: shop.time.now)
            #expect(totals.customers == 3 && totals.buyers == 2 && totals.orders == 4 && totals.consented == 1)
            let found = try await shop.directory.page(CustomerQuery(search: "k1"), now: shop.time.now)
            #expect(found.rows.map(\.id) == [ann])
            let reading = try await CustomerStore(shop.scope, shop.database).open(
                purpose: .marketingAnalytics, consentAt: shop.time.now)
            #expect(reading.customers == [ann] && reading.mergedCustomers == 1 && reading.counts.loaded == 3)
            #expect(try await ReadingTests.facts(reading, before: shop.time.now).count == 3)
            let badges = try await CustomerStore(shop.scope, shop.database).badges([other])
            #expect(badges[other]?.id == ann)
        }
    }

    @Test("the order in which sources are read does not matter")
    func permuted() async throws {
        let collected = Collected()
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        for order in orders {
            try await Shop.open { shop in
                for place in order {
                    switch place {
                    case 0: try await shop.load("con_s", as: "shopify", Self.shopBatch)
                    case 1: try await shop.load("con_k", as: "klaviyo", Self.mailBatch(shop))
                    default:
                        try await shop.load(
                            "con_h", as: "hubspot",
                            WriteBatch(customers: [
                                Shop.person("h1", email: "ANN@mail.example", day: -50),
                                Shop.person("h2", phone: "+34 612 345 678", day: -4),
                                Shop.person("h3", email: "dan@mail.example", phone: "612345678", country: "ES"),
                            ]))
                    }
                }
                let state = try await shop.state().filter { !$0.hasPrefix("order_days") }
                    .map { $0.replacingOccurrences(of: shop.scope.organizationID, with: "org") }
                #expect(try await shop.listed().count == 4)
                await collected.add(Self.anonymous(state, try await shop.ids()))
            }
        }
        let states = await collected.states.map(Set.init)
        #expect(states.count == 1, "\(states.first?.symmetricDifference(states.last ?? []).sorted() ?? [])")
    }

    /// The state with ids by what they stand for: they differ between organizations.
    static func anonymous(_ state: [String], _ names: [String: String]) -> [String] {
        state.map { line in names.reduce(line) { $0.replacingOccurrences(of: $1.key, with: $1.value) } }
            .map {
                $0.replacing(/(ord|cns)_[0-9A-Z]{26}/, with: "x").replacing(/tok_[^"]*|"row_hash": -?\d+/, with: "")
            }.sorted()
    }

    @Test("a preview says what happens, and taking the merge back restores everything")
    func previewAndUndo() async throws {
        try await Shop.open { shop in
            let store = try await shop.load("con_s", Self.shopBatch)
            try await shop.load("con_k", Self.mailBatch(shop))
            let (ann, ben) = (store.customerID("s1"), store.customerID("s2"))
            let before = try await shop.state()
            let preview = try await shop.merges.preview(ben, into: ann)
            #expect(try await shop.state() == before)
            #expect(preview.moves.orders == 1 && preview.moves.consents == 0)
            #expect(preview.survivor.identities == 2 && preview.merged.identities == 1)
            let event = try await shop.merges.merge(ben, into: ann, requestID: "req")
            let row = try await shop.directory.profile(ann).row
            #expect(CustomerSums(row.counters) == preview.after && row.consent.standing == preview.consentAfter)
            #expect(row.orders == 4 && row.spentMinor == 2290)
            #expect(try await shop.listed().count == 2)
            #expect(try await shop.state() != before)
            await #expect(throws: CustomersError.alreadyMerged) {
                _ = try await shop.merges.preview(ben, into: ann)
            }
            try await shop.merges.undo(event.id, requestID: "req")
            #expect(try await shop.state() == before)
            await #expect(throws: CustomersError.notMerged) { try await shop.merges.undo(event.id, requestID: "req") }
            #expect(try await shop.database.collection("audit_log").count(["action": "customer.merged"]) == 1)
            #expect(try await shop.database.collection("audit_log").count(["action": "customer.merge_undone"]) == 1)
        }
    }

    @Test("what a person has parted is not joined again by the next sync, unless a person joins it")
    func keptApart() async throws {
        try await Shop.open { shop in
            let store = try await shop.load("con_s", Self.shopBatch)
            let mail = try await shop.load("con_k", Self.mailBatch(shop))
            let (ann, other) = (store.customerID("s1"), mail.customerID("k1"))
            let event = try #require(try await shop.merges.history(of: ann).first)
            #expect(event.rule == .email && event.actor == MergeEvent.system && event.mergedID == other)
            try await shop.merges.undo(event.id, requestID: "req")
            #expect(try await shop.listed().count == 4)
            try await shop.load("con_s", importID: "imp_2", Self.shopBatch)
            try await shop.load(
                "con_k", importID: "imp_2",
                WriteBatch(customers: [Shop.person("k1", email: "ann@mail.example", day: -20, first: "Anna")]))
            #expect(try await shop.listed().count == 4)
            #expect(try await shop.directory.profile(other).row.orders == 1)
            try await shop.merges.merge(ann, into: other, requestID: "req")
            try await shop.load("con_s", importID: "imp_3", Self.shopBatch)
            #expect(try await shop.directory.profile(ann).row.id == other)
            #expect(try await shop.directory.profile(other).row.orders == 3)
        }
    }

    @Test("what a source tells of a merged customer later lands on the survivor")
    func laterRows() async throws {
        try await Shop.open { shop in
            let store = try await shop.load("con_s", Self.shopBatch)
            let mail = try await shop.load("con_k", Self.mailBatch(shop))
            let more = WriteBatch(
                orders: [
                    Shop.order("m1", of: "k1", day: 5, amount: 100), Shop.order("m2", of: "k1", day: 30, amount: 7),
                ], consents: [shop.consent("k1", .withdrawn, collected: 9, expires: nil)])
            try await shop.load("con_k", importID: "imp_2", more)
            let ann = try await shop.directory.profile(store.customerID("s1")).row
            #expect(ann.orders == 4 && ann.spentMinor == 1607 && ann.consent.standing == .withdrawn)
            let orders = try await shop.database.collection("orders").find([
                "source_customer_id": .string(mail.customerID("k1"))
            ])
            #expect(orders.count == 2)
            // An order that goes over to somebody else at its source leaves both.
            try await shop.load(
                "con_k", importID: "imp_3", WriteBatch(orders: [Shop.order("m2", of: "k2", day: 30, amount: 7)]))
            #expect(try await shop.directory.profile(store.customerID("s1")).row.orders == 3)
            #expect(try await shop.directory.profile(mail.customerID("k2")).row.orders == 1)
        }
    }

    @Test("removing a source or taking an import back leaves the rest as if it had never been there")
    func removed() async throws {
        try await Shop.open { shop in
            try await shop.load("con_k", Self.mailBatch(shop))
            let before = try await shop.state()
            let store = try await shop.load("con_s", Self.shopBatch)
            #expect(try await shop.directory.profile(store.customerID("s1")).row.orders == 3)
            _ = try await shop.source("con_s").undo()
            #expect(try await shop.state() == before)
            try await shop.load("con_s", Self.shopBatch)
            try await shop.source("con_s").removeAll()
            #expect(try await shop.state() == before)
        }
    }

    @Test("two organizations with the same address never meet")
    func tenants() async throws {
        try await Shop.open { shop in
            let other = try await Shop.organization(shop.memberships, "other")
            let theirs = shop.source("con_x", scope: other)
            _ = try await theirs.write(WriteBatch(customers: [Shop.person("s1", email: "ann@mail.example", day: -99)]))
            try await theirs.finish()
            let store = try await shop.load("con_s", Self.shopBatch)
            try await shop.load("con_k", Self.mailBatch(shop))
            #expect(try await shop.directory.profile(store.customerID("s1")).row.orders == 3)
            #expect(try await CustomerFigures(other, shop.database).dataState().customers == 1)
            let (mine, id) = (store.customerID("s2"), theirs.customerID("s1"))
            await #expect(throws: TenancyError.notFound) { _ = try await shop.merges.preview(id, into: mine) }
            await #expect(throws: TenancyError.notFound) {
                try await shop.merges.merge(id, into: mine, requestID: "req")
            }
            let event = try #require(try await shop.merges.list(limit: 10).first)
            let foreign = CustomerMerges(other, shop.database, audit: shop.merges.audit, clock: shop.clock)
            await #expect(throws: TenancyError.notFound) { try await foreign.undo(event.id, requestID: "req") }
            #expect(try await foreign.list(limit: 10).isEmpty)
        }
    }

    @Test("a key that too many have joins nobody, parts whom it had joined, and joins again when it is rare")
    func quarantine() async throws {
        try await Shop.open { shop in
            func people(_ numbers: Range<Int>) -> WriteBatch {
                WriteBatch(customers: numbers.map { Shop.person("c\($0)", phone: "+34600000000") })
            }
            try await shop.load("con_s", people(0..<4))
            #expect(try await shop.listed().count == 1)
            try await shop.load("con_s", importID: "imp_2", people(4..<7))
            #expect(try await shop.listed().count == 7)
            let review = try #require(try await shop.merges.reviews(.quarantined, limit: 10).first)
            #expect(review.customers == 7 && review.key.rule == .phone)
            try await shop.load(
                "con_s", importID: "imp_3",
                WriteBatch(customers: (0..<3).map { Shop.person("c\($0)", phone: "+3460000001\($0)") }))
            #expect(try await shop.listed().count == 4)
            #expect(try await shop.merges.reviews(.quarantined, limit: 10).isEmpty)
        }
    }

    @Test("the importer's word on a file does not overrule a no that another source knows, whichever came first")
    func statements() async throws {
        for isFirst in [true, false] {
            try await Shop.open { shop in
                func say() async throws {
                    try await shop.load(
                        "con_s", importID: "imp", statement: shop.statement(),
                        WriteBatch(customers: [Shop.person("s1", email: "ann@mail.example", day: -30)]))
                }
                if isFirst { try await say() }
                try await shop.load(
                    "con_k",
                    WriteBatch(
                        customers: [Shop.person("k1", email: "ann@mail.example")],
                        consents: [shop.consent("k1", .withdrawn, collected: 1, expires: nil)]))
                if !isFirst { try await say() }
                let row = try await shop.directory.profile(shop.source("con_s").customerID("s1")).row
                #expect(row.consent.standing == .withdrawn)
            }
        }
    }

    @Test("a no said while two were one goes with both when they part")
    func carried() async throws {
        try await Shop.open { shop in
            let store = try await shop.load("con_s", Self.shopBatch)
            let mail = try await shop.load("con_k", Self.mailBatch(shop))
            let event = try #require(try await shop.merges.list(limit: 1).first)
            shop.time.advance(by: 60)
            try await ConsentLedger(shop.scope, shop.database, audit: shop.merges.audit, clock: shop.clock).append(
                ConsentStatementInput(
                    customerID: mail.customerID("k1"), purpose: .marketingAnalytics, state: .withdrawn),
                source: "person", requestID: "req")
            try await shop.merges.undo(event.id, requestID: "req")
            for id in [store.customerID("s1"), mail.customerID("k1")] {
                #expect(try await shop.directory.profile(id).row.consent.standing == .withdrawn)
            }
        }
    }

    @Test("a survivor who is gone at its source hands over to whoever is left")
    func gone() async throws {
        try await Shop.open { shop in
            let store = try await shop.load("con_s", Self.shopBatch)
            let mail = try await shop.load("con_k", Self.mailBatch(shop))
            let writer = shop.source("con_s", importID: "imp_2")
            _ = try await writer.markGone(customers: ["s1"])
            try await writer.finish()
            #expect(try await shop.directory.profile(store.customerID("s1")).row.id == mail.customerID("k1"))
            #expect(try await shop.directory.profile(mail.customerID("k1")).row.orders == 3)
            let reading = try await CustomerStore(shop.scope, shop.database).open(
                purpose: .marketingAnalytics, consentAt: shop.time.now)
            #expect(reading.customers == [mail.customerID("k1")])
        }
    }

    @Test("two workers that finish at once join everybody once")
    func concurrent() async throws {
        try await Shop.open { shop in
            func batch(_ source: String) -> WriteBatch {
                WriteBatch(
                    orders: (0..<60).map { Shop.order("\($0)", of: "\(source)\($0)", day: 1, amount: 10) },
                    customers: (0..<60).map { Shop.person("\(source)\($0)", email: "p\($0)@mail.example") })
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for source in ["a", "b", "c"] {
                    group.addTask { try await shop.load("con_" + source, batch(source)) }
                }
                try await group.waitForAll()
            }
            #expect(try await shop.listed().count == 60)
            let active = try await shop.database.collection("merge_events").count(["active": true])
            #expect(active == 120)
            let totals = try await shop.directory.page(CustomerQuery(limit: 100), now: shop.time.now).rows
            #expect(totals.allSatisfy { $0.orders == 3 && $0.spentMinor == 30 })
        }
    }

    @Test("a large import finds its own and others' customers")
    func large() async throws {
        try await Shop.open { shop in
            try await shop.load(
                "con_a",
                WriteBatch(customers: (0..<30).map { Shop.person("a\($0)", email: "p\($0 * 100)@mail.example") }))
            let writer = shop.source("con_b")
            for start in stride(from: 0, to: 2500, by: 500) {
                _ = try await writer.write(
                    WriteBatch(
                        customers: (start..<(start + 500)).map { Shop.person("b\($0)", email: "p\($0)@mail.example") }))
            }
            try await writer.finish()
            #expect(try await CustomerFigures(shop.scope, shop.database).dataState().customers == 2505)
            #expect(try await shop.database.collection("merge_events").count(["active": true]) == 25)
        }
    }
}

/// States that several shops ended in.
private actor Collected {
    private(set) var states: Set<[String]> = []

    func add(_ state: [String]) { states.insert(state) }
}

extension Shop {
    /// Stored ids of everybody, with the source's ids instead.
    fileprivate func ids() async throws -> [String: String] {
        var names: [String: String] = [:]
        for row in try await database.collection("customers").find([:]) {
            names[try row.string("_id")] = try row.string("external_id")
        }
        return names
    }
}
