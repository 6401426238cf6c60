import Learning

/// Describes groups of buyers: sizes, typical values, what sets them apart, what to call them.
struct SegmentProfiler {
    let table: FeatureTable
    /// Per row of the table; −1 = unclustered.
    let labels: [Int]
    let minorPerUnit: Double

    struct Profile: Sendable {
        let rows: [Int]
        let statistics: [FeatureStatistics]
        let topFeatures: [TopFeature]
        let valueMinor: Int64
        var name: SegmentName
    }

    /// One profile per label, in label order.
    func profiles() -> [Profile] {
        let overall = Feature.forProfiles.map { Moments(table.column($0)) }
        let thirds = spendThirds()
        return clusterSizes(labels).indices.map { label in
            let rows = labels.indices.filter { labels[$0] == label }
            return profile(rows, overall: overall, thirds: thirds)
        }
    }

    func profile(_ rows: [Int]) -> Profile {
        profile(rows, overall: Feature.forProfiles.map { Moments(table.column($0)) }, thirds: spendThirds())
    }

    private func profile(_ rows: [Int], overall: [Moments], thirds: (Double, Double)?) -> Profile {
        var statistics: [FeatureStatistics] = []
        var top: [TopFeature] = []
        for (feature, all) in zip(Feature.forProfiles, overall) {
            let values = rows.map { table.value(feature, row: $0) }
            let own = Moments(values)
            statistics.append(.init(feature: feature, mean: own.mean, std: own.deviation, median: median(values)))
            guard all.deviation > 0, !rows.isEmpty else { continue }
            let rest = max(all.count - own.count, 0)
            let others = rest > 0 ? (all.sum - own.sum) / rest : all.mean
            top.append(
                TopFeature(
                    feature: feature, direction: own.mean >= all.mean ? .higher : .lower,
                    importance: abs(own.mean - all.mean) / all.deviation, own: own.mean, others: others))
        }
        let order = top.indices.sorted { (-top[$0].importance, $0) < (-top[$1].importance, $1) }
        let yearly = rows.reduce(0.0) { $0 + table.value(.spend365, row: $1) * minorPerUnit }
        return Profile(
            rows: rows, statistics: statistics, topFeatures: order.prefix(5).map { top[$0] },
            valueMinor: Int64(yearly.rounded()), name: SegmentNaming.name(statistics, thirds: thirds, of: banded))
    }

    /// What bands are made from: spend, or how often somebody was there where nobody orders.
    private var banded: Feature { table.qualifying == .order ? .totalSpend : .orderCount }

    /// Nil where all are the same, for instance where no amount has a rate.
    private func spendThirds() -> (Double, Double)? {
        let spend = table.column(banded).sorted()
        guard let least = spend.first, let most = spend.last, least < most else { return nil }
        return (quantile(spend, 1.0 / 3), quantile(spend, 2.0 / 3))
    }

    private struct Moments {
        let count: Double
        let sum: Double
        let mean: Double
        /// Population standard deviation.
        let deviation: Double

        init(_ values: [Double]) {
            let average = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
            count = Double(values.count)
            sum = values.reduce(0, +)
            mean = average
            let squares = values.reduce(0) { $0 + ($1 - average) * ($1 - average) }
            deviation = values.isEmpty ? 0 : (squares / Double(values.count)).squareRoot()
        }
    }
}

/// Value band × rhythm, or New, or Occasional (03 §7); the rhythm alone where there are no bands.
enum SegmentNaming {
    static func name(
        _ statistics: [FeatureStatistics], thirds: (Double, Double)?, of banded: Feature = .totalSpend
    ) -> SegmentName {
        func middle(_ feature: Feature) -> Double { statistics.first { $0.feature == feature }?.median ?? 0 }
        if middle(.tenureDays) <= 30 { return SegmentName(key: "new") }
        if middle(.orderCount) <= 1 { return SegmentName(key: "occasional") }
        let overdue = middle(.overdue)
        let rhythm = overdue <= 1 ? "active" : (overdue <= 2 ? "slipping" : "at_risk")
        guard let thirds else { return SegmentName(key: rhythm) }
        let spend = middle(banded)
        let value = spend >= thirds.1 ? "high" : (spend < thirds.0 ? "low" : "regular")
        return SegmentName(key: "\(value)_\(rhythm)")
    }

    /// Where several segments share a name, each gets the strongest feature that no other of them has.
    static func distinguish(_ profiles: inout [SegmentProfiler.Profile]) {
        for key in Set(profiles.map(\.name.key)).sorted() {
            let same = profiles.indices.filter { profiles[$0].name.key == key }
            guard same.count > 1 else { continue }
            for (place, index) in same.enumerated() {
                let others = same.filter { $0 != index }
                let own = profiles[index].topFeatures.first { candidate in
                    others.allSatisfy { other in
                        !profiles[other].topFeatures.prefix(3).contains {
                            $0.feature == candidate.feature && $0.direction == candidate.direction
                        }
                    }
                }
                profiles[index].name.suffix = own?.feature
                profiles[index].name.suffixDirection = own?.direction
                if own == nil { profiles[index].name.number = place + 1 }
            }
        }
    }
}
