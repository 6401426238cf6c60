import BSON
import Customers
import Foundation
import Learning
import Mongo
import NIOCore
import Tenancy
import Testing
import Vault
import Web

@testable import Eyes

/// What 03 §2 leaves out and §20 asks of odd data.
@Suite("What is left out", .serialized)
struct ExclusionTests {
    private static func order(
        _ customer: Int, _ number: String, daysAgo: Double, _ change: (inout OrderInput) -> Void = { _ in }
    )
        -> OrderInput
    {
        var order = OrderInput(
            externalID: "x-\(customer)-\(number)", customerExternalID: Shop.name(customer),
            placedAt: EyesHouse.now.addingTimeInterval(-86_400 * daysAgo), amountMinor: 777_777, currency: "USD")
        change(&order)
        return order
    }

    private static var events: EventExclusions {
        var expected = EventExclusions()
        expected.machine = 1
        expected.future = 1
        return expected
    }

    private static func write(_ house: EyesHouse, _ orders: [OrderInput]) async throws {
        let writer = CustomerWriter(
            house.scope, house.database,
            source: WriteSource(connectionID: "con_test", platform: "csv", label: "File", importID: "imp_test"),
            keys: try EyesHouse.keys(), clock: house.clock)
        _ = try await writer.write(WriteBatch(orders: orders))
        _ = try await writer.finish()
    }

