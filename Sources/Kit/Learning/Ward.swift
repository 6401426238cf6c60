/// The merges of Ward's hierarchical clustering (1963), lowest first.
public struct WardTree: Sendable, Equatable {
    public struct Merge: Sendable, Equatable {
        /// One row of each of the two clusters that join.
        public let first: Int
        public let second: Int
        /// √(2 × growth of the within-cluster sum of squares), the height that scipy and scikit-learn report.
        public let height: Double
    }

    public let rows: Int
    public let merges: [Merge]

    /// The partition into k clusters (held within 1...rows), numbered by first appearance.
    public func labels(clusters k: Int) -> [Int] {
        guard rows > 0 else { return [] }
        var parent = Array(0..<rows)
        func root(_ row: Int) -> Int {
            var current = row
            while parent[current] != current {
                parent[current] = parent[parent[current]]
                current = parent[current]
            }
            return current
        }
        for merge in merges.prefix(rows - min(max(k, 1), rows)) {
            let a = root(merge.first)
            let b = root(merge.second)
            parent[max(a, b)] = min(a, b)
        }
        return denseLabels((0..<rows).map(root)).labels
    }
}

/// Ward's clustering of all rows by nearest-neighbour chains (Murtagh, 1983): O(rows²) time, O(rows) memory.
///
/// With weights a row stands for that many equal rows, as in a bootstrap resample.
public func ward(_ x: Matrix, weights: [Double]? = nil) -> WardTree {
    guard x.rows > 1 else { return WardTree(rows: x.rows, merges: []) }
    let usable = weights.flatMap { all in
        all.count == x.rows ? all.map { max(Matrix.sanitized($0), .leastNormalMagnitude) } : nil
    }
    var chain = WardChain(x.sanitized(), weights: usable ?? [Double](repeating: 1, count: x.rows))
    let merges = chain.run()
    // Reducibility: a chain finds the merges of the greedy algorithm in another order; sorting restores it.
    let order = merges.indices.sorted { (merges[$0].height, $0) < (merges[$1].height, $1) }
    return WardTree(rows: x.rows, merges: order.map { merges[$0] })
}

/// The live clusters as columns of centroids in contiguous slots, so that a search for a nearest neighbour is one pass
/// over memory. Merging fills the gap with the last slot.
private struct WardChain {
    private let columns: Int
    private let capacity: Int
    private var alive: Int
    /// Column-major centroids: `column * capacity + slot`.
    private var centroids: [Double]
    private var mass: [Double]
    /// A row of the cluster in each slot.
    private var member: [Int]
    /// No cluster is lighter.
    private let lightest: Double
    private var chain: [Int] = []

    init(_ x: Matrix, weights: [Double]) {
        columns = x.columns
        // A full vector beyond the last slot is read, never used.
        capacity = (x.rows + 3) / 4 * 4
        alive = x.rows
        var padded = [Double](repeating: 0, count: capacity * columns)
        for row in 0..<x.rows {
            for column in 0..<columns { padded[column * capacity + row] = x[row, column] }
        }
        centroids = padded
        mass = weights + [Double](repeating: 1, count: capacity - x.rows)
        member = Array(0..<x.rows)
        lightest = weights.min() ?? 1
    }

    mutating func run() -> [WardTree.Merge] {
        var merges: [WardTree.Merge] = []
        merges.reserveCapacity(alive - 1)
        while alive > 1 {
            if chain.isEmpty { chain.append(0) }
            let tip = chain[chain.count - 1]
            let before = chain.count > 1 ? chain[chain.count - 2] : -1
            let (nearest, cost) = nearestNeighbour(of: tip, preferring: before)
            if nearest == before {
                chain.removeLast(2)
                merges.append(merge(before, tip, cost: cost))
            } else {
                chain.append(nearest)
            }
        }
        return merges
    }

    /// The slot whose union with `slot` adds least to the sum of squares, and that growth; the lowest of equal ones. A
    /// tie goes to `preferred`, which is what lets a chain end.
    private func nearestNeighbour(of slot: Int, preferring preferred: Int) -> (Int, Double) {
        centroids.withUnsafeBytes { centroids in
            mass.withUnsafeBytes { mass in
                let search = NeighbourSearch(
                    centroids: centroids, mass: mass, columns: columns, capacity: capacity, live: alive)
                let before = preferred < 0 ? Double.infinity : search.cost(slot, preferred)
                let best = search.nearest(to: slot, within: before, lightest: lightest)
                return best.cost < before || preferred < 0 ? best : (preferred, before)
            }
        }
    }

