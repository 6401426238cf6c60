import BSON
import Customers
import Foundation
import Learning
import Mongo
import Records
import Tenancy
import Testing
import Vault
import Web

@testable import Eyes

@Suite("Where nobody orders", .serialized)
struct EngagementTests {
    /// A generated shop's orders told as visits.
    private static func visits(_ count: Int, days: Int, seed: UInt64) throws -> Snapshot {
        let shop = Shop.generated(count, days: days, seed: seed)
        var builder = SnapshotBuilder(customers: shop.customers, minorPerUnit: 100)
        for customer in shop.customers.indices {
            for order in shop.orders(of: customer) {
                builder.add(
                    try ActivityTests.event(Int(order.day), "page_view", channel: "web"), customer: Int32(customer))
            }
        }
        builder.nobodyOrders = true
        return builder.finish()
    }

    @Test("engagement counts as being there, opens and what was sent never; one order anywhere and only orders count")
    func qualifying() throws {
        for type in ["click", "page_view", "add_to_cart", "form_submit", "login", "reply", "meeting", "email_click"] {
            #expect(EventKind(type: type)?.isEngagement == true, "\(type)")
        }
        for type in ["email_open", "email_delivered", "email_sent", "support_ticket", "email_unsubscribe", "search"] {
            #expect(EventKind(type: type)?.isEngagement != true, "\(type)")
        }
        var builder = SnapshotBuilder(customers: ["a", "b", "c"], minorPerUnit: 100)
        builder.nobodyOrders = true
        builder.add(try ActivityTests.event(990, "page_view"), customer: 0)
        builder.add(try ActivityTests.event(995, "support_ticket"), customer: 1)
        let visited = builder.finish()
        var others = builder
        others.nobodyOrders = false
        #expect(others.finish().orders.isEmpty, "somebody orders, though nobody of these")
        #expect(visited.qualifying == .engagement && visited.orderCount == 0)
        #expect(Population.active(visited, at: 1_000, window: 180).map { visited.customers[$0] } == ["a"])
        #expect(Population.counts(visited, at: 1_000, config: .standard).noActivity == 2)
        builder.add(Shop.point(980, 10), customer: 2)
        let bought = builder.finish()
        #expect(bought.qualifying == .order && bought.orderCount == 1)
        #expect(Population.active(bought, at: 1_000, window: 180).map { bought.customers[$0] } == ["c"])
    }

