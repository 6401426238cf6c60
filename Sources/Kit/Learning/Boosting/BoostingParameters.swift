/// How boosted trees are grown.
public struct BoostingParameters: Sendable, Codable, Equatable {
    /// Splits on the way to a leaf, 1–10.
    public var depth: Int
    /// Trees at most, 1–5,000.
    public var rounds: Int
    /// Share of a tree's answer that is kept, (0, 1].
    public var rate: Double
    /// Share of the rows each tree sees, (0, 1].
    public var rowShare: Double
    /// Least training weight in a leaf.
    public var minChildWeight: Double
    /// Penalty on the squares of the leaves' values.
    public var l2: Double
    /// Per column 1 (more never lowers the odds), −1 (never raises) or 0; empty for none.
    public var monotone: [Int]
    /// Rounds without a better log loss on the validation rows before growing ends.
    public var patience: Int
    public var seed: UInt64

    public init(
        depth: Int = 3, rounds: Int = 150, rate: Double = 0.06, rowShare: Double = 0.7, minChildWeight: Double = 30,
        l2: Double = 1, monotone: [Int] = [], patience: Int = 20, seed: UInt64
    ) {
        self.depth = depth
        self.rounds = rounds
        self.rate = rate
        self.rowShare = rowShare
        self.minChildWeight = minChildWeight
        self.l2 = l2
        self.monotone = monotone
        self.patience = patience
        self.seed = seed
    }

    func check(columns: Int) throws(BoostingError) {
        guard (1...10).contains(depth) else { throw .parameter("depth") }
        guard (1...5000).contains(rounds) else { throw .parameter("rounds") }
        guard rate > 0, rate <= 1 else { throw .parameter("rate") }
        guard rowShare > 0, rowShare <= 1 else { throw .parameter("rowShare") }
        guard minChildWeight >= 0, minChildWeight.isFinite else { throw .parameter("minChildWeight") }
        guard l2 >= 0, l2.isFinite else { throw .parameter("l2") }
        guard monotone.isEmpty || monotone.count == columns, monotone.allSatisfy((-1...1).contains) else {
            throw .parameter("monotone")
        }
        guard patience > 0 else { throw .parameter("patience") }
    }

    /// In XGBoost's names. One thread: its sums over several would depend on their number. The caller's pool works on
    /// several models at once instead.
    func settings(baseScore: Double) -> [(name: String, value: String)] {
        let fixed = [
            ("objective", "binary:logistic"), ("tree_method", "hist"), ("nthread", "1"), ("verbosity", "0"),
            ("base_score", "\(Float(baseScore))"), ("max_depth", "\(depth)"), ("eta", "\(rate)"),
            ("subsample", "\(rowShare)"), ("min_child_weight", "\(minChildWeight)"), ("lambda", "\(l2)"),
            ("seed", "\(seed & 0x7FFF_FFFF)"),
        ]
        guard !monotone.isEmpty else { return fixed }
        return fixed + [("monotone_constraints", "(" + monotone.map(String.init).joined(separator: ",") + ")")]
    }
}