    private mutating func merge(_ a: Int, _ b: Int, cost: Double) -> WardTree.Merge {
        let record = WardTree.Merge(first: member[a], second: member[b], height: (2 * cost).squareRoot())
        let kept = min(a, b)
        let freed = max(a, b)
        let total = mass[a] + mass[b]
        for column in 0..<columns {
            let start = column * capacity
            centroids[start + kept] = (mass[a] * centroids[start + a] + mass[b] * centroids[start + b]) / total
        }
        mass[kept] = total
        member[kept] = min(member[a], member[b])
        alive -= 1
        fill(freed, from: alive)
        return record
    }

    private mutating func fill(_ slot: Int, from last: Int) {
        guard slot != last else { return }
        for column in 0..<columns { centroids[column * capacity + slot] = centroids[column * capacity + last] }
        mass[slot] = mass[last]
        member[slot] = member[last]
        for index in chain.indices where chain[index] == last { chain[index] = slot }
    }
}

/// One pass over the slots, four at a time.
private struct NeighbourSearch {
    let centroids: UnsafeRawBufferPointer
    let mass: UnsafeRawBufferPointer
    let columns: Int
    let capacity: Int
    let live: Int

    private static let stride = MemoryLayout<Double>.stride

    @inline(__always)
    private func four(_ values: UnsafeRawBufferPointer, at index: Int) -> SIMD4<Double> {
        values.loadUnaligned(fromByteOffset: index &* Self.stride, as: SIMD4<Double>.self)
    }

    @inline(__always)
    private func one(_ values: UnsafeRawBufferPointer, at index: Int) -> Double {
        values.load(fromByteOffset: index &* Self.stride, as: Double.self)
    }

    /// Squared distances from a slot to four along one column.
    @inline(__always)
    private func squares(_ column: Int, _ slot: Int, _ group: Int) -> SIMD4<Double> {
        let start = column &* capacity
        let difference =
            four(centroids, at: start &+ group &* 4) - SIMD4(repeating: one(centroids, at: start &+ slot))
        return difference * difference
    }

    /// What the union of two slots adds to the sum of squares.
    @inline(__always)
    func cost(_ a: Int, _ b: Int) -> Double {
        var squared = 0.0
        for column in 0..<columns {
            let start = column &* capacity
            let difference = one(centroids, at: start &+ b) - one(centroids, at: start &+ a)
            squared += difference * difference
        }
        let (own, other) = (one(mass, at: a), one(mass, at: b))
        return squared * (own * other / (own + other))
    }

    /// The lowest slot of least cost, or any that costs more than `limit` where none is below it.
    ///
    /// The cost of a union grows with the other's mass, so the squared distance alone already rules most slots out.
    @inline(__always)
    func nearest(to slot: Int, within limit: Double, lightest: Double) -> (slot: Int, cost: Double) {
        let ownMass = one(mass, at: slot)
        // Held a little lower, so that rounding rules nobody out.
        let least = ownMass * lightest / (ownMass + lightest) * (1 - 1e-12)
        let own = SIMD4<Double>(repeating: ownMass)
        var best = (slot: slot, cost: Double.infinity)
        var widest = limit / least
        // Sums only grow: most slots are too far away after a few columns.
        let first = min(columns, 3)
        for group in 0..<((live &+ 3) / 4) {
            var squared = SIMD4<Double>.zero
            for column in 0..<first { squared += squares(column, slot, group) }
            guard any(squared .<= widest) else { continue }
            for column in first..<columns { squared += squares(column, slot, group) }
            guard any(squared .<= widest) else { continue }
            let other = four(mass, at: group &* 4)
            let costs = squared * (own * other / (own + other))
            for lane in 0..<4 {
                let index = group &* 4 &+ lane
                if costs[lane] < best.cost && index != slot && index < live {
                    best = (index, costs[lane])
                    widest = min(best.cost, limit) / least
                }
            }
        }
        return best
    }
}
