import Foundation

/// Greedy k-means++: each further centroid is the best of a few rows drawn with probability proportional to their
/// squared distance to the nearest one so far (the variant of Arthur and Vassilvitskii's own program, and
/// scikit-learn's). Keeps the two smallest distances per row, which are the first bounds of the iteration.
struct KMeansSeeding {
    private static let block = 512

    private let problem: KMeansProblem
    private var generator: SeededGenerator
    private var nearest: [Double]
    private var second: [Double]
    private var labels: [Int32]
    private var chosen: [Int] = []

    init(problem: KMeansProblem, generator: SeededGenerator) {
        self.problem = problem
        self.generator = generator
        nearest = [Double](repeating: .infinity, count: problem.x.rows)
        second = nearest
        labels = [Int32](repeating: 0, count: problem.x.rows)
    }

    mutating func run() -> KMeansState {
        let trials = 2 + Int(log(Double(problem.k)))
        absorb(drawFirst())
        while chosen.count < problem.k {
            let candidates = draw(trials)
            guard var best = candidates.first else { break }
            var lowest = Double.infinity
            for candidate in candidates {
                let rest = remainder(with: candidate)
                if rest < lowest {
                    lowest = rest
                    best = candidate
                }
            }
            absorb(best)
        }
        return KMeansState(
            centroids: problem.x.selecting(rows: chosen), labels: labels, upper: nearest, lower: second)
    }

    private mutating func drawFirst() -> Int {
        guard let weights = problem.weights else { return generator.below(problem.x.rows) }
        var rest = generator.unit() * weights.reduce(0, +)
        for (row, weight) in weights.enumerated() {
            rest -= weight
            if rest < 0 { return row }
        }
        return 0
    }

    /// Rows drawn in proportion to weight × squared distance; none when no distance is left (fewer different rows than
    /// centroids).
    private mutating func draw(_ count: Int) -> [Int] {
        var running: [Double] = []
        running.reserveCapacity(nearest.count)
        var total = 0.0
        for row in 0..<nearest.count {
            total += nearest[row] * (problem.weights?[row] ?? 1)
            running.append(total)
        }
        guard total > 0, total.isFinite else { return [] }
        return (0..<count).map { _ in
            let target = generator.unit() * total
            var low = 0
            var high = running.count - 1
            while low < high {
                let middle = (low + high) / 2
                if running[middle] > target { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }

    /// What would be left of the sum of squared distances with one more centroid.
    private func remainder(with row: Int) -> Double {
        var sum = 0.0
        nearest.withUnsafeBufferPointer { nearest in
            forEachBlock(from: row) { start, squared in
                if let weights = problem.weights {
                    for offset in 0..<squared.count {
                        sum += min(nearest[start &+ offset], squared[offset]) * weights[start &+ offset]
                    }
                } else {
                    for offset in 0..<squared.count { sum += min(nearest[start &+ offset], squared[offset]) }
                }
            }
        }
        return sum
    }

    private mutating func absorb(_ row: Int) {
        let label = Int32(chosen.count)
        chosen.append(row)
        nearest.withUnsafeMutableBufferPointer { nearest in
            second.withUnsafeMutableBufferPointer { second in
                labels.withUnsafeMutableBufferPointer { labels in
                    KMeansSeeding.forEachBlock(problem, from: row) { start, squared in
                        for offset in 0..<squared.count {
                            let index = start &+ offset
                            let value = squared[offset]
                            let best = nearest[index]
                            second[index] = value < best ? best : min(second[index], value)
                            labels[index] = value < best ? label : labels[index]
                            nearest[index] = min(best, value)
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func forEachBlock(from row: Int, _ body: (Int, UnsafeMutableBufferPointer<Double>) -> Void) {
        KMeansSeeding.forEachBlock(problem, from: row, body)
    }

    /// Hands over the squared distances from one row to all rows, block by block.
    @inline(__always)
    private static func forEachBlock(
        _ problem: KMeansProblem, from row: Int, _ body: (Int, UnsafeMutableBufferPointer<Double>) -> Void
    ) {
        let rows = problem.x.rows
        let columns = problem.x.columns
        problem.byColumn.withUnsafeBufferPointer { points in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: block) { squared in
                var start = 0
                while start < rows {
                    let count = min(block, rows &- start)
                    for offset in 0..<count { squared[offset] = 0 }
                    for column in 0..<columns {
                        let base = column &* rows
                        let center = points[base &+ row]
                        for offset in 0..<count {
                            let difference = points[base &+ start &+ offset] - center
                            squared[offset] += difference * difference
                        }
                    }
                    body(start, UnsafeMutableBufferPointer(rebasing: squared[0..<count]))
                    start = start &+ count
                }
            }
        }
    }
}
