import Testing

@testable import Learning

@Suite("Two ways to add up distances")
struct DistanceSumsTests {
    @Test("measured once for both rows or from each row: equal silhouettes, ragged cells, noise and all")
    func bothWays() throws {
        for (rows, columns, seed) in [(203, 5, 1), (64, 1, 2), (9, 2, 3), (1500, 3, 4)] as [(Int, Int, UInt64)] {
            let x = gaussian(rows: rows, columns: columns, seed: seed)
            let labelings = [(0..<rows).map { $0 % 5 - 1 }, (0..<rows).map { $0 % 7 == 0 ? 1 : 0 }]
            let refinement = Refinement(labelings)
            let sums = DistanceSums(x, refinement)
            let scorers = labelings.indices.map { SilhouetteScorer(refinement, labeling: $0) }
            let paired = try #require(sums.paired(threads: 2))
            for chunk in 0..<sums.chunkCount {
                let one = sums.score(chunk: chunk, scorers, nil)
                let other = sums.score(chunk: chunk, scorers, paired)
                #expect(one.rows == other.rows)
                for (left, right) in zip(one.scores, other.scores) {
                    #expect(left.map { $0 == nil } == right.map { $0 == nil })
                    #expect(isClose(left.compactMap(\.self), right.compactMap(\.self), within: 1e-12))
                }
            }
        }
    }

    @Test("square roots by lanes have the digits of single ones")
    func squareRoots() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            var values = SIMD8<Double>.zero
            for lane in 0..<8 { values[lane] = generator.unit() * 1e9 }
            #expect(values.squareRoots() == values.squareRoot())
        }
        #expect(SIMD8<Double>(repeating: 0).squareRoots() == .zero)
    }
}
