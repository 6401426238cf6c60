/// The best of several k-means runs.
public struct KMeansResult: Sendable, Equatable {
    /// Cluster of each row, 0..<centroids.rows, numbered by first appearance.
    public let labels: [Int]
    /// May have fewer rows than asked for when the data has fewer different rows.
    public let centroids: Matrix
    /// Sum of squared distances to the own centroid.
    public let inertia: Double
    public let iterations: Int
}

/// Exact k-means: k-means++ seeding (Arthur and Vassilvitskii, 2007), Lloyd iterations with the distance bounds of
/// Hamerly (2010), best of `starts` by inertia.
///
/// From 8,192 rows on, every start first settles on a seeded sample of them (k-means++ included). Those whose inertia
/// there is within 2% of the best one's go on with all rows, and of several that settled on the same place only one:
/// the same optimum for a fraction of the passes (docs/decisions/0019-starts-that-go-on.md).
///
/// A start ends when the squared movement of its centroids falls to `tolerance` × the mean variance of the columns
/// (the rule of scikit-learn). Starts are spread over `threads`; the answer depends on the seed alone. The order of
/// rows decides which rows the seeding draws, so shuffled rows may settle in another optimum.
public func kMeans(
    _ x: Matrix, k: Int, starts: Int = 10, maxIterations: Int = 300, tolerance: Double = 1e-6, seed: UInt64,
    threads: Int = 1
) -> KMeansResult {
    kMeans(
        x, weights: nil, k: k, starts: starts, maxIterations: maxIterations, tolerance: tolerance, seed: seed,
        threads: threads)
}

/// The same with a weight per row: a row of weight 3 counts as three equal rows. Negative weights count as 0.
public func kMeans(
    _ x: Matrix, weights: [Double]?, k: Int, starts: Int = 10, maxIterations: Int = 300, tolerance: Double = 1e-6,
    seed: UInt64, threads: Int = 1
) -> KMeansResult {
    guard x.rows > 0, k > 0 else {
        return KMeansResult(
            labels: [Int](repeating: 0, count: x.rows), centroids: Matrix(rows: 0, columns: x.columns), inertia: 0,
            iterations: 0)
    }
    let problem = KMeansProblem(x.sanitized(), weights: weights, k: k, tolerance: tolerance, sampleSeed: seed)
    let runs = problem.runs(max(starts, 1), maxIterations: maxIterations, seed: seed, threads: threads)
    var best = runs[0]
    for run in runs.dropFirst() where run.inertia < best.inertia { best = run }
    return problem.result(of: best)
}

/// Nearest centroid (squared Euclidean distance, lowest index on a tie) of every row; all 0 without centroids.
public func assignToNearest(_ x: Matrix, centroids: Matrix) -> [Int] {
    guard centroids.rows > 0, centroids.columns == x.columns else { return [Int](repeating: 0, count: x.rows) }
    let packed = PackedCentroids(centroids.sanitized())
    return x.sanitized().values.withUnsafeBufferPointer { points in
        (0..<x.rows).map { row in packed.nearestTwo(to: points, at: row &* x.columns).nearest }
    }
}

/// Everything the starts of one fit have in common.
struct KMeansProblem: Sendable {
    static let rowsWorthSampling = 8192
    static let sampleSize = 4096...16_384
    /// By which share a start's inertia on the sample may exceed the best one's.
    static let worthFinishing = 0.02
    /// How near in standard deviations centroids lie that will end at the same place.
    static let samePlace = 0.02

    let x: Matrix
    let byColumn: [Double]
    let weights: [Double]?
    let k: Int
    let shiftLimit: Double
    /// Mean variance of the columns.
    private let spread: Double
    /// One problem of fewer rows to begin with, or none.
    private let warmUp: [KMeansProblem]

