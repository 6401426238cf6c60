import BSON
import Foundation
import Tenancy

/// One figure of one minute, for whoever watches what is happening now. Kept for a week.
public struct MetricMinuteInput: Sendable, Equatable {
    public enum Metric: String, Sendable, Codable, CaseIterable {
        case spend, impressions, clicks, conversions, orders, revenue, errors, latency

        /// Money is counted in minor units of a currency.
        public var isMoney: Bool { self == .spend || self == .revenue }
    }

    /// Whether the figure is about a campaign or about the site.
    public enum Level: String, Sendable, Codable, CaseIterable { case campaign, site }

    public static let keptFor: TimeInterval = 7 * 86_400

    public var metric: Metric
    public var level: Level
    public var entityExternalID: String
    public var minute: Date
    public var value: Double
    /// Of money only.
    public var currency: String?

    public init(
        metric: Metric, level: Level, entityExternalID: String, minute: Date, value: Double, currency: String? = nil
    ) {
        self.metric = metric
        self.level = level
        self.entityExternalID = entityExternalID
        self.minute = minute
        self.value = value
        self.currency = currency
    }
}

extension MetricMinuteInput: RecordRow {
    public static let idPrefix = "mtm"
    public static let spec = declared(
        "metric_minutes",
        indexes: [
            IndexSpec("series", [("metric", 1), ("entity_ref", 1), ("ts_minute", -1)]),
            IndexSpec("minute", [("ts_minute", -1)]),
            IndexSpec("expires", [("expires_at", 1)], expireAfterSeconds: 0),
        ], required: ["metric", "level", "entity_ref", "ts_minute", "value", "expires_at"],
        properties: [
            "metric": ["enum": .strings(Metric.allCases.map(\.rawValue))],
            "level": ["enum": .strings(Level.allCases.map(\.rawValue))], "ts_minute": time, "expires_at": time,
            "value": ["bsonType": "double"],
        ], isImportable: true)

    public var externalID: String {
        let minutes = Int((minute.timeIntervalSince1970 / 60).rounded(.down))
        return [String(minutes), metric.rawValue, level.rawValue, entityExternalID].joined(separator: "|")
    }

    public func write(to writer: inout BSONWriter) {
        writer.append("metric", metric.rawValue)
        writer.append("level", level.rawValue)
        writer.append("entity_ref", entityExternalID)
        writer.append("ts_minute", minute)
        writer.append("value", value)
        writer.appendIfPresent("currency", currency)
        writer.append("expires_at", minute.addingTimeInterval(Self.keptFor))
    }
}
