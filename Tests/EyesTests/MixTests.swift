import Customers
import Foundation
import Learning
import Testing

@testable import Eyes

/// Products, channels and seasons in features.
@Suite("Mix of orders", .serialized)
struct MixTests {
    private static func order(_ day: Int, _ amount: Double, _ channel: OrderChannel = .untold) -> OrderPoint {
        var point = Shop.point(day, amount)
        point.channel = channel
        return point
    }

    private static func product(_ day: Int, _ product: UInt32, _ quantity: Int32) -> ProductPoint {
        ProductPoint(at: Shop.point(day, 0).placedAt, day: Int32(day), product: product, quantity: quantity)
    }

    @Test("a hand-made customer gives every value exactly")
    func handMade() {
        var builder = SnapshotBuilder(customers: ["c"], minorPerUnit: 100)
        let orders: [(Int, Double, OrderChannel)] = [
            // 730, 700 and 635 days before day 2,000: the first of the coming 90 days two years ago, one of them, and
            // the first one that is not among them any more.
            (1_270, 10, .email), (1_300, 20, .web), (1_365, 30, .web), (1_640, 40, .untold), (1_900, 50, .ads),
            (2_000, 999, .store),
        ]
        for (day, amount, channel) in orders { builder.add(Self.order(day, amount, channel), customer: 0) }
        let lines: [(Int, UInt32, Int32)] = [
            (1_270, 1, 2), (1_270, 2, 1), (1_300, 1, 3), (1_900, 3, 1), (2_000, 9, 50),
        ]
        for (day, product, quantity) in lines.reversed() {
            builder.add(Self.product(day, product, quantity), customer: 0)
        }
        let snapshot = builder.finish()
        #expect(snapshot.groups == [.orders, .seasons, .channels, .products])
        let table = FeatureTable(snapshot, customers: [0], at: 2_000)
        let expected: [Feature: Double] = [
            .seasonOrders: 3, .seasonShare: 0.6, .orderChannels: 3, .spendEmail: 10, .spendSMS: 0, .spendAds: 50,
            .spendWeb: 50, .spendStore: 0, .uniqueProducts: 3, .topProductShare: 5.0 / 7, .repeatedShare: 3.0 / 7,
            .itemsPerOrder: 7.0 / 3,
        ]
        for feature in Feature.allCases where [.seasons, .channels, .products].contains(feature.group) {
            let value = table.value(feature, row: 0)
            #expect(abs(value - (expected[feature] ?? .nan)) < 1e-12, "\(feature.rawValue) is \(value)")
        }
        #expect(table.values.columns == Feature.columns(snapshot.groups).count)
        #expect(table.modelFeatures == Feature.allCases.filter { !$0.group.isOfActivity && $0 != .spend365 })
    }

    @Test("the coming season of earlier years is the 90 days that follow the cut-off, one year back and more")
    func season() {
        for (age, isInSeason) in [
            (1, false), (90, false), (275, false), (276, true), (365, true), (366, false), (640, false), (641, true),
            (730, true), (731, false),
        ] {
            let orders = [Shop.point(5_000 - age, 1)]
            let value = SeasonMeasures(orders[...], cutOff: 5_000).value(of: .seasonOrders)
            #expect(value == (isInSeason ? 1 : 0), "\(age) days ago")
        }
    }

    @Test("less than two years tell no season; what no source tells takes no part and is named")
    func absent() {
        let short = Shop.snapshot([[(day: 1_000, amount: 1), (day: 1_729, amount: 1)]])
        #expect(short.groups == [.orders])
        #expect(FeatureTable(short, customers: [0], at: 1_730).values.columns == Feature.ofOrders.count)
        let absent = Feature.absent(short.groups)
        #expect(absent.contains(.seasonShare) && absent.contains(.uniqueProducts) && absent.contains(.spendEmail))
        let long = Shop.snapshot([[(day: 1_000, amount: 1), (day: 1_730, amount: 1)]])
        #expect(long.groups == [.orders, .seasons])
        let table = FeatureTable(long, customers: [0], at: 1_731)
        #expect(table.values.columns == Feature.ofOrders.count + 2)
        #expect(table.value(.totalEvents, row: 0) == 0)
    }

