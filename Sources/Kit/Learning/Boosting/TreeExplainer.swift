/// Splits the log-odds of boosted trees over the columns: exact Shapley values of the path-dependent game of Lundberg,
/// Erion and Lee (2018), in which an unknown column sends a row both ways by the training weight of either side.
///
/// base + Σ parts equals the model's log-odds up to the rounding of double precision. A tree of few splits has few
/// possible answers; they are worked out once, so a row costs little more than its score.
public struct TreeExplainer: Sendable {
    private let model: BoostedTrees
    private let explained: [ExplainedTree]
    /// Mean log-odds over the training weight.
    public let base: Double

    public init(_ model: BoostedTrees) {
        self.model = model
        explained = model.trees.map(ExplainedTree.init)
        base = explained.reduce(model.base) { $0 + $1.expected }
    }

    /// One line per row, one column per feature of the model; the same on any number of threads.
    public func parts(_ x: Matrix, threads: Int = 1) -> Matrix {
        let width = model.featureCount
        let lines = model.concurrentRows(x, width: width, threads: threads) { row, sums in
            for tree in explained { tree.add(row, to: sums) }
        }
        return Matrix(rows: x.rows, columns: width, values: lines)
    }
}

/// One tree with what an explanation needs of it.
private struct ExplainedTree: Sendable {
    /// Trees of more splits are worked out row by row.
    static let mostTabled = 7

    let tree: RegressionTree
    let expected: Double
    /// Columns that the tree looks at, ascending.
    private let columns: [Int]
    /// The splits, in the order of the bits of an answer: a set bit went left.
    private let splits: [(feature: Int, threshold: Float)]
    /// Parts per answer, one per entry of `columns`; empty for a large tree.
    private let tabled: [Double]
    private let paths: LeafPaths

    init(_ tree: RegressionTree) {
        self.tree = tree
        let columns = Set(tree.nodes.filter { !$0.isLeaf }.map(\.feature)).sorted()
        let paths = LeafPaths(tree, columns: columns)
        self.columns = columns
        self.paths = paths
        expected = paths.expected
        let positions = tree.nodes.indices.filter { !tree.nodes[$0].isLeaf }
        splits = positions.map { (tree.nodes[$0].feature, tree.nodes[$0].threshold) }
        guard positions.count <= Self.mostTabled else {
            tabled = []
            return
        }
        tabled = (0..<1 << positions.count).flatMap { answer in
            var goesLeft = [Bool](repeating: false, count: tree.nodes.count)
            for (bit, position) in positions.enumerated() { goesLeft[position] = answer >> bit & 1 == 1 }
            return paths.parts(goesLeft)
        }
    }

    @inline(__always)
    func add(_ row: UnsafePointer<Float>, to sums: UnsafeMutableBufferPointer<Double>) {
        guard !columns.isEmpty else { return }
        guard !tabled.isEmpty else {
            let goesLeft = tree.nodes.map { !$0.isLeaf && row[$0.feature] < $0.threshold }
            for (column, part) in zip(columns, paths.parts(goesLeft)) { sums[column] += part }
            return
        }
        var answer = 0
        splits.withUnsafeBufferPointer { splits in
            for bit in 0..<splits.count {
                // Added as a number: a branch here would be guessed wrong half of the time.
                let isLeft = row[splits[bit].feature] < splits[bit].threshold ? 1 : 0
                answer |= isLeft &<< bit
            }
        }
        let start = answer &* columns.count
        tabled.withUnsafeBufferPointer { tabled in
            columns.withUnsafeBufferPointer { columns in
                for index in 0..<columns.count { sums[columns[index]] += tabled[start &+ index] }
            }
        }
    }
}

/// The way to every leaf, its steps merged per column.
private struct LeafPaths {
    /// A column on the way: the share of training weight that stays on it, and the splits that must be answered so.
    private struct Step {
        let slot: Int
        var share: Double
        var turns: [(node: Int, left: Bool)]
    }

    private struct Leaf {
        let value: Double
        let steps: [Step]
    }

    private let leaves: [Leaf]
    private let slots: Int

    init(_ tree: RegressionTree, columns: [Int]) {
        var found: [Leaf] = []
        var open: [(node: Int, steps: [Step])] = [(0, [])]
        while let (index, steps) = open.popLast() {
            let node = tree.nodes[index]
            guard !node.isLeaf, let slot = columns.firstIndex(of: node.feature) else {
                found.append(Leaf(value: node.value, steps: steps))
                continue
            }
            let share = tree.leftShare(node)
            open.append((node.left, Self.taking(steps, slot, share, (index, true))))
            open.append((node.right, Self.taking(steps, slot, 1 - share, (index, false))))
        }
        leaves = found
        slots = columns.count
    }

    private static func taking(
        _ steps: [Step], _ slot: Int, _ share: Double, _ turn: (node: Int, left: Bool)
    ) -> [Step] {
        var steps = steps
        if let known = steps.firstIndex(where: { $0.slot == slot }) {
            steps[known].share *= share
            steps[known].turns.append(turn)
        } else {
            steps.append(Step(slot: slot, share: share, turns: [turn]))
        }
        return steps
    }

    /// Mean value over the training weight.
    var expected: Double {
        leaves.reduce(0) { $0 + $1.value * $1.steps.reduce(1) { $0 * $1.share } }
    }

    /// Shapley values per slot when every split is answered as given.
    func parts(_ goesLeft: [Bool]) -> [Double] {
        var parts = [Double](repeating: 0, count: slots)
        for leaf in leaves {
            var taken = 0
            for (index, step) in leaf.steps.enumerated() {
                let isTaken = step.turns.allSatisfy { goesLeft[$0.node] == $0.left }
                taken |= (isTaken ? 1 : 0) << index
            }
            withUnsafeTemporaryAllocation(of: Double.self, capacity: leaf.steps.count + 1) { sums in
                for (index, step) in leaf.steps.enumerated() {
                    let weight = Self.weight(leaf.steps, taken, without: index, sums)
                    parts[step.slot] += leaf.value * (Double(taken >> index & 1) - step.share) * weight
                }
            }
        }
        return parts
    }

    /// Σ over sets S of the other columns: |S|! (d − 1 − |S|)! / d! × Π shares outside S, if all of S stay on the way.
    private static func weight(
        _ steps: [Step], _ taken: Int, without index: Int, _ sums: UnsafeMutableBufferPointer<Double>
    ) -> Double {
        // By size of S, one column after another.
        sums.initialize(repeating: 0)
        sums[0] = 1
        for (other, step) in steps.enumerated() where other != index {
            let isTaken = Double(taken >> other & 1)
            for size in stride(from: steps.count, to: 0, by: -1) {
                sums[size] = sums[size] * step.share + sums[size - 1] * isTaken
            }
            sums[0] *= step.share
        }
        let count = Double(steps.count)
        // 1 / d for no column, then times (size + 1) / (d − 1 − size) from one size to the next.
        var factor = 1 / count
        var total = 0.0
        for size in 0..<steps.count {
            total += sums[size] * factor
            factor *= Double(size + 1) / max(count - Double(size + 1), 1)
        }
        return total
    }
}
