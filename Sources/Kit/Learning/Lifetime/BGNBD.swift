import Foundation

/// The BG/NBD model of repeat buying (Fader, Hardie and Lee, 2005, Marketing Science 24, 275–284): a customer buys at
/// random times at a rate of its own, spread over customers as Gamma(r, alpha), and after each purchase leaves for good
/// with a probability of its own, spread as Beta(a, b).
///
/// Times are in the unit of the histories it was fitted on. It knows orders only, no other feature.
public struct BGNBD: Sendable, Codable, Equatable {
    public var r: Double
    public var alpha: Double
    public var a: Double
    public var b: Double
    /// False when the fit did not settle; then the model must not be used.
    public var converged: Bool

    public init(r: Double, alpha: Double, a: Double, b: Double, converged: Bool = true) {
        self.r = r
        self.alpha = alpha
        self.a = a
        self.b = b
        self.converged = converged
    }

    /// Chance that the customer has not left yet. Who never bought again cannot have left in this model.
    public func aliveProbability(_ history: PurchaseHistory) -> Double {
        guard history.repeats > 0 else { return 1 }
        let x = Double(history.repeats)
        let odds =
            log(a) - log(b + x - 1) + (r + x) * (log(alpha + history.age) - log(alpha + history.recency))
        return sigmoid(-odds)
    }

    /// Chance of no purchase within `time` from now: gone, or still there and silent.
    public func silenceProbability(_ history: PurchaseHistory, within time: Double) -> Double {
        let silentAlive = exp(-(r + Double(history.repeats)) * log1p(max(time, 0) / (alpha + history.age)))
        return 1 - aliveProbability(history) * (1 - silentAlive)
    }

    /// Expected number of purchases within `time` from now (equation 10 of the paper, its hypergeometric function
    /// turned by Euler's transformation into one that does not cancel).
    public func expectedPurchases(_ history: PurchaseHistory, within time: Double) -> Double {
        guard time > 0 else { return 0 }
        // The expression has a removable hole at a = 1.
        guard abs(a - 1) < 1e-5 else { return expectedPurchases(history, time, a: a) }
        return (expectedPurchases(history, time, a: 1 + 1e-5) + expectedPurchases(history, time, a: 1 - 1e-5)) / 2
    }

    private func expectedPurchases(_ history: PurchaseHistory, _ time: Double, a: Double) -> Double {
        let x = Double(history.repeats)
        let z = time / (alpha + history.age + time)
        let exact = a + b + x - 1
        let c = abs(exact) < 1e-9 ? 1e-9 : exact
        let still = exp((a - 1) * log1p(-z)) * hypergeometric(a + b - 1 - r, a - 1, c, z)
        return max(c / (a - 1) * (1 - still) * aliveProbability(history), 0)
    }

    /// Log-likelihood of the histories.
    public func logLikelihood(_ histories: [PurchaseHistory]) -> Double {
        let likelihood = BGNBDLikelihood(histories)
        return -likelihood.slope([log(r), log(alpha), log(a), log(b)], threads: 1).value * Double(histories.count)
    }
}

extension BGNBD {
    /// Maximum likelihood over the logarithms of the four parameters.
    ///
    /// - Parameter penalty: times the sum of their squares is added to the mean negative log-likelihood; a little
    ///   keeps small samples from running away.
    /// - Returns: a model with `converged` false without repeat buyers, or where the likelihood has no clear peak.
    public static func fit(
        _ histories: [PurchaseHistory], penalty: Double = 0, tolerance: Double = 1e-7, maxIterations: Int = 200,
        threads: Int = 1
    ) -> BGNBD {
        let none = BGNBD(r: 1, alpha: 1, a: 1, b: 1, converged: false)
        let repeats = histories.reduce(0) { $0 + Double($1.repeats) }
        let age = histories.reduce(0) { $0 + $1.age }
        guard repeats > 0, age > 0 else { return none }
        let likelihood = BGNBDLikelihood(histories)
        // A start at the mean rate, whatever the unit of time. Beyond e^12 of it a parameter no longer describes a
        // spread: the likelihood rises towards a limit.
        var solver = QuasiNewton(
            point: [0, log(age / repeats), 0, 0], tolerance: tolerance, maxIterations: maxIterations, farthest: 12)
        solver.minimize { point in
            var slope = likelihood.slope(point, threads: threads)
            for index in point.indices {
                slope.value += penalty * point[index] * point[index]
                slope.gradient[index] += 2 * penalty * point[index]
            }
            return slope
        }
        let found = solver.point.map { exp($0) }
        return BGNBD(r: found[0], alpha: found[1], a: found[2], b: found[3], converged: solver.converged)
    }
}
