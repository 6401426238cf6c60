import Learning

/// Finds last run's segments again, so that a name and a history follow the same kind of people.
enum SegmentMatching {
    static let farthest = 1.0

    /// What a former segment was and where it lay.
    struct Former: Sendable, Codable, Equatable {
        let id: String
        let size: Int
        /// Natural units, in the order of `Feature.centreFeatures`; of the purchase space alone where no events are told.
        let centre: [Double]
    }

    /// For each new centre the index of its former segment. The sum of distances is smallest among all pairings in
    /// which
    /// no pair is farther apart than 1.0 in the new run's scaled units.
    static func match(_ new: [[Double]], former: [Former], space: ScaledSpace) -> [Int?] {
        guard !new.isEmpty, !former.isEmpty else { return new.map { _ in nil } }
        let places = scaled(new, space)
        let oldPlaces = scaled(former.map(\.centre), space)
        let distances = places.map { place in oldPlaces.map { distance(place, $0) } }
        return bestPairing(distances)
    }

    private static func scaled(_ centres: [[Double]], _ space: ScaledSpace) -> [[Double]] {
        let columns = space.features.compactMap { Feature.centreFeatures.firstIndex(of: $0) }
        let usable = centres.map { centre in columns.map { centre.indices.contains($0) ? centre[$0] : 0 } }
        let placed = space.place(
            Matrix(rows: usable.count, columns: columns.count, values: usable.flatMap { $0 }))
        return (0..<placed.rows).map(placed.row)
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    /// Exact by dynamic programming over the set of taken columns; there are never more than a dozen.
    private static func bestPairing(_ distances: [[Double]]) -> [Int?] {
        let columns = min(distances[0].count, 16)
        var best: [Int: (cost: Double, pairs: [Int?])] = [0: (0, [])]
        for row in distances {
            var next: [Int: (cost: Double, pairs: [Int?])] = [:]
            for (taken, state) in best.sorted(by: { $0.key < $1.key }) {
                keep(&next, taken, state.cost + farthest, state.pairs + [nil])
                for column in 0..<columns where taken & (1 << column) == 0 && row[column] <= farthest {
                    keep(&next, taken | 1 << column, state.cost + row[column], state.pairs + [column])
                }
            }
            best = next
        }
        return best.sorted { ($0.value.cost, $0.key) < ($1.value.cost, $1.key) }.first?.value.pairs
            ?? distances.map { _ in nil }
    }

    private static func keep(
        _ states: inout [Int: (cost: Double, pairs: [Int?])], _ key: Int, _ cost: Double, _ pairs: [Int?]
    ) {
        if let known = states[key], known.cost <= cost { return }
        states[key] = (cost, pairs)
    }
}
