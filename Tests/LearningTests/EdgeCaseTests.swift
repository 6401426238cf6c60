import Foundation
import Learning
import Testing

@Suite("No input crashes, nothing answers NaN")
struct EdgeCaseTests {
    static let awkward: [(name: String, x: Matrix)] = [
        ("nothing", Matrix(rows: 0, columns: 0, values: [])),
        ("no rows", Matrix(rows: 0, columns: 3, values: [])),
        ("no columns", Matrix(rows: 4, columns: 0, values: [])),
        ("one row", Matrix(rows: 1, columns: 2, values: [1, 2])),
        ("two equal rows", Matrix(rows: 2, columns: 1, values: [3, 3])),
        ("all equal", Matrix(rows: 60, columns: 3, repeating: 7)),
        ("one giant", Matrix(rows: 50, columns: 1, values: [1e308] + [Double](repeating: 1, count: 49))),
        ("not numbers", Matrix(rows: 40, columns: 1, values: (0..<40).map { $0 % 2 == 0 ? .nan : .infinity })),
        (
            "constant beside varying",
            Matrix(rows: 30, columns: 2, values: (0..<60).map { $0 % 2 == 0 ? 1 : Double($0) })
        ),
        ("two values", Matrix(rows: 40, columns: 1, values: (0..<40).map { Double($0 % 2) })),
        (
            "extremes",
            Matrix(rows: 3, columns: 1, values: [-Double.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude])
        ),
    ]

    @Test("clustering", arguments: awkward.indices)
    func clustering(index: Int) {
        let x = EdgeCaseTests.awkward[index].x
        for k in [0, 1, 2, 3, 100] {
            let found = kMeans(x, k: k, seed: 1)
            #expect(found.labels.count == x.rows && found.inertia.isFinite)
            #expect(found.centroids.rows <= max(k, 0) && allFinite(found.centroids.values))
            #expect(silhouette(x, labels: found.labels).isFinite)
            #expect(sampledSilhouette(x, labels: found.labels, sampleSize: 10, seed: 1).isFinite)
            #expect(kMeansStability(x, labels: found.labels, k: k, resamples: 2, seed: 1).mean.isFinite)
        }
        for eps in [-1, 0, 0.5, 1e9, .infinity, .nan] as [Double] {
            for needed in [-1, 0, 1, 5] {
                let found = dbscan(x, eps: eps, minSamples: needed)
                #expect(found.labels.count == x.rows && (found.labels.max() ?? -1) == found.clusterCount - 1)
            }
        }
        for k in [-1, 0, 1, 4, 1000] { #expect(allFinite(kDistances(x, k: k))) }
        let tree = ward(x)
        #expect(allFinite(tree.merges.map(\.height)))
        for k in [-1, 0, 1, 2, 1000] { #expect(tree.labels(clusters: k).count == x.rows) }
    }

    @Test("scaling, projection, resampling, models", arguments: awkward.indices)
    func rest(index: Int) {
        let x = EdgeCaseTests.awkward[index].x
        for scaling in Scaling.allCases {
            let fitted = scaling.fit(x)
            #expect(allFinite(fitted.apply(x).values))
            #expect(fitted.constantColumns.count + fitted.varyingColumns.count == x.columns)
        }
        let (projected, explained) = principalProjection(x)
        #expect(projected.rows == x.rows && projected.columns == 2 && allFinite(projected.values))
        #expect(allFinite(explained))
        #expect(columnShuffled(x, seed: 1).rows == x.rows)
        let labels = (0..<x.rows).map { $0 % 3 == 0 }
        let model = LogisticRegression.fit(x, labels)
        #expect(allFinite(model.probabilities(x)) && allFinite(model.weights))
        let scores = x.columns > 0 ? x.column(0) : [Double](repeating: 0, count: x.rows)
        if let auc = rocAUC(scores: scores, labels: labels) { #expect(auc.isFinite) }
        #expect(brierScore(probabilities: scores, labels: labels).isFinite)
        #expect(logLoss(probabilities: scores, labels: labels).isFinite)
        #expect(expectedCalibrationError(probabilities: scores, labels: labels).isFinite)
        #expect(allFinite(liftTable(scores: scores, labels: labels).map(\.lift)))
        #expect(populationStabilityIndex(expected: scores, actual: scores.reversed()).isFinite)
        let platt = PlattScaling.fit(logits: scores, labels: labels)
        #expect(platt.apply(1).isFinite)
        #expect(allFinite(poolAdjacentViolators(scores)))
    }

    @Test("one class only: no model, no AUC, no interval")
    func oneClass() {
        let x = gaussian(rows: 50, columns: 2, seed: 1)
        let labels = [Bool](repeating: true, count: 50)
        #expect(!LogisticRegression.fit(x, labels).converged)
        #expect(rocAUC(scores: x.column(0), labels: labels) == nil)
        #expect(aucInterval(scores: x.column(0), labels: labels, seed: 1) == nil)
        #expect(deLongInterval(scores: x.column(0), labels: labels) == nil)
        #expect(deLongInterval(scores: [1], labels: []) == nil)
        #expect(deLongInterval(scores: [1, 2], labels: [false, true]) == Interval(estimate: 1, lower: 0, upper: 1))
        #expect(!PlattScaling.fit(logits: x.column(0), labels: labels).converged)
        #expect(rocAUC(scores: [1], labels: []) == nil)
    }

    @Test("separable classes and repeated columns still converge under the penalty")
    func hardModels() {
        let values = (0..<100).flatMap { [Double($0), Double($0), 1.0] }
        let model = LogisticRegression.fit(
            Matrix(rows: 100, columns: 3, values: values), (0..<100).map { $0 >= 50 })
        #expect(model.converged)
        #expect(isClose(model.weights[0], model.weights[1], within: 1e-6))
    }

    @Test("labels of another length, negative labels, one cluster")
    func oddLabels() {
        let x = gaussian(rows: 20, columns: 2, seed: 1)
        #expect(silhouette(x, labels: [0, 1]) == 0)
        #expect(silhouette(x, labels: [Int](repeating: 0, count: 20)) == 0)
        #expect(silhouette(x, labels: [Int](repeating: -1, count: 20)) == 0)
        #expect(silhouette(x, labels: [.max] + [Int](repeating: .min, count: 19)).isFinite)
        #expect(adjustedRandIndex([0, 1], [0]) == 0)
        #expect(adjustedRandIndex([.min, .max], [0, 1]) == 1)
        #expect(adjustedRandIndex([], []) == 1)
        #expect(quantile([], 0.5) == 0 && median([]) == 0 && median([3, 1, 2]) == 2)
        #expect(silhouettes(x, labelings: []).isEmpty)
    }
}

@Suite("The bench's matrix file")
struct LearningBenchTests {
    @Test("a header that does not fit the bytes is refused")
    func hostileHeader() {
        func bytes(_ rows: Int64, _ columns: Int64, _ values: [Double]) -> [UInt8] {
            withUnsafeBytes(of: rows.littleEndian) { Array($0) }
                + withUnsafeBytes(of: columns.littleEndian) { Array($0) }
                + values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        }
        #expect(LearningBench.matrix(bytes: bytes(1, 2, [3, 1])) == Matrix(rows: 1, columns: 2, values: [3, 1]))
        for (rows, columns) in [(2, 2), (-1, -2), (.max, 2), (1, 1), (0, 2)] as [(Int64, Int64)] {
            #expect(LearningBench.matrix(bytes: bytes(rows, columns, [3, 1])) == nil)
        }
        #expect(LearningBench.matrix(bytes: [1, 2, 3]) == nil)
    }
}
