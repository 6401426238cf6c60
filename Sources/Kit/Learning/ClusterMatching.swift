/// Finds the clusters of an earlier run again. Pairs are chosen together, so that the sum of all distances is least.
public enum ClusterMatching {
    /// By centroids in the same scaled units: one former cluster per new one, or nil when none is within `farthest`.
    public static func byCentroid(_ new: Matrix, former: Matrix, farthest: Double) -> [Int?] {
        guard new.columns == former.columns else { return [Int?](repeating: nil, count: new.rows) }
        var distances = Matrix(rows: new.rows, columns: former.rows)
        for row in 0..<new.rows {
            for other in 0..<former.rows { distances[row, other] = new.distance(from: row, to: former, row: other) }
        }
        return optimalAssignment(distances, limit: farthest)
    }

    /// By members: pairs share at least `leastOverlap` of the customers that either has (Jaccard's index). Labels stand
    /// for customers present in both runs, negative ones for none.
    ///
    /// - Returns: the former label per new one, 0 ... the highest.
    public static func byMembers(_ new: [Int], former: [Int], leastOverlap: Double) -> [Int?] {
        let rows = min(new.count, former.count)
        let newCount = (new.prefix(rows).max() ?? -1) + 1
        let formerCount = (former.prefix(rows).max() ?? -1) + 1
        guard newCount > 0 else { return [] }
        var shared = Matrix(rows: newCount, columns: max(formerCount, 0))
        var newSizes = [Double](repeating: 0, count: newCount)
        var formerSizes = [Double](repeating: 0, count: max(formerCount, 0))
        for row in 0..<rows {
            if new[row] >= 0 { newSizes[new[row]] += 1 }
            if former[row] >= 0 { formerSizes[former[row]] += 1 }
            if new[row] >= 0, former[row] >= 0 { shared[new[row], former[row]] += 1 }
        }
        var costs = shared
        for one in 0..<newCount {
            for other in 0..<shared.columns {
                let either = newSizes[one] + formerSizes[other] - shared[one, other]
                costs[one, other] = either > 0 ? 1 - shared[one, other] / either : 1
            }
        }
        return optimalAssignment(costs, limit: 1 - leastOverlap)
    }
}
