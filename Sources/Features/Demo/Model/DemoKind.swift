import Learning

/// The kinds of customers planted in the demo shop, so that what EYES finds can be held against what is there.
public enum DemoKind: String, Sendable, CaseIterable {
    /// Orders again and again, until today.
    case loyal
    /// Used to order regularly, then ever more seldom; may still come back.
    case slipping
    /// Ordered regularly once and stopped half a year ago or longer.
    case gone
    /// First order within the last weeks.
    case new
    /// A few orders with long pauses.
    case occasional
    /// Signed up for the newsletter and never ordered.
    case contact

    /// Share of all customers.
    var share: Double {
        switch self {
        case .loyal: 0.36
        case .slipping: 0.13
        case .gone: 0.19
        case .new: 0.08
        case .occasional: 0.21
        case .contact: 0.03
        }
    }

    /// Median amount of an order, in minor units.
    var typicalAmount: Double {
        switch self {
        case .loyal: 6_200
        case .slipping: 5_400
        case .gone: 4_600
        case .new, .occasional, .contact: 3_900
        }
    }

    /// Days between two orders of one customer: its median over customers, and how far customers differ (standard
    /// deviation of its logarithm).
    var rhythm: (days: Double, spread: Double) {
        switch self {
        case .loyal: (20, 0.50)
        case .slipping: (24, 0.45)
        case .gone: (27, 0.45)
        case .new: (24, 0.30)
        case .occasional: (130, 0.35)
        case .contact: (0, 0)
        }
    }

    /// From the first to the last day on which the customer may order, as days before the shop's present day.
    func activity(_ days: Int, _ random: inout SeededGenerator) -> (from: Double, to: Double) {
        let span = Double(days)
        switch self {
        case .loyal: return (random.uniform(in: span * 0.45...span), 0)
        case .slipping: return (random.uniform(in: span * 0.55...span), random.uniform(in: 20...110))
        case .gone:
            let end = random.uniform(in: 150...span * 0.62)
            return (random.uniform(in: min(end + 110, span - 1)...span), end)
        case .new: return (random.uniform(in: 1...42), 0)
        case .occasional: return (random.uniform(in: 60...span), 0)
        case .contact: return (random.uniform(in: 1...span), 0)
        }
    }
}
