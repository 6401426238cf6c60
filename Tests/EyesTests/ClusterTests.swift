import Foundation
import Learning
import Testing

@testable import Eyes

@Suite("Clusters")
struct ClusterTests {
    private func find(_ table: FeatureTable, seed: Int64 = 42, threads: Int = 2) throws -> ClusterOutcome {
        try ClusterOutcome.find(table, seed: RunSeed(seed: seed), threads: threads)
    }

    /// Runs the whole search for a hundred seeds; which of them were called natural groups.
    private func accepted(_ table: @Sendable (UInt64) -> FeatureTable) -> [Int] {
        let states = concurrentMap(100, threads: 2) { seed -> ClusterReport.State? in
            let seed = seed + 1
            return try? ClusterOutcome.find(table(UInt64(seed)), seed: RunSeed(seed: Int64(seed)), threads: 1)
                .report.state
        }
        return states.indices.filter { states[$0] != .tiers }
    }

    @Test("Gaussian data are refused for 100 of 100 seeds")
    func gaussian() {
        let found = accepted { seed in
            var generator = SeededGenerator(seed: seed)
            let columns = [100.0, 20, 500].map { middle in
                (0..<Self.nullRows).map { _ in max(0, middle + middle / 4 * generator.normal()) }
            }
            return Shop.table(recency: columns[0], orders: columns[1], spend: columns[2])
        }
        #expect(found.isEmpty, "\(found)")
    }

    @Test("a shop whose columns were shuffled on their own is refused for 100 of 100 seeds")
    func shuffled() {
        let snapshot = Shop.generated(Self.nullRows, days: 700, seed: 1)
        let customers = Population.active(snapshot, at: 10_001, window: 730)
        let table = FeatureTable(snapshot, customers: customers, at: 10_001)
        let found = accepted { seed in
            FeatureTable(customers: customers, cutOff: 10_001, values: columnShuffled(table.values, seed: seed))
        }
        #expect(found.isEmpty, "\(found)")
    }

    /// Small, so that two hundred whole searches fit into a test run; the chance of a false group is largest here.
    private static let nullRows = 200

    @Test("three planted groups are found")
    func planted() throws {
        var generator = SeededGenerator(seed: 5)
        let middles = [(20.0, 30.0, 2_000.0), (200.0, 3.0, 100.0), (30.0, 2.0, 60.0)]
        var truth: [Int] = []
        var columns: [[Double]] = [[], [], []]
        for row in 0..<900 {
            let group = row % 3
            truth.append(group)
            let middle = middles[group]
            columns[0].append(middle.0 * exp(0.08 * generator.normal()))
            columns[1].append(middle.1 * exp(0.08 * generator.normal()))
            columns[2].append(middle.2 * exp(0.08 * generator.normal()))
        }
        let outcome = try find(Shop.table(recency: columns[0], orders: columns[1], spend: columns[2]))
        #expect(outcome.report.state == .accepted)
        #expect(outcome.report.chosen?.k == 3)
        let clustered = outcome.labels.indices.filter { outcome.labels[$0] >= 0 }
        #expect(Double(clustered.count) >= 0.95 * Double(truth.count))
        #expect(adjustedRandIndex(clustered.map { outcome.labels[$0] }, clustered.map { truth[$0] }) >= 0.95)
    }

    @Test("identical customers, constant columns and one giant spender: refused, and never NaN")
    func degenerate() throws {
        let same = try find(
            Shop.table(
                recency: Array(repeating: 10, count: 80), orders: Array(repeating: 1, count: 80),
                spend: Array(repeating: 5, count: 80)))
        #expect(same.report.state == .tiers)
        #expect(same.report.chosen == nil)
        #expect(same.report.constant == Feature.purchaseSpace)
        #expect(same.labels.count == 80)
        var spend = (0..<300).map { 20 + Double($0 % 17) }
        spend[0] = 9_000_000
        let giant = try find(
            Shop.table(
                recency: (0..<300).map { Double($0 % 90) + 1 }, orders: Array(repeating: 1, count: 300), spend: spend))
        #expect(giant.report.state == .tiers)
        #expect(giant.report.constant == [.orderCount])
        let figures: [Double] = giant.report.candidates.flatMap { [$0.silhouette, $0.null ?? 0, $0.stability ?? 0] }
        #expect(figures.allSatisfy { $0.isFinite })
    }

    @Test("fewer than fifty buyers: have x of y")
    func tooFew() throws {
        let outcome = try find(Shop.table(recency: [1, 2], orders: [1, 1], spend: [3, 4]))
        #expect(outcome.report.state == .notEnoughData)
        #expect(outcome.report.needs == [DataNeed(key: "buyers", have: 2, need: 50)])
        #expect(outcome.labels.isEmpty)
    }

