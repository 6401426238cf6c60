import Foundation
import Learning
import Testing

@Suite("Boosted trees against XGBoost")
struct BoostedTreesTests {
    let reference = ModelsReference.shared.boosting
    var x: Matrix { reference.x.matrix }
    /// The rows whose answers are committed.
    var some: Matrix { x.selecting(rows: Array(0..<60)) }

    private func model(_ index: Int) throws -> BoostedTrees {
        try BoostedTrees(xgboostJSON: Array(reference.fits[index].model.utf8))
    }

    @Test("a model that XGBoost saved scores the same rows the same", arguments: [0, 1, 2])
    func scores(index: Int) throws {
        let found = try model(index).logits(some)
        #expect(isClose(found, reference.fits[index].margins, within: 2e-6))
    }

    @Test("growing here gives the trees that XGBoost's own interface grew", arguments: [0, 1, 2])
    func training(index: Int) throws {
        let fit = reference.fits[index]
        let grown = try BoostedTrees.train(reference.rows, parameters: fit.parameters)
        let expected = try model(index)
        #expect(grown.trees.count == fit.rounds)
        #expect(grown.trees.map(\.nodes.count) == expected.trees.map(\.nodes.count))
        #expect(isClose(grown.logits(some), fit.margins, within: 1e-5))
    }

    @Test(
        "parts and base add up to the log-odds within 1e-9, and agree with XGBoost's contributions",
        arguments: [0, 1, 2])
    func parts(index: Int) throws {
        let model = try model(index)
        let explainer = TreeExplainer(model)
        let parts = explainer.parts(x)
        for (row, logit) in model.logits(x).enumerated() {
            #expect(abs(explainer.base + parts.row(row).reduce(0, +) - logit) < 1e-9)
        }
        let expected = reference.fits[index].parts.matrix
        for row in 0..<expected.rows {
            #expect(isClose(parts.row(row), Array(expected.row(row).prefix(4)), within: 2e-5))
            #expect(isClose(explainer.base, expected[row, 4], within: 2e-5))
        }
    }

    @Test("parts are Shapley's, counted over all sets of columns by definition")
    func shapleyByDefinition() throws {
        let tree = try RegressionTree(nodes: [
            .init(feature: 0, threshold: 0.5, left: 1, right: 2, value: 0, cover: 10),
            .init(feature: 1, threshold: 0, left: 3, right: 4, value: 0, cover: 6),
            .init(feature: 2, threshold: 3, left: 5, right: 6, value: 0, cover: 4),
            .leaf(-1, cover: 2), .init(feature: 0, threshold: 0.2, left: 7, right: 8, value: 0, cover: 4),
            .leaf(0.7, cover: 1), .leaf(2, cover: 3), .leaf(0.1, cover: 1), .leaf(-0.4, cover: 3),
        ])
        let model = try BoostedTrees(featureCount: 3, base: 0.25, trees: [tree])
        func value(_ row: [Float], _ known: Set<Int>, _ index: Int = 0) -> Double {
            let node = tree.nodes[index]
            if node.isLeaf { return node.value }
            if known.contains(node.feature) {
                return value(row, known, row[node.feature] < node.threshold ? node.left : node.right)
            }
            let share = tree.nodes[node.left].cover / (tree.nodes[node.left].cover + tree.nodes[node.right].cover)
            return share * value(row, known, node.left) + (1 - share) * value(row, known, node.right)
        }
        for row in [[0.1, 1, 2], [0.3, 1, 5], [0.9, -1, 2], [0.9, 1, 4]] as [[Double]] {
            let floats = row.map { Float($0) }
            let parts = TreeExplainer(model).parts(Matrix(rows: 1, columns: 3, values: row))
            for column in 0..<3 {
                let others = [0, 1, 2].filter { $0 != column }
                let sets: [(Set<Int>, Double)] = [
                    ([], 2), ([others[0]], 1), ([others[1]], 1), (Set(others), 2),
                ]
                let expected = sets.reduce(0) { sum, entry in
                    sum + entry.1 / 6 * (value(floats, entry.0.union([column])) - value(floats, entry.0))
                }
                #expect(isClose(parts[0, column], expected, within: 1e-12))
            }
        }
    }

