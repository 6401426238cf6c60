/// Works in tree positions. A subtree whose cores are known to share one component is skipped as a whole, so dense
/// regions cost little however many neighbours a row has.
struct DensitySearch {
    private let tree: KDTree
    private let squaredRadius: Double
    /// By position.
    private let isCore: [Bool]
    private var coreCount: [Int32]
    private var parent: [Int32]
    /// A core of the one component that all cores below a node belong to, −1 while unknown or several.
    private var representative: [Int32]

    init(_ tree: KDTree, squaredRadius: Double, isCore: [Bool]) {
        self.tree = tree
        self.squaredRadius = squaredRadius
        self.isCore = isCore
        parent = (0..<Int32(tree.count)).map { $0 }
        representative = [Int32](repeating: -1, count: tree.nodes.count)
        coreCount = [Int32](repeating: 0, count: tree.nodes.count)
        countCores()
    }

    /// Bottom-up: children stand behind their parents. Cores of a box no wider than the radius belong together.
    private mutating func countCores() {
        for index in tree.nodes.indices.reversed() {
            let node = tree.nodes[index]
            if node.child > 0 {
                coreCount[index] = coreCount[Int(node.child)] + coreCount[Int(node.child) + 1]
            } else {
                for position in node.start..<node.end where isCore[Int(position)] { coreCount[index] += 1 }
            }
        }
        var covered = [Bool](repeating: false, count: tree.nodes.count)
        tree.withView { view in
            for index in tree.nodes.indices {
                let node = tree.nodes[index]
                let within = covered[index] || view.diagonalSquared(index) <= squaredRadius
                if node.child > 0 {
                    covered[Int(node.child)] = within
                    covered[Int(node.child) + 1] = within
                }
                if within { uniteCores(of: node, at: index) }
            }
        }
    }

    private mutating func uniteCores(of node: KDTree.Node, at index: Int) {
        var first: Int32 = -1
        for position in node.start..<node.end where isCore[Int(position)] {
            if first < 0 { first = position }
            parent[Int(position)] = min(parent[Int(position)], first)
        }
        representative[index] = first
    }

    mutating func joinCores() {
        let columns = tree.columns
        let squaredRadius = self.squaredRadius
        let isCore = self.isCore
        let coreCount = self.coreCount
        tree.withView { view in
            parent.withUnsafeMutableBufferPointer { parent in
                representative.withUnsafeMutableBufferPointer { representative in
                    var walk = CoreWalk(
                        view: view, columns: columns, squaredRadius: squaredRadius, parent: parent,
                        representative: representative)
                    isCore.withUnsafeBufferPointer { isCore in
                        coreCount.withUnsafeBufferPointer { coreCount in
                            for position in 0..<isCore.count where isCore[position] {
                                walk.join(position, isCore, coreCount)
                            }
                        }
                    }
                }
            }
        }
    }

    func result(threads: Int) -> DBSCANResult {
        var component = [Int32](repeating: -1, count: tree.count)
        for position in component.indices where isCore[position] { component[position] = root(Int32(position)) }
        let number = numbersByFirstRow(component)
        let core = component.map { $0 < 0 ? Int32(-1) : number[Int($0)] }
        let parts = concurrentMap(chunksOf: tree.count, size: 1024, threads: threads) { positions in
            tree.withView { view in positions.map { core[$0] >= 0 ? core[$0] : border($0, core, view) } }
        }
        var labels = [Int](repeating: -1, count: tree.count)
        for (position, label) in parts.joined().enumerated() { labels[Int(tree.rowAt[position])] = Int(label) }
        return DBSCANResult(labels: labels, clusterCount: Int(number.max() ?? -1) + 1)
    }

    private func root(_ position: Int32) -> Int32 {
        var current = position
        while parent[Int(current)] != current { current = parent[Int(current)] }
        return current
    }

    /// Cluster number per component root, in the order of the components' first rows; −1 where there is no root.
    private func numbersByFirstRow(_ component: [Int32]) -> [Int32] {
        var position = [Int32](repeating: 0, count: tree.count)
        for (index, row) in tree.rowAt.enumerated() { position[Int(row)] = Int32(index) }
        var number = [Int32](repeating: -1, count: tree.count)
        var next: Int32 = 0
        for index in position {
            let root = component[Int(index)]
            guard root >= 0, number[Int(root)] < 0 else { continue }
            number[Int(root)] = next
            next += 1
        }
        return number
    }

    /// Lowest cluster with a core within the radius; −1 for none.
    private func border(_ position: Int, _ core: [Int32], _ view: KDTreeView) -> Int32 {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: KDTreeView.stackDepth) { stack in
            var lowest: Int32 = -1
            var depth = 1
            stack[0] = 0
            while depth > 0 {
                depth &-= 1
                let index = Int(stack[depth])
                guard coreCount[index] > 0, view.nearestSquared(index, position) <= squaredRadius else { continue }
                let node = view.nodes[index]
                if node.child > 0 {
                    stack[depth] = node.child
                    stack[depth &+ 1] = node.child &+ 1
                    depth &+= 2
                    continue
                }
                for other in Int(node.start)..<Int(node.end) {
                    let label = core[other]
                    guard label >= 0, lowest < 0 || label < lowest else { continue }
                    if view.squaredDistance(position, other) <= squaredRadius { lowest = label }
                }
            }
            return lowest
        }
    }
}
