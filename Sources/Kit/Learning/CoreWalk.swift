/// The union step of one core after another, on bare buffers.
struct CoreWalk {
    let view: KDTreeView
    let columns: Int
    let squaredRadius: Double
    let parent: UnsafeMutableBufferPointer<Int32>
    let representative: UnsafeMutableBufferPointer<Int32>

    /// Joins a core with every core within the radius.
    mutating func join(
        _ point: Int, _ isCore: UnsafeBufferPointer<Bool>, _ coreCount: UnsafeBufferPointer<Int32>
    ) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: KDTreeView.stackDepth) { stack in
            var own = find(Int32(truncatingIfNeeded: point))
            var depth = 1
            stack[0] = 0
            while depth > 0 {
                depth &-= 1
                let index = Int(stack[depth])
                guard coreCount[index] > 0 else { continue }
                if representative[index] >= 0 && find(representative[index]) == own { continue }
                guard view.nearestSquared(index, point) <= squaredRadius else { continue }
                let node = view.nodes[index]
                if representative[index] >= 0 && view.farthestSquared(index, point) <= squaredRadius {
                    own = unite(own, find(representative[index]))
                } else if node.child > 0 {
                    noteIfUniform(index, children: Int(node.child), coreCount)
                    stack[depth] = node.child
                    stack[depth &+ 1] = node.child &+ 1
                    depth &+= 2
                } else {
                    own = joinLeaf(point, own, node, isCore)
                }
            }
        }
    }

    @inline(__always)
    private func joinLeaf(
        _ point: Int, _ own: Int32, _ node: KDTree.Node, _ isCore: UnsafeBufferPointer<Bool>
    ) -> Int32 {
        var own = own
        for other in Int(node.start)..<Int(node.end) where isCore[other] {
            let root = find(Int32(truncatingIfNeeded: other))
            guard root != own, view.squaredDistance(point, other) <= squaredRadius else { continue }
            own = unite(own, root)
        }
        return own
    }

    private func noteIfUniform(_ index: Int, children: Int, _ coreCount: UnsafeBufferPointer<Int32>) {
        guard representative[index] < 0 else { return }
        let left = coreCount[children] > 0 ? representative[children] : -2
        let right = coreCount[children &+ 1] > 0 ? representative[children &+ 1] : -2
        if left == -1 || right == -1 { return }
        if left == -2 {
            representative[index] = right
        } else if right == -2 || find(left) == find(right) {
            representative[index] = left
        }
    }

    @inline(__always)
    private func find(_ position: Int32) -> Int32 {
        var current = position
        while true {
            let above = parent[Int(current)]
            if above == current { return current }
            parent[Int(current)] = parent[Int(above)]
            current = above
        }
    }

    /// The lower position leads, so the outcome does not hang on the order of unions.
    @inline(__always)
    private func unite(_ a: Int32, _ b: Int32) -> Int32 {
        let low = min(a, b)
        parent[Int(max(a, b))] = low
        return low
    }
}