    @Test("features, labels and gaps are those of the same days as orders, spend is nothing")
    func sameDays() throws {
        let (shop, visits) = (Shop.generated(200, days: 400, seed: 6), try Self.visits(200, days: 400, seed: 6))
        let cutOff = 9_900
        let active = Population.active(shop, at: cutOff, window: 180)
        let names = active.map { shop.customers[$0] }
        let rows = names.compactMap { visits.customers.firstIndex(of: $0) }
        #expect(Set(rows) == Set(Population.active(visits, at: cutOff, window: 180)))
        #expect(
            Population.churned(shop, customers: active, at: cutOff, days: 60)
                == Population.churned(visits, customers: rows, at: cutOff, days: 60))
        let one = FeatureTable(shop, customers: active, at: cutOff)
        let other = FeatureTable(visits, customers: rows, at: cutOff)
        for feature in [Feature.recencyDays, .orderCount, .tenureDays, .gapMean, .gapMax, .overdue, .orders0to90] {
            #expect(one.column(feature) == other.column(feature), "\(feature.rawValue)")
        }
        #expect(other.column(.totalSpend).allSatisfy { $0 == 0 })
    }

    @Test("a run on engagement groups in the behaviour space, scores, and reads back from its file")
    func pipeline() throws {
        let snapshot = try Self.visits(900, days: 640, seed: 12)
        let result = try EyesPipeline(
            snapshot: snapshot, asOf: 10_001, config: .standard, runID: "eyr_v", threads: 2
        ).run()
        #expect(result.qualifying == .engagement)
        #expect(!result.clusters.candidates.isEmpty)
        #expect(result.clusters.candidates.allSatisfy { $0.space == "behaviour" })
        #expect(result.clusters.constant.contains(.totalSpend), "what is the same for everybody is dropped and named")
        #expect(result.horizons.contains { $0.serving != nil })
        for row in result.scores {
            for score in row.scores.compactMap({ $0 }) {
                guard let probability = score.probability else { continue }
                #expect(abs(score.parts.reduce(score.base, +) + score.adjustment - logit(probability)) < 1e-9)
            }
        }
        var bytes: [UInt8] = []
        let archive = RunArchive(
            .init(
                organizationID: "org_1", timeZone: "UTC", asOfDay: 10_001, minorPerUnit: 100, config: .standard,
                context: .none), snapshot)
        try archive.write { bytes += $0 }
        let again = try RunArchive(bytes: bytes).snapshot
        #expect(again.qualifying == .engagement && again.orders == snapshot.orders)
        #expect(again.activity == snapshot.activity)
        let without = snapshot.removing([snapshot.customers[0]])
        #expect(without.qualifying == .engagement && without.customers.count == snapshot.customers.count - 1)
    }

    @Test("planted groups are found in the behaviour space")
    func planted() throws {
        var generator = SeededGenerator(seed: 9)
        var builder = SnapshotBuilder(customers: (0..<450).map(Shop.name), minorPerUnit: 100)
        var truth: [String: Int] = [:]
        // Daily visitors by many ways, weekly readers of one newsletter, and people who came a few times long ago.
        for customer in 0..<450 {
            let group = customer % 3
            truth[Shop.name(customer)] = group
            let days: [Int]
            switch group {
            case 0: days = (0..<60).map { 999 - $0 - generator.below(2) }
            case 1: days = (0..<16).map { 990 - $0 * 7 - generator.below(3) }
            default: days = (0..<3).map { 640 - $0 * 20 - generator.below(5) }
            }
            for (number, day) in days.enumerated() {
                let ways = group == 0 ? ["page_view", "add_to_cart", "login", "click"] : ["click"]
                let channels = group == 0 ? ["web", "email", "ads"] : ["email"]
                builder.add(
                    try ActivityTests.event(
                        day, ways[number % ways.count], channel: channels[number % channels.count],
                        content: "c\(group == 0 ? number % 20 : number % 3)"), customer: Int32(customer))
            }
        }
        builder.nobodyOrders = true
        let snapshot = builder.finish()
        let everybody = FeatureTable(
            snapshot, customers: Population.active(snapshot, at: 1_000, window: 730), at: 1_000)
        #expect(everybody.count == 450)
        let outcome = try ClusterOutcome.find(everybody, seed: RunSeed(seed: 42), threads: 2)
        #expect(outcome.report.state == .accepted)
        #expect(outcome.report.chosen?.space == "behaviour")
        let labels = everybody.customers.map { truth[snapshot.customers[$0]] ?? -1 }
        let clustered = outcome.labels.indices.filter { outcome.labels[$0] >= 0 }
        #expect(Double(clustered.count) >= 0.9 * 450)
        #expect(adjustedRandIndex(clustered.map { outcome.labels[$0] }, clustered.map { labels[$0] }) >= 0.95)
    }

    @Test("events are read from the database: a run without any order speaks of activity")
    func database() async throws {
        try await EyesHouse.open { house in
            let shop = Shop.generated(400, days: 640, seed: 4, lastDay: EyesHouse.today - 1)
            try await house.writePeople(400)
            var events: [EyesHouse.SomeEvent] = []
            for place in shop.customers.indices {
                let customer = try require2(Int(shop.customers[place].dropFirst()))
                for order in shop.orders(of: place) {
                    events.append((customer, "page_view", EyesHouse.today - Int(order.day), "web", false))
                }
                // Opens are no sign, and machines are nobody.
                events.append((customer, "email_open", 1, "email", false))
                events.append((customer, "click", 1, "email", true))
            }
            try await house.write(events: events)
            let run = try await house.run()
            #expect(run.result.isOfEngagement && run.ordersUsed == 0)
            #expect(run.eventsUsed == shop.orders.count)
            #expect(run.excludedEvents?.machine == 400)
            #expect(run.result.population.buyers > 200)
            #expect(run.result.horizons.contains { $0.state != .notEnoughData })
            let speech = try house.speech().of(run)
            #expect(speech.t("horizon.next", ["days": "30"]) == "No activity within the next 30 days")
            #expect(speech.feature(.recencyDays) == "Days since the last activity")
            #expect(try house.speech(.es).of(run).t("horizon.next", ["days": "30"]).hasPrefix("Sin actividad"))
            #expect(try house.speech().t("horizon.next", ["days": "30"]).hasPrefix("No order"))
            if run.result.clustering.chosen != nil {
                let features = run.result.clustering.features
                #expect(features.contains(.totalEvents) && !features.contains(.totalSpend))
            }
            try await Self.expectNoOrders(in: Self.pages(house, run, speech))
        }
    }

    /// Texts of the pages that speak of a run.
    private static func pages(_ house: EyesHouse, _ run: StoredRun, _ speech: EyesSpeech) async throws -> [String] {
        let (overview, paths) = (try await house.service.overview(house.scope), EyesPaths(slug: "shop"))
        let published = try require2(overview.published)
        var texts: [String] = []
        for tab in [EyesTab.segments, .churn] {
            for horizon in Horizon.allCases {
                let filter = ChurnFilter(horizon: horizon)
                let page = try await ChurnPage.load(
                    house.service, house.scope, published, filter, fromPlace: 0, limit: 50)
                let rows = ChurnRows(
                    filter: filter, scores: page.rows, badges: page.badges, total: page.total, from: 0,
                    nextCursor: nil, now: EyesHouse.now)
                let builder = EyesPageBuilder(
                    overview: overview, speech: speech, paths: paths, tab: tab, horizon: horizon, mayRun: true)
                let built = builder.page(main: tab == .segments ? builder.segmentsTab() : builder.churnTab(rows))
                texts += [built.title, built.subtitle ?? "", built.main.html, built.status.html, built.proof.html]
            }
        }
        for page in try await house.segmentPages(published, speech) {
            texts += [page.title, page.subtitle ?? "", page.main.html]
        }
        for page in EyesHouse.modelPages(run, published, speech) { texts += [page.title, page.main.html] }
        return texts
    }

    /// What is read, without the names of elements, and what says something else: "in order", and names in the set-up.
    private static func expectNoOrders(in texts: [String]) {
        #expect(texts.count > 30)
        let read = texts.joined(separator: "\n").replacing(#/<[^>]*>/#, with: "\n").replacing("in order", with: "")
            .replacing("buyers=", with: "")
        let wrong = Set(read.matches(of: #/[^\n]*\b(?i:orders?|ordered|buyers?)\b[^\n]*/#).map { String($0.output) })
        #expect(wrong.isEmpty, "\(wrong.sorted().joined(separator: "\n"))")
    }
}

extension EyesHouse {
    /// People who agree to analysis and have not ordered.
    func writePeople(_ count: Int) async throws {
        let writer = CustomerWriter(
            scope, database,
            source: WriteSource(connectionID: "con_test", platform: "csv", label: "File", importID: "imp_test"),
            keys: try Self.keys(), clock: clock)
        for part in Array(0..<count).portions(of: 500) {
            _ = try await writer.write(
                WriteBatch(
                    customers: part.map { CustomerInput(externalID: Shop.name($0)) },
                    consents: part.map { EyesHouse.consent($0) }))
        }
        _ = try await writer.finish()
    }
}
