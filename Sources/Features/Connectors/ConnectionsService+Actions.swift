import Audit
import BSON
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault
import Web

/// A command as it would be carried out now. Nothing has been sent but reads.
public struct ActionDryRun: Sendable {
    public let command: ActionCommand
    /// The exact requests in order; secrets are never in them.
    public let requests: [ExactRequest]
    /// What the platform shows now and what it is to show, as JSON text.
    public let before: String
    public let after: String
    public let people: Approval.People?
    public let criticality: Criticality
    public let planHash: String
}

extension ConnectionsService {
    func approvals(_ scope: TenantScope) -> TenantCollection<Approval> { TenantCollection(scope, database) }

    /// Kinds of action a connection's platform has.
    public func actionKinds(_ scope: TenantScope, _ id: String) async throws -> [ActionKind] {
        try connector(try await get(scope, id).platform).actions
    }

    /// What a field of a form may be for a kind of action at a connection's platform; nil where it may be anything.
    public func actionOptions(_ platform: String, _ kind: ActionKind, _ field: String) -> [String]? {
        (try? connector(platform))?.options(of: kind, for: field)
    }

    /// The exact requests of a command, from fresh reads. Nothing is changed.
    public func dryRun(
        _ scope: TenantScope, _ id: String, _ command: ActionCommand, requestID: String = ""
    ) async throws -> ActionDryRun {
        try scope.require(.actionPropose)
        let prepared = try await prepared(scope, id, command, requestID)
        return ActionDryRun(
            command: prepared.command, requests: prepared.shown(clearly: scope.can(.customerPII)),
            before: Self.text(prepared.plan.before), after: Self.text(prepared.plan.after), people: prepared.people,
            criticality: prepared.criticality, planHash: prepared.hash)
    }

    /// Puts a command up for approval.
    public func propose(
        _ scope: TenantScope, _ id: String, _ command: ActionCommand, reason: String? = nil, requestID: String = ""
    ) async throws -> Approval {
        try scope.require(.actionPropose)
        try scope.requireWritable()
        let prepared = try await prepared(scope, id, command, requestID)
        if prepared.plan.read != nil, prepared.plan.before == prepared.plan.after {
            throw ActionError.refused(.nothingToChange)
        }
        let now = clock.now()
        let approvalID = ID.make("apr", at: now)
        let filled = ["approval": approvalID]
        let approval = Approval(
            id: approvalID, connectionID: id, platform: prepared.connection.platform, label: prepared.connection.label,
            command: prepared.command, criticality: prepared.criticality, planHash: prepared.hash,
            requests: prepared.shown(clearly: false).map { $0.filling(filled) },
            before: Self.text(prepared.plan.before), after: Self.text(prepared.plan.after), people: prepared.people,
            state: .proposed, reason: reason, proposed: act(scope, now),
            steps: prepared.plan.steps.map { _ in .waiting },
            validUntil: now.addingTimeInterval(Approval.lifetime), createdAt: now, updatedAt: now)
        try await approvals(scope).insert(approval)
        try await note(scope, approval, "action.proposed", .actionApproval, requestID: requestID)
        return approval
    }

    private func prepared(
        _ scope: TenantScope, _ id: String, _ command: ActionCommand, _ requestID: String
    ) async throws -> PreparedAction {
        let connection = try await usable(scope, id)
        let prepared = try await prepare(scope, connection, try command.checked(now: clock.now()))
        if let people = prepared.people {
            try await audit.record(
                scope,
                AuditEntry(
                    .dataAccess, "action.people_read", on: "connection", id,
                    details: [
                        "type": .string(command.type.rawValue), "included": .int(people.included),
                        "purpose": .string(people.purpose ?? "withdrawal"),
                    ]), requestID: requestID)
        }
        return prepared
    }

