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
    public func changes(of row: [Double], to target: LogitTarget) -> [FeatureChange] {
        let values = (0..<max(model.featureCount, 1)).map { $0 < row.count ? treeValue(row[$0]) : 0 }
        let now = model.logit(values)
        guard !target.isMet(by: now) else { return [] }
        return columns.compactMap { column -> FeatureChange? in
            guard column.axis.column < row.count else { return nil }
            return change(column, values, from: Matrix.sanitized(row[column.axis.column]), now: now, to: target)
        }.nearestFirst()
    }

    private func change(
        _ column: ColumnTrees, _ row: [Float], from: Double, now: Double, to target: LogitTarget
    ) -> FeatureChange? {
        let heights = column.heights(row)
        let own = column.step(of: treeValue(from))
        let rest = now - heights[own]
        let steps = (0..<heights.count).filter { $0 != own && target.isMet(by: rest + heights[$0]) }
        let nearest = steps.compactMap { step -> (to: Double, distance: Double)? in
            guard let to = column.value(on: step, own: own) else { return nil }
            return (to, abs(to - from))
        }.sorted { ($0.distance, $0.to) < ($1.distance, $1.to) }
        for (to, _) in nearest {
            var changed = row
            changed[column.axis.column] = treeValue(to)
            let reached = model.logit(changed)
            if target.isMet(by: reached) { return FeatureChange(column.axis, from: from, to: to, logit: reached) }
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
        let left: Int
        let right: Int
        let value: Double
    }

    let axis: ChangeSpace.Axis
    private let thresholds: [Float]
    private let trees: [[Node]]

    init(_ model: BoostedTrees, _ axis: ChangeSpace.Axis) {
        self.axis = axis
        let own = model.trees.filter { $0.nodes.contains { $0.feature == axis.column } }
        let all = own.flatMap { $0.nodes.filter { $0.feature == axis.column }.map(\.threshold) }
        let thresholds = Set(all).sorted()
        self.thresholds = thresholds
        trees = own.map { tree in
            tree.nodes.map { node in
                let isOwn = node.feature == axis.column
                return Node(
                    feature: isOwn ? -2 : node.feature, threshold: node.threshold,
                    rank: isOwn ? thresholds.firstIndex(of: node.threshold) ?? 0 : 0, left: node.left,
                    right: node.right, value: node.value)
            }
        }
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

    /// What the trees add up to on every step.
    func heights(_ row: [Float]) -> [Double] {
        var heights = [Double](repeating: 0, count: thresholds.count + 1)
        for tree in trees { add(tree, 0, 0..<heights.count, row, &heights) }
        return heights
    }

    private func add(
        _ tree: [Node], _ index: Int, _ steps: Range<Int>, _ row: [Float], _ heights: inout [Double]
    ) {
        let node = tree[index]
        switch node.feature {
        case -1:
            for step in steps { heights[step] += node.value }
        case -2:
            let middle = min(max(node.rank + 1, steps.lowerBound), steps.upperBound)
            if steps.lowerBound < middle { add(tree, node.left, steps.lowerBound..<middle, row, &heights) }
            if middle < steps.upperBound { add(tree, node.right, middle..<steps.upperBound, row, &heights) }
        default:
            add(tree, row[node.feature] < node.threshold ? node.left : node.right, steps, row, &heights)
        }
    }
}
