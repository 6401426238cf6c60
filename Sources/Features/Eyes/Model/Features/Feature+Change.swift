import Foundation

extension Feature {
    enum Direction: Sendable { case less, more }

    /// For features that a person can picture changing: which way means a lower risk. Nil: not offered as a change.
    var lowersRisk: Direction? {
        switch self {
        case .recencyDays, .daysSinceLastEvent, .supportContacts90, .paymentFailures90: .less
        case .orderCount, .orders0to30, .orders0to90, .spend90, .totalSpend, .lastOrder, .events0to30, .emailClicks90:
            .more
        default: nil
        }
    }

    /// Days and counts: no halves.
    var isWhole: Bool { unit == .days || unit == .count }

    /// The value as models see it, before scaling.
    func logged(_ value: Double) -> Double { isSkewed ? log1p(max(value, 0)) : value }

    /// The way back.
    func natural(_ logged: Double) -> Double { isSkewed ? expm1(logged) : logged }
}
