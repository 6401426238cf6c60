/// k-means++: each further centroid is a row drawn with probability proportional to its squared distance to the
/// nearest one so far. Keeps the two smallest distances per row, which are the first bounds of the iteration.
struct KMeansSeeding {
    let problem: KMeansProblem
    var generator: SeededGenerator

    mutating func run() -> KMeansState {
        let rows = problem.x.rows
        var nearest = [Double](repeating: .infinity, count: rows)
        var second = [Double](repeating: .infinity, count: rows)
        var labels = [Int32](repeating: 0, count: rows)
        var chosen: [Int] = []
        var mass = problem.weights ?? [Double](repeating: 1, count: rows)
        while chosen.count < problem.k {
            guard let row = draw(mass) else { break }
            absorb(row, as: Int32(chosen.count), &nearest, &second, &labels)
            chosen.append(row)
            if let weights = problem.weights {
                for index in 0..<rows { mass[index] = nearest[index] * weights[index] }
            } else {
                mass = nearest
            }
        }
        if chosen.isEmpty {
            absorb(0, as: 0, &nearest, &second, &labels)
            chosen = [0]
        }
        return KMeansState(
            centroids: problem.x.selecting(rows: chosen), labels: labels, upper: nearest, lower: second)
    }

    /// A row drawn in proportion to its mass; nil when no mass is left (fewer different rows than centroids).
    private mutating func draw(_ mass: [Double]) -> Int? {
        let total = mass.reduce(0, +)
        guard total > 0, total.isFinite else { return nil }
        var rest = generator.unit() * total
        var last: Int?
        for (row, value) in mass.enumerated() where value > 0 {
            last = row
            rest -= value
            if rest < 0 { break }
        }
        return last
    }

    private func absorb(
        _ row: Int, as label: Int32, _ nearest: inout [Double], _ second: inout [Double], _ labels: inout [Int32]
    ) {
        let rows = problem.x.rows
        let columns = problem.x.columns
        let block = 512
        problem.byColumn.withUnsafeBufferPointer { points in
            nearest.withUnsafeMutableBufferPointer { nearest in
                second.withUnsafeMutableBufferPointer { second in
                    labels.withUnsafeMutableBufferPointer { labels in
                        withUnsafeTemporaryAllocation(of: Double.self, capacity: block) { squared in
                            var start = 0
                            while start < rows {
                                let count = min(block, rows &- start)
                                squaredDistances(points, rows, columns, from: row, start, count, into: squared)
                                for offset in 0..<count {
                                    let index = start &+ offset
                                    let value = squared[offset]
                                    let best = nearest[index]
                                    second[index] = value < best ? best : min(second[index], value)
                                    labels[index] = value < best ? label : labels[index]
                                    nearest[index] = min(best, value)
                                }
                                start = start &+ count
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Squared distances from one row to `count` rows from `start` on, over column-major points.
@inline(__always)
func squaredDistances(
    _ points: UnsafeBufferPointer<Double>, _ rows: Int, _ columns: Int, from row: Int, _ start: Int, _ count: Int,
    into squared: UnsafeMutableBufferPointer<Double>
) {
    for offset in 0..<count { squared[offset] = 0 }
    for column in 0..<columns {
        let base = column &* rows
        let center = points[base &+ row]
        for offset in 0..<count {
            let difference = points[base &+ start &+ offset] - center
            squared[offset] += difference * difference
        }
    }
}
