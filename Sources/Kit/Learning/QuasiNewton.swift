/// Minimises a smooth function of few variables by BFGS with step halving.
struct QuasiNewton {
    private(set) var point: [Double]
    private(set) var value = Double.infinity
    private(set) var converged = false
    private(set) var iterations = 0
    private let tolerance: Double
    private let maxIterations: Int
    private let start: [Double]
    private let farthest: Double

    /// - Parameters:
    ///   - tolerance: ends when no component of the gradient exceeds it.
    ///   - farthest: ends without having converged when a variable has moved on by more than this.
    init(point: [Double], tolerance: Double, maxIterations: Int, farthest: Double = .infinity) {
        self.point = point
        self.farthest = farthest
        start = point
        self.tolerance = tolerance
        self.maxIterations = maxIterations
    }

    typealias Slope = (value: Double, gradient: [Double])

    mutating func minimize(_ function: ([Double]) -> Slope) {
        let size = point.count
        var inverse = QuasiNewton.identity(size)
        var here = function(point)
        while true {
            value = here.value
            guard here.value.isFinite else { return }
            if here.gradient.allSatisfy({ abs($0) <= tolerance }) {
                converged = true
                return
            }
            let isNear = zip(point, start).allSatisfy { abs($0 - $1) <= farthest }
            guard iterations < maxIterations, isNear else { return }
            iterations += 1
            var direction = (0..<size).map { row in
                -(0..<size).reduce(0) { $0 + inverse[row * size + $1] * here.gradient[$1] }
            }
            if dot(direction, here.gradient) >= 0 {
                inverse = QuasiNewton.identity(size)
                direction = here.gradient.map { -$0 }
            }
            guard let (next, reached) = descend(from: here, along: direction, function) else { return }
            QuasiNewton.update(
                &inverse, step: zip(next, point).map { $0 - $1 },
                turn: zip(reached.gradient, here.gradient).map { $0 - $1 })
            point = next
            here = reached
        }
    }

    /// Halves the step until the function falls enough (Armijo's rule); nil when it does not.
    private func descend(
        from here: Slope, along direction: [Double], _ function: ([Double]) -> Slope
    ) -> (point: [Double], slope: Slope)? {
        let fall = dot(direction, here.gradient)
        let slack = 1e-14 * max(abs(here.value), 1)
        // No variable moves by more than 2 at once: these are logarithms.
        var length = min(1, 2 / direction.reduce(1e-300) { max($0, abs($1)) })
        for _ in 0..<60 {
            let candidate = zip(point, direction).map { $0 + length * $1 }
            let reached = function(candidate)
            if reached.value.isFinite, reached.value <= here.value + 1e-4 * length * fall + slack {
                return (candidate, reached)
            }
            length /= 2
        }
        return nil
    }

    private static func identity(_ size: Int) -> [Double] {
        (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 }
    }

    /// The update of Broyden, Fletcher, Goldfarb and Shanno; left out where the curvature is not positive.
    private static func update(_ inverse: inout [Double], step: [Double], turn: [Double]) {
        let size = step.count
        let curvature = dot(step, turn)
        guard curvature > 1e-14 * dot(turn, turn) else { return }
        let bent = (0..<size).map { row in (0..<size).reduce(0) { $0 + inverse[row * size + $1] * turn[$1] } }
        let factor = (1 + dot(turn, bent) / curvature) / curvature
        for row in 0..<size {
            for column in 0..<size {
                inverse[row * size + column] +=
                    factor * step[row] * step[column]
                    - (bent[row] * step[column] + step[row] * bent[column]) / curvature
            }
        }
    }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
