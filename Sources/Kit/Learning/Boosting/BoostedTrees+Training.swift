/// Rows with their outcomes.
public struct LabelledRows: Sendable {
    public let x: Matrix
    public let y: [Bool]

    public init(x: Matrix, y: [Bool]) {
        self.x = x
        self.y = y
    }

    var positives: Int { y.count { $0 } }
}

extension BoostedTrees {
    /// Grows trees by the histogram method on one thread: the same rows, parameters and seed give the same model.
    ///
    /// The call computes for as long as it takes; run it where blocking is allowed, several at once if there are cores.
    ///
    /// - Parameter validation: with these rows, growing ends when their log loss has not improved for
    ///   `parameters.patience` rounds, and the model ends with its best round.
    public static func train(
        _ rows: LabelledRows, parameters: BoostingParameters, validation: LabelledRows? = nil
    ) throws(BoostingError) -> BoostedTrees {
        try parameters.check(columns: rows.x.columns)
        let positives = rows.positives
        guard rows.x.rows == rows.y.count, rows.x.rows > 0, rows.x.columns > 0 else { throw .unequalCounts }
        guard positives > 0, positives < rows.y.count else { throw .oneClass }
        if let validation {
            let fits = validation.x.rows == validation.y.count && validation.x.columns == rows.x.columns
            guard fits, validation.x.rows > 0 else { throw .unequalCounts }
        }
        let data = try XGBoostData.make(rows)
        let share = Double(positives) / Double(rows.y.count)
        let booster = try XGBooster.make(data, settings: parameters.settings(baseScore: share))
        let kept = try grow(booster, data, parameters, validation)
        return try BoostedTrees(xgboostJSON: booster.json()).prefix(kept)
    }

    /// Rounds to keep.
    private static func grow(
        _ booster: borrowing XGBooster, _ data: borrowing XGBoostData, _ parameters: BoostingParameters,
        _ validation: LabelledRows?
    ) throws(BoostingError) -> Int {
        guard let validation else {
            for round in 0..<parameters.rounds { try booster.grow(round, data) }
            return parameters.rounds
        }
        let held = try XGBoostData.make(validation)
        var best = (round: 0, loss: Double.infinity)
        for round in 0..<parameters.rounds {
            try booster.grow(round, data)
            let margins = try booster.margins(held)
            let loss = zip(margins, validation.y).reduce(0) { $0 + softplus($1.1 ? -$1.0 : $1.0) }
            if loss < best.loss { best = (round, loss) }
            if round - best.round >= parameters.patience { break }
        }
        return best.round + 1
    }

    private func prefix(_ rounds: Int) throws(BoostingError) -> BoostedTrees {
        try BoostedTrees(featureCount: featureCount, base: base, trees: Array(trees.prefix(rounds)))
    }
}
