import BSON
import Foundation
import Mongo
import Tenancy

/// Everything EYES keeps of an organization.
struct EyesStore: Sendable {
    let scope: TenantScope
    let database: MongoDatabase

    init(_ scope: TenantScope, _ database: MongoDatabase) {
        self.scope = scope
        self.database = database
    }

    private var states: TenantCollection<EyesState> { TenantCollection(scope, database) }
    private var runs: TenantCollection<StoredRun> { TenantCollection(scope, database) }
    private var segments: TenantCollection<StoredSegment> { TenantCollection(scope, database) }
    private var members: TenantCollection<StoredMember> { TenantCollection(scope, database) }
    private var scores: TenantCollection<StoredScore> { TenantCollection(scope, database) }
    private var tests: TenantCollection<StoredTest> { TenantCollection(scope, database) }
    private var history: TenantCollection<LearningEntry> { TenantCollection(scope, database) }

    // MARK: Reading

    func state() async throws -> EyesState {
        try await states.get(id: EyesState.id(scope)) ?? .empty(scope)
    }

    func run(_ id: String) async throws -> StoredRun? { try await runs.get(id: id) }

    /// The stored form of a run, for checks that must see what is really there.
    func runDocument(_ id: String) async throws -> BSONDocument? {
        try await runs.select(["result"], as: BSONDocument.self, .id(id), limit: 1).first
    }

    /// Looks at the cards as they are stored: one with a hole is not published.
    func cardsAreWhole(_ runID: String) async throws -> Bool {
        let fields = ["result", "consent", "identity", "attempt"]
        let stored = try await runs.select(fields, as: BSONDocument.self, .id(runID), limit: 1).first
        guard let stored, let result = stored["result"]?.documentValue, ModelCardCheck.holes(inRun: stored).isEmpty
        else { return false }
        return (result["horizons"]?.arrayValue ?? []).allSatisfy { report in
            guard let report = report.documentValue, let state = report["state"]?.stringValue,
                let known = HorizonState(rawValue: state), known == .accepted || known == .provisional
            else { return true }
            return report["card"]?.documentValue.map { ModelCardCheck.holes(in: $0).isEmpty } ?? false
        }
    }

    /// What a run of this name is compared with. A run that is published already is repeated against the run before it.
    func context(_ state: EyesState, for runID: String) async throws -> RunContext {
        let former = state.publishedRunID == runID ? state.previousRunID : state.publishedRunID
        guard let former else { return RunContext(models: state.models, frozen: state.frozen) }
        return RunContext(
            former: try await segments(of: former).filter { $0.kind != .unclustered }
                .map { .init(id: $0.id, size: $0.size, centre: $0.centre) },
            models: state.models, frozen: state.frozen, lastRun: try await run(former)?.result.spread)
    }

    func runSummaries(limit: Int) async throws -> [RunSummary] {
        try await runs.select(
            RunSummary.fields, as: RunSummary.self, sort: [.descending("created_at")], limit: limit)
    }

    func segments(of runID: String) async throws -> [Segment] {
        try await segments.find(.eq("run_id", .string(runID)), sort: [.ascending("number")]).map(\.segment)
    }

    func segment(_ id: String) async throws -> StoredSegment? { try await segments.get(id: id) }

    func memberIDs(runID: String, segment: Int, after: String?, limit: Int) async throws -> [String] {
        var filters: [Filter] = [.eq("run_id", .string(runID)), .eq("segment", .int(segment))]
        if let after { filters.append(.gt("customer_id", .string(after))) }
        return try await members.select(
            ["customer_id"], as: BSONDocument.self, .and(filters), sort: [.ascending("customer_id")], limit: limit
        ).map { try $0.string("customer_id") }
    }

    func member(runID: String, customerID: String) async throws -> StoredMember? {
        try await members.get(id: rowID(runID: runID, customerID: customerID))
    }

    func score(runID: String, customerID: String) async throws -> StoredScore? {
        try await scores.get(id: rowID(runID: runID, customerID: customerID))
    }