    /// - Parameter sampleSeed: nil to work on all rows from the beginning.
    init(_ x: Matrix, weights: [Double]?, k: Int, tolerance: Double, sampleSeed: UInt64? = nil) {
        self.x = x
        self.k = min(k, x.rows)
        let usable = weights.flatMap { all in
            all.count == x.rows ? all.map { max(Matrix.sanitized($0), 0) } : nil
        }
        self.weights = usable
        if let sampleSeed, x.rows >= KMeansProblem.rowsWorthSampling, k <= KMeansProblem.rowsWorthSampling / 64 {
            var generator = SeededGenerator(seed: sampleSeed, stream: .max)
            let size = min(max(x.rows / 8, KMeansProblem.sampleSize.lowerBound), KMeansProblem.sampleSize.upperBound)
            let chosen = generator.sample(size, from: x.rows)
            let part = usable.map { all in chosen.map { all[$0] } }
            warmUp = [KMeansProblem(x.selecting(rows: chosen), weights: part, k: k, tolerance: tolerance)]
            byColumn = []
        } else {
            warmUp = []
            byColumn = x.columnMajor()
        }
        let variances = (0..<x.columns).map { column -> Double in
            let deviation = meanAndDeviation(x.column(column)).deviation
            return deviation * deviation
        }
        spread = variances.reduce(0, +) / Double(max(x.columns, 1))
        shiftLimit = max(tolerance, 0) * spread
    }

    struct Run: Sendable {
        var centroids: Matrix
        var inertia: Double
        var iterations: Int
    }

    /// The starts that were worth finishing, at least one.
    func runs(_ starts: Int, maxIterations: Int, seed: UInt64, threads: Int) -> [Run] {
        let begun = concurrentMap(starts, threads: threads) { start in
            (warmUp.first ?? self).seeded(
                maxIterations: maxIterations, generator: SeededGenerator(seed: seed, stream: UInt64(start)))
        }
        guard !warmUp.isEmpty else { return begun }
        let finalists = finalists(begun)
        return concurrentMap(finalists.count, threads: threads) { index in
            finished(KMeansState(assigning: x, to: finalists[index].centroids), maxIterations: maxIterations)
        }
    }

    private func seeded(maxIterations: Int, generator: SeededGenerator) -> Run {
        var seeding = KMeansSeeding(problem: self, generator: generator)
        return finished(seeding.run(), maxIterations: maxIterations)
    }

    private func finished(_ begun: KMeansState, maxIterations: Int) -> Run {
        var state = begun
        let iterations = state.iterate(problem: self, maxIterations: maxIterations)
        return Run(centroids: state.centroids, inertia: inertia(state.centroids), iterations: iterations)
    }

    /// Of the starts that settled on the sample: those near the best, each place once.
    private func finalists(_ begun: [Run]) -> [Run] {
        let order = begun.indices.sorted { (begun[$0].inertia, $0) < (begun[$1].inertia, $1) }
        let limit = begun[order[0]].inertia * (1 + Self.worthFinishing)
        var kept: [Run] = []
        for run in order.lazy.map({ begun[$0] }) where run.inertia <= limit {
            if !kept.contains(where: { isSamePlace($0.centroids, run.centroids) }) { kept.append(run) }
        }
        return kept
    }

    private func isSamePlace(_ a: Matrix, _ b: Matrix) -> Bool {
        let limit = Self.samePlace * spread.squareRoot()
        return a.rows == b.rows
            && (0..<a.rows).allSatisfy { row in
                (0..<b.rows).contains { a.distance(from: row, to: b, row: $0) <= limit }
            }
    }

    private func inertia(_ centroids: Matrix) -> Double {
        let packed = PackedCentroids(centroids)
        return x.values.withUnsafeBufferPointer { points in
            var sum = 0.0
            for row in 0..<x.rows {
                let squared = packed.nearestTwo(to: points, at: row &* x.columns).squared
                sum += squared * (weights?[row] ?? 1)
            }
            return sum
        }
    }

    /// Labels numbered by first appearance, so that equal partitions look equal.
    func result(of run: Run) -> KMeansResult {
        let nearest = assignToNearest(x, centroids: run.centroids)
        var order: [Int] = []
        var number = [Int](repeating: -1, count: run.centroids.rows)
        for label in nearest where number[label] < 0 {
            number[label] = order.count
            order.append(label)
        }
        return KMeansResult(
            labels: nearest.map { number[$0] }, centroids: run.centroids.selecting(rows: order), inertia: run.inertia,
            iterations: run.iterations)
    }
}
