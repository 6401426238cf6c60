import Audit
import BSON
import Customers
import Foundation
import Jobs
import Memory
import Mongo
import Tenancy
import Vault
import Web

/// What a run leaves to be shown, read once and kept while it is the published one.
struct PublishedRun: Sendable {
    let run: StoredRun
    let segments: [Segment]

    func segment(number: Int) -> Segment? { segments.first { $0.number == number } }
    func segment(id: String) -> Segment? { segments.first { $0.id == id } }
}

/// Everything a page of EYES begins with.
struct EyesOverview: Sendable {
    let state: EyesState
    let published: PublishedRun?
    /// The newest job, whatever became of it.
    let lastJob: Job?
    let data: DataState

    var running: Job? {
        guard let lastJob, lastJob.state == .queued || lastJob.state == .running else { return nil }
        return lastJob
    }

    /// The newest job, when it failed after the published run was made.
    var failed: Job? {
        guard let lastJob, lastJob.state == .failed else { return nil }
        if let publishedAt = state.publishedAt, let ended = lastJob.finishedAt, ended < publishedAt { return nil }
        return lastJob
    }
}

/// How a start went.
public enum EyesStart: Sendable, Equatable {
    case queued(jobID: String)
    /// The very same run is published already.
    case finished(runID: String)
}

/// EYES for those who ask: starts runs and reads what the published one says.
public struct EyesService: Sendable {
    let database: MongoDatabase
    let jobs: JobQueue
    let audit: AuditLog
    let clock: WallClock
    let memory: EyesMemory

    /// - Parameter memory: the one of this process's ``EyesJob``, if it runs any.
    public init(
        database: MongoDatabase, jobs: JobQueue, audit: AuditLog, clock: WallClock, memory: EyesMemory
    ) {
        self.database = database
        self.jobs = jobs
        self.audit = audit
        self.clock = clock
        self.memory = memory
    }

    func store(_ scope: TenantScope) -> EyesStore { EyesStore(scope, database) }

    // MARK: Starting

    /// Puts a run on the queue. There is at most one at a time for an organization: two starts at the same moment
    /// have the same key and get the same job.
    ///
    /// - Parameter force: also when nothing has changed.
    public func start(
        _ scope: TenantScope, requestID: String?, force: Bool = false
    ) async throws -> EyesStart {
        let overview = try await freshOverview(scope)
        if let running = overview.running { throw EyesError.alreadyRunning(jobID: running.id) }
        if !force, let same = unchanged(overview, scope) { return .finished(runID: same) }
        let job = try await jobs.enqueue(
            EyesJob.self, partition: scope.organizationID, parameters: EyesJob.Parameters(),
            idempotencyKey: "after-\(overview.lastJob?.id ?? "none")", startedBy: scope.userID)
        memory.changed(scope)
        try await audit.record(
            scope, AuditEntry(.job, "eyes.run_started", on: "eyes_run", job.id), requestID: requestID)
        return .queued(jobID: job.id)
    }

    /// The published run, when nothing it was made from has changed: data, consent, score time, configuration, code.
    private func unchanged(_ overview: EyesOverview, _ scope: TenantScope) -> String? {
        guard let run = overview.published?.run, run.identity.dataVersion == overview.data.version,
            run.identity.config == overview.state.config, run.identity.codeVersion == Eyes.codeVersion,
            (run.identity.frozen ?? []) == overview.state.frozenVersions,
            let complete = overview.data.completeUntil, run.asOf == complete
        else { return nil }
        // Consents expire by themselves: a day-old answer is asked again.
        return clock.now().timeIntervalSince(run.attempt.startedAt) < 3_600 ? run.id : nil
    }

    public func cancel(_ scope: TenantScope, jobID: String, requestID: String?) async throws {
        try await jobs.cancel(jobID, partition: scope.organizationID)
        memory.changed(scope)
        try await audit.record(
            scope,
            AuditEntry(.job, "eyes.run_cancelled", on: "eyes_run", jobID), requestID: requestID)
    }

    // MARK: Reading

    /// At most a second old: the pages of a busy organization share one look at the database.
    func overview(_ scope: TenantScope) async throws -> EyesOverview {
        try await memory.overviews.value(for: scope.organizationID) { try await freshOverview(scope) }
    }

    private func freshOverview(_ scope: TenantScope) async throws -> EyesOverview {
        async let state = store(scope).state()
        async let latest = jobs.list(partition: scope.organizationID, kind: EyesJob.kind, limit: 1)
        async let data = CustomerFigures(scope, database).dataState()
        let known = try await state
        var published: PublishedRun?
        if let runID = known.publishedRunID { published = try await run(scope, runID) }
        return EyesOverview(
            state: known, published: published, lastJob: try await latest.first, data: try await data)
    }

    /// The published run alone, for parts of other pages.
    func published(_ scope: TenantScope) async throws -> PublishedRun? { try await overview(scope).published }

    /// A run with its segments; nil when there is none of that name here.
    func run(_ scope: TenantScope, _ runID: String) async throws -> PublishedRun? {
        let key = EyesMemory.RunKey(organizationID: scope.organizationID, runID: runID)
        return try await memory.runs.value(for: key) {
            let store = store(scope)
            async let segments = store.segments(of: runID)
            async let names = store.names(of: runID)
            guard let run = try await store.run(runID) else { return nil }
            let given = try await names
            return PublishedRun(
                run: run,
                segments: try await segments.map { segment in
                    var segment = segment
                    segment.name.given = given[segment.id]
                    return segment
                })
        }
    }

    /// A part of a page that depends on nothing but a finished run, the language and what is asked for.
    func fragment(
        _ scope: TenantScope, _ runID: String, _ name: String, make: () -> SafeHTML
    ) async throws -> SafeHTML {
        try await memory.fragments.value(for: EyesMemory.Part(scope, runID, name)) { make() }
    }

    func job(_ scope: TenantScope, _ id: String) async throws -> Job? {
        guard let job = try await jobs.get(id, partition: scope.organizationID), job.kind == EyesJob.kind else {
            return nil
        }
        return job
    }

    /// Changes the configuration; a later run uses it.
    func configure(
        _ scope: TenantScope, _ config: EyesConfig, version: Int64, requestID: String?
    ) async throws -> EyesState? {
        guard config.problems.isEmpty else { throw EyesError.invalidConfig(config.problems) }
        guard let state = try await store(scope).save(config, ifVersion: version) else { return nil }
        memory.changed(scope)
        try await audit.record(
            scope,
            AuditEntry(
                .configurationChange, "eyes.config_changed", on: "eyes_config", "\(state.configVersion)",
                details: ["config": .string(config.canonical)]), requestID: requestID)
        return state
    }
}
