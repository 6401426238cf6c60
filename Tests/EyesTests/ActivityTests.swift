import Foundation
import Learning
import Testing

@testable import Eyes

@Suite("Events in features")
struct ActivityTests {
    static func event(
        _ day: Int, _ type: String, channel: String? = nil, content: String? = nil
    ) throws -> EventPoint {
        EventPoint(
            at: Int64(day) * 86_400_000 + 43_200_000, day: Int32(day), kind: try #require(EventKind(type: type)),
            type: EventPoint.short(type), channel: EventPoint.short(channel), content: EventPoint.fingerprint(content))
    }

    @Test("a hand-made customer gives every value exactly")
    func handMade() throws {
        var builder = SnapshotBuilder(customers: ["c"], minorPerUnit: 100)
        for (day, amount) in [(900, 30.0), (990, 50.0)] { builder.add(Shop.point(day, amount), customer: 0) }
        let events = [
            try Self.event(998, "email_click", channel: "email", content: "m1"),
            try Self.event(995, "page_view", channel: "web", content: "p1"),
            try Self.event(980, "page_view", channel: "web", content: "p1"),
            try Self.event(950, "ad_click", channel: "ads"),
            try Self.event(930, "email_delivered", channel: "email"),
            try Self.event(997, "email_delivered", channel: "email"),
            try Self.event(905, "support_ticket"),
            try Self.event(600, "email_unsubscribe", channel: "email"),
            try Self.event(1_000, "page_view", channel: "web", content: "later"),
            EventPoint(at: 0, day: 970, kind: .paymentFailure, type: 0, channel: 0, content: 0),
        ]
        for event in events.reversed() { builder.add(event, customer: 0) }
        builder.add(SubscriptionPoint(startDay: 965, endDay: 1_010, intervalDays: 30), customer: 0)
        builder.add(SubscriptionPoint(startDay: 100, endDay: 400, intervalDays: 365), customer: 0)
        let table = FeatureTable(builder.finish(), customers: [0], at: 1_000)
        let engagement: Double = 0.4 * 6 / 399 + 0.3 * 5 + 0.3 * 3
        let expected: [Feature: Double] = [
            .totalEvents: 6, .uniqueEventTypes: 5, .uniqueChannels: 3, .uniqueContent: 2, .eventsEmail: 2,
            .eventsSMS: 0, .eventsWeb: 2, .eventsAds: 1, .spendPerEvent: 80.0 / 6, .daysSinceLastEvent: 2,
            .events0to7: 2, .events0to30: 3, .events30to60: 1, .eventsTrend: 2,
            .engagementScore: engagement, .contentDiversity: 2.0 / 6, .supportContacts90: 0,
            .emailClicks90: 1, .emailClickRate90: 0.5, .unsubscribedAny: 1, .paymentFailures90: 1,
            .hasSubscription: 1, .daysToRenewal: 25,
        ]
        for feature in Feature.allCases where feature.group.isOfActivity {
            let value = table.value(feature, row: 0)
            #expect(abs(value - (expected[feature] ?? .nan)) < 1e-12, "\(feature.rawValue) is \(value)")
        }
        #expect(
            table.modelFeatures
                == Feature.allCases.filter { $0 != .spend365 && ($0.group == .orders || $0.group.isOfActivity) })
    }

    @Test("what no source tells takes no part and is named")
    func absent() throws {
        let plain = Shop.snapshot([[(day: 900, amount: 10)]])
        #expect(plain.groups == [.orders])
        let table = FeatureTable(plain, customers: [0], at: 1_000)
        #expect(table.modelFeatures.allSatisfy { $0.group == .orders })
        #expect(table.value(.totalEvents, row: 0) == 0)
        #expect(Feature.absent(plain.groups).count == Feature.allCases.count - Feature.ofOrders.count)
        var builder = SnapshotBuilder(customers: ["c"], minorPerUnit: 100)
        builder.add(try Self.event(900, "page_view"), customer: 0)
        #expect(builder.finish().groups == [.orders, .events])
    }

    @Test("orders, opens and what was merely sent are no signs of a person")
    func kinds() {
        #expect(EventKind(type: "email_open") == nil)
        #expect(EventKind(type: "order_placed") == nil)
        #expect(EventKind(type: "sms_sent") == nil)
        #expect(EventKind(type: "email_bounce") == nil)
        #expect(EventKind(type: "email_delivered")?.isOwn == false)
        #expect(EventKind(type: "page_view") == .engagement)
        #expect(EventKind(type: "custom:quiz") == .other)
    }

    /// A shop in which everybody also does other things.
    static func lively(_ count: Int, seed: UInt64) throws -> (customers: [String], rows: [Row]) {
        let shop = Shop.generated(count, days: 400, seed: seed)
        var generator = SeededGenerator(seed: seed, stream: 7)
        let types = ["page_view", "email_click", "email_delivered", "support_ticket", "email_unsubscribe", "custom:x"]
        var rows: [Row] = []
        for index in shop.customers.indices {
            rows += shop.orders(of: index).map { Row.order(Int32(index), $0) }
            for _ in 0..<generator.below(12) {
                let type = types[generator.below(types.count)]
                let event = try event(
                    9_601 + generator.below(400), type, channel: ["email", "web", nil][generator.below(3)],
                    content: "c\(generator.below(5))")
                rows.append(.event(Int32(index), event))
            }
            if generator.unit() < 0.2 {
                let start = Int32(9_500 + generator.below(450))
                let end = generator.unit() < 0.5 ? start + Int32(generator.below(200)) : nil
                rows.append(
                    .subscription(Int32(index), SubscriptionPoint(startDay: start, endDay: end, intervalDays: 30)))
            }
        }
        return (shop.customers, rows)
    }

    enum Row {
        case order(Int32, OrderPoint)
        case event(Int32, EventPoint)
        case subscription(Int32, SubscriptionPoint)
    }

    static func snapshot(_ customers: [String], _ rows: [Row]) -> Snapshot {
        var builder = SnapshotBuilder(customers: customers, minorPerUnit: 100)
        builder.hasPayments = true
        for row in rows {
            switch row {
            case .order(let customer, let point): builder.add(point, customer: customer)
            case .event(let customer, let point): builder.add(point, customer: customer)
            case .subscription(let customer, let point): builder.add(point, customer: customer)
            }
        }
        return builder.finish()
    }

    @Test("the order of arrival of rows changes nothing", arguments: 1...3)
    func orderOfRows(_ seed: Int) throws {
        let (customers, rows) = try Self.lively(60, seed: UInt64(seed))
        var generator = SeededGenerator(seed: UInt64(seed), stream: 3)
        let (one, other) = (Self.snapshot(customers, rows), Self.snapshot(customers, generator.shuffled(rows)))
        #expect(RunName.snapshotHash(one) == RunName.snapshotHash(other))
        #expect(one.activity == other.activity)
    }

    @Test("nothing after the cut-off changes a feature before it", arguments: 1...5)
    func noLookAhead(_ seed: Int) throws {
        let (customers, rows) = try Self.lively(120, seed: UInt64(seed))
        let whole = Self.snapshot(customers, rows)
        var generator = SeededGenerator(seed: UInt64(seed), stream: 9)
        let cutOff: Int32 = 9_850
        // What comes later is moved to anybody and any later day, or vanishes; what ends later ends otherwise.
        let moved = rows.compactMap { row -> Row? in
            let somebody = Int32(generator.below(customers.count))
            let later = Int(cutOff) + generator.below(150)
            switch row {
            case .order(_, let point) where point.day >= cutOff:
                return generator.unit() < 0.3 ? nil : .order(somebody, Shop.point(later, 777))
            case .event(_, let point) where point.day >= cutOff:
                return generator.unit() < 0.3
                    ? nil
                    : .event(
                        somebody,
                        EventPoint(
                            at: Int64(later) * 86_400_000, day: Int32(later), kind: .emailClick, type: 5, channel: 6,
                            content: 7))
            case .subscription(let customer, let point):
                guard point.startDay < cutOff else { return nil }
                guard let end = point.endDay, end < cutOff else {
                    return .subscription(
                        customer,
                        SubscriptionPoint(
                            startDay: point.startDay, endDay: generator.unit() < 0.5 ? nil : Int32(later),
                            intervalDays: point.intervalDays))
                }
                return row
            default: return row
            }
        }
        let shuffled = Self.snapshot(customers, moved)
        let active = Population.active(whole, at: Int(cutOff), window: 180)
        let names = active.map { whole.customers[$0] }
        let others = names.compactMap { shuffled.customers.firstIndex(of: $0) }
        let before = FeatureTable(whole, customers: active, at: Int(cutOff))
        #expect(before.values == FeatureTable(shuffled, customers: others, at: Int(cutOff)).values)
        #expect(before.column(.totalEvents).contains { $0 > 0 } && before.column(.hasSubscription).contains(1))
    }

    @Test("a run on events explains itself: parts of engagement add up with the others")
    func pipeline() throws {
        let (customers, rows) = try Self.lively(900, seed: 12)
        let result = try EyesPipeline(
            snapshot: Self.snapshot(customers, rows), asOf: 10_001, config: .standard, runID: "eyr_e", threads: 2
        ).run()
        let spoken = result.horizons.filter { $0.serving != nil }
        #expect(!spoken.isEmpty)
        let others = Feature.allCases.filter { $0.group != .orders && !$0.group.isOfActivity }
        for report in spoken { #expect(report.card?.absentFeatures == others && report.card?.limits.count == 3) }
        for row in result.scores {
            for score in row.scores.compactMap({ $0 }) {
                guard let probability = score.probability else { continue }
                #expect(score.parts.count == ReasonGroup.allCases.count)
                let sum: Double = score.parts.reduce(score.base, +) + score.adjustment
                #expect(abs(sum - logit(probability)) < 1e-9)
            }
        }
    }
}
