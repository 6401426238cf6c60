/// How customers move between channels, over the last 180 days before a run's score time (03 §13).
public struct CrossPlatform: Sendable, Codable, Equatable {
    /// Days back that are looked at.
    public static let days = 180
    /// Channels of a journey that are told.
    static let steps = 5
    static let shown = 10
    /// Channels beyond the most used are left out of the matrix.
    static let matrixChannels = 12

    public struct Channel: Sendable, Codable, Equatable {
        public let name: String
        /// Customers who used it.
        public let users: Int
        public let touches: Int
    }

    /// A sequence of first channels and what came of it.
    public struct Journey: Sendable, Codable, Equatable {
        public let channels: [String]
        public let count: Int
        /// Customers who ordered.
        public let conversions: Int
        public let valueMinor: Int64

        public var conversion: Double { count > 0 ? Double(conversions) / Double(count) : 0 }

        enum CodingKeys: String, CodingKey {
            case channels, count, conversions
            case valueMinor = "value_minor"
        }
    }

    /// Whether those who use one channel use another: the phi coefficient of a fourfold table, its p-value by chi².
    public struct Pair: Sendable, Codable, Equatable {
        public let first: String
        public let second: String
        public let correlation: Double
        public let pValue: Double
        public let both: Int
        public let onlyFirst: Int
        public let onlySecond: Int
        public let neither: Int

        enum CodingKeys: String, CodingKey {
            case first, second, correlation, both, neither
            case pValue = "p_value"
            case onlyFirst = "only_first"
            case onlySecond = "only_second"
        }
    }

    /// Risk of those who used so many channels, of those whom the run scored.
    public struct ChannelCount: Sendable, Codable, Equatable {
        public let channels: Int
        public let users: Int
        public let scored: Int
        /// By horizon key; empty without probabilities.
        public let meanRisk: [String: Double]

        enum CodingKeys: String, CodingKey {
            case channels, users, scored
            case meanRisk = "mean_risk"
        }
    }

    /// Consented customers with at least one step.
    public let users: Int
    public let touches: Int
    public let events: Int
    public let orders: Int
    public let multiChannelUsers: Int
    public let singleChannelUsers: Int
    public let avgChannelsPerUser: Double
    public let transitions: Int
    public let channelChanges: Int
    public let channels: [Channel]
    public let topJourneys: [Journey]
    public let topCorrelations: [Pair]
    /// Phi between ``channels``, in their order, as far as the matrix goes.
    public let matrix: [[Double]]
    public let churnByChannels: [ChannelCount]

    /// Channel changes among all steps from one touch to the next; nil where nobody took a second step.
    public var avgSwitchingRate: Double? {
        transitions > 0 ? Double(channelChanges) / Double(transitions) : nil
    }

    enum CodingKeys: String, CodingKey {
        case users, touches, events, orders, transitions, channels, matrix
        case multiChannelUsers = "multi_channel_users"
        case singleChannelUsers = "single_channel_users"
        case avgChannelsPerUser = "avg_channels_per_user"
        case channelChanges = "channel_changes"
        case topJourneys = "top_journeys"
        case topCorrelations = "top_correlations"
        case churnByChannels = "churn_by_channels"
    }
}
