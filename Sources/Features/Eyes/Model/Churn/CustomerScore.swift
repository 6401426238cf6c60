import Learning

/// One active customer's risk within one horizon.
struct HorizonScore: Sendable, Equatable {
    /// Nil where a rule speaks instead of a model.
    let probability: Double?
    let level: RiskLevel
    /// logit(probability) = base + Σ parts + adjustment.
    let base: Double
    let parts: [Double]
    let adjustment: Double
    /// Share of the scored customers with a lower risk, 0–1.
    var rankPercentile: Double
    /// Probability over the mean probability.
    var timesAverage: Double
    /// Tenth of the calibration table the probability falls in.
    let tenth: Int?
    let valueAtRiskMinor: Int64?
    /// The smallest single change that would move the band; nil where there is none, or no model.
    var change: BandChange?
    /// Place by risk × value (0 = first), for paging in that order.
    var place: Int
    /// Place by risk.
    var riskPlace: Int
}

/// Everything shown about one active customer.
struct CustomerScore: Sendable, Equatable {
    /// Index into the snapshot.
    let customer: Int
    let segment: Int?
    let facts: ReasonFacts
    let overdue: Double
    /// Expected spend of the next 90 days if nothing changes, minor units.
    let spend90Minor: Int64
    let spend365Minor: Int64
    /// In the order of `Horizon.allCases`; nil where there is not enough data.
    var scores: [HorizonScore?]
}

/// Scores everybody active at the score time, keeps the horizons in order and adds the figures up.
struct Scorer {
    let snapshot: Snapshot
    let today: FeatureTable
    let segmentOf: [Int: Int]
    let config: EyesConfig
    var threads = 1

    /// Fills the counted figures of `reports` and returns the rows, in the order of `today`.
    func score(_ reports: inout [HorizonReport]) -> [CustomerScore] {
        let parts = reports.map { report in report.serving.map { $0.model.parts(today, threads: threads) } }
        let raw = parts.map { parts in
            parts.map { parts in today.customers.indices.map { held(sigmoid(parts.total($0))) } }
        }
        let ordered = inChunks(today.count) { row in Self.inOrder(raw.map { $0?[row] }) }
        noteChanges(raw, ordered, &reports)
        let settled = reports
        var rows = inChunks(today.count) { row in
            self.row(row, parts: parts, probabilities: ordered[row], reports: settled)
        }
        addChanges(settled, &rows)
        for index in reports.indices { finish(&reports[index], index, &rows) }
        return rows
    }

    private func inChunks<Value: Sendable>(_ count: Int, _ value: @Sendable (Int) -> Value) -> [Value] {
        concurrentMap(chunksOf: count, size: 2_000, threads: threads) { $0.map(value) }.flatMap(\.self)
    }

    /// One horizon after the other, so that only one model's table is in memory.
    private func addChanges(_ reports: [HorizonReport], _ rows: inout [CustomerScore]) {
        for (index, report) in reports.enumerated() {
            guard let serving = report.serving else { continue }
            let finder = BandChangeFinder(serving.model, table: today, config: config, threads: threads)
            let levels = rows.map { $0.scores[index]?.level }
            let found = inChunks(levels.count) { row in levels[row].flatMap { finder.change(row, from: $0) } }
            for (row, change) in found.enumerated() { rows[row].scores[index]?.change = change }
        }
    }

    /// Non-increasing with the horizon's length, by pooling adjacent violators; missing horizons stay missing.
    static func inOrder(_ probabilities: [Double?]) -> [Double?] {
        let known = probabilities.indices.filter { probabilities[$0] != nil }
        let pooled = poolAdjacentViolators(known.reversed().compactMap { probabilities[$0] })
        var result = probabilities
        for (index, value) in zip(known.reversed(), pooled) { result[index] = value }
        return result
    }

    /// Expected spend of 90 days: the last 365 days' spend, per 90 days of the time the customer was there.
    static func expectedSpend90(spend365: Double, tenureDays: Double) -> Double {
        spend365 * 90 / min(365, max(tenureDays, 90))
    }

    /// Probabilities stay far enough from 0 and 1 for their log-odds to be exact to 1e-9.
    private func held(_ probability: Double) -> Double { min(max(probability, 1e-9), 1 - 1e-9) }

    private func noteChanges(_ raw: [[Double]?], _ ordered: [[Double?]], _ reports: inout [HorizonReport]) {
        guard !ordered.isEmpty else { return }
        for index in reports.indices {
            guard let before = raw[index] else { continue }
            let changed = ordered.indices.count { abs((ordered[$0][index] ?? 0) - before[$0]) > 1e-12 }
            reports[index].card?.monotoneChangedShare = Double(changed) / Double(ordered.count)
        }
    }

