import Foundation
import Learning

/// The committed results of scikit-learn; see Reference/make_reference.py for how they were made.
struct Reference: Decodable {
    static let shared: Reference = {
        let data = try! Data(contentsOf: url("reference.json"))
        return try! JSONDecoder().decode(Reference.self, from: data)
    }()

    /// Recency in days, orders and spend of the CDNOW buyers at 1998-07-01.
    static let buyers: Matrix = {
        let text = try! String(contentsOf: url("buyers.csv"), encoding: .utf8)
        let lines = text.split(separator: "\n").dropFirst()
        let values = lines.flatMap { line -> [Double] in
            let parts = line.split(separator: ",").map { Double($0)! }
            return [parts[0], parts[1], parts[2] / 100]
        }
        return Matrix(rows: lines.count, columns: 3, values: values)
    }()

    private static func url(_ name: String) -> URL {
        Bundle.module.resourceURL!.appendingPathComponent("Reference").appendingPathComponent(name)
    }

    var clusters: Clusters
    var models: Models
    var scaling: ScalingValues
    var orders: Orders

    struct Table: Decodable {
        var rows: Int
        var columns: Int
        var values: [Double]
        var matrix: Matrix { Matrix(rows: rows, columns: columns, values: values) }
    }

    struct Clusters: Decodable {
        struct KMeans: Decodable { var k: Int, inertia: Double, labels: [Int], silhouette: Double }
        struct DBSCAN: Decodable { var eps: Double, min_samples: Int, labels: [Int], silhouette: Double }
        struct Ward: Decodable { var k: Int, labels: [Int], silhouette: Double }
        struct Samples: Decodable { var labels: [Int], values: [Double] }
        struct KDistance: Decodable { var k: Int, values: [Double] }
        struct Rand: Decodable { var a: [Int], b: [Int], ari: Double }
        var x: Table
        var kmeans: [KMeans]
        var dbscan: [DBSCAN]
        var ward: [Ward]
        var ward_heights: [Double]
        var silhouette_samples: Samples
        var kdistance: KDistance
        var rand: [Rand]
        var pca_explained: [Double]
    }

    struct Models: Decodable {
        struct Fit: Decodable { var c: Double, weights: [Double], intercept: Double }
        struct Single: Decodable { var weight: Double, intercept: Double }
        struct Isotonic: Decodable { var values: [Double], weights: [Double], fitted: [Double] }
        var x: Table
        var y: [Bool]
        var fits: [Fit]
        var probabilities: [Double]
        var rounded: [Double]
        var auc, auc_with_ties, brier, log_loss, precision, recall, f1, accuracy: Double
        var single: Single
        var isotonic: Isotonic
    }

    struct ScalingValues: Decodable {
        struct Quantile: Decodable { var q: Double, value: Double }
        var x, z, robust, clipped: Table
        var quantiles: [Quantile]
    }

    struct Orders: Decodable {
        var rows: Int
        var inertia: Double
        var sizes: [Int]
        var silhouette: Double
        var null: Double
    }
}

func isClose(_ a: Double, _ b: Double, within tolerance: Double = 1e-9) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(a), abs(b))
}

func isClose(_ a: [Double], _ b: [Double], within tolerance: Double = 1e-9) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { isClose($0, $1, within: tolerance) }
}

func allFinite(_ values: [Double]) -> Bool {
    values.allSatisfy { $0.isFinite }
}

/// Three well-separated groups, shuffled, with the truth.
func plantedGroups(rows: Int = 600, columns: Int = 3, seed: UInt64) -> (x: Matrix, truth: [Int]) {
    var generator = SeededGenerator(seed: seed)
    let truth = generator.shuffled((0..<rows).map { $0 % 3 })
    let values = truth.flatMap { group in
        (0..<columns).map { column in Double(group * 6 * (column % 2 == 0 ? 1 : -1)) + generator.normal() }
    }
    return (Matrix(rows: rows, columns: columns, values: values), truth)
}

func gaussian(rows: Int, columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in generator.normal() })
}
