import BSON
import Foundation
import Tenancy

extension EyesStore {
    private var insights: TenantCollection<RunInsights> { TenantCollection(scope, database) }
    private var outcomes: TenantCollection<Outcome> { TenantCollection(scope, database) }
    private var runs: TenantCollection<StoredRun> { TenantCollection(scope, database) }
    private var members: TenantCollection<StoredMember> { TenantCollection(scope, database) }
    private var scores: TenantCollection<StoredScore> { TenantCollection(scope, database) }

    func insights(of runID: String) async throws -> RunInsights? {
        try await insights.get(id: RunInsights.id(runID: runID))
    }

    func save(_ found: RunInsights) async throws { try await insights.replace(found, upsert: true) }

    /// Newest windows first.
    func outcomes(limit: Int) async throws -> [Outcome] {
        try await outcomes.find(sort: [.descending("as_of_day"), .ascending("horizon")], limit: limit)
    }

    func save(_ outcome: Outcome) async throws { try await outcomes.replace(outcome, upsert: true) }

    func hasOutcome(runID: String, horizon: Horizon) async throws -> Bool {
        try await outcomes.exists(.id(Outcome.id(runID: runID, horizon: horizon)))
    }

    /// The latest runs by what changes over time, newest first.
    func trends(limit: Int) async throws -> [RunTrend] {
        try await runs.select(RunTrend.fields, as: RunTrend.self, sort: [.descending("created_at")], limit: limit)
    }

    /// Where everybody stood in a run whose rows are still kept.
    func standings(of runID: String, segments: [Segment]) async throws -> [String: Standing] {
        let ids = Dictionary(segments.map { ($0.number, $0.id) }, uniquingKeysWith: { first, _ in first })
        let rows = try await members.select(
            ["customer_id", "segment", "recency_days", "order_count"], as: BSONDocument.self,
            .eq("run_id", .string(runID)))
        var found: [String: Standing] = Dictionary(minimumCapacity: rows.count)
        for row in rows {
            guard let segment = ids[try row.int("segment")] else { continue }
            found[try row.string("customer_id")] = Standing(
                segment: segment, recencyDays: try row.int("recency_days"), orderCount: try row.int("order_count"))
        }
        return found
    }

    /// Chances of everybody a run scored, by customer and horizon key.
    func chances(of runID: String) async throws -> [String: [String: Double]] {
        let rows = try await scores.select(
            ["customer_id"] + Horizon.allCases.map { "\($0.key).risk_score" }, as: BSONDocument.self,
            .eq("run_id", .string(runID)))
        var found: [String: [String: Double]] = Dictionary(minimumCapacity: rows.count)
        for row in rows {
            var chances: [String: Double] = [:]
            for horizon in Horizon.allCases {
                chances[horizon.key] = row[horizon.key]?.documentValue?["risk_score"]?.doubleValue
            }
            found[try row.string("customer_id")] = chances
        }
        return found
    }

    /// What a run said about everybody for one horizon.
    func scored(of runID: String, _ horizon: Horizon) async throws -> [ScoredCustomer] {
        let rows = try await scores.select(
            ["customer_id", "segment", "\(horizon.key).risk_score", "\(horizon.key).risk_level"],
            as: BSONDocument.self, .eq("run_id", .string(runID)))
        return rows.compactMap { row in
            guard let customer = row["customer_id"]?.stringValue, let score = row[horizon.key]?.documentValue,
                let chance = score["risk_score"]?.doubleValue,
                let level = score["risk_level"]?.stringValue.flatMap(RiskLevel.init(rawValue:))
            else { return nil }
            return ScoredCustomer(
                customerID: customer, chance: chance, level: level, segment: row["segment"]?.intValue)
        }
    }
}

/// A customer as a run scored them for one horizon.
struct ScoredCustomer: Sendable, Equatable {
    let customerID: String
    let chance: Double
    let level: RiskLevel
    let segment: Int?
}