    /// Agrees to exactly this plan.
    public func approve(
        _ scope: TenantScope, _ id: String, planHash: String, comment: String? = nil, requestID: String = ""
    ) async throws -> Approval {
        try scope.require(.actionApprove)
        try scope.requireWritable()
        let approval = try await approval(scope, id)
        try refuseDecided(approval)
        guard approval.state == .proposed else { throw ActionError.refused(.alreadyDecided) }
        guard approval.planHash == planHash else { throw ActionError.refused(.planChanged) }
        if approval.needsAnotherPerson, approval.proposed.actor == actor(scope) {
            try await note(
                scope, approval, "action.approval_refused", .actionApproval, result: .denied, requestID: requestID)
            throw ActionError.refused(.anotherPerson)
        }
        return try await decide(
            scope, approval, to: .approved, field: "approved", comment: comment, "action.approved", requestID)
    }

    public func reject(
        _ scope: TenantScope, _ id: String, comment: String? = nil, requestID: String = ""
    ) async throws -> Approval {
        try scope.require(.actionApprove)
        try scope.requireWritable()
        let approval = try await approval(scope, id)
        guard approval.state.isOpen else { throw ActionError.refused(.alreadyDecided) }
        return try await decide(
            scope, approval, to: .rejected, field: "rejected", comment: comment, "action.rejected", requestID)
    }

    private func decide(
        _ scope: TenantScope, _ approval: Approval, to state: Approval.State, field: String, comment: String?,
        _ action: String, _ requestID: String
    ) async throws -> Approval {
        let now = clock.now()
        let act = act(scope, now, comment)
        let decided = try await approvals(scope).findAndUpdate(
            .and([.id(approval.id), .eq("state", .string(approval.state.rawValue))]),
            [
                .set("state", .string(state.rawValue)), .set(field, .document(try BSONEncoder().encode(act))),
                .set("updated_at", .date(now)),
            ])
        guard let decided else { throw ActionError.refused(.alreadyDecided) }
        try await note(scope, decided, action, .actionApproval, requestID: requestID)
        return decided
    }

    /// Starts what was approved. Of many at the same time one does; the work is a job that outlives this process.
    public func execute(
        _ scope: TenantScope, _ id: String, planHash: String? = nil, requestID: String = ""
    ) async throws -> Approval {
        try scope.require(.actionExecute)
        try scope.requireWritable()
        let approval = try await approval(scope, id)
        if approval.state == .executing { return try await resume(scope, approval) }
        try refuseDecided(approval)
        guard approval.state == .approved, let by = approval.approved else {
            throw ActionError.refused(.notApproved)
        }
        if approval.needsAnotherPerson, by.actor == approval.proposed.actor {
            throw ActionError.refused(.anotherPerson)
        }
        guard planHash.map({ $0 == approval.planHash }) ?? true else { throw ActionError.refused(.planChanged) }
        _ = try await usable(scope, approval.connectionID)
        let now = clock.now()
        let started = try await approvals(scope).findAndUpdate(
            .and([
                .id(id), .eq("state", "approved"), .eq("plan_hash", .string(approval.planHash)),
                .gt("valid_until", .date(now)),
            ]),
            [
                .set("state", "executing"), .set("executed", .document(try BSONEncoder().encode(act(scope, now)))),
                .set("updated_at", .date(now)),
            ])
        guard let started else { throw ActionError.refused(.alreadyExecuted) }
        try await note(scope, started, "action.execution_started", .actionExecution, requestID: requestID)
        return try await enqueue(scope, started)
    }

    /// The job may be missing when the process died between two writes; asking again makes it, once.
    private func resume(_ scope: TenantScope, _ approval: Approval) async throws -> Approval {
        guard approval.jobID == nil else { throw ActionError.refused(.alreadyExecuted) }
        return try await enqueue(scope, approval)
    }

    private func enqueue(_ scope: TenantScope, _ approval: Approval) async throws -> Approval {
        let job = try await queue.enqueue(
            ActionJob.self, partition: scope.organizationID, parameters: .init(approvalID: approval.id),
            idempotencyKey: approval.id, startedBy: scope.userID, maxAttempts: ActionJob.attempts)
        let stored = try await approvals(scope).findAndUpdate(
            .id(approval.id), [.set("job_id", .string(job.id))])
        return stored ?? approval
    }
}
