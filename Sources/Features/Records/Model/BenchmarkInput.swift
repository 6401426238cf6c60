import BSON
import Foundation
import Tenancy

/// What is usual in a line of business for one figure, as somebody's study says: who says it and when stands beside it.
public struct BenchmarkInput: Sendable, Equatable {
    public static let verticals: Set<String> = ["ecommerce", "saas", "healthcare", "finance", "education"]

    public var vertical: String
    /// For instance `conversion_rate`.
    public var metric: String
    /// The day the study is of.
    public var day: Day
    /// Whose study it is.
    public var source: String
    /// Half are below.
    public var p50: Double
    public var p10: Double?
    public var p25: Double?
    public var p75: Double?
    public var p90: Double?
    /// For instance `share`, `EUR`, `days`.
    public var unit: String?
    /// Two letters; nil is everywhere.
    public var country: String?
    /// How many companies were asked.
    public var sampleSize: Int64?

    public init(vertical: String, metric: String, day: Day, source: String, p50: Double) {
        self.vertical = vertical
        self.metric = metric
        self.day = day
        self.source = source
        self.p50 = p50
    }

    /// Whether the percentiles ascend.
    public var isOrdered: Bool {
        let known = [p10, p25, p50, p75, p90].compactMap(\.self)
        return zip(known, known.dropFirst()).allSatisfy { $0 <= $1 }
    }
}

extension BenchmarkInput: RecordRow {
    public static let idPrefix = "bmk"
    public static let spec = declared(
        "benchmarks",
        indexes: [IndexSpec("metric", [("vertical", 1), ("metric", 1), ("day", -1)])],
        required: ["vertical", "metric", "day", "source", "p50"],
        properties: ["vertical": ["enum": .strings(verticals.sorted())], "p50": ["bsonType": "double"]],
        isImportable: true)

    public var externalID: String { [vertical, metric, country ?? "", day, source].joined(separator: "|") }

    public func write(to writer: inout BSONWriter) {
        writer.append("vertical", vertical)
        writer.append("metric", metric)
        writer.append("day", day)
        writer.append("source", source)
        writer.append("p50", p50)
        if let p10 { writer.append("p10", p10) }
        if let p25 { writer.append("p25", p25) }
        if let p75 { writer.append("p75", p75) }
        if let p90 { writer.append("p90", p90) }
        writer.appendIfPresent("unit", unit)
        writer.appendIfPresent("country", country)
        writer.appendIfPresent("sample_size", sampleSize)
    }
}
