/// The trees of a model in one piece of memory, for walking many rows through all of them.
///
/// Every walk takes as many steps as its tree is deep, waiting on a leaf once it is there: with no end to guess, the
/// processor walks several trees at once.
struct Forest: Sendable, Equatable {
    private struct Node: Sendable, Equatable {
        let feature: Int32
        let threshold: Float
        /// Positions among all nodes; a leaf leads to itself.
        let left: Int32
        /// From the left child to the right one.
        let toRight: Int32
    }

    private struct Root: Sendable, Equatable {
        let node: Int32
        let depth: Int32
    }

    private let nodes: [Node]
    /// By node; 0 on a split.
    private let values: [Double]
    private let roots: [Root]

    init(_ trees: [RegressionTree]) {
        var nodes: [Node] = []
        var values: [Double] = []
        var roots: [Root] = []
        for tree in trees {
            let start = Int32(nodes.count)
            var depths = [Int32](repeating: 0, count: tree.nodes.count)
            for (index, node) in tree.nodes.enumerated() {
                values.append(node.value)
                guard !node.isLeaf else {
                    nodes.append(Node(feature: 0, threshold: 0, left: start + Int32(index), toRight: 0))
                    continue
                }
                depths[node.left] = depths[index] + 1
                depths[node.right] = depths[index] + 1
                nodes.append(
                    Node(
                        feature: Int32(node.feature), threshold: node.threshold, left: start + Int32(node.left),
                        toRight: Int32(node.right) - Int32(node.left)))
            }
            roots.append(Root(node: start, depth: depths.max() ?? 0))
        }
        self.nodes = nodes
        self.values = values
        self.roots = roots
    }

    /// `base` and one leaf of every tree, added in the order of the trees.
    @inline(__always)
    func sum(_ base: Double, _ row: UnsafePointer<Float>) -> Double {
        nodes.withUnsafeBufferPointer { nodes in
            values.withUnsafeBufferPointer { values in
                roots.withUnsafeBufferPointer { roots in
                    var sum = base
                    for root in roots {
                        var index = Int(root.node)
                        for _ in 0..<root.depth {
                            let node = nodes[index]
                            let isRight: Int32 = row[Int(node.feature)] < node.threshold ? 0 : 1
                            index = Int(node.left &+ isRight &* node.toRight)
                        }
                        sum += values[index]
                    }
                    return sum
                }
            }
        }
    }
}
