import Learning

/// A candidate and who is in it.
struct FittedCandidate: Sendable {
    var figures: ClusterCandidate
    /// Per buyer; −1 = unclustered.
    let labels: [Int]
    /// Which of the search's spaces it lives in.
    let space: Int
}

/// Tries three algorithms in two scalings and measures what the gate needs to know.
///
/// Silhouette and sizes are measured for every candidate. Shuffled copies and resamples cost far more. They are spent
/// in
/// the order in which candidates would win, until one passes (the next could not win any more), on the best of each
/// algorithm, and, when none passes, on those that could be offered as tiers.
struct ClusterSearch: Sendable {
    let spaces: [ScaledSpace]
    let seed: RunSeed
    let threads: Int

    static let clusterCounts = 2...8
    static let wardSample = 5_000
    static let silhouetteSample = 6_000
    static let nullCopies = 5
    static let resamples = 20
    static let resampleRows = 20_000
    static let wardResampleRows = 2_500

    func run(progress: (Int, Int) throws -> Void = { _, _ in }) throws -> [FittedCandidate] {
        var all: [FittedCandidate] = []
        for (index, space) in spaces.enumerated() where !space.features.isEmpty {
            try progress(all.count, all.count + 1)
            all += candidates(in: space, index: index)
        }
        let open = all.indices.filter { ClusterGate.cheapFailures(of: all[$0].figures).isEmpty }
            .sorted { ClusterGate.precedes(all[$0].figures, all[$1].figures) }
        var steps = 0
        for index in open where isWorthMeasuring(all[index].figures, after: all.map(\.figures)) {
            try progress(steps, open.count)
            steps += 1
            measure([index], in: &all)
        }
        let isAccepted = all.contains { ClusterGate.failures(of: $0.figures).isEmpty }
        let rest = Self.bestOfEach(all) + (isAccepted ? [] : all.indices.filter { Tiers.isOffered(all[$0].figures) })
        try progress(steps, steps + 1)
        measure(rest, in: &all)
        return all
    }

    /// Candidates come in the order in which they would win: once one has passed, a later one can only win where the
    /// first is an approximation and this one is not.
    private func isWorthMeasuring(_ candidate: ClusterCandidate, after all: [ClusterCandidate]) -> Bool {
        guard let winner = ClusterGate.winner(all, rows: rows) else { return true }
        return ClusterGate.isApproximate(winner, rows: rows) && !ClusterGate.isApproximate(candidate, rows: rows)
            && candidate.silhouette >= winner.silhouette - ClusterGate.approximationMargin
    }

    private var rows: Int { spaces.first?.points.rows ?? 0 }

    /// The candidate of each algorithm that its card shows: the best one that may pass, else the best one.
    static func bestOfEach(_ all: [FittedCandidate]) -> [Int] {
        ClusterAlgorithm.allCases.compactMap { algorithm in
            let own = all.indices.filter { all[$0].figures.algorithm == algorithm }
            let passed = own.filter { ClusterGate.failures(of: all[$0].figures).isEmpty }
            let open = own.filter { ClusterGate.cheapFailures(of: all[$0].figures).isEmpty }
            let field = !passed.isEmpty ? passed : (!open.isEmpty ? open : own)
            return field.min { ClusterGate.precedes(all[$0].figures, all[$1].figures) }
        }
    }

    // MARK: The three algorithms

    typealias Found = (algorithm: ClusterAlgorithm, eps: Double?, minSamples: Int?, labels: [Int])

