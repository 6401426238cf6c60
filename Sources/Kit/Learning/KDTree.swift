/// Rows cut by medians into small boxes (Bentley, 1975), for neighbour searches in few dimensions.
///
/// Positions (the tree's own order of rows) are used throughout; `rowAt` leads back to the matrix.
struct KDTree: Sendable {
    static let leafSize = 16

    struct Node: Sendable {
        /// Positions of the rows inside.
        var start: Int32
        var end: Int32
        /// Left child; the right one follows it. 0 for a leaf.
        var child: Int32
    }

    let columns: Int
    private(set) var nodes: [Node] = []
    /// Lower, then upper corner per node: `node * 2 * columns`.
    private(set) var boxes: [Double] = []
    private(set) var rowAt: [Int32]
    /// Row-major points in tree order.
    private(set) var points: [Double] = []

    init(_ x: Matrix) {
        columns = x.columns
        rowAt = (0..<Int32(x.rows)).map { $0 }
        guard x.rows > 0 else { return }
        build(x)
        points.reserveCapacity(x.rows * columns)
        for row in rowAt {
            points.append(contentsOf: x.values[Int(row) * columns..<(Int(row) + 1) * columns])
        }
    }

    var count: Int { rowAt.count }

    private mutating func build(_ x: Matrix) {
        nodes.append(Node(start: 0, end: Int32(x.rows), child: 0))
        var next = 0
        while next < nodes.count {
            let node = nodes[next]
            let widest = appendBox(of: node, x)
            if node.end - node.start > Int32(KDTree.leafSize), let widest {
                let middle = (node.start + node.end) / 2
                partition(x, column: widest, from: Int(node.start), to: Int(node.end), at: Int(middle))
                nodes[next].child = Int32(nodes.count)
                nodes.append(Node(start: node.start, end: middle, child: 0))
                nodes.append(Node(start: middle, end: node.end, child: 0))
            }
            next += 1
        }
    }

    /// Appends the bounding box and names its widest column; nil without columns.
    private mutating func appendBox(of node: Node, _ x: Matrix) -> Int? {
        var lower = [Double](repeating: .infinity, count: columns)
        var upper = [Double](repeating: -.infinity, count: columns)
        x.values.withUnsafeBufferPointer { values in
            for position in Int(node.start)..<Int(node.end) {
                let base = Int(rowAt[position]) &* columns
                for column in 0..<columns {
                    let value = values[base &+ column]
                    lower[column] = min(lower[column], value)
                    upper[column] = max(upper[column], value)
                }
            }
        }
        boxes.append(contentsOf: lower)
        boxes.append(contentsOf: upper)
        return (0..<columns).max { upper[$0] - lower[$0] < upper[$1] - lower[$1] }
    }

    /// Quickselect: afterwards no row before `target` has a larger value than one from `target` on.
    private mutating func partition(_ x: Matrix, column: Int, from: Int, to: Int, at target: Int) {
        let columns = self.columns
        x.values.withUnsafeBufferPointer { values in
            rowAt.withUnsafeMutableBufferPointer { rows in
                func value(_ position: Int) -> Double { values[Int(rows[position]) &* columns &+ column] }
                var low = from
                var high = to - 1
                while low < high {
                    let a = value(low)
                    let b = value((low + high) / 2)
                    let c = value(high)
                    let pivot = max(min(a, b), min(max(a, b), c))
                    var left = low
                    var right = high
                    while left <= right {
                        while value(left) < pivot { left &+= 1 }
                        while pivot < value(right) { right &-= 1 }
                        if left <= right {
                            rows.swapAt(left, right)
                            left &+= 1
                            right &-= 1
                        }
                    }
                    if target <= right { high = right } else if target >= left { low = left } else { return }
                }
            }
        }
    }

    /// Borrowed view without reference counting, for the inner loops.
    @inline(__always)
    func withView<Result>(_ body: (KDTreeView) -> Result) -> Result {
        nodes.withUnsafeBufferPointer { nodes in
            boxes.withUnsafeBufferPointer { boxes in
                points.withUnsafeBufferPointer { points in
                    body(KDTreeView(columns: columns, nodes: nodes, boxes: boxes, points: points))
                }
            }
        }
    }
}

/// The tree as bare buffers; lives only inside `KDTree.withView`.
struct KDTreeView {
    /// Deeper than any tree of 2^31 rows cut in halves.
    static let stackDepth = 128

