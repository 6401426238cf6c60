import BSON
import Foundation
import Jobs
import Mongo
import Tenancy

/// Makes a run anew from what is stored now and compares it with the first time: the same input must give the same
/// bytes. Nothing is published.
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
        let archive = try await service.archive(scope)
        try await context.progress(stage: "computing")
        let threads = threads
        let again = try await ComputePool.shared.run { try archive.run(threads: threads) { _ in } }
        context.setResult([
            "run_id": .string(known.id), "repeated_run_id": .string(again.runID),
            "same_input": .bool(again.runID == known.id), "result_hash": .string(known.resultHash),
            "repeated_hash": .string(again.resultHash),
            "equal": .bool(again.runID == known.id && again.resultHash == known.resultHash),
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
}
