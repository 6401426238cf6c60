/// Sum and weight per cluster, kept up to date by the rows that change sides.
struct ClusterSums {
    private(set) var sums: [Double]
    private(set) var mass: [Double]
    private let columns: Int

    init(problem: KMeansProblem, labels: [Int32], clusters: Int) {
        columns = problem.x.columns
        sums = [Double](repeating: 0, count: clusters * columns)
        mass = [Double](repeating: 0, count: clusters)
        problem.x.values.withUnsafeBufferPointer { points in
            for row in 0..<labels.count {
                let label = Int(labels[row])
                let weight = problem.weights?[row] ?? 1
                mass[label] += weight
                for column in 0..<columns {
                    sums[label &* columns &+ column] += weight * points[row &* columns &+ column]
                }
            }
        }
    }

    var hasEmptyCluster: Bool { mass.contains { !($0 > 0) } }

    mutating func move(
        _ row: Int, from old: Int, to new: Int, _ points: UnsafeBufferPointer<Double>, _ weights: [Double]?
    ) {
        let weight = weights?[row] ?? 1
        mass[old] -= weight
        mass[new] += weight
        for column in 0..<columns {
            let part = weight * points[row &* columns &+ column]
            sums[old &* columns &+ column] -= part
            sums[new &* columns &+ column] += part
        }
    }

    func means(fallback: Matrix) -> Matrix {
        var result = fallback
        for cluster in 0..<mass.count where mass[cluster] > 0 {
            for column in 0..<columns { result[cluster, column] = sums[cluster * columns + column] / mass[cluster] }
        }
        return result
    }
}
