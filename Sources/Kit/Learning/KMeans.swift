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
/// From 8,192 rows on, a start first settles on a seeded sample of them (k-means++ included) and goes on from there with
/// all rows: the same kind of optimum for a fraction of the passes.
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
    let runs = concurrentMap(max(starts, 1), threads: threads) { start in
        problem.run(maxIterations: maxIterations, generator: SeededGenerator(seed: seed, stream: UInt64(start)))
    }
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

    let x: Matrix
    let byColumn: [Double]
    let weights: [Double]?
    let k: Int
    let shiftLimit: Double
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
        shiftLimit = max(tolerance, 0) * variances.reduce(0, +) / Double(max(x.columns, 1))
    }

    struct Run: Sendable {
        var centroids: Matrix
        var inertia: Double
        var iterations: Int
    }

    func run(maxIterations: Int, generator: SeededGenerator) -> Run {
        var state = begin(maxIterations: maxIterations, generator: generator)
        let iterations = state.iterate(problem: self, maxIterations: maxIterations)
        return Run(centroids: state.centroids, inertia: inertia(state.centroids), iterations: iterations)
    }

    private func begin(maxIterations: Int, generator: SeededGenerator) -> KMeansState {
        guard let sample = warmUp.first else {
            var seeding = KMeansSeeding(problem: self, generator: generator)
            return seeding.run()
        }
        var state = sample.begin(maxIterations: maxIterations, generator: generator)
        _ = state.iterate(problem: sample, maxIterations: maxIterations)
        return KMeansState(assigning: x, to: state.centroids)
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
