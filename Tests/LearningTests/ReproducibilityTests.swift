import Learning
import Testing

@Suite("The seed decides, nothing else")
struct ReproducibilityTests {
    let x = gaussian(rows: 3000, columns: 4, seed: 9)

    @Test("one thread and several give equal bytes", arguments: [2, 3, 8])
    func threads(count: Int) {
        let one = kMeans(x, k: 5, seed: 7)
        #expect(one == kMeans(x, k: 5, seed: 7, threads: count))
        #expect(dbscan(x, eps: 0.5, minSamples: 6) == dbscan(x, eps: 0.5, minSamples: 6, threads: count))
        #expect(kDistances(x, k: 8) == kDistances(x, k: 8, threads: count))
        #expect(silhouette(x, labels: one.labels) == silhouette(x, labels: one.labels, threads: count))
        let labels = one.labels.map { $0 < 2 }
        let scores = x.column(0)
        let interval = aucInterval(scores: scores, labels: labels, resamples: 50, seed: 1)
        #expect(interval == aucInterval(scores: scores, labels: labels, resamples: 50, seed: 1, threads: count))
        let model = LogisticRegression.fit(x, labels)
        #expect(model == LogisticRegression.fit(x, labels, threads: count))
        let stability = kMeansStability(x, labels: one.labels, k: 5, resamples: 4, seed: 3)
        #expect(stability == kMeansStability(x, labels: one.labels, k: 5, resamples: 4, seed: 3, threads: count))
    }

    @Test("equal seeds give equal answers, other seeds other draws")
    func seeds() {
        let big = gaussian(rows: 9000, columns: 2, seed: 4)
        #expect(kMeans(big, k: 4, starts: 2, seed: 1) == kMeans(big, k: 4, starts: 2, seed: 1))
        #expect(columnShuffled(x, seed: 1) == columnShuffled(x, seed: 1))
        #expect(columnShuffled(x, seed: 1) != columnShuffled(x, seed: 2))
        #expect(columnShuffled(x, seed: 1).column(2).sorted() == x.column(2).sorted())
        #expect(bootstrapIndices(count: 100, seed: 1) == bootstrapIndices(count: 100, seed: 1))
        #expect(bootstrapIndices(count: 100, seed: 1) != bootstrapIndices(count: 100, seed: 2))
    }

    @Test("the generator's first numbers never change")
    func generator() {
        var generator = SeededGenerator(seed: 42)
        #expect((0..<3).map { _ in generator.next() } == SeededGeneratorFacts.seed42)
        var stream = SeededGenerator(seed: 42, stream: 1)
        #expect(stream.next() != SeededGeneratorFacts.seed42[0])
        var draws = SeededGenerator(seed: 1)
        let below = (0..<10_000).map { _ in draws.below(10) }
        #expect((0..<10).allSatisfy { digit in abs(below.count { $0 == digit } - 1000) < 150 })
        let sample = draws.sample(5, from: 20)
        #expect(sample.count == 5 && sample == Set(sample).sorted())
        #expect(draws.sample(9, from: 3) == [0, 1, 2])
    }

    @Test("shuffled rows: same density clusters, hierarchy, AUC, calibration and model")
    func shuffledRows() {
        let (x, truth) = plantedGroups(seed: 3)
        var generator = SeededGenerator(seed: 8)
        let order = generator.shuffled(Array(0..<x.rows))
        let moved = x.selecting(rows: order)
        let before = dbscan(x, eps: 1.2, minSamples: 6).labels
        #expect(adjustedRandIndex(dbscan(moved, eps: 1.2, minSamples: 6).labels, order.map { before[$0] }) == 1)
        let hierarchy = ward(x).labels(clusters: 3)
        #expect(adjustedRandIndex(ward(moved).labels(clusters: 3), order.map { hierarchy[$0] }) == 1)
        #expect(isClose(silhouette(x, labels: truth), silhouette(moved, labels: order.map { truth[$0] })))
        let labels = truth.map { $0 == 1 }
        let scores = x.column(1).map { ($0 * 2).rounded() }
        let movedLabels = order.map { labels[$0] }
        let movedScores = order.map { scores[$0] }
        #expect(rocAUC(scores: scores, labels: labels) == rocAUC(scores: movedScores, labels: movedLabels))
        let p = scores.map { sigmoid($0) }
        let bins = calibrationBins(probabilities: p, labels: labels)
        let movedBins = calibrationBins(probabilities: order.map { p[$0] }, labels: movedLabels)
        #expect(bins.map(\.count) == movedBins.map(\.count) && bins.map(\.observed) == movedBins.map(\.observed))
        let noisy = labels.enumerated().map { $0.offset % 5 == 0 ? !$0.element : $0.element }
        let model = LogisticRegression.fit(x, noisy)
        let again = LogisticRegression.fit(moved, order.map { noisy[$0] })
        #expect(isClose(model.weights, again.weights, within: 1e-6))
    }

    @Test("a weight of three is three equal rows")
    func weights() {
        let (x, _) = plantedGroups(rows: 90, seed: 5)
        let weights = (0..<90).map { Double($0 % 3 + 1) }
        let repeated = x.selecting(rows: (0..<90).flatMap { row in [Int](repeating: row, count: row % 3 + 1) })
        let weighted = kMeans(x, weights: weights, k: 3, seed: 2)
        #expect(isClose(weighted.inertia, kMeans(repeated, k: 3, seed: 2).inertia, within: 1e-6))
        let heights = ward(x, weights: weights).merges.map(\.height)
        #expect(isClose(heights, Array(ward(repeated).merges.map(\.height).suffix(89))))
    }

    @Test("planted groups are found by all three algorithms; noise is not mistaken for groups")
    func planted() {
        for seed in 0..<5 as Range<UInt64> {
            let (x, truth) = plantedGroups(seed: seed)
            let found = kMeans(x, k: 3, seed: seed)
            #expect(adjustedRandIndex(found.labels, truth) > 0.95)
            #expect(adjustedRandIndex(ward(x).labels(clusters: 3), truth) > 0.95)
            #expect(adjustedRandIndex(dbscan(x, eps: 1.5, minSamples: 6).labels, truth) > 0.9)
            #expect(kMeansStability(x, labels: found.labels, k: 3, resamples: 5, seed: seed).mean > 0.95)
            let noise = gaussian(rows: 600, columns: 3, seed: seed)
            #expect(silhouette(noise, labels: kMeans(noise, k: 3, seed: seed).labels) < 0.45)
        }
    }

    @Test("the general bootstrap takes labels or centroids")
    func generalBootstrap() {
        let (x, truth) = plantedGroups(rows: 200, seed: 1)
        let byLabels = bootstrapStability(x, labels: truth, resamples: 4, seed: 1) { resample, _ in
            .labels(ward(resample).labels(clusters: 3))
        }
        let byCentroids = bootstrapStability(x, labels: truth, resamples: 4, seed: 1) { resample, seed in
            .centroids(kMeans(resample, k: 3, starts: 3, seed: seed).centroids)
        }
        #expect(byLabels.mean > 0.95 && byCentroids.mean > 0.95 && byLabels.values.count == 4)
    }
}

enum SeededGeneratorFacts {
    static let seed42: [UInt64] = [1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 12_544_586_762_248_559_009]
}
