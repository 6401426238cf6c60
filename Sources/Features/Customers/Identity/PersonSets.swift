/// Rows, by place, gathered into persons, with pairs that must never end in the same person.
struct PersonSets {
    private var parents: [Int]
    private var members: [[Int]]
    private var apart: [Set<Int>]

    init(count: Int) {
        parents = Array(0..<count)
        members = (0..<count).map { [$0] }
        apart = Array(repeating: [], count: count)
    }

    mutating func keepApart(_ left: Int, _ right: Int) {
        apart[left].insert(right)
        apart[right].insert(left)
    }

    /// The row that names the person this one belongs to; which one says nothing.
    func find(_ row: Int) -> Int {
        var row = row
        while parents[row] != row { row = parents[row] }
        return row
    }

    func person(of row: Int) -> [Int] { members[find(row)] }

    /// Makes two persons one, unless they are to be kept apart.
    /// - Parameter byHand: a person has decided, which counts for more than what was decided before.
    mutating func join(_ left: Int, _ right: Int, byHand: Bool = false) {
        var (large, small) = (find(left), find(right))
        guard large != small else { return }
        if members[large].count < members[small].count { swap(&large, &small) }
        if !byHand, members[small].contains(where: { row in apart[row].contains { find($0) == large } }) { return }
        parents[small] = large
        members[large] += members[small]
        members[small] = []
    }

    /// All persons, each with its rows in ascending order.
    var persons: [[Int]] { members.filter { !$0.isEmpty }.map { $0.sorted() } }
}
