/// What a contact costs and how often it works.
public struct ProfitTerms: Sendable, Codable, Equatable {
    public var contactCost: Double
    /// Share of the truly leaving who stay because of the contact, 0–1.
    public var successRate: Double

    /// What is not finite or out of range counts as 0, a rate above 1 as 1.
    public init(contactCost: Double, successRate: Double) {
        self.contactCost = max(Matrix.sanitized(contactCost), 0)
        self.successRate = min(max(Matrix.sanitized(successRate), 0), 1)
    }
}

/// What contacting the first so many brings.
public struct ProfitPoint: Sendable, Codable, Equatable {
    public var reached = 0.0
    /// Reached who leave.
    public var right = 0.0
    /// Value of those.
    public var valueAtRisk = 0.0
    public var saved = 0.0
    public var profit = 0.0

    public init() {}

    /// Reached who would have stayed anyway.
    public var wasted: Double { reached - right }

    mutating func add(leaving: Double, value: Double, times: Double = 1, _ terms: ProfitTerms) {
        reached += times
        right += times * leaving
        valueAtRisk += times * leaving * value
        settle(terms)
    }

    private mutating func settle(_ terms: ProfitTerms) {
        saved = terms.successRate * right
        profit = terms.successRate * valueAtRisk - terms.contactCost * reached
    }
}

/// Profit by the number of customers contacted, highest chance × value first.
///
/// With `leaving` = chances it is what to expect of today's customers; with `leaving` = the outcomes of a held-out
/// window (0 or 1) it is what the same rule would have brought there.
public struct ProfitCurve: Sendable, Equatable {
    /// Rows in the order of contact; ties in the order of rows.
    public let order: [Int]
    /// After 0, 1, 2 … contacts.
    public let points: [ProfitPoint]

    private let leaving: [Double]
    private let values: [Double]
    private let terms: ProfitTerms

    /// Arrays of unequal length are cut to the shortest.
    public init(chances: [Double], leaving: [Double], values: [Double], terms: ProfitTerms) {
        let rows = min(chances.count, leaving.count, values.count)
        let worth = values.prefix(rows).map { max(Matrix.sanitized($0), 0) }
        let truth = leaving.prefix(rows).map { min(max(Matrix.sanitized($0), 0), 1) }
        let stakes = zip(chances, worth).map { Matrix.sanitized($0 * $1) }
        order = (0..<rows).sorted { (stakes[$1], $0) < (stakes[$0], $1) }
        var point = ProfitPoint()
        var points = [point]
        points.reserveCapacity(rows + 1)
        for row in order {
            point.add(leaving: truth[row], value: worth[row], terms)
            points.append(point)
        }
        self.points = points
        self.leaving = truth
        self.values = worth
        self.terms = terms
    }

    /// The cut of the highest profit; of equal ones the smallest. 0 when no contact pays.
    public var bestCut: Int {
        points.indices.reduce(0) { points[$1].profit > points[$0].profit ? $1 : $0 }
    }
}

extension ProfitCurve {
    /// 95 % intervals of what a cut brings.
    public struct Band: Sendable, Codable, Equatable {
        public let reached: Double
        public let right: Interval
        public let wasted: Interval
        public let profit: Interval
    }

    /// The figures at shares of the customers, with the 2.5–97.5 percentiles over bootstrap resamples of the rows.
    ///
    /// - Parameters:
    ///   - shares: of all rows contacted, 0–1.
    ///   - scale: customers today for one row here, when a held-out window speaks for today's customers.
    public func bands(
        atShares shares: [Double], scale: Double = 1, resamples: Int = 1000, seed: UInt64, threads: Int = 1
    ) -> [Band] {
        let cuts = shares.map { Int((min(max(Matrix.sanitized($0), 0), 1) * Double(order.count)).rounded()) }
        let drawn = concurrentMap(order.isEmpty ? 0 : max(resamples, 0), threads: threads) { resample in
            resampled(cuts, SeededGenerator(seed: seed, stream: UInt64(resample)))
        }
        return cuts.indices.map { index in
            let here = points[cuts[index]]
            func interval(_ figure: (ProfitPoint) -> Double) -> Interval {
                let sorted = drawn.map { figure($0[index]) * scale }.sorted()
                let estimate = figure(here) * scale
                return Interval(
                    estimate: estimate, lower: sorted.isEmpty ? estimate : quantile(sorted, 0.025),
                    upper: sorted.isEmpty ? estimate : quantile(sorted, 0.975))
            }
            return Band(
                reached: here.reached * scale, right: interval(\.right), wasted: interval(\.wasted),
                profit: interval(\.profit))
        }
    }

    /// The points at the cuts when the rows are drawn anew.
    private func resampled(_ cuts: [Int], _ generator: SeededGenerator) -> [ProfitPoint] {
        var generator = generator
        var counts = [Int](repeating: 0, count: order.count)
        for _ in order.indices { counts[generator.below(order.count)] += 1 }
        var found = [ProfitPoint](repeating: ProfitPoint(), count: cuts.count)
        var point = ProfitPoint()
        var pending = cuts.indices.sorted { (cuts[$0], $0) < (cuts[$1], $1) }[...]
        for row in order {
            var left = Double(counts[row])
            while let next = pending.first, Double(cuts[next]) <= point.reached + left {
                let times = Double(cuts[next]) - point.reached
                point.add(leaving: leaving[row], value: values[row], times: times, terms)
                found[next] = point
                left -= times
                pending.removeFirst()
            }
            point.add(leaving: leaving[row], value: values[row], times: left, terms)
        }
        return found
    }
}