    /// A shop of three years whose orders come by ways and have products.
    private static func mixed(_ count: Int, seed: UInt64) -> (customers: [String], rows: [(Int32, OrderPoint)]) {
        let shop = Shop.generated(count, days: 1_100, seed: seed)
        var generator = SeededGenerator(seed: seed, stream: 5)
        let channels = OrderChannel.allCases
        let rows = shop.customers.indices.flatMap { customer in
            shop.orders(of: customer).map { order in
                var order = order
                order.channel = channels[generator.below(channels.count)]
                return (Int32(customer), order)
            }
        }
        return (shop.customers, rows)
    }

    private static func snapshot(_ customers: [String], _ rows: [(Int32, OrderPoint)], seed: UInt64) -> Snapshot {
        var builder = SnapshotBuilder(customers: customers, minorPerUnit: 100)
        for (customer, order) in rows {
            builder.add(order, customer: customer)
            // The same order has the same products wherever it stands in the list.
            var generator = SeededGenerator(
                seed: seed, stream: UInt64(bitPattern: order.placedAt ^ order.amountMinor) &+ UInt64(customer))
            for _ in 0..<generator.below(4) {
                builder.add(
                    ProductPoint(
                        at: order.placedAt, day: order.day, product: UInt32(generator.below(9)),
                        quantity: Int32(1 + generator.below(3))), customer: customer)
            }
        }
        return builder.finish()
    }

    @Test("nothing after the cut-off changes a feature before it", arguments: 1...4)
    func noLookAhead(_ seed: Int) {
        let (customers, rows) = Self.mixed(120, seed: UInt64(seed))
        let cutOff: Int32 = 9_900
        var generator = SeededGenerator(seed: UInt64(seed), stream: 2)
        // What comes later is moved to anybody and any later day, by another way, or vanishes.
        let moved = rows.compactMap { row -> (Int32, OrderPoint)? in
            guard row.1.day >= cutOff else { return row }
            guard generator.unit() < 0.7 else { return nil }
            return (
                Int32(generator.below(customers.count)),
                Self.order(Int(cutOff) + generator.below(90), 999, OrderChannel.allCases[generator.below(7)])
            )
        }
        let (whole, other) = (
            Self.snapshot(customers, rows, seed: 8), Self.snapshot(customers, generator.shuffled(moved), seed: 8)
        )
        #expect(whole.groups == other.groups && whole.groups == [.orders, .seasons, .channels, .products])
        let active = Population.active(whole, at: Int(cutOff), window: 180)
        let rowsThere = active.map { whole.customers[$0] }.compactMap { other.customers.firstIndex(of: $0) }
        let before = FeatureTable(whole, customers: active, at: Int(cutOff))
        #expect(before.values == FeatureTable(other, customers: rowsThere, at: Int(cutOff)).values)
        for feature in [Feature.seasonOrders, .spendEmail, .uniqueProducts, .repeatedShare] {
            #expect(before.column(feature).contains { $0 > 0 }, "\(feature.rawValue)")
        }
    }

