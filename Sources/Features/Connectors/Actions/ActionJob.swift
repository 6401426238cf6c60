import BSON
import Foundation
import Jobs
import Records
import Tenancy
import Vault
import Web

/// Carries out an approved action: looks again, sends each request at most once, and looks whether it took effect.
public struct ActionJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        public var approvalID: String
    }

    public static let kind = "platforms.action"
    public static let stages = ["checking", "sending", "verifying"]
    /// Tries while the vendor is away, before anything was sent.
    static let attempts = 6

    let service: ConnectionsService

    public init(_ service: ConnectionsService) { self.service = service }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard
            let scope = try await service.memberships.jobScope(
                organizationID: context.job.partition, startedBy: context.job.startedBy),
            let approval = try await service.approvals(scope).get(id: parameters.approvalID),
            approval.state == .executing
        else { return }
        let execution = ActionExecution(service: service, scope: scope, approval: approval, context: context)
        do {
            try await execution.run()
        } catch let end as ActionEnd {
            try await finish(end, scope, approval, context)
        } catch let fault as VendorFault {
            try await finish(execution.end(of: fault), scope, approval, context)
        } catch let error as ActionError {
            try await finish(.failed(error.code, nil), scope, approval, context)
        } catch let error as ConnectionError {
            try await finish(ActionExecution.end(of: error), scope, approval, context)
        }
    }

    private func finish(
        _ end: ActionEnd, _ scope: TenantScope, _ approval: Approval, _ context: JobContext
    ) async throws {
        switch end {
        case .done(let isVerified):
            _ = try await service.conclude(
                scope, approval, .executed, code: "done", detail: nil, isVerified: isVerified)
            context.setResult(["approval_id": .string(approval.id), "outcome": "done"])
        case .failed(let code, let detail):
            try await fail(code, detail, scope, approval, context)
        case .later(let code, let detail):
            guard context.job.attempt >= context.job.maxAttempts else {
                throw JobFailure(key: "approvals.outcome.\(code)", detail: detail, isPermanent: false)
            }
            try await fail(code, detail, scope, approval, context)
        }
    }

    /// What was sent before the end stands above the reason of the end: nobody is told that nothing happened when
    /// something may have.
    private func fail(
        _ code: String, _ detail: String?, _ scope: TenantScope, _ approval: Approval, _ context: JobContext
    ) async throws {
        let steps = try await service.approvals(scope).get(id: approval.id)?.steps ?? approval.steps
        let code = Approval.failure(code, steps)
        _ = try await service.conclude(scope, approval, .failed, code: code, detail: detail, isVerified: nil)
        context.setResult(["approval_id": .string(approval.id), "outcome": .string(code)])
    }
}

/// How a try ends.
enum ActionEnd: Error, Sendable {
    case done(isVerified: Bool?)
    case failed(String, String?)
    /// Worth another try; as the code says when there is none left.
    case later(String, String?)
}

extension ActionError {
    var code: String {
        switch self {
        case .refused(let refusal): refusal.rawValue
        case .notFound: "not_found"
        case .unsupported: "unsupported"
        case .invalid: "invalid"
        }
    }
}