    @Test("the gate reads each condition")
    func gate() {
        func candidate(
            _ silhouette: Double, null: Double?, ari: Double?, largest: Double = 0.5, smallest: Double = 0.2,
            noise: Double = 0
        ) -> ClusterCandidate {
            ClusterCandidate(
                space: "purchase", scaling: .log, algorithm: .kMeans, k: 3, eps: nil, minSamples: nil,
                silhouette: silhouette, largestShare: largest, smallestShare: smallest, smallestSize: 10,
                noiseShare: noise, null: null, stability: ari)
        }
        #expect(ClusterGate.failures(of: candidate(0.5, null: 0.4, ari: 0.8)).isEmpty)
        #expect(ClusterGate.failures(of: candidate(0.44, null: 0.1, ari: 0.9)) == [.silhouette])
        #expect(ClusterGate.failures(of: candidate(0.5, null: 0.41, ari: 0.9)) == [.null])
        #expect(ClusterGate.failures(of: candidate(0.5, null: 0.3, ari: 0.79)) == [.stability])
        #expect(ClusterGate.failures(of: candidate(0.5, null: 0.3, ari: 0.9, largest: 0.71)) == [.largest])
        #expect(ClusterGate.failures(of: candidate(0.5, null: 0.3, ari: 0.9, smallest: 0.04)) == [.smallest])
        #expect(ClusterGate.failures(of: candidate(0.5, null: 0.3, ari: 0.9, noise: 0.11)) == [.noise])
        #expect(ClusterGate.failures(of: candidate(0.5, null: nil, ari: nil)) == [.null, .stability])
    }

    @Test("a grouping made from a sample wins only well ahead of one made from everybody")
    func sampled() {
        func candidate(_ algorithm: ClusterAlgorithm, _ k: Int, _ silhouette: Double) -> ClusterCandidate {
            ClusterCandidate(
                space: "purchase", scaling: .clipped, algorithm: algorithm, k: k, eps: nil, minSamples: nil,
                silhouette: silhouette, largestShare: 0.6, smallestShare: 0.2, smallestSize: 100, noiseShare: 0,
                null: 0.4, stability: 0.9)
        }
        let whole = candidate(.kMeans, 3, 0.625)
        let near = candidate(.ward, 2, 0.634)
        let ahead = candidate(.ward, 2, 0.65)
        #expect(ClusterGate.winner([near, whole], rows: 20_000) == whole)
        #expect(ClusterGate.winner([near, whole], rows: 5_000) == near)
        #expect(ClusterGate.winner([ahead, whole], rows: 20_000) == ahead)
        #expect(ClusterGate.winner([near], rows: 20_000) == near)
    }

    @Test("a segment is found again by where it lies, and nothing too far is called the same")
    func matching() throws {
        let snapshot = Shop.generated(600, days: 700, seed: 8)
        let table = FeatureTable(
            snapshot, customers: Population.active(snapshot, at: 10_001, window: 730), at: 10_001)
        let outcome = try find(table)
        let first = Segmentation.make(outcome, table: table, snapshot: snapshot, runID: "eyr_a", former: [])
        let former = first.segments.map { SegmentMatching.Former(id: $0.id, size: $0.size, centre: $0.centre) }
        let again = Segmentation.make(
            outcome, table: table, snapshot: snapshot, runID: "eyr_b", former: former.reversed())
        #expect(again.segments.map(\.previousID) == first.segments.map(\.id))
        #expect(again.segments.allSatisfy { $0.sizeChange == 0 })
        let space = try #require(outcome.space)
        #expect(SegmentMatching.match([[5_000, 900, 9e6]], former: former, space: space) == [nil])
    }

    @Test("segment sizes add up and every name is its own")
    func segments() throws {
        let snapshot = Shop.generated(600, days: 700, seed: 9)
        let table = FeatureTable(
            snapshot, customers: Population.active(snapshot, at: 10_001, window: 730), at: 10_001)
        let made = Segmentation.make(
            try find(table), table: table, snapshot: snapshot, runID: "eyr_a", former: [])
        #expect(made.segments.reduce(0) { $0 + $1.size } == table.count)
        #expect(abs(made.segments.reduce(0) { $0 + $1.share } - 1) < 1e-12)
        for index in made.segments.indices {
            for other in made.segments.indices where other != index {
                #expect(made.segments[index].name != made.segments[other].name)
            }
        }
        #expect(made.segments.map(\.valueMinor) == made.segments.map(\.valueMinor).sorted(by: >))
    }
}
