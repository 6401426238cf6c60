import Audit
import BSON
import Customers
import Foundation
import Tenancy

/// Everything EYES knows of one customer.
struct EyesPerson: Sendable {
    /// A run and what it said.
    struct Past: Sendable {
        let run: RunSummary
        let score: StoredScore
    }

    /// A file that named the customer.
    struct Export: Sendable {
        let at: Date
        let runID: String
        let horizon: Horizon?
        let format: String
        let rows: Int
    }

    let findings: CustomerFindings
    /// Newest first.
    let past: [Past]
    let timeline: [TimelineEntry]
    /// Newest entry first.
    let ledger: [ConsentRecord]
    let campaigns: [(campaign: Campaign, person: CampaignPerson)]
    let exports: [Export]
    let reviews: [ScoreReview]

    static let runs = 24
    static let timelineLength = 20
}

extension EyesService {
    /// Nil without a published run and for ids that nobody has here.
    func person(_ scope: TenantScope, _ id: String, _ hooks: PersonHooks) async throws -> EyesPerson? {
        guard let findings = try await customer(scope, id), findings.badge != nil else { return nil }
        let campaigns = CampaignStore(scope: scope, database: database)
        let places = try await campaigns.places(of: id, in: try await campaigns.list(limit: 500))
        return EyesPerson(
            findings: findings, past: try await past(scope, id),
            timeline: try await hooks.timeline(scope, id, EyesPerson.timelineLength),
            ledger: try await hooks.ledger(scope, id),
            campaigns: places.map { (campaign: $0.0, person: $0.1) },
            exports: try await exports(scope, naming: id),
            reviews: try await EyesReviews(service: self).reviews(scope, of: id))
    }

    private func past(_ scope: TenantScope, _ id: String) async throws -> [EyesPerson.Past] {
        let store = store(scope)
        let runs = try await store.runSummaries(limit: EyesPerson.runs)
        let scores = try await store.scores(of: id, runIDs: runs.map(\.id))
        return runs.compactMap { run in scores[run.id].map { EyesPerson.Past(run: run, score: $0) } }
    }

    /// Lists that were taken away as files, as the audit log has them, as far as the customer stood on them.
    private func exports(_ scope: TenantScope, naming id: String) async throws -> [EyesPerson.Export] {
        var query = AuditQuery()
        query.action = "eyes.list_exported"
        let records = try await audit.search(scope, query, limit: 100).records
        let store = store(scope)
        let runIDs = Set(records.compactMap(\.row.resourceID))
        let scores = try await store.scores(of: id, runIDs: runIDs.sorted())
        var found: [EyesPerson.Export] = []
        for record in records {
            guard let runID = record.row.resourceID, let score = scores[runID],
                let details = record.payload?.details,
                let list = ListQuery(recorded: details), let published = try await run(scope, runID),
                try await holds(list, score, published, scope)
            else { continue }
            found.append(
                EyesPerson.Export(
                    at: record.row.ts, runID: runID, horizon: list.filter.horizon,
                    format: details["format"]?.stringValue ?? "", rows: details["rows"]?.intValue ?? 0))
        }
        return found
    }

    /// Whether a list of a run named a customer.
    private func holds(
        _ list: ListQuery, _ stored: StoredScore, _ published: PublishedRun, _ scope: TenantScope
    ) async throws -> Bool {
        guard let score = stored.score(list.filter.horizon) else { return false }
        if let band = list.filter.band, band != score.level { return false }
        guard var query = try await ChurnPage.query(self, scope, list.filter, published) else { return false }
        if let segment = query.segment, segment != stored.segment { return false }
        if let members = query.members, !members.contains(stored.customerID) { return false }
        if let ranks = query.riskPlaces, !ranks.contains(score.riskPlace) { return false }
        guard let cut = list.cut else { return true }
        query.limit = cut
        let isPlain = list.filter.isEmpty
        if isPlain { return (list.filter.sort == .value ? score.place : score.riskPlace) < cut }
        return try await store(scope).scores(query, runID: published.run.id)
            .contains { $0.customerID == stored.customerID }
    }
}

extension ListQuery {
    /// As it was written to the audit log.
    init?(recorded details: BSONDocument) {
        guard let horizon = details["horizon"]?.stringValue.flatMap(Horizon.init(timeframe:)) else { return nil }
        func word(_ name: String) -> String? { details[name]?.stringValue }
        self.init(
            filter: ChurnFilter(
                horizon: horizon, band: word("band").flatMap(RiskLevel.init(rawValue:)), segmentID: word("segment"),
                sort: word("sort").flatMap(ScoreQuery.Order.init(rawValue:)) ?? .value,
                rank: word("rank").flatMap(RankBand.init(rawValue:))), cut: word("cut").flatMap(Int.init))
    }
}
