import Foundation
import Testing

@testable import Learning

@Suite("Columns made fast")
struct SortingTests {
    private static func drawn(_ count: Int, _ value: (inout SeededGenerator) -> Double) -> [Double] {
        var generator = SeededGenerator(seed: 5)
        return (0..<count).map { _ in value(&generator) }
    }

    @Test("sorting by digits gives what comparing gives", arguments: [0, 1, 2_047, 2_048, 30_000])
    func ascending(_ count: Int) {
        let cases: [(inout SeededGenerator) -> Double] = [
            { $0.unit() - 0.5 }, { Double($0.below(400)) }, { exp(600 * ($0.unit() - 0.5)) },
            { ($0.unit() - 0.5) * 1e100 }, { _ in 7 },
        ]
        for draw in cases {
            let values = Self.drawn(count, draw)
            #expect(values.ascending() == values.sorted())
        }
    }

    @Test("logarithms from memory are those of the library, to the bit")
    func logarithms() {
        let values = (0..<5_000).map(Double.init) + Self.drawn(1_000) { 3_000 * $0.unit() } + [-3, .nan, .infinity]
        let logged = Matrix(rows: values.count, columns: 1, values: values).log1p(columns: [0]).values
        let expected = values.map { log1p($0.isFinite ? max($0, 0) : 0) }
        #expect(logged.map(\.bitPattern) == expected.map(\.bitPattern))
    }
}
