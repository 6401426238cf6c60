import BSON
import Customers
import Foundation
import Learning
import Testing
import Vault
import Web

@testable import Eyes

@Suite("Outcomes and learning", .serialized)
struct OutcomeTests {
    private static func rows(_ count: Int) -> [ScoredOutcome] {
        var generator = SeededGenerator(seed: 5)
        return (0..<count).map { index in
            let chance = generator.unit()
            return ScoredOutcome(
                chance: chance, level: RiskLevel(probability: chance, config: .standard),
                segment: index % 3 == 0 ? "seg_a" : "seg_b", left: generator.unit() < chance)
        }
    }

    private static let report = HorizonReport(
        horizon: .days30, state: .accepted, verdict: "accepted", needs: [], card: nil, serving: nil,
        counts: BandCounts(), expectedLeavers: nil, meanRisk: nil, valueAtRiskMinor: nil, highYearlySpendMinor: 0,
        offersRankBands: false)

    @Test("groups add up to the whole, tenths are of equal size and ascend in risk")
    func groups() {
        let rows = Self.rows(997)
        let outcome = Outcome(
            runID: "eyr_x", report: Self.report, asOfDay: 100, scored: 1_010, rows: rows, at: EyesHouse.now)
        for groups in [outcome.bands, outcome.tenths, outcome.segments] {
            #expect(groups.reduce(0) { $0 + $1.count } == 997)
            #expect(groups.reduce(0) { $0 + $1.left } == rows.count { $0.left })
            #expect(abs(groups.reduce(0) { $0 + $1.predicted } - outcome.all.predicted) < 1e-9)
        }
        #expect(outcome.tenths.count == 10)
        #expect(outcome.tenths.allSatisfy { $0.count == 99 || $0.count == 100 })
        let means = outcome.tenths.map { $0.predicted / Double($0.count) }
        #expect(means == means.sorted())
        #expect(outcome.all.isAsPredicted)
        #expect(outcome.closedDay == 130)
        let off = OutcomeGroup(
            "x",
            (0..<100).map { _ in
                ScoredOutcome(chance: 0.9, level: .high, segment: nil, left: false)
            })
        #expect(!off.isAsPredicted && off.left == 0)
        #expect(Outcome.tenths(Array(rows.prefix(4))).count == 4)
    }

    @Test("flows between two runs count everybody once, with the reason")
    func flows() throws {
        let former = [
            "a": Standing(segment: "old_1", recencyDays: 10, orderCount: 3),
            "b": Standing(segment: "old_1", recencyDays: 10, orderCount: 3),
            "c": Standing(segment: "old_2", recencyDays: 90, orderCount: 1),
            "d": Standing(segment: "old_2", recencyDays: 90, orderCount: 1),
            "e": Standing(segment: "old_2", recencyDays: 90, orderCount: 1),
        ]
        let now = [
            "a": Standing(segment: "new_1", recencyDays: 12, orderCount: 3),
            "b": Standing(segment: "new_2", recencyDays: 12, orderCount: 3),
            "c": Standing(segment: "new_1", recencyDays: 1, orderCount: 2),
            "d": Standing(segment: "new_1", recencyDays: 90, orderCount: 1),
            "f": Standing(segment: "new_1", recencyDays: 1, orderCount: 1),
        ]
        let flows = SegmentFlows.between(former, now, renamed: ["old_1": "new_1", "old_2": "new_2"])
        func flow(_ from: String?, _ to: String?) -> SegmentFlow? { flows.first { $0.from == from && $0.to == to } }
        #expect(flow("new_1", "new_1") == nil, "who stays is no flow")
        #expect(flow("new_1", "new_2")?.reasons == ["quieter": 1])
        #expect(flow("new_2", "new_1")?.reasons == ["ordered": 1, "borders": 1])
        #expect(flow("new_2", "new_1")?.sample == ["c", "d"])
        #expect(flow(nil, "new_1")?.reasons == ["new": 1])
        #expect(flow("new_2", nil)?.reasons == ["gone": 1])
        #expect(flows.reduce(0) { $0 + $1.count } == 5)
    }

