/// An axis with round ticks: steps of 1, 2, 2.5 or 5 times a power of ten, after Heckbert, "Nice numbers for graph
/// labels", Graphics Gems (1990).
struct NiceScale: Equatable {
    let lower: Double
    let upper: Double
    let step: Double

    /// - Parameters:
    ///   - values: what must fit; nothing finite gives 0 to 1.
    ///   - target: about how many steps.
    ///   - withZero: whether the axis starts at zero when no value is below it.
    init(_ values: some Sequence<Double>, target: Int = 4, withZero: Bool = true) {
        var least = Double.infinity
        var most = -Double.infinity
        for value in values where value.isFinite && abs(value) < 1e15 {
            least = min(least, value)
            most = max(most, value)
        }
        if least > most { (least, most) = (0, 1) }
        if withZero { (least, most) = (min(least, 0), max(most, 0)) }
        if most - least < 1e-12 { most = least + max(abs(least) * 0.1, 1) }
        let step = NiceScale.roundStep((most - least) / Double(max(target, 1)))
        self.step = step
        self.lower = (least / step + 1e-9).rounded(.down) * step
        self.upper = (most / step - 1e-9).rounded(.up) * step
    }

    /// The values that get a rule.
    var ticks: [Double] {
        let count = min(Int(((upper - lower) / step).rounded()), 20)
        return (0...max(count, 1)).map { index in
            let value = lower + Double(index) * step
            return abs(value) < step * 1e-9 ? 0 : value
        }
    }

    /// 0 at the lower end, 1 at the upper.
    func share(_ value: Double) -> Double { (value - lower) / (upper - lower) }

    private static func roundStep(_ rough: Double) -> Double {
        var power = 1.0
        while power * 10 <= rough { power *= 10 }
        while power > rough { power /= 10 }
        for factor in [1.0, 2, 2.5, 5] where factor * power >= rough * 0.999_999 { return factor * power }
        return 10 * power
    }
}