    /// Every search is a piece of work of its own, the longest first, so that the threads end together.
    private func candidates(in space: ScaledSpace, index: Int) -> [FittedCandidate] {
        let distinct = Set((0..<space.points.rows).lazy.map { space.points.row($0) }.prefix(20_000)).count
        let counts = Self.clusterCounts.filter { $0 <= distinct }
        let searches: [@Sendable () -> [Found]] =
            [
                { densities(space) },
                {
                    wardLabels(space.points, cuts: counts, purpose: "ward.\(space.scaling)").map {
                        (.ward, nil, nil, $0)
                    }
                },
            ]
            + counts.reversed().map { k in
                { [(.kMeans, nil, nil, kMeansLabels(space.points, k: k, purpose: "kmeans.\(space.scaling)"))] }
            }
        let parts = concurrentMap(searches.count, threads: threads) { searches[$0]() }
        let found = parts.dropFirst(2).reversed().joined() + parts[1] + parts[0]
        let scores = sampledSilhouettes(space.points, labelings: found.map(\.labels), threads: threads)
        return zip(found, scores).compactMap { candidate, score in
            fitted(candidate, silhouette: score, space: space, index: index)
        }
    }

    /// Radii at percentiles of the distance to the `minSamples`-th neighbour; zero distances (many equal rows) make none.
    private func densities(_ space: ScaledSpace) -> [Found] {
        let minSamples = max(5, 2 * space.features.count)
        let index = DensityIndex(space.points, minSamples: minSamples)
        let radii = [0.50, 0.80, 0.90, 0.95].map { quantile(index.curve, $0) }.filter { $0 > 0 }
        return radii.uniqued().map { eps in (.dbscan, eps, minSamples, index.dbscan(eps: eps).labels) }
    }

    private func fitted(
        _ candidate: Found, silhouette: Double, space: ScaledSpace, index: Int
    ) -> FittedCandidate? {
        let sizes = clusterSizes(candidate.labels)
        let total = Double(max(candidate.labels.count, 1))
        let noise = Double(candidate.labels.count - sizes.reduce(0, +)) / total
        guard sizes.count >= 2 else { return nil }
        if candidate.algorithm == .dbscan, !(2...12).contains(sizes.count) || noise > 0.30 { return nil }
        let figures = ClusterCandidate(
            space: space.name, scaling: space.scaling, algorithm: candidate.algorithm, k: sizes.count,
            eps: candidate.eps,
            minSamples: candidate.minSamples, silhouette: silhouette,
            largestShare: Double(sizes.max() ?? 0) / total, smallestShare: Double(sizes.min() ?? 0) / total,
            smallestSize: sizes.min() ?? 0, noiseShare: noise)
        return FittedCandidate(figures: figures, labels: candidate.labels, space: index)
    }

    func kMeansLabels(_ points: Matrix, k: Int, purpose: String) -> [Int] {
        kMeans(points, k: k, seed: seed.derived("\(purpose).\(k)")).labels
    }

    /// Ward on a sample; everybody else joins the nearest centre of the sample's clusters.
    func wardLabels(_ points: Matrix, cuts: [Int], purpose: String) -> [[Int]] {
        guard !cuts.isEmpty, points.rows > 1 else { return [] }
        var generator = SeededGenerator(seed: seed.derived("\(purpose).sample"))
        let rows = generator.sample(Self.wardSample, from: points.rows)
        let sample = points.selecting(rows: rows)
        let tree = ward(sample)
        return cuts.map { k in
            let labels = tree.labels(clusters: k)
            if rows.count == points.rows { return labels }
            var all = assignToNearest(points, centroids: clusterMeans(sample, labels: labels))
            for (position, row) in rows.enumerated() { all[row] = labels[position] }
            return all
        }
    }

    /// Exact up to 6,000 rows, else on one seeded sample, the same for every candidate. Fewer than two clusters: 0.
    func sampledSilhouettes(_ points: Matrix, labelings: [[Int]], threads: Int = 1) -> [Double] {
        guard !labelings.isEmpty else { return [] }
        var generator = SeededGenerator(seed: seed.derived("silhouette.sample"))
        let rows = generator.sample(Self.silhouetteSample, from: points.rows)
        return silhouettes(
            points.selecting(rows: rows), labelings: labelings.map { labels in rows.map { labels[$0] } },
            threads: threads)
    }
}
