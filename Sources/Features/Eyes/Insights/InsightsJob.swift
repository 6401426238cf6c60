import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Tenancy
import Vault

/// What follows a published run: channels, flows between segments, and the outcome of windows that have closed.
public struct InsightsJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        let runID: String
        let formerRunID: String?

        enum CodingKeys: String, CodingKey {
            case runID = "run_id"
            case formerRunID = "former_run_id"
        }
    }

    public static let kind = "eyes.insights"
    public static let stages = ["cross_platform", "flows", "outcomes", "campaigns"]

    let database: MongoDatabase
    let memberships: Memberships
    let clock: WallClock
    /// What else happens once the figures of a run are in: campaigns are measured, receivers are told.
    let afterwards: @Sendable (TenantScope, _ runID: String) async throws -> Void

    public init(
        database: MongoDatabase, memberships: Memberships, clock: WallClock,
        afterwards: @escaping @Sendable (TenantScope, _ runID: String) async throws -> Void = { _, _ in }
    ) {
        self.database = database
        self.memberships = memberships
        self.clock = clock
        self.afterwards = afterwards
    }

    /// Puts it on the queue, once for a run and its predecessor.
    static func enqueue(
        _ scope: TenantScope, runID: String, formerRunID: String?, database: MongoDatabase, clock: WallClock
    ) async throws {
        try await JobQueue(database: database, clock: clock).enqueue(
            InsightsJob.self, partition: scope.organizationID,
            parameters: Parameters(runID: runID, formerRunID: formerRunID),
            idempotencyKey: "\(runID)-\(formerRunID ?? "none")-\(Int64(clock.now().timeIntervalSince1970))")
    }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard
            let scope = try await memberships.jobScope(organizationID: context.job.partition, startedBy: nil)
        else { throw JobFailure(key: "eyes.error.organization_gone") }
        let store = EyesStore(scope, database)
        guard let run = try await store.run(parameters.runID) else { return }
        let now = clock.now()
        let reading = try await CustomerStore(scope, database).open(purpose: .marketingAnalytics, consentAt: now)
        try await context.progress(stage: "cross_platform", rowsDone: 0, expected: reading.customers.count)
        let cross = try await CrossPlatformReading(scope: scope, database: database).count(
            reading, asOf: run.asOf, risks: try await store.chances(of: run.id)
        ) { done in
            try await context.progress(
                stage: "cross_platform", rowsDone: done, expected: reading.customers.count)
        }
        try await context.progress(stage: "flows")
        let (flows, left) = try await flows(store, run.id, former: parameters.formerRunID)
        try await store.save(
            RunInsights(
                id: RunInsights.id(runID: run.id), runID: run.id, crossPlatform: cross,
                formerRunID: parameters.formerRunID, flows: flows, createdAt: now))
        try await context.progress(stage: "outcomes")
        try await OutcomeCheck(scope: scope, database: database, now: now).run(
            reading, dataUntilDay: run.result.asOfDay)
        // Whoever is no customer any more leaves every run that is kept.
        let forgetting = Forgetting(scope: scope, database: database)
        _ = try await forgetting.forget(try await forgetting.vanished(left))
        try await context.progress(stage: "campaigns")
        try await afterwards(scope, run.id)
    }

    /// Ways between segments, and whoever was in the former run and is not in this one.
    private func flows(
        _ store: EyesStore, _ runID: String, former: String?
    ) async throws -> (flows: [SegmentFlow], left: Set<String>) {
        guard let former, former != runID else { return ([], []) }
        let segments = try await store.segments(of: runID)
        let before = try await store.standings(of: former, segments: try await store.segments(of: former))
        guard !before.isEmpty else { return ([], []) }
        let renamed = Dictionary(
            segments.compactMap { segment in segment.previousID.map { ($0, segment.id) } },
            uniquingKeysWith: { first, _ in first })
        let now = try await store.standings(of: runID, segments: segments)
        return (
            SegmentFlows.between(before, now, renamed: renamed), Set(before.keys.filter { now[$0] == nil })
        )
    }
}
