import Foundation

/// What other modules get of a run: ids and figures, never a person's data, with the gate that stands behind it.
public struct IntegrationFeed: Sendable, Codable, Equatable {
    public enum Name: String, Sendable, Codable, CaseIterable {
        case oracle = "to_oracle"
        case voice = "to_voice"
        case curiosity = "to_curiosity"
        case memory = "to_memory"
    }

    /// The shape of the feeds; another one gets another number.
    public static let version = 1
    /// A feed older than this is refused.
    public static let oldest: TimeInterval = 7 * 86_400

    public let name: Name
    public let version: Int
    public let runID: String?
    public let gate: Gate?
    public let rows: [Row]

    /// What the run may be used for, and when that was found.
    public struct Gate: Sendable, Codable, Equatable {
        public let clustering: String
        /// State by horizon key.
        public let churn: [String: String]
        public let at: Date

        /// Whether somebody may act on the probabilities of a horizon.
        public func allows(_ horizon: Horizon) -> Bool {
            churn[horizon.key] == HorizonState.accepted.rawValue
                || churn[horizon.key] == HorizonState.provisional.rawValue
        }
    }

    /// One segment, or one customer of `to_memory`.
    public struct Row: Sendable, Codable, Equatable {
        public let id: String
        public var segmentID: String?
        public var figures: [String: Double] = [:]
        public var words: [String] = []

        enum CodingKeys: String, CodingKey {
            case id, figures, words
            case segmentID = "segment_id"
        }
    }

    /// Why a consumer takes nothing from a feed.
    public enum Refusal: Error, Sendable, Equatable {
        case noGate, tooOld, otherVersion, notUsable
    }

    /// The rows, for a consumer. Throws for a feed without gate, one that is older than seven days, one of another
    /// shape, and one whose run may not be used.
    public func usable(at now: Date) throws(Refusal) -> [Row] {
        guard version == Self.version else { throw .otherVersion }
        guard let gate else { throw .noGate }
        guard now.timeIntervalSince(gate.at) <= Self.oldest else { throw .tooOld }
        let speaks =
            name == .curiosity ? Horizon.allCases.contains(where: gate.allows) : gate.clustering != "not_enough_data"
        guard speaks else { throw .notUsable }
        return rows
    }

    enum CodingKeys: String, CodingKey {
        case name, version, gate, rows
        case runID = "run_id"
    }
}