    @Test("a closed window is recounted from the orders; an open one waits; one run is said to be too few")
    func recount() async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            let run = try await house.run()
            try await house.finishInsights()
            let store = EyesStore(house.scope, house.database)
            #expect(try await store.outcomes(limit: 10).isEmpty, "no window has closed")
            let published = try #require(try await house.service.published(house.scope))
            var learning = try await house.service.learning(house.scope, published)
            #expect(learning.trends.count == 1 && learning.outcomes.isEmpty)
            let tab = LearningTab(
                learning: learning, published: published, horizon: .days30, speech: try house.speech(),
                paths: EyesPaths(slug: "shop"))
            #expect(tab.headline.contains("1 of 2 runs"))
            #expect(learning.firstClosing(.days30).map { $0 - run.result.asOfDay } == 30)

            // Five weeks pass; some order again.
            house.time.advance(by: 35 * 86_400)
            let again = Set((0..<120).map { $0 * 3 })
            try await house.order(again.sorted(), onDay: EyesHouse.today + 7)
            try await house.order([1], onDay: EyesHouse.today + 34)
            _ = try await house.run()
            try await house.finishInsights()
            let closed = try await store.outcomes(limit: 10).filter { $0.runID == run.id }
            guard run.report(.days30)?.state.hasProbabilities == true else { return }
            let outcome = try #require(closed.first)
            #expect(closed.map(\.horizon) == [.days30], "sixty and ninety days are not over")
            let scored = try await store.scored(of: run.id, .days30)
            let ids = try await house.customerIDs(again.sorted())
            let expected = scored.count { !ids.contains($0.customerID) }
            #expect(outcome.all.count == scored.count)
            #expect(outcome.all.left == expected)
            #expect(abs(outcome.all.predicted - (run.report(.days30)?.expectedLeavers ?? 0)) < 1e-6)
            let now = try #require(try await house.service.published(house.scope))
            learning = try await house.service.learning(house.scope, now)
            #expect(learning.trends.count == 2)
            #expect(learning.outcome(.days30)?.id == outcome.id)
            #expect(learning.insights?.formerRunID == run.id)
        }
    }

    @Test("a given name goes with its segment into the next run, and is one organization's alone")
    func names() async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            _ = try await house.run()
            let first = try #require(try await house.service.published(house.scope))
            let segment = try #require(first.segments.first { $0.kind != .unclustered })
            try await house.service.rename(house.scope, first, segment, to: "  Loyal \u{1F60A} ", requestID: nil)
            let named = try #require(try await house.service.published(house.scope)?.segment(id: segment.id))
            #expect(named.name.given == "Loyal \u{1F60A}")
            #expect(try house.speech().name(named.name) == "Loyal \u{1F60A}")
            house.time.advance(by: 2 * 86_400)
            try await house.order([5, 6, 7], onDay: EyesHouse.today + 1)
            let run = try await house.run()
            let second = try #require(try await house.service.published(house.scope))
            #expect(second.run.id == run.id && run.id != first.run.id)
            if let successor = second.segments.first(where: { $0.previousID == segment.id }) {
                #expect(successor.name.given == "Loyal \u{1F60A}")
            }
            await #expect(throws: EyesError.invalidConfig(["label"])) {
                try await house.service.rename(
                    house.scope, second, segment, to: String(repeating: "x", count: 81), requestID: nil)
            }
            try await house.service.rename(house.scope, first, segment, to: "", requestID: nil)
            #expect(try await house.service.run(house.scope, first.run.id)?.segment(id: segment.id)?.name.given == nil)
        }
    }

    @Test("advice comes with its figures, and only where a rule holds")
    func advice() async throws {
        try await EyesHouse.open { house in
            try await house.fill(400, consent: { $0 % 4 == 0 ? nil : EyesHouse.consent($0) })
            let run = try await house.run()
            let found = Recommendation.all(run, nil, [])
            let consent = try #require(found.first { $0.kind == .consent })
            #expect(consent.figures["count"] == .count(run.consent.loaded - run.consent.used))
            let speech = try house.speech()
            for kind in Recommendation.Kind.allCases {
                #expect(speech.words.has("eyes.recommendation.\(kind.rawValue)"))
            }
            #expect(!speech.recommendation(consent).contains("{"))
            #expect(!found.contains { $0.kind == .noEvents }, "without the count of channels nothing is said of them")
        }
    }
}