    @Test("reads back from its file, and a run explains itself with them")
    func file() throws {
        let (customers, rows) = Self.mixed(700, seed: 5)
        let snapshot = Self.snapshot(customers, rows, seed: 3)
        let archive = RunArchive(
            .init(
                organizationID: "org_x", timeZone: "UTC", asOfDay: 10_001, minorPerUnit: 100, config: .standard,
                context: .none), snapshot)
        var bytes: [UInt8] = []
        try archive.write { bytes += $0 }
        let again = try RunArchive(bytes: bytes).snapshot
        #expect(again.orders == snapshot.orders && again.activity == snapshot.activity)
        #expect(RunName.snapshotHash(again) == RunName.snapshotHash(snapshot))
        let result = try EyesPipeline(
            snapshot: again, asOf: 10_001, config: .standard, runID: "eyr_m", threads: 2
        ).run()
        #expect(result.horizons.contains { $0.serving != nil })
        for card in result.horizons.compactMap(\.card) {
            let absent = Set(card.absentFeatures ?? [])
            #expect(absent == Set(Feature.allCases.filter(\.group.isOfActivity)))
            #expect(card.limits.contains("orders_only"))
        }
        for row in result.scores {
            let facts = ReasonFacts(stored: row.facts.stored)
            #expect(facts == row.facts)
            for score in row.scores.compactMap({ $0 }) {
                guard let probability = score.probability else { continue }
                #expect(abs(score.parts.reduce(score.base, +) + score.adjustment - logit(probability)) < 1e-9)
            }
        }
    }

    @Test("what says nothing at the end of a row is not stored, and reads back as nothing")
    func trimmed() {
        #expect([1.0, 0, 2, 0, 0].withoutTrailingZeros(keeping: 2) == [1, 0, 2])
        #expect([0.0, 0, 0].withoutTrailingZeros(keeping: 2) == [0, 0])
        #expect([1.0].withoutTrailingZeros(keeping: 2) == [1])
    }

    @Test("lines and ways of orders come from the database; at most fifty products are kept of one")
    func database() async throws {
        try await EyesHouse.open { house in
            let many = (0..<60).map { OrderLine(product: "p\($0)", quantity: 1, amountMinor: Int64($0)) }
            let twice = [
                OrderLine(product: "a", quantity: 1, amountMinor: 500),
                OrderLine(product: "b", quantity: 2, amountMinor: 100),
                OrderLine(product: "a", quantity: 2, amountMinor: 700),
            ]
            var orders: [OrderInput] = []
            for customer in 0..<3 {
                var order = OrderInput(
                    externalID: "o\(customer)", customerExternalID: Shop.name(customer),
                    placedAt: EyesHouse.now.addingTimeInterval(-86_400 * 20), amountMinor: 1_300, currency: "USD")
                order.lines = customer == 0 ? twice : customer == 1 ? many : []
                order.utmMedium = customer == 0 ? "email" : nil
                orders.append(order)
            }
            try await house.write(orders: orders)
            try await house.write((0..<3).map { EyesHouse.consent($0) })
            let input = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            let ids = try await house.customerIDs([0]).union(house.customerIDs([1]))
            let activity = input.snapshot.activity
            let counts = input.snapshot.customers.indices.map { activity.products(of: $0).count }
            #expect(counts.sorted() == [0, 2, OrderLine.most])
            let first = try require2(
                input.snapshot.customers.indices.first { activity.products(of: $0).count == 2 })
            #expect(ids.contains(input.snapshot.customers[first]))
            #expect(activity.products(of: first).map(\.quantity).sorted() == [2, 3])
            #expect(input.snapshot.orders(of: first).first?.channel == .email)
            // The same told again changes nothing; other lines do.
            try await house.write(orders: orders)
            let again = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            #expect(RunName.snapshotHash(again.snapshot) == RunName.snapshotHash(input.snapshot))
            orders[2].lines = [OrderLine(product: "a", quantity: 1, amountMinor: 1)]
            try await house.write(orders: orders)
            let changed = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            #expect(changed.snapshot.activity.products.rows.count == activity.products.rows.count + 1)
        }
    }
}

extension EyesHouse {
    func write(orders: [OrderInput]) async throws {
        let writer = CustomerWriter(
            scope, database,
            source: WriteSource(connectionID: "con_test", platform: "csv", label: "File", importID: "imp_test"),
            keys: try Self.keys(), clock: clock)
        _ = try await writer.write(WriteBatch(orders: orders))
        _ = try await writer.finish()
    }
}