    @Test("one of each: counted, and in no feature")
    func oneOfEach() async throws {
        try await EyesHouse.open { house in
            try await house.fill(80)
            try await Self.write(house, [Self.order(4, "yen", daysAgo: 20) { $0.currency = "JPY" }])
            let plain = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            try await Self.write(
                house,
                [
                    Self.order(1, "test", daysAgo: 20) { $0.test = true },
                    Self.order(2, "cancelled", daysAgo: 20) { $0.status = .cancelled },
                    Self.order(3, "future", daysAgo: -2),
                ])
            try await house.write(events: [
                (5, "click", 10, "email", true), (6, "page_view", -3, "web", false),
            ])
            let ids = try await house.customerIDs([7, 8]).sorted()
            let customers = house.database.collection("customers")
            _ = try await customers.update(["_id": .string(ids[0])], ["$set": ["merged_into": .string(ids[1])]])
            _ = try await customers.update(["_id": .string(ids[1])], ["$set": ["deleted_at": .date(EyesHouse.now)]])
            let input = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            #expect(input.orders.test == 1 && input.orders.cancelled == 1 && input.orders.unconverted == 1)
            #expect(try await input.reading.futureOrders(from: input.asOf) == 1)
            #expect(input.events.excluded == Self.events)
            #expect(input.reading.mergedCustomers == 1 && input.reading.deletedCustomers == 1)
            #expect(input.events.used == 0)
            #expect(!input.snapshot.orders.contains { $0.amountMinor == 777_777 })
            #expect(input.snapshot.orders.count { !$0.isConverted } == 1, "the order counts, its amount does not")
            #expect(Set(input.snapshot.customers) == Set(plain.snapshot.customers).subtracting(ids))
            let left = plain.snapshot.removing(Set(ids))
            #expect(input.snapshot.orders == left.orders)
            #expect(RunName.snapshotHash(input.snapshot) == RunName.snapshotHash(left))
            let all = Array(left.customers.indices)
            #expect(
                FeatureTable(input.snapshot, customers: all, at: EyesHouse.today).values
                    == FeatureTable(left, customers: all, at: EyesHouse.today).values)
            let run = try await house.run()
            #expect(run.orders.test == 1 && run.orders.cancelled == 1 && run.orders.unconverted == 1)
            #expect(run.excludedEvents == Self.events && run.consent.loaded == 78)
            try await Self.expectShown(run, house)
        }
    }

    /// Every count is stored with the run, on its page and in its JSON, with its reason.
    private static func expectShown(_ run: StoredRun, _ house: EyesHouse) async throws {
        let expected: [LeftOut.Reason: Int] = [
            .testOrders: 1, .cancelledOrders: 1, .unconvertedOrders: 1, .retoldOrders: 0, .futureOrders: 1,
            .machineEvents: 1, .futureEvents: 1, .mergedCustomers: 1, .erasedCustomers: 1, .lostMeanwhile: 0,
        ]
        #expect(LeftOut.all(run).count == expected.count)
        let json = RunDetailResource(run: run, isPublished: true).jsonBuffer(capacity: 8_192)
        let text = String(buffer: json)
        for locale in [AppLocale.en, .es] {
            let speech = try house.speech(locale)
            let table = RunPages(speech: speech, paths: EyesPaths(slug: "shop")).leftOut(run)
            for (row, shown) in zip(LeftOut.all(run), table.rows) {
                #expect(row.count == expected[row.reason], "\(row.reason)")
                #expect(shown.last == .number("\(row.count ?? -1)"))
                #expect(text.contains("\"\(row.reason.rawValue)\":\(row.count ?? -1)"))
            }
            let html = table.html(speech.words).html
            #expect(!html.contains("eyes."), "\(html)")
        }
    }

    @Test("somebody merged, erased or withdrawn while the run computed is dropped and counted")
    func meanwhile() async throws {
        try await EyesHouse.open { house in
            try await house.fill(80)
            var input = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            let ids = try await house.customerIDs([7, 8, 9]).sorted()
            let customers = house.database.collection("customers")
            _ = try await customers.update(["_id": .string(ids[0])], ["$set": ["merged_into": .string(ids[1])]])
            _ = try await customers.update(["_id": .string(ids[2])], ["$set": ["deleted_at": .date(EyesHouse.now)]])
            let recheck = try await CustomerStore(house.scope, house.database).recheck(
                input.reading, at: EyesHouse.now)
            input.drop(recheck)
            #expect(input.leftOut.lostMeanwhile == 2)
            #expect(!input.snapshot.customers.contains(ids[0]) && !input.snapshot.customers.contains(ids[2]))
            #expect(input.snapshot.customers.contains(ids[1]))
            #expect(input.counts.used == 78)
        }
    }

    @Test("the same orders told twice and out of order are the same snapshot")
    func repeated() async throws {
        try await EyesHouse.open { house in
            let orders = (0..<300).map { number in
                Self.order(number % 40, "\(number)", daysAgo: Double(number)) { $0.amountMinor = Int64(1_000 + number) }
            }
            try await Self.write(house, orders)
            try await house.write((0..<40).map { EyesHouse.consent($0) })
            let first = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            try await Self.write(house, orders.reversed())
            try await Self.write(house, Array(orders.suffix(100)))
            let again = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            #expect(first.snapshot.orders.count == 299, "today’s is not before the score time")
            #expect(RunName.snapshotHash(first.snapshot) == RunName.snapshotHash(again.snapshot))
        }
    }

    @Test("an order without a rate counts as an order, and its amount in no spend")
    func withoutRate() throws {
        func point(_ day: Int32, _ amount: Int64, isConverted: Bool = true) -> OrderPoint {
            OrderPoint(
                placedAt: Int64(day) * 86_400_000, day: day, amountMinor: amount, refundedMinor: 0, discountMinor: 0,
                isConverted: isConverted)
        }
        var builder = SnapshotBuilder(customers: ["a"], minorPerUnit: 100)
        for order in [point(10, 1_000), point(20, 3_000), point(35, 0, isConverted: false)] {
            builder.add(order, customer: 0)
        }
        let snapshot = builder.finish()
        let table = FeatureTable(snapshot, customers: [0], at: 40)
        let expected: [(Feature, Double)] = [
            (.orderCount, 3), (.recencyDays, 5), (.gapLast, 15), (.orders0to30, 3), (.totalSpend, 40),
            (.averageSpend, 20), (.lastOrder, 30), (.spend90, 40), (.spendDeviation, 200.squareRoot()),
        ]
        for (feature, value) in expected {
            #expect(abs(table.value(feature, row: 0) - value) < 1e-9, "\(feature)")
        }
        #expect(Population.churned(snapshot, customers: [0], at: 30, days: 30) == [false])
    }

    @Test("amounts without a rate are left out and their share is said")
    func currencies() async throws {
        try await EyesHouse.open { house in
            try await Self.write(
                house,
                (0..<10).flatMap { customer in
                    [
                        Self.order(customer, "usd", daysAgo: 20) { $0.amountMinor = 1_000 },
                        Self.order(customer, "eur", daysAgo: 10) { $0.currency = "EUR" },
                    ]
                })
            try await house.write((0..<10).map { EyesHouse.consent($0) })
            let run = try await house.run()
            #expect(run.orders.unconverted == 10 && run.ordersUsed == 20)
            #expect(run.hasManyUnconverted)
        }
    }

    @Test("where no amount has a rate, no segment is said to be of high or low value")
    func nothingConverted() async throws {
        try await EyesHouse.open { house in
            try await Self.write(
                house,
                (0..<80).flatMap { customer in
                    (0...(customer % 7)).map { number in
                        Self.order(customer, "eur\(number)", daysAgo: Double(5 + customer % 9 * 20 + number * 9)) {
                            $0.currency = "EUR"
                        }
                    }
                })
            try await house.write((0..<80).map { EyesHouse.consent($0) })
            let run = try await house.run()
            #expect(run.orders.unconverted == run.ordersUsed && run.ordersUsed > 200)
            let segments = try await EyesStore(house.scope, house.database).segments(of: run.id)
            #expect(!segments.isEmpty)
            #expect(segments.allSatisfy { !$0.name.key.hasPrefix("high") && !$0.name.key.hasPrefix("low") })
        }
    }

    @Test("the score time and its windows are whole days of the zone, over a change of clocks and a leap day")
    func zones() {
        // 29 March 2026: Madrid's day has 23 hours; 25 October has 25; 2028 has a 29 February.
        for (name, day) in [("Europe/Madrid", 20_541), ("Europe/Madrid", 20_751), ("America/New_York", 21_244)] {
            let calendar = ZoneCalendar(zoneName: name)
            var days = DayCounter(calendar: calendar)
            let noon = calendar.start(of: day).addingTimeInterval(12 * 3_600)
            #expect(days.day(ofMilliseconds: Int64(noon.timeIntervalSince1970 * 1_000)) == day)
            let table = FeatureTable(
                Shop.snapshot([[(day: day - 30, amount: 10), (day: day - 1, amount: 5)]]), customers: [0], at: day)
            #expect(table.value(.recencyDays, row: 0) == 1 && table.value(.tenureDays, row: 0) == 30)
            #expect(table.value(.orders0to30, row: 0) == 2, "30 days back counts")
        }
    }

    /// Everybody leaves but a few, or almost nobody does.
    @Test(
        "a churn rate above 95 % or below 5 % is allowed, finite, and its keepers are counted", arguments: [0.97, 0.03])
    func rates(_ rate: Double) throws {
        var generator = SeededGenerator(seed: 8)
        var customers: [[(day: Int, amount: Double)]] = []
        for _ in 0..<1_200 {
            // Those who stay order every month to the end; those who leave order at random and stop.
            let stays = generator.unit() >= rate
            var orders: [(day: Int, amount: Double)] = []
            var at = 200 + generator.below(30)
            while at < 1_000 {
                if stays || generator.unit() < 0.12 { orders.append((at, Double(10 + generator.below(90)))) }
                at += stays ? 14 + generator.below(10) : 60 + generator.below(40)
            }
            customers.append(orders)
        }
        let result = try EyesPipeline(
            snapshot: Shop.snapshot(customers), asOf: 1_000, config: .standard, runID: "eyr_r", threads: 2
        ).run()
        let cards = result.horizons.compactMap(\.card)
        #expect(result.horizons.allSatisfy { $0.state != .accepted || $0.card != nil })
        for card in cards {
            #expect(card.auc.estimate.isFinite && card.brier.isFinite)
            #expect(card.lift.allSatisfy { $0.lift.isFinite && $0.gain.isFinite })
        }
        for row in result.scores {
            for score in row.scores.compactMap({ $0 }) { #expect(score.probability.map { $0.isFinite } ?? true) }
        }
    }
}