    /// What a run said about these people.
    func scores(of customers: [String], runID: String) async throws -> [String: StoredScore] {
        guard !customers.isEmpty else { return [:] }
        let rows = try await scores.find(
            .in("_id", customers.map { .string(rowID(runID: runID, customerID: $0)) }))
        return Dictionary(rows.map { ($0.customerID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What several runs said about one person, by run.
    func scores(of customer: String, runIDs: [String]) async throws -> [String: StoredScore] {
        guard !runIDs.isEmpty else { return [:] }
        let rows = try await scores.find(
            .in("_id", runIDs.map { .string(rowID(runID: $0, customerID: customer)) }))
        return Dictionary(rows.map { ($0.runID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func tests(runID: String) async throws -> [StoredTest] { try await tests.find(.eq("run_id", .string(runID))) }

    func history(limit: Int) async throws -> [LearningEntry] {
        try await history.find(sort: [.descending("timestamp")], limit: limit)
    }

    // MARK: Writing

    func save(_ config: EyesConfig, ifVersion version: Int64) async throws -> EyesState? {
        var state = try await state()
        guard state.configVersion == version else { return nil }
        state.config = config
        state.configVersion += 1
        try await states.replace(state, upsert: true)
        return state
    }

    func save(_ state: EyesState) async throws { try await states.replace(state, upsert: true) }

    /// Writes all rows of a run; half-written ones are written over. Nobody sees them before ``publish(_:at:)``.
    ///
    /// - Returns: SHA-256 over its documents.
    func write(_ rows: ResultRows, progress: (Int, Int) async throws -> Void) async throws -> String {
        try await deleteRows(of: rows.runID)
        async let ranked: Void = insertRankings(of: rows)
        let hash = try await insert(rows, progress: progress)
        try await segments.insert(rows.segments.map { StoredSegment($0, runID: rows.runID) })
        try await tests.insert(rows.tests)
        try await ranked
        return hash
    }

    /// Takes back what was written for a run that is not to be published.
    func discard(_ runID: String) async throws {
        try await deleteRows(of: runID)
        try await removeInput(of: runID)
    }

    /// Writes the run itself, once all its rows are there.
    func save(_ run: StoredRun, segments: [Segment]) async throws {
        try await runs.replace(run, upsert: true)
        try await history.replace(LearningEntry(run, segments: segments), upsert: true)
    }

    /// How long the stages of a run took: storing is only over once its rows are there.
    func note(_ stages: [StageTime], of runID: String) async throws {
        let rows = try stages.map { BSONValue.document(try BSONEncoder().encode($0)) }
        try await runs.update(.id(runID), [.set("attempt.stages", .array(rows))])
    }

    /// The switch: from here on everybody sees this run.
    func publish(_ run: StoredRun, at now: Date) async throws {
        var state = try await state()
        if state.publishedRunID != run.id { state.previousRunID = state.publishedRunID }
        try await carryNames(to: run.id, at: now)
        state.publishedRunID = run.id
        state.publishedAt = now
        for report in run.result.horizons where report.state == .accepted {
            guard let serving = report.serving, !(state.frozen ?? []).contains(report.horizon) else { continue }
            state.models.removeAll { $0.horizon == report.horizon }
            state.models.append(.init(horizon: report.horizon, model: serving))
        }
        state.models.sort { $0.horizon < $1.horizon }
        try await states.replace(state, upsert: true)
    }

    /// Rows and inputs of all but the newest runs go, but for the last of each month, whose windows are looked at once
    /// they have closed; cards and figures stay.
    func prune(keeping count: Int, published: String) async throws {
        let old = try await runs.select(
            ["created_at"], as: BSONDocument.self, sort: [.descending("created_at")]
        ).dropFirst(count)
        var months: Set<String> = []
        for document in old {
            let id = try document.string("_id")
            let isLastOfMonth = months.insert(String(try document.date("created_at").formatted(.iso8601).prefix(7)))
                .inserted
            guard id != published, !isLastOfMonth else { continue }
            try await deleteRows(ofPeopleIn: id)
            try await removeInput(of: id)
        }
    }

    /// Runs of which rows are stored, whether they ever ended or not.
    func runsWithRows() async throws -> Set<String> {
        let ids = try await members.distinct("run_id") + scores.distinct("run_id")
        return Set(ids.compactMap(\.stringValue))
    }

    /// Removes what ended attempts have left behind under names that no run bears. Only while no other run computes.
    func removeStrays() async throws {
        let known = try await runs.select(["created_at"], as: BSONDocument.self).map { try $0.string("_id") }
        for id in try await runsWithRows().union(runsWithInput()).subtracting(known).sorted() { try await discard(id) }
    }

    private func deleteRows(of runID: String) async throws {
        try await deleteRows(ofPeopleIn: runID)
        try await segments.delete(.eq("run_id", .string(runID)), multi: true)
    }

    /// All but the segments, whose names and sizes stay with the run's figures.
    private func deleteRows(ofPeopleIn runID: String) async throws {
        let own = Filter.eq("run_id", .string(runID))
        try await members.delete(own, multi: true)
        try await scores.delete(own, multi: true)
        try await tests.delete(own, multi: true)
        try await removeRankings(of: runID)
    }
}

/// Which scored customers, in which order.
struct ScoreQuery: Sendable, Equatable {
    enum Order: String, Sendable, CaseIterable {
        /// Probability × expected spend.
        case value
        case risk
    }

    var horizon: Horizon
    var band: RiskLevel?
    /// Number of the segment within the run.
    var segment: Int?
    /// Only these people: members of a rule's segment.
    var members: Set<String>?
    var sort: Order = .value
    var fromPlace = 0
    var limit = 50
    /// Only these places by risk.
    var riskPlaces: Range<Int>?
}
