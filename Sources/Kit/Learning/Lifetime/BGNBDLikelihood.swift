import Foundation

/// Mean negative log-likelihood of BG/NBD over the logarithms of its parameters, with its gradient. Equal histories are
/// counted once; sums are taken per fixed chunk and added in order.
struct BGNBDLikelihood: Sendable {
    private struct Row: Sendable {
        let history: PurchaseHistory
        var count: Double
        /// Position in `repeats`.
        let group: Int
    }

    private let rows: [Row]
    /// The different numbers of repeats, ascending.
    private let repeats: [Int]
    private let total: Double

    init(_ histories: [PurchaseHistory]) {
        let sorted = histories.sorted { ($0.repeats, $0.recency, $0.age) < ($1.repeats, $1.recency, $1.age) }
        var rows: [Row] = []
        var repeats: [Int] = []
        for history in sorted {
            if repeats.last != history.repeats { repeats.append(history.repeats) }
            if rows.last?.history == history {
                rows[rows.count - 1].count += 1
            } else {
                rows.append(Row(history: history, count: 1, group: repeats.count - 1))
            }
        }
        self.rows = rows
        self.repeats = repeats
        total = Double(max(histories.count, 1))
    }

    func slope(_ logs: [Double], threads: Int) -> QuasiNewton.Slope {
        let point = Point(logs.map { exp($0) })
        let groups = repeats.map { Group(Double($0), point) }
        let parts = concurrentMap(chunksOf: rows.count, size: 4096, threads: threads) { chunk in
            var sums = Sums()
            for row in rows[chunk] { sums.add(row, groups[row.group], point) }
            return sums
        }
        var sums = Sums()
        for part in parts { sums.add(part) }
        return (-sums.value / total, sums.gradient(point).map { -$0 / total })
    }

    private struct Point: Sendable {
        let r, alpha, a, b: Double
        let logAlpha, logA: Double

        init(_ values: [Double]) {
            (r, alpha, a, b) = (values[0], values[1], values[2], values[3])
            (logAlpha, logA) = (log(alpha), log(a))
        }
    }

    /// What all histories of so many repeats share.
    private struct Group: Sendable {
        let repeats: Double
        /// log Γ terms of the likelihood.
        let constant: Double
        let logB: Double
        /// Their derivatives by r, a and b.
        let byR, byA, byB: Double

        init(_ x: Double, _ p: Point) {
            repeats = x
            let buying = logGamma(p.r + x) - logGamma(p.r) + p.r * p.logAlpha
            let staying = logGamma(p.a + p.b) + logGamma(p.b + x) - logGamma(p.b) - logGamma(p.a + p.b + x)
            constant = buying + staying
            logB = x > 0 ? log(p.b + x - 1) : 0
            byR = digamma(p.r + x) - digamma(p.r) + p.logAlpha
            byA = digamma(p.a + p.b) - digamma(p.a + p.b + x)
            byB = byA + digamma(p.b + x) - digamma(p.b)
        }
    }

    private struct Sums: Sendable {
        var value = 0.0
        private var r = 0.0
        private var alpha = 0.0
        private var a = 0.0
        private var b = 0.0

        /// By the logarithms.
        func gradient(_ p: Point) -> [Double] { [r * p.r, alpha * p.alpha, a * p.a, b * p.b] }

        mutating func add(_ other: Sums) {
            value += other.value
            r += other.r
            alpha += other.alpha
            a += other.a
            b += other.b
        }

        @inline(__always)
        mutating func add(_ row: Row, _ group: Group, _ p: Point) {
            let x = group.repeats
            let now = p.alpha + row.history.age
            let logNow = log(now)
            let alive = -(p.r + x) * logNow
            guard x > 0 else {
                value += row.count * (group.constant + alive)
                r += row.count * (group.byR - logNow)
                alpha += row.count * (p.r / p.alpha - p.r / now)
                a += row.count * group.byA
                b += row.count * group.byB
                return
            }
            let last = p.alpha + row.history.recency
            let logLast = log(last)
            let gone = p.logA - group.logB - (p.r + x) * logLast
            // log of the sum of both, and either's share of it.
            let either = max(alive, gone) + log1p(exp(-abs(alive - gone)))
            let isGone = sigmoid(gone - alive)
            let isAlive = 1 - isGone
            value += row.count * (group.constant + either)
            r += row.count * (group.byR - isAlive * logNow - isGone * logLast)
            alpha += row.count * (p.r / p.alpha - (p.r + x) * (isAlive / now + isGone / last))
            a += row.count * (group.byA + isGone / p.a)
            b += row.count * (group.byB - isGone / (p.b + x - 1))
        }
    }
}