    let columns: Int
    let nodes: UnsafeBufferPointer<KDTree.Node>
    let boxes: UnsafeBufferPointer<Double>
    let points: UnsafeBufferPointer<Double>

    @inline(__always)
    func squaredDistance(_ a: Int, _ b: Int) -> Double {
        var sum = 0.0
        for column in 0..<columns {
            let difference = points[a &* columns &+ column] - points[b &* columns &+ column]
            sum += difference * difference
        }
        return sum
    }

    /// Squared distance from a point to the nearest place of a node's box.
    @inline(__always)
    func nearestSquared(_ node: Int, _ point: Int) -> Double {
        let base = node &* columns &* 2
        var sum = 0.0
        for column in 0..<columns {
            let value = points[point &* columns &+ column]
            let outside = max(boxes[base &+ column] - value, value - boxes[base &+ columns &+ column])
            let difference = max(outside, 0)
            sum += difference * difference
        }
        return sum
    }

    /// Squared distance from a point to the farthest corner of a node's box.
    @inline(__always)
    func farthestSquared(_ node: Int, _ point: Int) -> Double {
        let base = node &* columns &* 2
        var sum = 0.0
        for column in 0..<columns {
            let value = points[point &* columns &+ column]
            let difference = max(value - boxes[base &+ column], boxes[base &+ columns &+ column] - value)
            sum += difference * difference
        }
        return sum
    }

    func diagonalSquared(_ node: Int) -> Double {
        let base = node &* columns &* 2
        var sum = 0.0
        for column in 0..<columns {
            let difference = boxes[base &+ columns &+ column] - boxes[base &+ column]
            sum += difference * difference
        }
        return sum
    }

    /// Whether at least `needed` points (itself counted) lie within the radius; stops as soon as it knows.
    func hasNeighbours(_ point: Int, within squaredRadius: Double, atLeast needed: Int) -> Bool {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: KDTreeView.stackDepth) { stack in
            var found = 0
            var depth = 1
            stack[0] = 0
            while depth > 0 {
                depth &-= 1
                let index = Int(stack[depth])
                guard nearestSquared(index, point) <= squaredRadius else { continue }
                let node = nodes[index]
                if farthestSquared(index, point) <= squaredRadius {
                    found &+= Int(node.end &- node.start)
                } else if node.child > 0 {
                    // The half that holds the point itself is looked at first: it is the densest around.
                    let left = nodes[Int(node.child)]
                    let leftFirst = point < Int(left.end)
                    stack[depth] = leftFirst ? node.child &+ 1 : node.child
                    stack[depth &+ 1] = leftFirst ? node.child : node.child &+ 1
                    depth &+= 2
                } else {
                    for other in Int(node.start)..<Int(node.end) where squaredDistance(point, other) <= squaredRadius {
                        found &+= 1
                    }
                }
                if found >= needed { return true }
            }
            return found >= needed
        }
    }

    /// Squared distance to the k-th nearest point, the point itself being the first.
    func kthNearestSquared(_ point: Int, k: Int) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: k) { best in
            for index in 0..<k { best[index] = .infinity }
            return withUnsafeTemporaryAllocation(of: Int32.self, capacity: KDTreeView.stackDepth) { stack in
                var depth = 1
                stack[0] = 0
                while depth > 0 {
                    depth &-= 1
                    let index = Int(stack[depth])
                    guard nearestSquared(index, point) < best[k &- 1] else { continue }
                    let node = nodes[index]
                    if node.child > 0 {
                        let left = Int(node.child)
                        let leftFirst = nearestSquared(left, point) <= nearestSquared(left &+ 1, point)
                        stack[depth] = leftFirst ? node.child &+ 1 : node.child
                        stack[depth &+ 1] = leftFirst ? node.child : node.child &+ 1
                        depth &+= 2
                        continue
                    }
                    for other in Int(node.start)..<Int(node.end) {
                        let value = squaredDistance(point, other)
                        guard value < best[k &- 1] else { continue }
                        var place = k &- 1
                        while place > 0 && best[place &- 1] > value {
                            best[place] = best[place &- 1]
                            place &-= 1
                        }
                        best[place] = value
                    }
                }
                return best[k &- 1]
            }
        }
    }
}
