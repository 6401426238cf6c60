/// Newton's method for smooth convex functions of few variables, with step halving and a ridge when the curvature is
/// not positive definite.
struct NewtonSolver {
    /// The function at one point with its derivatives.
    struct Slope: Sendable {
        var value = 0.0
        var gradient: [Double]
        /// Row-major, symmetric.
        var curvature: [Double]

        init(size: Int) {
            gradient = [Double](repeating: 0, count: size)
            curvature = [Double](repeating: 0, count: size * size)
        }
    }

    private(set) var point: [Double]
    private(set) var converged = false
    private(set) var iterations = 0
    private let tolerance: Double
    private let maxIterations: Int

    init(point: [Double], tolerance: Double, maxIterations: Int) {
        self.point = point
        self.tolerance = tolerance
        self.maxIterations = maxIterations
    }

    mutating func minimize(_ function: ([Double]) -> Slope) {
        var here = function(point)
        while true {
            let steepest = here.gradient.reduce(0) { max($0, abs($1)) }
            if steepest <= tolerance {
                converged = true
                return
            }
            guard iterations < maxIterations, let step = solve(here.curvature, here.gradient) else { return }
            iterations += 1
            guard let next = descend(from: here, along: step, function) else { return }
            here = next
        }
    }

    /// Halves the step until the function falls (Armijo's rule); nil when it does not. Close to the minimum the fall is
    /// below rounding, and a step that leaves the value equal is taken.
    private mutating func descend(
        from here: Slope, along step: [Double], _ function: ([Double]) -> Slope
    ) -> Slope? {
        let fall = zip(here.gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
        let slack = 1e-13 * max(abs(here.value), 1)
        var length = 1.0
        for _ in 0..<40 {
            let candidate = zip(point, step).map { $0 - length * $1 }
            let reached = function(candidate)
            if reached.value <= here.value - 1e-4 * length * fall + slack {
                point = candidate
                return reached
            }
            length /= 2
        }
        return nil
    }

    /// Solves curvature × step = gradient by Cholesky, adding to the diagonal until that works.
    private func solve(_ curvature: [Double], _ gradient: [Double]) -> [Double]? {
        let size = gradient.count
        let largest = (0..<size).reduce(0) { max($0, abs(curvature[$1 * size + $1])) }
        var ridge = 0.0
        for _ in 0..<30 {
            var matrix = curvature
            for index in 0..<size { matrix[index * size + index] += ridge }
            if let step = choleskySolve(matrix, gradient), step.allSatisfy(\.isFinite) { return step }
            ridge = ridge == 0 ? 1e-14 * max(largest, 1e-300) : ridge * 10
        }
        return nil
    }
}

/// Solves a symmetric positive definite system; nil when the matrix is not.
func choleskySolve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    let size = right.count
    var factor = matrix
    for row in 0..<size {
        for column in 0...row {
            var sum = factor[row * size + column]
            for inner in 0..<column { sum -= factor[row * size + inner] * factor[column * size + inner] }
            if row == column {
                guard sum > 0, sum.isFinite else { return nil }
                factor[row * size + row] = sum.squareRoot()
            } else {
                factor[row * size + column] = sum / factor[column * size + column]
            }
        }
    }
    var solution = right
    for row in 0..<size {
        for inner in 0..<row { solution[row] -= factor[row * size + inner] * solution[inner] }
        solution[row] /= factor[row * size + row]
    }
    for row in stride(from: size - 1, through: 0, by: -1) {
        for inner in row + 1..<max(size, row + 1) { solution[row] -= factor[inner * size + row] * solution[inner] }
        solution[row] /= factor[row * size + row]
    }
    return solution
}
