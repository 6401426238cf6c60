/// The smallest changes of many rows under one model of boosted trees: what `BoostedTrees.changes` answers for one row,
/// with all that depends on the model alone worked out once.
///
/// Along one column the answer is a staircase. Its heights come from one walk through the trees that look at the column,
/// in which every split on another column is answered by the row.
public struct ChangeFinder: Sendable {
    private let model: BoostedTrees
    private let columns: [ColumnTrees]

    public init(_ model: BoostedTrees, within space: ChangeSpace) {
        self.model = model
        columns = space.axes.filter { $0.column < model.featureCount }.map { ColumnTrees(model, $0) }
    }

    /// Per column the smallest change that reaches the target, nearest first.
    ///
    /// - Parameter now: the model's log-odds of the row, if they are known.
    public func changes(of row: [Double], to target: LogitTarget, now known: Double? = nil) -> [FeatureChange] {
        let values = (0..<max(model.featureCount, 1)).map { $0 < row.count ? treeValue(row[$0]) : 0 }
        let now = known ?? model.logit(values)
        guard !target.isMet(by: now) else { return [] }
        return columns.compactMap { column -> FeatureChange? in
            guard column.axis.column < row.count else { return nil }
            return change(column, values, from: Matrix.sanitized(row[column.axis.column]), now: now, to: target)
        }.nearestFirst()
    }

    private func change(
        _ column: ColumnTrees, _ row: [Float], from: Double, now: Double, to target: LogitTarget
    ) -> FeatureChange? {
        let own = column.step(of: treeValue(from))
        let side = column.axis.side(for: target)
        let heights = column.heights(row, from: side == .right ? own : 0, through: side == .left ? own : nil)
        let rest = now - heights[own]
        /// The next step that would do, going away from the own one.
        func next(after step: Int, by stride: Int) -> (step: Int, to: Double)? {
            var step = step + stride
            while heights.indices.contains(step) {
                if target.isMet(by: rest + heights[step]), let to = column.value(on: step, own: own) {
                    return (step, to)
                }
                step += stride
            }
            return nil
        }
        var changed = row
        var left = side == .right ? nil : next(after: own, by: -1)
        var right = side == .left ? nil : next(after: own, by: 1)
        while let nearer = [left, right].compactMap({ $0 }).min(by: { abs($0.to - from) < abs($1.to - from) }) {
            changed[column.axis.column] = treeValue(nearer.to)
            let reached = model.logit(changed)
            if target.isMet(by: reached) {
                return FeatureChange(column.axis, from: from, to: nearer.to, logit: reached)
            }
            if nearer.step < own {
                left = next(after: nearer.step, by: -1)
            } else {
                right = next(after: nearer.step, by: 1)
            }
        }
        return nil
    }
}

/// The trees that look at one column, with their thresholds on it ranked.
private struct ColumnTrees: Sendable {
    private struct Node: Sendable {
        /// −1: a leaf. −2: a split on the column itself.
        let feature: Int
        let threshold: Float
        /// Of the threshold, on a split on the column itself.
        let rank: Int
        /// Positions among the nodes of all trees.
        let left: Int
        let right: Int
        let value: Double
    }

    let axis: ChangeSpace.Axis
    private let thresholds: [Float]
    private let nodes: [Node]
    private let roots: [Int]

    init(_ model: BoostedTrees, _ axis: ChangeSpace.Axis) {
        self.axis = axis
        let own = model.trees.filter { $0.nodes.contains { $0.feature == axis.column } }
        let all = own.flatMap { $0.nodes.filter { $0.feature == axis.column }.map(\.threshold) }
        let thresholds = Set(all).sorted()
        var nodes: [Node] = []
        var roots: [Int] = []
        for tree in own {
            let start = nodes.count
            roots.append(start)
            nodes += tree.nodes.map { node in
                let isOwn = node.feature == axis.column
                return Node(
                    feature: isOwn ? -2 : node.feature, threshold: node.threshold,
                    rank: isOwn ? thresholds.firstIndex(of: node.threshold) ?? 0 : 0, left: start + node.left,
                    right: start + node.right, value: node.value)
            }
        }
        self.thresholds = thresholds
        self.nodes = nodes
        self.roots = roots
    }

    /// Steps are numbered from the left: a value below the first threshold stands on step 0.
    func step(of value: Float) -> Int {
        var low = 0
        var high = thresholds.count
        while low < high {
            let middle = (low + high) / 2
            if value < thresholds[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The value on a step that is nearest to another step; nil outside the column's range.
    func value(on step: Int, own: Int) -> Double? {
        let edge = step > own ? Double(thresholds[step - 1]) : Double(thresholds[step].nextDown)
        let value = axis.isWhole ? edge.rounded(step > own ? .up : .down) : edge
        return axis.range.contains(value) ? value : nil
    }

    /// What the trees add up to on every step of a stretch, 0 elsewhere. A leaf notes where it begins and where it ends to
    /// count; the running sum over the steps is taken once, after all trees.
    ///
    /// - Parameter last: nil for the last of all
    func heights(_ row: [Float], from first: Int, through last: Int?) -> [Double] {
        let count = thresholds.count + 1
        let end = last.map { $0 + 1 } ?? count
        var heights = [Double](repeating: 0, count: count + 1)
        nodes.withUnsafeBufferPointer { nodes in
            row.withUnsafeBufferPointer { row in
                heights.withUnsafeMutableBufferPointer { heights in
                    for root in roots { Self.note(nodes, root, first, end, row, heights) }
                    var sum = 0.0
                    for step in first..<end {
                        sum += heights[step]
                        heights[step] = sum
                    }
                    heights[end] = 0
                }
            }
        }
        heights.removeLast()
        return heights
    }

    private static func note(
        _ nodes: UnsafeBufferPointer<Node>, _ start: Int, _ from: Int, _ to: Int, _ row: UnsafeBufferPointer<Float>,
        _ heights: UnsafeMutableBufferPointer<Double>
    ) {
        var index = start
        while nodes[index].feature >= 0 {
            let node = nodes[index]
            index = row[node.feature] < node.threshold ? node.left : node.right
        }
        let node = nodes[index]
        guard node.feature == -2 else {
            heights[from] += node.value
            heights[to] -= node.value
            return
        }
        let middle = min(max(node.rank + 1, from), to)
        if from < middle { note(nodes, node.left, from, middle, row, heights) }
        if middle < to { note(nodes, node.right, middle, to, row, heights) }
    }
}
