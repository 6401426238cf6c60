import BSON
import Foundation
import Jobs
import Mongo
import Tenancy
import Vault

/// Makes a run anew from the input that was kept with it and compares it with the first time: the same input must give the
/// same bytes. Where no input is kept, what is stored now stands in. Nothing is published.
public struct EyesRepeatJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        let runID: String

        enum CodingKeys: String, CodingKey { case runID = "run_id" }
    }

    public static let kind = "eyes.repeat"
    public static let stages = ["loading", "computing"]

    let service: EyesService
    let memberships: Memberships
    let threads: Int

    public init(service: EyesService, memberships: Memberships, threads: Int = 2) {
        self.service = service
        self.memberships = memberships
        self.threads = threads
    }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard
            let scope = try await memberships.jobScope(organizationID: context.job.partition, startedBy: nil),
            let known = try await service.run(scope, parameters.runID)?.run
        else { throw JobFailure(key: "eyes.error.organization_gone") }
        try await context.progress(stage: "loading")
        let kept = try await service.store(scope).input(of: known.id)
        let archive = if let kept { kept.archive } else { try await service.archive(scope) }
        try await context.progress(stage: "computing")
        let (threads, clock) = (threads, service.clock)
        let started = clock.now()
        let again = try await ComputePool.shared.run { try archive.run(threads: threads) { _ in } }
        let isSame = again.runID == known.id
        context.setResult([
            "run_id": .string(known.id), "repeated_run_id": .string(again.runID), "same_input": .bool(isSame),
            "result_hash": .string(known.resultHash), "repeated_hash": .string(again.resultHash),
            "equal": .bool(isSame && again.resultHash == known.resultHash),
            "input": .string(kept == nil ? "now" : "kept"), "forgotten": .int(kept?.forgotten ?? 0),
            "code_version": .string(Eyes.codeVersion), "threads": .int(threads),
            "seconds": .double(clock.now().timeIntervalSince(started)),
        ])
    }
}

extension EyesService {
    /// Puts a repetition on the queue; its job says whether the bytes are equal.
    func repeatRun(_ scope: TenantScope, _ runID: String) async throws -> Job {
        try scope.require(.eyesRun)
        return try await jobs.enqueue(
            EyesRepeatJob.self, partition: scope.organizationID, parameters: .init(runID: runID),
            startedBy: scope.userID)
    }

    /// A repetition of this run, by its job.
    func repetition(_ scope: TenantScope, of runID: String, jobID: String) async throws -> Job? {
        guard let job = try await jobs.get(jobID, partition: scope.organizationID), job.kind == EyesRepeatJob.kind,
            job.parameters["run_id"]?.stringValue == runID
        else { return nil }
        return job
    }

    /// The latest repetitions of a run, newest first.
    func repetitions(_ scope: TenantScope, of runID: String) async throws -> [Job] {
        try await jobs.list(partition: scope.organizationID, kind: EyesRepeatJob.kind, limit: 50)
            .filter { $0.parameters["run_id"]?.stringValue == runID }
    }
}
