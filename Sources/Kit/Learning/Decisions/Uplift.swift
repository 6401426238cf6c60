/// What a campaign changed: shares of success among those contacted and among the hold-out.
public struct Uplift: Sendable, Codable, Equatable {
    public let treated: Interval
    public let held: Interval
    /// treated − held, with Newcombe's 95 % interval.
    public let difference: Interval
    public let treatedCount: Int
    public let heldCount: Int

    public init(treated: (successes: Int, trials: Int), held: (successes: Int, trials: Int)) {
        self.treated = wilsonInterval(successes: treated.successes, trials: treated.trials)
        self.held = wilsonInterval(successes: held.successes, trials: held.trials)
        difference = newcombeInterval(treated: self.treated, held: self.held)
        treatedCount = max(treated.trials, 0)
        heldCount = max(held.trials, 0)
    }

    /// False while the interval holds 0, and so while either group is empty.
    public var isClear: Bool { difference.lower > 0 || difference.upper < 0 }

    /// Successes among the contacted that would not have been without the contact.
    public var additional: Interval {
        let count = Double(treatedCount)
        return Interval(
            estimate: difference.estimate * count, lower: difference.lower * count, upper: difference.upper * count)
    }
}

/// Interval of the difference of two independent shares from their Wilson intervals (Newcombe, 1998, Statistics in
/// Medicine 17, 873–890, method 10).
func newcombeInterval(treated: Interval, held: Interval) -> Interval {
    func reach(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
    let difference = treated.estimate - held.estimate
    return Interval(
        estimate: difference,
        lower: max(difference - reach(treated.estimate - treated.lower, held.upper - held.estimate), -1),
        upper: min(difference + reach(treated.upper - treated.estimate, held.estimate - held.lower), 1))
}

/// How many people a campaign with a hold-out needs to show an uplift (two-sided test at 5 %; Fleiss, Levin and Paik,
/// 2003, without continuity correction).
public struct UpliftPlan: Sendable, Codable, Equatable {
    /// Share of success without contact.
    public var base: Double
    /// Share of all people that is held out.
    public var heldShare: Double
    /// Chance to see an uplift that is there.
    public var power: Double

    /// Shares are held within (0, 1).
    public init(base: Double, heldShare: Double, power: Double = 0.8) {
        func inside(_ value: Double) -> Double { min(max(Matrix.sanitized(value), 1e-6), 1 - 1e-6) }
        self.base = inside(base)
        self.heldShare = inside(heldShare)
        self.power = inside(power)
    }

    /// People needed in both groups together; nil when the uplift is 0 or leads out of 0–1.
    public func people(toShow uplift: Double) -> Int? {
        guard uplift.isFinite, uplift != 0, (0...1).contains(base + uplift) else { return nil }
        let needed = exactPeople(uplift)
        return needed < 1e15 ? Int(needed.rounded(.up)) : nil
    }

    /// The smallest rise that so many people can show; nil when not even a rise to 1 would.
    public func smallestUplift(people: Int) -> Double? {
        var high = 1 - base
        guard people > 0, exactPeople(high) <= Double(people) else { return nil }
        var low = 0.0
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if middle > 0, exactPeople(middle) <= Double(people) { high = middle } else { low = middle }
        }
        return high
    }

    private func exactPeople(_ uplift: Double) -> Double {
        let treatedShare = 1 - heldShare
        let treated = base + uplift
        let mean = treated * treatedShare + base * heldShare
        let spread = (mean * (1 - mean) * (1 / heldShare + 1 / treatedShare)).squareRoot()
        let apart = (treated * (1 - treated) / treatedShare + base * (1 - base) / heldShare).squareRoot()
        let root = normalQuantile(0.975) * spread + normalQuantile(power) * apart
        return root * root / (uplift * uplift)
    }
}
