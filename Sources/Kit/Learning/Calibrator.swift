/// A fitted map from raw log-odds to probabilities.
public enum Calibrator: Sendable, Codable, Equatable {
    case platt(PlattScaling)
    case isotonic(IsotonicCalibration)

    public enum Method: String, Sendable, Codable, CaseIterable {
        case platt, isotonic
    }

    public var method: Method {
        switch self {
        case .platt: .platt
        case .isotonic: .isotonic
        }
    }

    /// Nil where the method finds no fit: fewer than two outcomes, or Platt's scaling did not settle.
    public static func fit(_ method: Method, logits: [Double], labels: [Bool]) -> Calibrator? {
        switch method {
        case .platt:
            let scaling = PlattScaling.fit(logits: logits, labels: labels)
            return scaling.converged ? .platt(scaling) : nil
        case .isotonic:
            return IsotonicCalibration.fit(scores: logits, labels: labels).map(Calibrator.isotonic)
        }
    }

    public func probability(_ rawLogit: Double) -> Double {
        switch self {
        case .platt(let scaling): scaling.apply(rawLogit)
        case .isotonic(let steps): steps.apply(rawLogit)
        }
    }

    /// The same order of scores at another level: `shift` is added to the log-odds of every probability (of every step;
    /// between two steps the way stays straight).
    public func shifted(by shift: Double) -> Calibrator {
        switch self {
        case .platt(let scaling):
            .platt(PlattScaling(a: scaling.a, b: scaling.b + shift, converged: scaling.converged))
        case .isotonic(let steps): .isotonic(steps.shifted(by: shift))
        }
    }

    /// The raw log-odds from which on the probability reaches `probability`, up to rounding: where a band's edge lies
    /// for the model. −∞ when every score reaches it; nil when none does, or when higher scores do not mean more.
    public func rawLogit(reaching probability: Double) -> Double? {
        switch self {
        case .platt(let scaling):
            guard scaling.a > 0, probability < 1 else { return nil }
            return probability > 0 ? (Learning.logit(probability) - scaling.b) / scaling.a : -.infinity
        case .isotonic(let steps):
            guard let above = steps.values.firstIndex(where: { $0 >= probability }) else { return nil }
            guard above > 0 else { return -.infinity }
            let (low, high) = (steps.values[above - 1], steps.values[above])
            let share = (probability - low) / (high - low)
            return steps.scores[above - 1] + (steps.scores[above] - steps.scores[above - 1]) * share
        }
    }
}

/// The calibration that does best on rows it was not fitted on.
public struct CalibrationChoice: Sendable, Equatable {
    /// Figures of one method, each row judged by a fit that has not seen it.
    public struct Candidate: Sendable, Codable, Equatable {
        public let method: Calibrator.Method
        public let brier: Double
        /// Over ten bins of about equal count.
        public let calibrationError: Double
    }

    /// Fitted on all rows.
    public let calibrator: Calibrator
    /// Of the methods that could be fitted, Platt's first.
    public let candidates: [Candidate]

    /// The figures of the method in use.
    public var chosen: Candidate? { candidates.first { $0.method == calibrator.method } }

    /// Platt's two numbers stay unless the steps' Brier score is lower by more than one standard error of the
    /// difference: steps fit anything, also noise.
    ///
    /// - Parameters:
    ///   - logits: out-of-sample log-odds.
    ///   - folds: rows are dealt to this many parts at random; the seed decides.
    /// - Returns: nil when neither method can be fitted.
    public static func make(logits: [Double], labels: [Bool], folds: Int = 5, seed: UInt64) -> CalibrationChoice? {
        guard logits.count == labels.count else { return nil }
        let parts = dealt(logits.count, folds: max(folds, 2), seed: seed)
        let unseen = Calibrator.Method.allCases.compactMap { method in
            crossFitted(method, logits, labels, parts).map { (method: method, probabilities: $0) }
        }
        let candidates = unseen.map { method, probabilities in
            Candidate(
                method: method, brier: brierScore(probabilities: probabilities, labels: labels),
                calibrationError: expectedCalibrationError(probabilities: probabilities, labels: labels))
        }
        let stepsWin = unseen.count == 2 && isClearlyBetter(unseen[1].probabilities, unseen[0].probabilities, labels)
        let order: [Calibrator.Method] = stepsWin ? [.isotonic, .platt] : [.platt, .isotonic]
        let fitted = order.lazy.compactMap { Calibrator.fit($0, logits: logits, labels: labels) }.first
        return fitted.map { CalibrationChoice(calibrator: $0, candidates: candidates) }
    }

    private static func dealt(_ rows: Int, folds: Int, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        return generator.shuffled((0..<rows).map { $0 % folds })
    }

    private static func crossFitted(
        _ method: Calibrator.Method, _ logits: [Double], _ labels: [Bool], _ parts: [Int]
    ) -> [Double]? {
        var probabilities = [Double](repeating: 0, count: logits.count)
        for part in Set(parts).sorted() {
            let kept = parts.indices.filter { parts[$0] != part }
            guard
                let fitted = Calibrator.fit(method, logits: kept.map { logits[$0] }, labels: kept.map { labels[$0] })
            else { return nil }
            for row in parts.indices where parts[row] == part { probabilities[row] = fitted.probability(logits[row]) }
        }
        return probabilities
    }

    private static func isClearlyBetter(_ one: [Double], _ other: [Double], _ labels: [Bool]) -> Bool {
        let gains = labels.indices.map { row in
            let outcome = labels[row] ? 1.0 : 0
            return (other[row] - outcome) * (other[row] - outcome) - (one[row] - outcome) * (one[row] - outcome)
        }
        let (mean, deviation) = meanAndDeviation(gains)
        return mean > deviation / Double(max(gains.count - 1, 1)).squareRoot()
    }
}
