import Audit
import BSON
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault
import Web

/// What was proposed and decided, and how it ended.
extension ConnectionsService {
    /// Newest first.
    public func approvals(
        _ scope: TenantScope, states: [Approval.State] = [], connectionID: String? = nil,
        before: (at: Date, id: String)? = nil, limit: Int = 50
    ) async throws -> [Approval] {
        try scope.require(.actionView)
        try await expire(scope)
        var filters: [Filter] = []
        if !states.isEmpty { filters.append(.in("state", states.map { .string($0.rawValue) })) }
        if let connectionID { filters.append(.eq("connection_id", .string(connectionID))) }
        if let before {
            filters.append(
                .or([
                    .lt("created_at", .date(before.at)),
                    .and([.eq("created_at", .date(before.at)), .lt("_id", .string(before.id))]),
                ]))
        }
        return try await approvals(scope).find(
            filters.isEmpty ? .all : .and(filters), sort: [.descending("created_at"), .descending("_id")], limit: limit)
    }

    /// Open proposals whose time has run out count as refused.
    private func expire(_ scope: TenantScope) async throws {
        let now = BSONValue.date(clock.now())
        _ = try await approvals(scope).update(
            .and([.in("state", ["proposed", "approved"]), .lte("valid_until", now)]),
            [.set("state", "expired"), .set("updated_at", now)], multi: true)
    }

    public func approval(_ scope: TenantScope, _ id: String) async throws -> Approval {
        try scope.require(.actionView)
        guard let found = try await approvals(scope).get(id: id) else { throw ActionError.notFound }
        return try await settled(scope, found)
    }

    /// A job that ended without a word leaves the outcome unknown, and that is said.
    private func settled(_ scope: TenantScope, _ approval: Approval) async throws -> Approval {
        guard approval.state == .executing, let id = approval.jobID,
            let job = try await queue.get(id, partition: scope.organizationID), job.state.isFinal,
            job.state != .succeeded
        else { return approval }
        let code = Approval.failure(job.state == .cancelled ? "cancelled" : "unknown", approval.steps)
        return try await conclude(scope, approval, .failed, code: code, detail: nil, isVerified: nil)
    }

    func refuseDecided(_ approval: Approval) throws {
        if approval.isExpired(at: clock.now()) || approval.state == .expired { throw ActionError.refused(.expired) }
        switch approval.state {
        case .rejected: throw ActionError.refused(.rejected)
        case .executing, .executed, .failed: throw ActionError.refused(.alreadyExecuted)
        case .proposed, .approved, .expired: break
        }
    }

    func usable(_ scope: TenantScope, _ id: String) async throws -> Connection {
        let connection = try await get(scope, id)
        guard connection.status == "connected", connection.causeRemedy == nil, connection.pausedAt == nil else {
            throw ActionError.refused(.connection)
        }
        return connection
    }

    func actor(_ scope: TenantScope) -> String { scope.actor.id ?? scope.actor.kind }

    func act(_ scope: TenantScope, _ now: Date, _ comment: String? = nil) -> Approval.Act {
        Approval.Act(actor: actor(scope), name: scope.actor.name ?? scope.actor.kind, at: now, comment: comment)
    }

    static func text(_ json: JSONValue) -> String { String(decoding: json.bytes, as: UTF8.self) }

    /// Writes the end of an execution, once, with an entry in the audit log.
    func conclude(
        _ scope: TenantScope, _ approval: Approval, _ state: Approval.State, code: String, detail: String?,
        isVerified: Bool?
    ) async throws -> Approval {
        let now = clock.now()
        let outcome = Approval.Outcome(code: code, detail: detail, isVerified: isVerified, at: now)
        let ended = try await approvals(scope).findAndUpdate(
            .and([.id(approval.id), .eq("state", "executing")]),
            [
                .set("state", .string(state.rawValue)), .set("outcome", .document(try BSONEncoder().encode(outcome))),
                .set("updated_at", .date(now)),
            ])
        guard let ended else { return try await approvals(scope).get(id: approval.id) ?? approval }
        try await note(
            scope, ended, state == .executed ? "action.executed" : "action.failed", .actionExecution,
            result: state == .executed ? .ok : .failed, requestID: "")
        return ended
    }

    func note(
        _ scope: TenantScope, _ approval: Approval, _ action: String, _ event: AuditEvent, result: AuditResult = .ok,
        requestID: String
    ) async throws {
        var details: BSONDocument = [
            "type": .string(approval.command.type.rawValue), "platform": .string(approval.platform),
            "connection_id": .string(approval.connectionID), "plan_hash": .string(approval.planHash),
            "criticality": .string(approval.criticality.rawValue),
        ]
        if let outcome = approval.outcome { details.append("outcome", .string(outcome.code)) }
        try await audit.record(
            scope,
            AuditEntry(
                event, action, on: "approval", approval.id, result: result, details: details,
                before: ["value": .string(approval.before)], after: ["value": .string(approval.after)]),
            requestID: requestID)
    }
}
