/// How far ahead a churn score looks.
public enum Horizon: Int, Sendable, Codable, CaseIterable, Comparable {
    case days30 = 30
    case days60 = 60
    case days90 = 90

    public var days: Int { rawValue }
    /// The name in stored documents and in the API: d30, d60, d90.
    public var key: String { "d\(rawValue)" }
    /// The name in URLs: 30d, 60d, 90d.
    public var timeframe: String { "\(rawValue)d" }

    public init?(timeframe: String) {
        guard let match = Horizon.allCases.first(where: { $0.timeframe == timeframe || "\($0.rawValue)" == timeframe })
        else { return nil }
        self = match
    }

    public static func < (left: Horizon, right: Horizon) -> Bool { left.rawValue < right.rawValue }
}
