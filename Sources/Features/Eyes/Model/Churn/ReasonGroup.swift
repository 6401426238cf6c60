/// Features that say the same thing to people. A reason is the sum of its group's parts, so that two entangled features
/// with opposite weights do not show up as two contradicting reasons.
public enum ReasonGroup: String, Sendable, Codable, CaseIterable {
    case recency
    case rhythm
    case frequency
    case spend
    case tenure

    init(_ feature: Feature) {
        switch feature {
        case .recencyDays, .overdue: self = .recency
        case .gapMean, .gapDeviation, .gapMax, .gapLast: self = .rhythm
        case .orderCount, .orders0to30, .orders30to60, .orders0to90, .orders90to180, .orders180to365, .ordersTrend:
            self = .frequency
        case .totalSpend, .averageSpend, .spendDeviation, .largestOrder, .lastOrder, .spend90, .spend365, .refundShare,
            .discountShare, .spendingConsistency:
            self = .spend
        case .tenureDays, .daysActive, .ordersPerDay: self = .tenure
        }
    }

    var index: Int { ReasonGroup.allCases.firstIndex(of: self) ?? 0 }
}

/// The handful of figures that the words of a reason need.
public struct ReasonFacts: Sendable, Codable, Equatable {
    public let recencyDays: Double
    public let usualGap: Double
    public let lastGap: Double
    public let orderCount: Double
    public let orders90: Double
    public let ordersBefore90: Double
    public let totalMinor: Double
    public let averageMinor: Double
    public let lastMinor: Double
    public let tenureDays: Double

    init(_ table: FeatureTable, row: Int, minorPerUnit: Double) {
        func value(_ feature: Feature) -> Double { table.value(feature, row: row) }
        recencyDays = value(.recencyDays)
        usualGap = value(.gapMean)
        lastGap = value(.gapLast)
        orderCount = value(.orderCount)
        orders90 = value(.orders0to90)
        ordersBefore90 = value(.orders90to180)
        totalMinor = (value(.totalSpend) * minorPerUnit).rounded()
        averageMinor = (value(.averageSpend) * minorPerUnit).rounded()
        lastMinor = (value(.lastOrder) * minorPerUnit).rounded()
        tenureDays = value(.tenureDays)
    }

    /// From a stored row, in the order of `stored`.
    init?(stored values: [Double]) {
        guard values.count == 10 else { return nil }
        recencyDays = values[0]
        usualGap = values[1]
        lastGap = values[2]
        orderCount = values[3]
        orders90 = values[4]
        ordersBefore90 = values[5]
        totalMinor = values[6]
        averageMinor = values[7]
        lastMinor = values[8]
        tenureDays = values[9]
    }

    var stored: [Double] {
        [
            recencyDays, usualGap, lastGap, orderCount, orders90, ordersBefore90, totalMinor, averageMinor, lastMinor,
            tenureDays,
        ]
    }

    /// The group's facts in shop words.
    public func phrase(_ group: ReasonGroup) -> Phrase {
        let isSingle = orderCount <= 1
        switch group {
        case .recency:
            if isSingle { return Phrase("recency_single", [Phrase.days("days", recencyDays)]) }
            return Phrase("recency", [Phrase.days("days", recencyDays), Phrase.days("usual", usualGap)])
        case .rhythm:
            if isSingle { return Phrase("rhythm_single") }
            return Phrase("rhythm", [Phrase.days("usual", usualGap), Phrase.days("last", lastGap)])
        case .frequency:
            return Phrase(
                "frequency", [Phrase.count("recent", orders90), Phrase.count("before", ordersBefore90)])
        case .spend:
            return Phrase("spend", [Phrase.money("total", totalMinor), Phrase.money("average", averageMinor)])
        case .tenure:
            return Phrase("tenure", [Phrase.days("days", tenureDays), Phrase.count("orders", orderCount)])
        }
    }
}

/// A signed part of a score, in log-odds of not ordering.
public struct ScoreReason: Sendable, Equatable {
    public let group: ReasonGroup
    public let part: Double
    public let phrase: Phrase
}
