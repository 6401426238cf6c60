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
    static let wardResampleRows = 5_000

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
            measure(&all[index])
        }
        let isAccepted = all.contains { ClusterGate.failures(of: $0.figures).isEmpty }
        let rest = Self.bestOfEach(all) + (isAccepted ? [] : all.indices.filter { Tiers.isOffered(all[$0].figures) })
        for (done, index) in rest.enumerated() {
            try progress(steps + done, steps + rest.count)
            measure(&all[index])
        }
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

    private func candidates(in space: ScaledSpace, index: Int) -> [FittedCandidate] {
        var found: [(ClusterAlgorithm, eps: Double?, minSamples: Int?, labels: [Int])] = []
        let distinct = Set((0..<space.points.rows).lazy.map { space.points.row($0) }.prefix(20_000)).count
        for k in Self.clusterCounts where k <= distinct {
            found.append((.kMeans, nil, nil, kMeansLabels(space.points, k: k, purpose: "kmeans.\(space.scaling)")))
        }
        let cuts = Self.clusterCounts.filter { $0 <= distinct }
        for labels in wardLabels(space.points, cuts: cuts, purpose: "ward.\(space.scaling)") {
            found.append((.ward, nil, nil, labels))
        }
        let minSamples = max(5, 2 * space.features.count)
        for eps in epsilons(space.points, minSamples: minSamples) {
            let result = dbscan(space.points, eps: eps, minSamples: minSamples, threads: threads)
            found.append((.dbscan, eps, minSamples, result.labels))
        }
        let scores = sampledSilhouettes(space.points, labelings: found.map(\.labels))
        return zip(found, scores).compactMap { candidate, score in
            fitted(candidate, silhouette: score, space: space, index: index)
        }
    }

    private func fitted(
        _ candidate: (ClusterAlgorithm, eps: Double?, minSamples: Int?, labels: [Int]), silhouette: Double,
        space: ScaledSpace, index: Int
    ) -> FittedCandidate? {
        let sizes = clusterSizes(candidate.labels)
        let total = Double(max(candidate.labels.count, 1))
        let noise = Double(candidate.labels.count - sizes.reduce(0, +)) / total
        guard sizes.count >= 2 else { return nil }
        if candidate.0 == .dbscan, !(2...12).contains(sizes.count) || noise > 0.30 { return nil }
        let figures = ClusterCandidate(
            space: space.name, scaling: space.scaling, algorithm: candidate.0, k: sizes.count, eps: candidate.eps,
            minSamples: candidate.minSamples, silhouette: silhouette,
            largestShare: Double(sizes.max() ?? 0) / total, smallestShare: Double(sizes.min() ?? 0) / total,
            smallestSize: sizes.min() ?? 0, noiseShare: noise)
        return FittedCandidate(figures: figures, labels: candidate.labels, space: index)
    }

    private func kMeansLabels(_ points: Matrix, k: Int, purpose: String) -> [Int] {
        kMeans(points, k: k, seed: seed.derived("\(purpose).\(k)"), threads: threads).labels
    }

    /// Percentiles of the distance to the `minSamples`-th neighbour; zero distances (many equal rows) make no radius.
    private func epsilons(_ points: Matrix, minSamples: Int) -> [Double] {
        let curve = kDistances(points, k: minSamples, threads: threads)
        var found: [Double] = []
        for share in [0.50, 0.80, 0.90, 0.95] {
            let eps = quantile(curve, share)
            if eps > 0, !found.contains(eps) { found.append(eps) }
        }
        return found
    }

    /// Ward on a sample; everybody else joins the nearest centre of the sample's clusters.
    private func wardLabels(_ points: Matrix, cuts: [Int], purpose: String) -> [[Int]] {
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

    // MARK: The dear figures

    private func measure(_ candidate: inout FittedCandidate) {
        guard candidate.figures.stability == nil else { return }
        let points = spaces[candidate.space].points
        candidate.figures.null = null(candidate.figures, points)
        candidate.figures.stability = stability(candidate, points)
    }

    private func null(_ figures: ClusterCandidate, _ points: Matrix) -> Double {
        let scores = (0..<Self.nullCopies).map { copy -> Double in
            let shuffled = columnShuffled(points, seed: seed.derived("null.\(figures.scaling).\(copy)"))
            let labels: [Int]
            switch figures.algorithm {
            case .kMeans: labels = kMeansLabels(shuffled, k: figures.k, purpose: "null.kmeans.\(copy)")
            case .ward: labels = wardLabels(shuffled, cuts: [figures.k], purpose: "null.ward.\(copy)").first ?? []
            case .dbscan:
                labels =
                    dbscan(
                        shuffled, eps: figures.eps ?? 0, minSamples: figures.minSamples ?? 5, threads: threads
                    ).labels
            }
            return sampledSilhouettes(shuffled, labelings: [labels])[0]
        }
        return scores.reduce(0, +) / Double(scores.count)
    }

    private func stability(_ candidate: FittedCandidate, _ points: Matrix) -> Double {
        let figures = candidate.figures
        let seed = seed.derived("stability.\(figures.scaling).\(figures.algorithm.rawValue).\(figures.k)")
        switch figures.algorithm {
        case .kMeans:
            return kMeansStability(
                points, labels: candidate.labels, k: figures.k, resamples: Self.resamples,
                maxRows: Self.resampleRows, seed: seed, threads: threads
            ).mean
        case .ward:
            return bootstrapStability(
                points, labels: candidate.labels, resamples: Self.resamples, maxRows: Self.wardResampleRows,
                seed: seed, threads: threads
            ) { sample, _ in
                .centroids(clusterMeans(sample, labels: ward(sample).labels(clusters: figures.k)))
            }.mean
        case .dbscan:
            return bootstrapStability(
                points, labels: candidate.labels, resamples: Self.resamples, maxRows: Self.resampleRows, seed: seed,
                threads: threads
            ) { sample, _ in
                .labels(dbscan(sample, eps: figures.eps ?? 0, minSamples: figures.minSamples ?? 5).labels)
            }.mean
        }
    }

    /// Exact up to 6,000 rows, else on one seeded sample, the same for every candidate. Fewer than two clusters: 0.
    private func sampledSilhouettes(_ points: Matrix, labelings: [[Int]]) -> [Double] {
        guard !labelings.isEmpty else { return [] }
        var generator = SeededGenerator(seed: seed.derived("silhouette.sample"))
        let rows = generator.sample(Self.silhouetteSample, from: points.rows)
        return silhouettes(
            points.selecting(rows: rows), labelings: labelings.map { labels in rows.map { labels[$0] } },
            threads: threads)
    }
}

/// Sizes by label; noise (−1) is not a cluster.
func clusterSizes(_ labels: [Int]) -> [Int] {
    guard let highest = labels.max(), highest >= 0 else { return [] }
    var sizes = [Int](repeating: 0, count: highest + 1)
    for label in labels where label >= 0 { sizes[label] += 1 }
    return sizes
}

/// Mean of the rows of each label.
func clusterMeans(_ points: Matrix, labels: [Int]) -> Matrix {
    let sizes = clusterSizes(labels)
    var means = Matrix(rows: sizes.count, columns: points.columns)
    for (row, label) in labels.enumerated() where label >= 0 {
        for column in 0..<points.columns { means[label, column] += points[row, column] }
    }
    for label in sizes.indices where sizes[label] > 0 {
        for column in 0..<points.columns { means[label, column] /= Double(sizes[label]) }
    }
    return means
}
