import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Tenancy
import Vault

/// The run as a durable job: loads, computes off the cooperative pool, stores, and switches.
///
/// Killed at any point it starts again and ends with the same bytes: nothing it computes depends on how far an earlier
/// attempt came, rows are written under names made from the run's own name, and only the last step is visible.
public struct EyesJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        public init() {}
    }

    public static let kind = "eyes.run"
    public static var stages: [String] { EyesStage.allCases.map(\.rawValue) }

    let database: MongoDatabase
    let memberships: Memberships
    let audit: AuditLog
    let clock: WallClock
    let memory: EyesMemory
    let threads: Int

    /// How often people may withdraw while a run computes before it gives up and is tried again later.
    static let mostRestarts = 3
    static let keptRuns = 12

    /// - Parameter memory: the one of this process's ``EyesService``.
    public init(
        database: MongoDatabase, memberships: Memberships, audit: AuditLog, clock: WallClock, memory: EyesMemory,
        threads: Int = 2
    ) {
        self.database = database
        self.memberships = memberships
        self.audit = audit
        self.clock = clock
        self.memory = memory
        self.threads = threads
    }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        let scope = try await scope(context)
        let store = EyesStore(scope, database)
        let started = clock.now()
        let stages = StageClock()
        let state = try await store.state()
        stages.begin(.loading)
        var input = try await load(scope, now: started, context)
        for _ in 0..<Self.mostRestarts {
            let hash = RunName.snapshotHash(input.snapshot)
            let name = identify(input, hash, state, scope)
            if state.publishedRunID == name, let known = try await store.run(name) {
                return context.setResult(["run_id": .string(known.id), "identical": true])
            }
            let compared = try await store.context(state, for: name)
            let archive = RunArchive(scope, input, state.config, compared)
            async let kept: Void = store.keep(archive, of: name)
            let result = try await compute(name, hash, input, state, compared, stages, context)
            stages.begin(.storing)
            let reading = input.reading
            async let consent = CustomerStore(scope, database).recheck(reading, at: clock.now())
            let finished = clock.now()
            let snapshot = input.snapshot
            let rows = try await ComputePool.shared.run { [threads] in
                ResultRows(result, snapshot: snapshot, threads: threads)
            }
            let resultHash = try await store.write(rows) { done, expected in
                try await context.progress(stage: EyesStage.storing.rawValue, rowsDone: done, expected: expected)
            }
            let recheck = try await consent
            try await kept
            guard recheck.lost.isDisjoint(with: input.snapshot.customers) else {
                try await store.discard(name)
                input.drop(recheck)
                continue
            }
            let run = RunBuilder(
                input: input, snapshotHash: hash, rows: rows, resultHash: resultHash, state: state, job: context.job.id,
                started: started, finished: finished, threads: threads, stages: stages.times()
            ).build()
            try await store.save(run, segments: rows.segments)
            return try await publish(run, scope, store, stages, context)
        }
        throw JobFailure(key: "eyes.error.consent_kept_changing", isPermanent: false)
    }

    /// Whoever started the run may have left since; the organization goes on.
    private func scope(_ context: JobContext) async throws -> TenantScope {
        let organizationID = context.job.partition
        if let own = try await memberships.jobScope(
            organizationID: organizationID, startedBy: context.job.startedBy)
        {
            return own
        }
        guard let scope = try await memberships.jobScope(organizationID: organizationID, startedBy: nil) else {
            throw JobFailure(key: "eyes.error.organization_gone")
        }
        return scope
    }

    private func load(_ scope: TenantScope, now: Date, _ context: JobContext) async throws -> RunInput {
        try await context.progress(stage: EyesStage.loading.rawValue, rowsDone: 0, expected: nil)
        let input = try await RunInput.load(scope, database, now: now) { done, expected in
            try await context.progress(stage: EyesStage.loading.rawValue, rowsDone: done, expected: expected)
        }
        try await context.progress(
            stage: EyesStage.consent.rawValue, rowsDone: input.reading.counts.used,
            expected: input.reading.counts.loaded)
        return input
    }

    private func identify(
        _ input: RunInput, _ hash: String, _ state: EyesState, _ scope: TenantScope
    ) -> String {
        RunName.runID(
            organizationID: scope.organizationID, snapshotHash: hash, asOf: input.asOfDay,
            zone: scope.organization.timeZone, config: state.config, frozen: state.frozenVersions)
    }

    /// Runs the pure pipeline on a computing thread, passes its progress on, and stops it when the job is to stop.
    private func compute(
        _ name: String, _ hash: String, _ input: RunInput, _ state: EyesState, _ compared: RunContext,
        _ stages: StageClock, _ context: JobContext
    ) async throws -> EyesResult {
        var pipeline = EyesPipeline(
            snapshot: input.snapshot, asOf: input.asOfDay, config: state.config, runID: name,
            snapshotHash: hash, threads: threads)
        pipeline.isComplete = ModelCardCheck.isWhole
        compared.apply(to: &pipeline)
        let progress = PipelineProgress(clock: stages)
        let work = pipeline
        return try await withThrowingTaskGroup(of: EyesResult?.self) { group in
            group.addTask {
                try await ComputePool.shared.run { try work.run(progress: progress.report) }
            }
            group.addTask {
                defer { progress.stop() }
                while !Task.isCancelled {
                    try await Task.sleep(for: .milliseconds(250))
                    let step = progress.step
                    try await context.progress(stage: step.stage.rawValue, rowsDone: step.done, expected: step.expected)
                }
                return nil
            }
            defer { progress.stop() }
            while let finished = try await group.next() {
                guard let finished else { continue }
                group.cancelAll()
                return finished
            }
            throw CancellationError()
        }
    }

    private func publish(
        _ run: StoredRun, _ scope: TenantScope, _ store: EyesStore, _ stages: StageClock, _ context: JobContext
    ) async throws {
        guard try await store.cardsAreWhole(run.id) else {
            throw JobFailure(key: "eyes.error.card_incomplete")
        }
        try await store.note(stages.times(), of: run.id)
        try await context.confirmLease()
        try await audit.record(
            scope,
            AuditEntry(
                .job, "eyes.run_published", on: "eyes_run", run.id,
                details: [
                    "snapshot_hash": .string(run.identity.snapshotHash),
                    "consent_hash": .string(run.identity.consentHash),
                    "used": .int(run.consent.used), "loaded": .int(run.consent.loaded),
                    "clustering": .string(run.result.clustering.state.rawValue),
                    "churn": .strings(run.result.horizons.map { "\($0.horizon.key) \($0.state.rawValue)" }),
                ]), requestID: context.job.id)
        try await store.publish(run, at: clock.now())
        memory.published(scope, run.id)
        let switched = try await store.state()
        try await InsightsJob.enqueue(
            scope, runID: run.id, formerRunID: switched.previousRunID, database: database, clock: clock)
        if try await RuleStore(scope: scope, database: database).hasRules() {
            try await RulesJob.enqueue([], scope, JobQueue(database: database, clock: clock))
        }
        try await store.prune(keeping: Self.keptRuns, published: run.id)
        try await store.removeStrays()
        context.setResult(["run_id": .string(run.id), "identical": false])
    }
}
