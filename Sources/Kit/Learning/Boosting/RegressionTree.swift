/// A binary tree of splits, as a boosted model adds them up.
public struct RegressionTree: Sendable, Codable, Equatable {
    public struct Node: Sendable, Codable, Equatable {
        /// Column the split looks at; −1 on a leaf.
        public var feature: Int
        /// A value below goes left. Single precision, as in training, so that a row always falls on the side it was
        /// trained on.
        public var threshold: Float
        /// Positions of the children, always after their parent.
        public var left: Int
        public var right: Int
        /// What a leaf adds to the log-odds; 0 on a split.
        public var value: Double
        /// Weight of the training rows that came by (the sum of their second derivatives).
        public var cover: Double

        public init(feature: Int, threshold: Float, left: Int, right: Int, value: Double, cover: Double) {
            self.feature = feature
            self.threshold = threshold
            self.left = left
            self.right = right
            self.value = value
            self.cover = cover
        }

        public var isLeaf: Bool { feature < 0 }

        public static func leaf(_ value: Double, cover: Double) -> Node {
            Node(feature: -1, threshold: 0, left: 0, right: 0, value: value, cover: cover)
        }
    }

    /// The root comes first.
    public let nodes: [Node]

    /// - Throws: `BoostingError.malformedModel` unless every walk from the root ends in a leaf of finite value.
    public init(nodes: [Node]) throws(BoostingError) {
        guard !nodes.isEmpty else { throw .malformedModel }
        for (index, node) in nodes.enumerated() {
            guard node.value.isFinite, node.cover.isFinite, node.cover >= 0, !node.threshold.isNaN else {
                throw .malformedModel
            }
            guard !node.isLeaf else { continue }
            let onwards = index + 1..<max(nodes.count, index + 1)
            guard onwards.contains(node.left), onwards.contains(node.right), node.left != node.right else {
                throw .malformedModel
            }
        }
        self.nodes = nodes
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(nodes: container.decode([Node].self, forKey: .nodes))
    }

    enum CodingKeys: String, CodingKey {
        case nodes
    }

    /// Value of the leaf that a row falls into.
    @inline(__always)
    func value(_ row: UnsafePointer<Float>) -> Double {
        nodes.withUnsafeBufferPointer { nodes in
            var index = 0
            while true {
                let node = nodes[index]
                if node.isLeaf { return node.value }
                index = row[node.feature] < node.threshold ? node.left : node.right
            }
        }
    }

    /// Share of the training weight at a split that went left.
    func leftShare(_ node: Node) -> Double {
        let (left, right) = (nodes[node.left].cover, nodes[node.right].cover)
        return left + right > 0 ? left / (left + right) : 0.5
    }
}
