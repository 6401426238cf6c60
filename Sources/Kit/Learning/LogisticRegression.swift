import Foundation

/// Logistic regression with an L2 penalty on the weights, fitted by Newton's method.
public enum LogisticRegression {
    /// Minimises Σ log loss + ‖weights‖² / (2c), the objective of scikit-learn; the intercept is not penalised.
    ///
    /// Ends when no component of the gradient of the mean objective exceeds `tolerance`; otherwise, and when there are
    /// no rows or only one class, `converged` is false and the model must not be used.
    public static func fit(
        _ x: Matrix, _ y: [Bool], c: Double = 1, tolerance: Double = 1e-8, maxIterations: Int = 100, threads: Int = 1
    ) -> LogisticModel {
        let positives = y.count { $0 }
        guard x.rows == y.count, positives > 0, positives < y.count, c > 0 else {
            return LogisticModel(
                weights: [Double](repeating: 0, count: x.columns), intercept: 0, converged: false, iterations: 0)
        }
        let base = Double(positives) / Double(y.count)
        let objective = LogisticObjective(x: x.sanitized(), y: y, penalty: 1 / c, threads: threads)
        var solver = NewtonSolver(
            point: [Double](repeating: 0, count: x.columns) + [log(base / (1 - base))], tolerance: tolerance,
            maxIterations: maxIterations)
        solver.minimize(objective.slope)
        return LogisticModel(
            weights: Array(solver.point.dropLast()), intercept: solver.point[x.columns], converged: solver.converged,
            iterations: solver.iterations)
    }
}

/// A fitted model: log-odds = intercept + Σ weight × value.
public struct LogisticModel: Sendable, Codable, Equatable {
    public var weights: [Double]
    public var intercept: Double
    public var converged: Bool
    public var iterations: Int

    public init(weights: [Double], intercept: Double, converged: Bool, iterations: Int) {
        self.weights = weights
        self.intercept = intercept
        self.converged = converged
        self.iterations = iterations
    }

    /// Log-odds per row; columns beyond the known weights are ignored.
    public func logits(_ x: Matrix) -> [Double] {
        let clean = x.sanitized()
        let used = min(weights.count, clean.columns)
        return (0..<clean.rows).map { row in
            var sum = intercept
            for column in 0..<used { sum += weights[column] * clean.values[row &* clean.columns &+ column] }
            return sum
        }
    }

    public func probabilities(_ x: Matrix) -> [Double] { logits(x).map(sigmoid) }
}

/// 1 / (1 + e^−z) without overflow.
public func sigmoid(_ z: Double) -> Double {
    if z >= 0 { return 1 / (1 + exp(-z)) }
    let power = exp(z)
    return power / (1 + power)
}

/// log(p / (1 − p)); p is held within the open interval so that the answer is finite.
public func logit(_ p: Double) -> Double {
    let held = min(max(p, 1e-15), 1 - 1e-15)
    return log(held / (1 - held))
}

/// log(1 + e^z) without overflow.
func softplus(_ z: Double) -> Double {
    max(z, 0) + log1p(exp(-abs(z)))
}

/// Mean penalised log loss and its derivatives; sums are taken per fixed chunk of rows and added in chunk order.
private struct LogisticObjective: Sendable {
    let x: Matrix
    let y: [Bool]
    let penalty: Double
    let threads: Int
    private static let chunkSize = 4096

    func slope(_ point: [Double]) -> NewtonSolver.Slope {
        let size = point.count
        let parts = concurrentMap(chunksOf: x.rows, size: Self.chunkSize, threads: threads) { rows in
            partialSlope(rows, point)
        }
        var total = NewtonSolver.Slope(size: size)
        for part in parts {
            total.value += part.value
            for index in 0..<size { total.gradient[index] += part.gradient[index] }
            for index in 0..<size * size { total.curvature[index] += part.curvature[index] }
        }
        let scale = 1 / Double(x.rows)
        let squares = point.dropLast().reduce(0) { $0 + $1 * $1 }
        total.value = (total.value + penalty * squares / 2) * scale
        for index in 0..<size {
            let held = index < size - 1 ? penalty : 0
            total.gradient[index] = (total.gradient[index] + held * point[index]) * scale
            total.curvature[index * size + index] += held
            for other in 0...index {
                total.curvature[index * size + other] *= scale
                total.curvature[other * size + index] = total.curvature[index * size + other]
            }
        }
        return total
    }

    /// Lower triangle of the curvature only.
    private func partialSlope(_ rows: Range<Int>, _ point: [Double]) -> NewtonSolver.Slope {
        let size = point.count
        let columns = x.columns
        var part = NewtonSolver.Slope(size: size)
        var loss = 0.0
        x.values.withUnsafeBufferPointer { values in
            point.withUnsafeBufferPointer { point in
                part.gradient.withUnsafeMutableBufferPointer { gradient in
                    part.curvature.withUnsafeMutableBufferPointer { curvature in
                        for row in rows {
                            let base = row &* columns
                            var z = point[columns]
                            for column in 0..<columns { z += point[column] * values[base &+ column] }
                            let power = exp(-abs(z))
                            let p = (z >= 0 ? 1 : power) / (1 + power)
                            loss += log1p(power) + (y[row] ? max(-z, 0) : max(z, 0))
                            let error = p - (y[row] ? 1 : 0)
                            let weight = power / ((1 + power) * (1 + power))
                            for column in 0..<columns {
                                let value = values[base &+ column]
                                gradient[column] += error * value
                                let weighted = weight * value
                                let line = column &* size
                                for other in 0...column { curvature[line &+ other] += weighted * values[base &+ other] }
                                curvature[columns &* size &+ column] += weighted
                            }
                            gradient[columns] += error
                            curvature[columns &* size &+ columns] += weight
                        }
                    }
                }
            }
        }
        part.value = loss
        return part
    }
}
