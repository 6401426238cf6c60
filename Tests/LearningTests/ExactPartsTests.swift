import Learning
import Testing

@Suite("Parts of a function of few inputs")
struct ExactPartsTests {
    @Test("a sum gives each input its own difference, a product is shared")
    func known() throws {
        let sum = try #require(exactParts(of: [3, 5], reference: [1, 1]) { 2 * $0[0] - $0[1] })
        #expect(isClose(sum, [4, -4]))
        let product = try #require(exactParts(of: [3, 5], reference: [1, 1]) { $0[0] * $0[1] })
        #expect(isClose(product, [6, 8]))
        let single = try #require(exactParts(of: [2], reference: [0]) { $0[0] * $0[0] })
        #expect(single == [4])
    }

    @Test("parts of BG/NBD's log-odds of silence add up within 1e-9")
    func lifetime() throws {
        let model = BGNBD(r: 0.243, alpha: 4.414, a: 0.793, b: 2.426)
        func odds(_ v: [Double]) -> Double {
            logit(model.silenceProbability(PurchaseHistory(repeats: Int(v[0]), recency: v[1], age: v[2]), within: 13))
        }
        for row in [[0, 0, 20], [1, 3, 38], [9, 37, 38]] as [[Double]] {
            let parts = try #require(exactParts(of: row, reference: [1, 10, 32], odds))
            #expect(abs(parts.reduce(odds([1, 10, 32]), +) - odds(row)) < 1e-9)
        }
    }

    @Test("no inputs, too many, or of unequal number: no answer")
    func refused() {
        #expect(exactParts(of: [], reference: []) { _ in 1 } == nil)
        #expect(exactParts(of: [1], reference: [1, 2]) { _ in 1 } == nil)
        #expect(
            exactParts(of: [Double](repeating: 1, count: 13), reference: [Double](repeating: 0, count: 13)) { _ in 1 }
                == nil)
    }
}
