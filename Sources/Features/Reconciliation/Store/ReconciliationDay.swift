import BSON
import Connectors
import Foundation
import Records
import Tenancy

/// One day of one source: both sides' figures with the gap split by cause.
public struct ReconciliationDay: TenantDocument, Codable, Sendable, Equatable {
    /// One figure on both sides.
    public struct Figure: Codable, Sendable, Equatable {
        public var metric: SummaryMetric
        public var ours: Int64
        public var theirs: Int64
        public var causes: [Cause]
        public var unexplained: Int64
        /// The unexplained part of the figure, from 0 to 1.
        public var share: Double
        public var isOff: Bool

        public var gap: Int64 { ours - theirs }

        enum CodingKeys: String, CodingKey {
            case metric, ours, theirs, causes, unexplained, share
            case isOff = "is_off"
        }
    }

    public struct Cause: Codable, Sendable, Equatable {
        public var cause: GapCause
        public var amount: Int64
        /// How many rows make it up, also those that are not kept.
        public var rows: Int
    }

    public var id: String
    public var connectionID: String
    public var platform: String
    public var day: Day
    public var timeZone: String
    public var currency: String
    /// When our rows were last brought up to date.
    public var ownAsOf: Date?
    public var sourceReadAt: Date
    public var figures: [Figure]
    public var isOff: Bool
    /// The largest rows behind the causes.
    public var rows: [GapRow]
    public var updatedAt: Date
    public var expiresAt: Date

    public static let keptRows = 1000

    public static let spec = CollectionSpec(
        "reconciliation_days",
        indexes: [
            IndexSpec("source", [("connection_id", 1), ("day", -1)], unique: true),
            IndexSpec("day", [("day", -1), ("connection_id", 1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: ["connection_id", "platform", "day", "time_zone", "currency", "figures", "source_read_at"],
            properties: ["day": ["bsonType": "string", "minLength": 10, "maxLength": 10]]))

    public func figure(_ metric: SummaryMetric) -> Figure? { figures.first { $0.metric == metric } }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case platform, day, currency, figures, rows
        case connectionID = "connection_id"
        case timeZone = "time_zone"
        case ownAsOf = "own_as_of"
        case sourceReadAt = "source_read_at"
        case isOff = "is_off"
        case updatedAt = "updated_at"
        case expiresAt = "expires_at"
    }
}

extension ReconciliationDay {
    /// Daily rows are kept for two years, like the figures they are about.
    static let keptSeconds: TimeInterval = 63_072_000

    init(_ facts: DayCase, id: String, connection: Connection, now: Date) {
        let splits = facts.splits()
        self.id = id
        connectionID = connection.id
        platform = connection.platform
        day = facts.day
        timeZone = facts.sourceZone
        currency = facts.currency
        ownAsOf = facts.ownAsOf
        sourceReadAt = facts.readAt
        figures = splits.map { split in
            Figure(
                metric: split.metric, ours: split.ours, theirs: split.theirs,
                causes: GapCause.allCases.compactMap { cause in
                    let rows = split.rows.count { $0.cause == cause }
                    return rows == 0 ? nil : Cause(cause: cause, amount: split.causes[cause] ?? 0, rows: rows)
                },
                unexplained: split.unexplained, share: split.share, isOff: split.isOff)
        }
        isOff = splits.contains(where: \.isOff)
        rows = Self.largest(splits)
        updatedAt = now
        expiresAt = now.addingTimeInterval(Self.keptSeconds)
    }

    /// The same number of rows of every figure, the largest first.
    private static func largest(_ splits: [GapSplit]) -> [GapRow] {
        let each = keptRows / max(1, splits.count { !$0.rows.isEmpty })
        return splits.flatMap { $0.rows.prefix(each) }
    }
}