    private func row(
        _ row: Int, parts: [ScoreParts?], probabilities: [Double?], reports: [HorizonReport]
    ) -> CustomerScore {
        let customer = today.customers[row]
        let overdue = today.value(.overdue, row: row)
        let spend365 = (today.value(.spend365, row: row) * snapshot.minorPerUnit).rounded()
        let spend90 = Self.expectedSpend90(spend365: spend365, tenureDays: today.value(.tenureDays, row: row))
        return CustomerScore(
            customer: customer, segment: segmentOf[customer],
            facts: ReasonFacts(today, row: row, minorPerUnit: snapshot.minorPerUnit), overdue: overdue,
            spend90Minor: Int64(spend90.rounded()), spend365Minor: Int64(spend365),
            scores: reports.indices.map { index in
                score(row, parts[index], probabilities[index], reports[index], overdue: overdue, spend90: spend90)
            })
    }

    private func score(
        _ row: Int, _ parts: ScoreParts?, _ probability: Double?, _ report: HorizonReport, overdue: Double,
        spend90: Double
    ) -> HorizonScore? {
        guard report.state != .notEnoughData else { return nil }
        guard let parts, let probability else {
            return HorizonScore(
                probability: nil, level: RiskLevel(overdue: overdue), base: 0, parts: [], adjustment: 0,
                rankPercentile: 0, timesAverage: 0, tenth: nil, valueAtRiskMinor: nil, place: 0, riskPlace: 0)
        }
        return HorizonScore(
            probability: probability, level: RiskLevel(probability: probability, config: config), base: parts.base,
            parts: parts.parts.row(row), adjustment: logit(probability) - parts.total(row), rankPercentile: 0,
            timesAverage: 0,
            tenth: report.serving.flatMap { Self.tenth(of: probability, $0.calibration) },
            valueAtRiskMinor: Int64((probability * spend90).rounded()), place: 0, riskPlace: 0)
    }

    /// The calibration tenth of a probability; beyond the ends the nearest.
    static func tenth(of probability: Double, _ points: [CalibrationTenth]) -> Int? {
        guard !points.isEmpty else { return nil }
        return points.firstIndex { probability <= $0.to } ?? points.count - 1
    }

    private func finish(_ report: inout HorizonReport, _ index: Int, _ rows: inout [CustomerScore]) {
        let scored = rows.indices.filter { rows[$0].scores[index] != nil }
        guard !scored.isEmpty else { return }
        var counts = BandCounts()
        var yearly: Int64 = 0
        for row in scored {
            guard let level = rows[row].scores[index]?.level else { continue }
            counts.add(level)
            if level == .high { yearly += rows[row].spend365Minor }
        }
        report.counts = counts
        report.highYearlySpendMinor = yearly
        let probabilities = scored.map { rows[$0].scores[index]?.probability ?? 0 }
        let sum = probabilities.reduce(0, +)
        if report.serving != nil {
            report.expectedLeavers = sum
            report.meanRisk = sum / Double(scored.count)
            report.valueAtRiskMinor = scored.reduce(0) { $0 + (rows[$1].scores[index]?.valueAtRiskMinor ?? 0) }
            let widest = max(counts.high, counts.medium, counts.low)
            report.offersRankBands = Double(widest) > 0.6 * Double(scored.count)
        }
        place(scored, index, mean: sum / Double(scored.count), &rows)
    }

    private func place(_ scored: [Int], _ index: Int, mean: Double, _ rows: inout [CustomerScore]) {
        // Where a rule speaks, "overdue" stands in for the probability.
        func risk(_ row: Int) -> Double { rows[row].scores[index]?.probability ?? rows[row].overdue }
        let risks = scored.map(risk)
        let stakes = scored.map { rows[$0].scores[index]?.valueAtRiskMinor ?? rows[$0].spend90Minor }
        let (byRisk, byStake) = concurrently(threads: threads) {
            scored.indices.sorted { (-risks[$0], $0) < (-risks[$1], $1) }
        } and: {
            scored.indices.sorted { (-stakes[$0], -risks[$0], $0) < (-stakes[$1], -risks[$1], $1) }
        }
        for (place, position) in byStake.enumerated() { rows[scored[position]].scores[index]?.place = place }
        for (place, position) in byRisk.enumerated() {
            let row = scored[position]
            rows[row].scores[index]?.riskPlace = place
            rows[row].scores[index]?.rankPercentile = 1 - Double(place + 1) / Double(scored.count)
            let probability = rows[row].scores[index]?.probability
            rows[row].scores[index]?.timesAverage = probability.map { mean > 0 ? $0 / mean : 0 } ?? 0
        }
    }
}
