import Learning

/// Useful cuts through a continuum, for when no grouping passes the gate. They never count as a passed gate.
enum Tiers {
    static let clusterCounts = 3...5

    /// Could be offered as tiers if measured stable enough.
    static func isOffered(_ candidate: ClusterCandidate) -> Bool {
        clusterCounts.contains(candidate.k) && candidate.largestShare <= ClusterGate.largestShare
            && candidate.algorithm != .dbscan
    }

    /// The most stable candidate with 3–5 groups of which none is larger than 70%.
    static func choose(from all: [FittedCandidate]) -> FittedCandidate? {
        all.filter { isOffered($0.figures) && $0.figures.stability != nil }.min { left, right in
            let a = left.figures.stability ?? 0
            let b = right.figures.stability ?? 0
            return a != b ? a > b : ClusterGate.precedes(left.figures, right.figures)
        }
    }

    /// Five tiers by spend rank × recency rank, each rank from 0 (worst) to 1 (best), equal values sharing one rank.
    static func quintiles(_ table: FeatureTable) -> [Int] {
        let spend = ranks(table.column(.totalSpend))
        let freshness = ranks(table.column(.recencyDays).map { -$0 })
        let scores = zip(spend, freshness).map { $0 * $1 }
        let labels = ranks(scores).map { min(4, Int($0 * 5)) }
        return renumbered(labels)
    }

    /// Mid-rank of each value as a share of all rows.
    private static func ranks(_ values: [Double]) -> [Double] {
        guard !values.isEmpty else { return [] }
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var result = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            let middle = (Double(start) + Double(end)) / 2 / Double(values.count)
            for position in start..<end { result[order[position]] = middle }
            start = end
        }
        return result
    }

    /// Labels 0, 1, 2 … without gaps, in the order of the old numbers.
    private static func renumbered(_ labels: [Int]) -> [Int] {
        let used = Set(labels).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(used, used.indices))
        return labels.map { numbers[$0] ?? 0 }
    }
}
