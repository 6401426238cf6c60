import Connectors
import Records

/// What the shop, the payment service and the measuring service each state for the same day.
public struct SideBySide: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case shop, payments, measured, ads

        /// Nil for platforms that state no money of a day.
        static func of(_ platform: String) -> Kind? {
            switch platform {
            case "shopify", "woocommerce", "bigcommerce", "magento": .shop
            case "stripe", "paypal", "square": .payments
            case "triplewhale": .measured
            case "google_ads", "meta_ads", "linkedin_ads", "tiktok_ads": .ads
            default: nil
            }
        }
    }

    /// One day in one currency; sources without a figure are absent.
    public struct Row: Sendable, Equatable {
        public let day: Day
        public let currency: String
        public var revenue: [Kind: Int64] = [:]
        public var spend: [Kind: Int64] = [:]
    }

    public let rows: [Row]

    /// - Parameter figures: of all sources, in any order; the newest day comes first.
    public init(_ figures: [(platform: String, day: Day, currency: String, metric: SummaryMetric, theirs: Int64)]) {
        var found: [String: Row] = [:]
        for figure in figures {
            guard let kind = Kind.of(figure.platform) else { continue }
            var row = found[figure.day + figure.currency] ?? Row(day: figure.day, currency: figure.currency)
            switch figure.metric {
            case .revenue: row.revenue[kind, default: 0] += figure.theirs
            case .spend: row.spend[kind, default: 0] += figure.theirs
            case .orders, .refunds, .customers: continue
            }
            found[figure.day + figure.currency] = row
        }
        rows = found.values.sorted { ($0.day, $1.currency) > ($1.day, $0.currency) }
    }

    /// Whether there is anything to lay beside something else.
    public var isWorthShowing: Bool {
        rows.contains { $0.revenue.count > 1 || $0.spend.count > 1 }
    }
}
