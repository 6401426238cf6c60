import Testing

@testable import Learning

/// What several searches share must not change what each of them finds.
@Suite("Shared searches") struct SharedSearchTests {
    /// Three round groups on a plane, the last row of a hundred far away from all.
    private func groups(_ rows: Int, seed: UInt64 = 5) -> (x: Matrix, truth: [Int]) {
        var generator = SeededGenerator(seed: seed)
        let truth = (0..<rows).map { _ in generator.below(3) }
        let values = truth.enumerated().flatMap { row, group -> [Double] in
            let noise = (generator.unit() + generator.unit() - 1, generator.unit() + generator.unit() - 1)
            return row % 100 == 99
                ? [40 + 10 * generator.unit(), 40] : [Double(group) * 4 + noise.0, Double(group % 2) * 4 + noise.1]
        }
        return (Matrix(rows: rows, columns: 2, values: values), truth)
    }

    @Test("an index of densities gives for every radius what a search of its own gives") func densities() {
        let (x, _) = groups(900)
        for minSamples in [1, 6, 40, 2_000] {
            let index = DensityIndex(x, minSamples: minSamples)
            for eps in [0, 0.05, 0.2, 0.7, 3, 100] {
                #expect(index.dbscan(eps: eps) == dbscan(x, eps: eps, minSamples: minSamples))
            }
            #expect(index.curve == kDistances(x, k: minSamples, threads: 2))
        }
        #expect(DensityIndex(Matrix(rows: 0, columns: 2), minSamples: 5).dbscan(eps: 1).labels.isEmpty)
    }

    @Test("cuts of one tree are as stable together as each alone") func cuts() {
        let (x, truth) = groups(700)
        let tree = ward(x)
        let wanted = [2, 3, 5].map { WardCut(clusters: $0, labels: tree.labels(clusters: $0)) }
        let together = wardStability(x, cuts: wanted, resamples: 4, maxRows: 400, seed: 9, threads: 2)
        for (cut, stability) in zip(wanted, together) {
            #expect(wardStability(x, cuts: [cut], resamples: 4, maxRows: 400, seed: 9) == [stability])
        }
        let found = wardStability(x, cuts: [WardCut(clusters: 4, labels: truth)], resamples: 4, seed: 9)
        #expect(found[0].mean > 0.9)
        #expect(
            wardStability(x, cuts: [WardCut(clusters: 2, labels: [0])], seed: 9) == [Stability(mean: 0, values: [])])
    }

    @Test("a row drawn twice weighs as two equal rows in Ward's tree") func weights() {
        let (x, _) = groups(60)
        let doubled = x.selecting(rows: (0..<120).map { $0 / 2 })
        let folded = ward(x, weights: [Double](repeating: 2, count: 60))
        for k in 2...6 {
            let whole = ward(doubled).labels(clusters: k)
            #expect(adjustedRandIndex(folded.labels(clusters: k), (0..<60).map { whole[$0 * 2] }) == 1)
        }
    }

    @Test("leaving starts out loses no better grouping") func starts() {
        var generator = SeededGenerator(seed: 3)
        let x = Matrix(rows: 9_000, columns: 3, values: (0..<27_000).map { _ in generator.unit() * generator.unit() })
        for k in [3, 6] {
            let alone = (0..<10).map { kMeans(x, k: k, starts: 1, seed: UInt64($0)).inertia }
            let best = alone.min() ?? 0
            #expect(kMeans(x, k: k, starts: 10, seed: 77, threads: 2).inertia <= best * 1.001)
        }
    }

    @Test("silhouettes of many labelings together equal those of each alone") func silhouettesTogether() {
        let (x, truth) = groups(400)
        let labelings = [truth] + (2...8).map { k in kMeans(x, k: k, seed: 1).labels }
        for (one, shared) in zip(labelings, silhouettes(x, labelings: labelings, threads: 2)) {
            #expect(abs(silhouette(x, labels: one) - shared) < 1e-12)
        }
    }
}
