/// What may be changed about a row, and how far.
public struct ChangeSpace: Sendable, Equatable {
    /// One column that may change.
    public struct Axis: Sendable, Equatable {
        public var column: Int
        /// Values seen in the data: nothing is promised beyond them.
        public var range: ClosedRange<Double>
        /// What counts as a step of 1 when columns are compared.
        public var scale: Double
        /// Only whole numbers make sense.
        public var isWhole: Bool

        public init(column: Int, range: ClosedRange<Double>, scale: Double, isWhole: Bool = false) {
            self.column = column
            self.range = range
            self.scale = scale > 0 && scale.isFinite ? scale : 1
            self.isWhole = isWhole
        }
    }

    public let axes: [Axis]

    public init(axes: [Axis]) { self.axes = axes }

    /// Ranges and standard deviations of the observed rows; constant columns are left out.
    public init(observed x: Matrix, columns: [Int], whole: Set<Int> = []) {
        let clean = x.sanitized()
        axes = columns.filter { (0..<x.columns).contains($0) }.compactMap { column in
            let values = clean.column(column)
            guard let low = values.min(), let high = values.max(), low < high else { return nil }
            return Axis(
                column: column, range: low...high, scale: meanAndDeviation(values).deviation,
                isWhole: whole.contains(column))
        }
    }
}

/// A side of a band's edge, in log-odds.
public enum LogitTarget: Sendable, Equatable {
    case below(Double)
    case atLeast(Double)

    public func isMet(by logit: Double) -> Bool {
        switch self {
        case .below(let edge): logit < edge
        case .atLeast(let edge): logit >= edge
        }
    }

    var edge: Double {
        switch self {
        case .below(let edge), .atLeast(let edge): edge
        }
    }
}

/// A row that reaches the target by one column alone. It says what the model would answer, not what would happen.
public struct FeatureChange: Sendable, Equatable {
    public let column: Int
    public let from: Double
    public let to: Double
    /// Log-odds after the change.
    public let logit: Double
    /// |to − from| in the column's scale.
    public let distance: Double
}

extension LogisticModel {
    /// Per column the smallest change that reaches the target, nearest first; empty when it is met already or out of
    /// every column's range.
    public func changes(of row: [Double], to target: LogitTarget, within space: ChangeSpace) -> [FeatureChange] {
        let row = row.map(Matrix.sanitized)
        guard row.count >= weights.count else { return [] }
        let now = zip(weights, row).reduce(intercept) { $0 + $1.0 * $1.1 }
        guard !target.isMet(by: now) else { return [] }
        return space.axes.compactMap { axis -> FeatureChange? in
            guard weights.indices.contains(axis.column), weights[axis.column] != 0 else { return nil }
            let weight = weights[axis.column]
            // A little more than needed: on the edge itself rounding would decide.
            let needed = (target.edge - now) / weight
            let beyond = needed * (1 + 1e-9) + (needed < 0 ? -1e-12 : 1e-12)
            var to = row[axis.column] + beyond
            if axis.isWhole { to = to.rounded(needed < 0 ? .down : .up) }
            let reached = now + weight * (to - row[axis.column])
            guard axis.range.contains(to), target.isMet(by: reached) else { return nil }
            return FeatureChange(axis, from: row[axis.column], to: to, logit: reached)
        }.nearestFirst()
    }
}

extension BoostedTrees {
    /// Per column the smallest change that reaches the target, nearest first: the answer is a staircase in each column,
    /// and every step within the range is tried, outwards from the row.
    public func changes(of row: [Double], to target: LogitTarget, within space: ChangeSpace) -> [FeatureChange] {
        let values = (0..<max(featureCount, 1)).map { $0 < row.count ? treeValue(row[$0]) : 0 }
        guard !target.isMet(by: logit(values)) else { return [] }
        return space.axes.compactMap { axis -> FeatureChange? in
            guard axis.column < featureCount, axis.column < row.count else { return nil }
            let from = Matrix.sanitized(row[axis.column])
            let staircase = Staircase(self, values, axis)
            let found = staircase.candidates(around: from).lazy.compactMap { to -> FeatureChange? in
                let reached = staircase.logit(at: to)
                return target.isMet(by: reached) ? FeatureChange(axis, from: from, to: to, logit: reached) : nil
            }
            return found.first
        }.nearestFirst()
    }
}

/// Log-odds of one row as a function of one of its columns.
private struct Staircase {
    private let row: [Float]
    private let axis: ChangeSpace.Axis
    /// Sum of the trees that do not look at the column.
    private let rest: Double
    private let trees: [RegressionTree]
    private let thresholds: [Float]

    init(_ model: BoostedTrees, _ row: [Float], _ axis: ChangeSpace.Axis) {
        self.row = row
        self.axis = axis
        trees = model.trees.filter { $0.nodes.contains { $0.feature == axis.column } }
        rest = row.withUnsafeBufferPointer { values in
            guard let first = values.baseAddress else { return model.base }
            return model.trees.reduce(model.base) { sum, tree in
                tree.nodes.contains { $0.feature == axis.column } ? sum : sum + tree.value(first)
            }
        }
        let all = trees.flatMap { $0.nodes.filter { $0.feature == axis.column }.map(\.threshold) }
        thresholds = Set(all).sorted()
    }

    /// The nearest value of every step but the row's own, by distance.
    func candidates(around from: Double) -> [Double] {
        let own = treeValue(from)
        return thresholds.compactMap { threshold -> Double? in
            // At the threshold a row goes right, just below it left.
            let up = axis.isWhole ? Double(threshold).rounded(.up) : Double(threshold)
            let below = Double(threshold.nextDown)
            let down = axis.isWhole ? below.rounded(.down) : below
            let to = own < threshold ? up : down
            return axis.range.contains(to) && to != from ? to : nil
        }.sorted { (abs($0 - from), $0) < (abs($1 - from), $1) }
    }

    func logit(at value: Double) -> Double {
        var changed = row
        changed[axis.column] = treeValue(value)
        return changed.withUnsafeBufferPointer { values in
            guard let first = values.baseAddress else { return rest }
            return trees.reduce(rest) { $0 + $1.value(first) }
        }
    }
}

extension FeatureChange {
    fileprivate init(_ axis: ChangeSpace.Axis, from: Double, to: Double, logit: Double) {
        self.init(column: axis.column, from: from, to: to, logit: logit, distance: abs(to - from) / axis.scale)
    }
}

extension [FeatureChange] {
    fileprivate func nearestFirst() -> [FeatureChange] {
        sorted { ($0.distance, $0.column) < ($1.distance, $1.column) }
    }
}
