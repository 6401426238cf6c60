import Learning

/// What the slider works on: today's customers in order of contact, and the held-out window.
struct ProfitBasis: Sendable {
    /// One scored customer.
    struct Row: Sendable, Equatable {
        let chance: Double
        /// Expected in 90 days, minor units.
        let spend90: Double
        let valuePlace: Int
        let riskPlace: Int
    }

    let rows: [Row]
    let test: StoredTest?
}

/// One cut of the slider.
struct ProfitCut: Sendable, Equatable {
    /// How many are written to.
    let reached: Int
    /// Of them expected to leave, and to stay anyway.
    let right: Double
    let saved: Double
    /// Minor units.
    let profit: Double
    /// What the same share brought in the held-out window, at today's number of customers.
    var held: ProfitCurve.Band?

    var wasted: Double { Double(reached) - right }
}

/// Expected profit by the number of customers written to, with what the same rule would have brought in the window
/// that the model was tested on.
struct ProfitPlan: Sendable {
    let choice: ProfitChoice
    /// After 0, 1, 2 … contacts.
    let cuts: [ProfitCut]
    /// The cut of the highest expected profit; of equal ones the smallest.
    let best: Int
    let heldOut: ProfitCurve?
    let resamples: Int
    private let seed: UInt64

    /// Places of the curve that are drawn and said.
    static let shownPlaces = 41
    /// Draws of the bootstrap; fewer where a thousand would keep a reader waiting.
    static let mostWork = 20_000_000

    init(_ basis: ProfitBasis, _ choice: ProfitChoice, seed: UInt64) {
        self.choice = choice
        self.seed = seed
        let rows = basis.rows.sorted {
            choice.order == .value ? $0.valuePlace < $1.valuePlace : $0.riskPlace < $1.riskPlace
        }
        cuts = Self.cuts(rows, choice)
        var best = 0
        for (place, cut) in cuts.enumerated() where cut.profit > cuts[best].profit { best = place }
        self.best = best
        heldOut = basis.test.flatMap { Self.heldOut($0, choice) }
        resamples = min(1_000, max(200, Self.mostWork / max(heldOut?.order.count ?? 1, 1)))
    }

    private static func cuts(_ rows: [ProfitBasis.Row], _ choice: ProfitChoice) -> [ProfitCut] {
        var right = 0.0
        var value = 0.0
        var cuts = [ProfitCut(reached: 0, right: 0, saved: 0, profit: 0)]
        cuts.reserveCapacity(rows.count + 1)
        for (place, row) in rows.enumerated() {
            right += row.chance
            value += row.chance * choice.value(ofSpend: row.spend90)
            let cost = Double(choice.contactCostMinor) * Double(place + 1)
            cuts.append(
                ProfitCut(
                    reached: place + 1, right: right, saved: choice.successRate * right,
                    profit: choice.successRate * value - cost))
        }
        return cuts
    }

    /// Nil where the window's values were not kept and no fixed one is given.
    private static func heldOut(_ test: StoredTest, _ choice: ProfitChoice) -> ProfitCurve? {
        guard !test.labels.isEmpty, choice.fixedValueMinor != nil || test.spends.count == test.labels.count else {
            return nil
        }
        let spends = test.spends.isEmpty ? test.labels.map { _ in 0 } : test.spends
        return ProfitCurve(
            chances: test.probabilities, leaving: test.labels.map { $0 ? 1 : 0 },
            values: spends.map { choice.value(ofSpend: $0) }, terms: choice.terms)
    }

    var customers: Int { cuts.count - 1 }

    /// A cut within the customers there are; the best one where none is asked for.
    func place(_ asked: Int?) -> Int { min(max(asked ?? best, 0), customers) }

    /// The cuts with what the held-out window says to each.
    func held(_ places: [Int], threads: Int) -> [ProfitCut] {
        guard let heldOut, customers > 0 else { return places.map { cuts[$0] } }
        let scale = Double(customers) / Double(heldOut.order.count)
        let bands = heldOut.bands(
            atShares: places.map { Double($0) / Double(customers) }, scale: scale, resamples: resamples, seed: seed,
            threads: threads)
        return zip(places, bands).map { place, band in
            var cut = cuts[place]
            cut.held = band
            return cut
        }
    }

    /// Evenly spread places, the ends included, each once.
    var shownPlaces: [Int] {
        let steps = min(Self.shownPlaces - 1, customers)
        guard steps > 0 else { return [0] }
        return (0...steps).map { Int((Double($0) / Double(steps) * Double(customers)).rounded()) }
    }
}

/// What is shown of a plan: the chosen cut, the best one, and the way from nobody to everybody.
struct ProfitAnswer: Sendable {
    let choice: ProfitChoice
    let customers: Int
    let chosen: ProfitCut
    let best: ProfitCut
    let curve: [ProfitCut]
    /// Rows of the held-out window; 0 where it cannot speak.
    let heldOutRows: Int
    let resamples: Int

    init(_ plan: ProfitPlan, cut: Int?, threads: Int = 2) {
        choice = plan.choice
        customers = plan.customers
        heldOutRows = plan.heldOut?.order.count ?? 0
        resamples = plan.resamples
        let found = plan.held([plan.place(cut), plan.best] + plan.shownPlaces, threads: threads)
        chosen = found[0]
        best = found[1]
        curve = Array(found.dropFirst(2))
    }
}
