import Learning
import Testing

@Suite("Clusters found again")
struct MatchingTests {
    private func cost(_ found: [Int?], _ costs: Matrix, alone: Double) -> Double {
        found.enumerated().reduce(0) { sum, entry in sum + (entry.element.map { costs[entry.offset, $0] } ?? alone) }
    }

    @Test("pairings cost what scipy's cost")
    func assignments() {
        for given in ModelsReference.shared.assignments {
            let costs = given.cost.matrix
            let found = optimalAssignment(costs)
            let taken = found.compactMap(\.self)
            #expect(taken.count == min(costs.rows, costs.columns) && Set(taken).count == taken.count)
            let total = cost(found, costs, alone: 0)
            #expect(isClose(total, given.total))
        }
        #expect(optimalAssignment(Matrix(rows: 0, columns: 3)).isEmpty)
        #expect(optimalAssignment(Matrix(rows: 2, columns: 0)) == [nil, nil])
        #expect(optimalAssignment(Matrix(rows: 1, columns: 1, values: [.nan])) == [0])
    }

    @Test("with a limit: the least cost of all partial pairings, tried one by one")
    func limited() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<40 {
            let costs = Matrix(rows: 3, columns: 4, values: (0..<12).map { _ in generator.unit() * 2 })
            func least(_ row: Int, _ taken: Set<Int>) -> Double {
                guard row < 3 else { return 0 }
                return (0..<4).filter { !taken.contains($0) && costs[row, $0] <= 1 }.reduce(1 + least(row + 1, taken)) {
                    min($0, costs[row, $1] + least(row + 1, taken.union([$1])))
                }
            }
            let found = optimalAssignment(costs, limit: 1)
            let total = cost(found, costs, alone: 1)
            #expect(isClose(total, least(0, [])))
            #expect(
                found.enumerated().allSatisfy { entry in entry.element.map { costs[entry.offset, $0] <= 1 } ?? true })
        }
    }

    @Test("centroids that moved a little keep their numbers, a far one is new")
    func centroids() {
        let former = Matrix(rows: 3, columns: 2, values: [0, 0, 4, 0, 0, 4])
        let new = Matrix(rows: 4, columns: 2, values: [0.2, 3.7, 9, 9, 3.9, 0.4, 0.1, -0.2])
        #expect(ClusterMatching.byCentroid(new, former: former, farthest: 1) == [2, nil, 1, 0])
        #expect(
            ClusterMatching.byCentroid(new, former: Matrix(rows: 1, columns: 3), farthest: 1) == [nil, nil, nil, nil])
    }

    @Test("members: the greatest overlaps win together, below the least there is none")
    func members() {
        let former = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, -1]
        let new = [1, 1, 1, 0, 0, 0, 0, 2, 3, 4, 4]
        #expect(ClusterMatching.byMembers(new, former: former, leastOverlap: 0.5) == [1, 0, nil, nil, nil])
        #expect(ClusterMatching.byMembers(former, former: former, leastOverlap: 1) == [0, 1, 2])
        #expect(ClusterMatching.byMembers([], former: [], leastOverlap: 0.5).isEmpty)
        #expect(ClusterMatching.byMembers([0, 0], former: [-1, -1], leastOverlap: 0.5) == [nil])
    }
}

@Suite("Drift against a stored run")
struct DriftTests {
    @Test("the index agrees with numpy's, and bins of the reference run are all that is kept")
    func index() {
        let given = ModelsReference.shared.drift
        #expect(isClose(populationStabilityIndex(expected: given.old, actual: given.new), given.psi))
        let bins = ReferenceBins(given.old)
        #expect(bins.stabilityIndex(of: given.new) == populationStabilityIndex(expected: given.old, actual: given.new))
        #expect(isClose(bins.shares.reduce(0, +), 1) && bins.shares.count == bins.edges.count + 1)
        #expect(bins.stabilityIndex(of: given.old) == 0)
        #expect(bins.stabilityIndex(of: []) == 0 && ReferenceBins([]).stabilityIndex(of: given.new) == 0)
        let columns = ReferenceBins.columns(of: Matrix(rows: 2, columns: 3, values: [1, 2, 3, 1, 5, 6]))
        #expect(columns.count == 3 && columns[0].edges == [1])
    }
}