    @Test("equal seeds give equal bytes, whoever works beside; other seeds draw other rows")
    func determinism() throws {
        let parameters = BoostingParameters(rounds: 20, minChildWeight: 5, seed: 9)
        let rows = reference.rows
        let alone = try BoostedTrees.train(rows, parameters: parameters)
        let together = concurrentMap(4, threads: 2) { _ in try? BoostedTrees.train(rows, parameters: parameters) }
        #expect(together.allSatisfy { $0 == alone })
        #expect(
            try BoostedTrees.train(rows, parameters: BoostingParameters(rounds: 20, minChildWeight: 5, seed: 8))
                != alone)
        let many = x.selecting(rows: (0..<5000).map { $0 % x.rows })
        #expect(alone.logits(many, threads: 2) == alone.logits(many))
        #expect(TreeExplainer(alone).parts(many, threads: 2) == TreeExplainer(alone).parts(many))
    }

    @Test("bytes and documents come back exactly; damaged ones are refused")
    func storage() throws {
        let model = try model(1)
        let bytes = model.bytes
        #expect(try BoostedTrees(bytes: bytes) == model)
        #expect(try JSONDecoder().decode(BoostedTrees.self, from: JSONEncoder().encode(model)) == model)
        for length in stride(from: 0, to: bytes.count, by: 97) {
            #expect(throws: BoostingError.malformedModel) { try BoostedTrees(bytes: Array(bytes.prefix(length))) }
        }
        #expect(throws: BoostingError.malformedModel) { try BoostedTrees(bytes: bytes + [0]) }
        #expect(throws: BoostingError.malformedModel) { try BoostedTrees(xgboostJSON: Array("{}".utf8)) }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            var damaged = bytes
            damaged[generator.below(damaged.count)] = UInt8(generator.below(256))
            if let read = try? BoostedTrees(bytes: damaged) { #expect(read.logits(some).count == 60) }
        }
        #expect(throws: BoostingError.malformedModel) {
            try RegressionTree(nodes: [.init(feature: 0, threshold: 0, left: 0, right: 0, value: 0, cover: 1)])
        }
        let tree = try RegressionTree(nodes: [
            .init(feature: 3, threshold: 0, left: 1, right: 2, value: 0, cover: 1), .leaf(1, cover: 1),
            .leaf(2, cover: 1),
        ])
        #expect(throws: BoostingError.malformedModel) { try BoostedTrees(featureCount: 3, base: 0, trees: [tree]) }
    }

    @Test("a monotone column never turns")
    func monotone() throws {
        let grown = try BoostedTrees.train(reference.rows, parameters: reference.fits[2].parameters)
        for start in 0..<20 {
            var row = x.row(start)
            let values = stride(from: 0.0, through: 12, by: 0.25).map { value -> Double in
                row[1] = value
                return grown.logits(Matrix(rows: 1, columns: 4, values: row))[0]
            }
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 - 1e-6 })
        }
    }

    @Test("growing ends when the validation rows gain nothing any more")
    func earlyStopping() throws {
        let train = LabelledRows(
            x: x.selecting(rows: Array(0..<300)), y: Array(reference.y.prefix(300)))
        let held = LabelledRows(
            x: x.selecting(rows: Array(300..<500)), y: Array(reference.y.suffix(200)))
        let parameters = BoostingParameters(
            depth: 6, rounds: 400, rate: 0.3, rowShare: 1, minChildWeight: 1, patience: 10, seed: 1)
        let stopped = try BoostedTrees.train(train, parameters: parameters, validation: held)
        #expect(stopped.trees.count < 100)
        let full = try BoostedTrees.train(train, parameters: parameters)
        func loss(_ model: BoostedTrees) -> Double {
            logLoss(probabilities: model.probabilities(held.x), labels: held.y)
        }
        #expect(full.trees.prefix(stopped.trees.count) == stopped.trees[...])
        #expect(loss(stopped) < loss(full))
        for rounds in [stopped.trees.count - 1, stopped.trees.count + 1] {
            let other = try BoostedTrees(featureCount: 4, base: full.base, trees: Array(full.trees.prefix(rounds)))
            #expect(loss(stopped) <= loss(other) + 1e-7)
        }
    }

    @Test("what cannot be learned is refused by name")
    func refusals() {
        let rows = reference.rows
        let usual = BoostingParameters(rounds: 2, seed: 1)
        func refusal(_ rows: LabelledRows, _ parameters: BoostingParameters) -> BoostingError? {
            do throws(BoostingError) {
                _ = try BoostedTrees.train(rows, parameters: parameters)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(LabelledRows(x: rows.x, y: [true]), usual) == .unequalCounts)
        #expect(refusal(LabelledRows(x: Matrix(rows: 0, columns: 2), y: []), usual) == .unequalCounts)
        #expect(refusal(LabelledRows(x: rows.x, y: rows.y.map { _ in true }), usual) == .oneClass)
        #expect(refusal(rows, BoostingParameters(depth: 0, seed: 1)) == .parameter("depth"))
        #expect(refusal(rows, BoostingParameters(rate: .nan, seed: 1)) == .parameter("rate"))
        #expect(refusal(rows, BoostingParameters(monotone: [1], seed: 1)) == .parameter("monotone"))
        #expect(refusal(rows, usual) == nil)
    }

    @Test("values that are no numbers crash nothing and answer numbers")
    func oddValues() throws {
        let values = (0..<200).flatMap { index -> [Double] in
            let second: Double = index % 2 == 0 ? .infinity : -1e300
            return [index % 3 == 0 ? .nan : Double(index), second]
        }
        let rows = LabelledRows(x: Matrix(rows: 200, columns: 2, values: values), y: (0..<200).map { $0 % 4 < 2 })
        let model = try BoostedTrees.train(rows, parameters: BoostingParameters(rounds: 5, minChildWeight: 1, seed: 1))
        #expect(allFinite(model.logits(rows.x)) && allFinite(TreeExplainer(model).parts(rows.x).values))
        #expect(model.logits(Matrix(rows: 3, columns: 0)).count == 3)
        #expect(model.logits(Matrix(rows: 0, columns: 2)).isEmpty)
    }
}
