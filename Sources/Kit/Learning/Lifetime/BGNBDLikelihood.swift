import Foundation

/// Mean negative log-likelihood of BG/NBD over the logarithms of its parameters, with its gradient. Equal histories are
/// counted once; sums are taken per fixed chunk and added in order.
struct BGNBDLikelihood: Sendable {
    private let histories: [PurchaseHistory]
    private let weights: [Double]
    private let total: Double

    init(_ histories: [PurchaseHistory]) {
        let sorted = histories.sorted { ($0.repeats, $0.recency, $0.age) < ($1.repeats, $1.recency, $1.age) }
        var different: [PurchaseHistory] = []
        var weights: [Double] = []
        for history in sorted {
            if different.last == history {
                weights[weights.count - 1] += 1
            } else {
                different.append(history)
                weights.append(1)
            }
        }
        self.histories = different
        self.weights = weights
        total = Double(max(histories.count, 1))
    }

    func slope(_ logs: [Double], threads: Int) -> QuasiNewton.Slope {
        let point = Point(logs.map { exp($0) })
        let cut = chunks(of: histories.count, size: 4096)
        let parts = concurrentMap(cut.count, threads: threads) { chunk in
            cut[chunk].reduce(into: Sums()) { $0.add(histories[$1], weights[$1], point) }
        }
        var sums = Sums()
        for part in parts { sums.add(part) }
        let scales = [point.r, point.alpha, point.a, point.b]
        return (-sums.value / total, zip(sums.gradient, scales).map { -$0 * $1 / total })
    }

    /// The parameters with what every customer needs of them.
    private struct Point: Sendable {
        let r, alpha, a, b: Double
        let logAlpha, logA: Double
        let gammaR, gammaB, gammaAB: Double
        let psiR, psiB, psiAB: Double

        init(_ values: [Double]) {
            (r, alpha, a, b) = (values[0], values[1], values[2], values[3])
            (logAlpha, logA) = (log(alpha), log(a))
            (gammaR, gammaB, gammaAB) = (logGamma(r), logGamma(b), logGamma(a + b))
            (psiR, psiB, psiAB) = (digamma(r), digamma(b), digamma(a + b))
        }
    }

    private struct Sums: Sendable {
        var value = 0.0
        /// By r, alpha, a, b.
        var gradient = [0.0, 0.0, 0.0, 0.0]

        mutating func add(_ other: Sums) {
            value += other.value
            for index in gradient.indices { gradient[index] += other.gradient[index] }
        }

        mutating func add(_ history: PurchaseHistory, _ weight: Double, _ p: Point) {
            let x = Double(history.repeats)
            let now = log(p.alpha + history.age)
            let last = log(p.alpha + history.recency)
            let alive = -(p.r + x) * now
            let gone = history.repeats > 0 ? p.logA - log(p.b + x - 1) - (p.r + x) * last : -Double.infinity
            let larger = max(alive, gone)
            let either = larger + log1p(exp(min(alive, gone) - larger))
            let isAlive = exp(alive - either)
            let isGone = history.repeats > 0 ? exp(gone - either) : 0
            let buying = logGamma(p.r + x) - p.gammaR + p.r * p.logAlpha
            let staying = p.gammaAB + logGamma(p.b + x) - p.gammaB - logGamma(p.a + p.b + x)
            value += weight * (buying + staying + either)
            let psiABX = digamma(p.a + p.b + x)
            gradient[0] += weight * (digamma(p.r + x) - p.psiR + p.logAlpha - isAlive * now - isGone * last)
            gradient[1] +=
                weight
                * (p.r / p.alpha
                    - (p.r + x) * (isAlive / (p.alpha + history.age) + isGone / (p.alpha + history.recency)))
            gradient[2] += weight * (p.psiAB - psiABX + isGone / p.a)
            let fewer = history.repeats > 0 ? isGone / (p.b + x - 1) : 0
            gradient[3] += weight * (p.psiAB + digamma(p.b + x) - p.psiB - psiABX - fewer)
        }
    }
}
