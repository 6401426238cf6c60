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
        /// The side to look on for lower log-odds, and away from it for higher ones; nil: both for either.
        public var falling: Side?

        public init(
            column: Int, range: ClosedRange<Double>, scale: Double, isWhole: Bool = false, falling: Side? = nil
        ) {
            self.column = column
            self.range = range
            self.scale = scale > 0 && scale.isFinite ? scale : 1
            self.isWhole = isWhole
            self.falling = falling
        }

        /// Where to look for a target; nil: on both sides.
        func side(for target: LogitTarget) -> Side? {
            switch target {
            case .below: falling
            case .atLeast: falling.map { $0 == .left ? .right : .left }
            }
        }
    }

    /// Smaller or larger values.
    public enum Side: Sendable, Equatable { case left, right }

    public let axes: [Axis]

    public init(axes: [Axis]) { self.axes = axes }

    /// Ranges and standard deviations of the observed rows; constant columns are left out.
    ///
    /// - Parameter falling: by column; see ``Axis/falling``
    public init(observed x: Matrix, columns: [Int], whole: Set<Int> = [], falling: [Int: Side] = [:]) {
        let clean = x.sanitized()
        axes = columns.filter { (0..<x.columns).contains($0) }.compactMap { column in
            let values = clean.column(column)
            guard let low = values.min(), let high = values.max(), low < high else { return nil }
            return Axis(
                column: column, range: low...high, scale: meanAndDeviation(values).deviation,
                isWhole: whole.contains(column), falling: falling[column])
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
            if let side = axis.side(for: target), (needed < 0) != (side == .left) { return nil }
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
    /// Per column the smallest change that reaches the target, nearest first. For many rows keep a `ChangeFinder`.
    public func changes(of row: [Double], to target: LogitTarget, within space: ChangeSpace) -> [FeatureChange] {
        ChangeFinder(self, within: space).changes(of: row, to: target)
    }
}

extension FeatureChange {
    init(_ axis: ChangeSpace.Axis, from: Double, to: Double, logit: Double) {
        self.init(column: axis.column, from: from, to: to, logit: logit, distance: abs(to - from) / axis.scale)
    }
}

extension [FeatureChange] {
    func nearestFirst() -> [FeatureChange] {
        sorted { ($0.distance, $0.column) < ($1.distance, $1.column) }
    }
}
