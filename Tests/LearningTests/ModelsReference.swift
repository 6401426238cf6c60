import Foundation
import Learning

/// The committed results of XGBoost, scikit-learn and scipy; see Reference/make_models_reference.py.
struct ModelsReference: Decodable {
    static let shared: ModelsReference = {
        let data = try! Data(contentsOf: url("models.json"))
        return try! JSONDecoder().decode(ModelsReference.self, from: data)
    }()

    /// The public 1/10 sample of CDNOW, in weeks.
    static let sample: [PurchaseHistory] = {
        let text = try! String(contentsOf: url("cdnow_sample.csv"), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { line in
            let parts = line.split(separator: ",").map { Double($0)! }
            return PurchaseHistory(repeats: Int(parts[0]), recency: parts[1], age: parts[2])
        }
    }()

    private static func url(_ name: String) -> URL {
        Bundle.module.resourceURL!.appendingPathComponent("Reference").appendingPathComponent(name)
    }

    var boosting: Boosting
    var isotonic: Isotonic
    var lifetime: Lifetime
    var differences: [Difference]
    var sample_sizes: [SampleSize]
    var assignments: [Assignment]
    var drift: Drift
    var normal_quantiles: [Quantile]

    struct Boosting: Decodable {
        struct Fit: Decodable {
            var depth, rounds: Int
            var rate, min_child_weight: Double
            var monotone: [Int]
            var margins: [Double]
            /// XGBoost's own contributions, the last column its bias.
            var parts: Reference.Table
            var model: String

            var parameters: BoostingParameters {
                BoostingParameters(
                    depth: depth, rounds: rounds, rate: rate, rowShare: 1, minChildWeight: min_child_weight,
                    monotone: monotone, seed: 0)
            }
        }
        var x: Reference.Table
        var y: [Bool]
        var fits: [Fit]
        var rows: LabelledRows { LabelledRows(x: x.matrix, y: y) }
    }

    struct Isotonic: Decodable { var scores: [Double], labels: [Bool], at, fitted: [Double] }

    struct Lifetime: Decodable {
        struct Person: Decodable {
            var frequency: Int
            var recency, age, alive: Double
            var expected, silent: [Double]
            var history: PurchaseHistory { PurchaseHistory(repeats: frequency, recency: recency, age: age) }
        }
        var rows: Int
        var r, alpha, a, b, log_likelihood: Double
        var people: [Person]
    }

    struct Difference: Decodable { var treated, held: [Int], difference, lower, upper: Double }
    struct SampleSize: Decodable { var base, lift, share, power, total: Double }
    struct Assignment: Decodable { var cost: Reference.Table, total: Double }
    struct Drift: Decodable { var old, new: [Double], psi: Double }
    struct Quantile: Decodable { var p, z: Double }
}
