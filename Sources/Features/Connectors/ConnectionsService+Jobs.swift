import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

extension ConnectionsService {
    /// All job kinds, for the runner.
    public var jobs: [any JobHandler] {
        [
            SyncJob(self), RebuildJob(self), WebhookJob(self), WebhookCheckJob(self), WebhookSetupJob(self),
            QuarantineJob(self), ActionJob(self),
        ]
    }

    /// The connection a job is about, and the scope it acts with; nil when either is gone.
    func subject(of context: JobContext, _ connectionID: String) async throws -> (TenantScope, Connection)? {
        guard
            let scope = try await memberships.jobScope(
                organizationID: context.job.partition, startedBy: context.job.startedBy),
            let connection = try await connections(scope).get(id: connectionID)
        else { return nil }
        return (scope, connection)
    }

    @discardableResult
    func enqueue(
        _ scope: TenantScope, _ connection: Connection, _ parameters: SyncJob.Parameters,
        after seconds: TimeInterval = 0
    ) async throws -> Job {
        let now = clock.now()
        if let id = connection.syncJobID, let job = try await queue.get(id, partition: scope.organizationID),
            !job.state.isFinal, job.runAt <= now.addingTimeInterval(seconds),
            !parameters.isForced || job.state == .queued
        {
            return job
        }
        let job = try await queue.enqueue(
            SyncJob.self, partition: scope.organizationID, parameters: parameters, startedBy: nil,
            runAt: now.addingTimeInterval(seconds), maxAttempts: Self.syncAttempts)
        _ = try await connections(scope).update(.id(connection.id), Self.queued(job))
        return job
    }

    /// Writes down how a sync ended and when the next one is due.
    func conclude(
        _ scope: TenantScope, _ id: String, _ ending: SyncEnding, _ parameters: SyncJob.Parameters
    ) async throws {
        guard let connection = try await connections(scope).get(id: id) else { return }
        let now = clock.now()
        guard let fault = ending.fault else {
            try await concludeWell(scope, connection, now)
            if let state = ending.state { try await hooks.afterSync(scope, state) }
            return try await hooks.afterReading(scope, connection)
        }
        let words = FaultWords(fault)
        var update: Update = [
            .set("cause_code", .string(words.code)), .set("updated_at", .date(now)),
            words.leftAloneUntil.map { .set("left_alone_until", .date($0)) } ?? .unset("left_alone_until"),
        ]
        let isNew = connection.causeCode != words.code
        if isNew { update.append(.set("cause_since", .date(now))) }
        if isNew || words.saysMore { update.append(.set("cause_detail", .string(words.detail ?? ""))) }
        if case .schema = fault {
            // The stream is held; the others went on.
            let plan = try await plan(scope, connection, now)
            update = Self.times(plan)
            update.append(.set("last_sync", .date(now)))
        } else if let remedy = words.remedy {
            update.append(.set("cause_remedy", .string(remedy.rawValue)))
            update.append(.unset("next_sync_at"))
        } else {
            let wait = Self.wait(fault, failures: connection.failures ?? 0)
            let next = max(now.addingTimeInterval(wait), words.leftAloneUntil ?? now)
            update.append(.set("next_sync_at", .date(next)))
            switch fault {
            case .rateLimited, .unfinished: update.append(.set("limited_until", .date(next)))
            default: update.append(.inc("failures", 1))
            }
        }
        _ = try await connections(scope).update(.id(id), update)
        let isSchema = if case .schema = fault { true } else { false }
        if ending.isHeld || !isSchema && words.remedy != nil && connection.causeCode != words.code {
            try await tell(scope, id, needs: isSchema ? nil : words.remedy)
        }
        if let state = ending.state { try await hooks.afterSync(scope, state) }
    }

    /// What a connection that is well does not have.
    static let causeFields = [
        "cause_code", "cause_detail", "cause_remedy", "cause_since", "limited_until", "left_alone_until",
    ]

    private func concludeWell(_ scope: TenantScope, _ connection: Connection, _ now: Date) async throws {
        var update: Update = [.set("last_sync", .date(now)), .set("failures", 0), .set("updated_at", .date(now))]
        for operation in Self.times(try await plan(scope, connection, now)).operations { update.append(operation) }
        for field in Self.causeFields { update.append(.unset(field)) }
        _ = try await connections(scope).update(.id(connection.id), update)
        let held = Filter.and([.eq("connection_id", .string(connection.id)), .eq("is_held", true)])
        if connection.toldAt != nil, try await !states(scope).exists(held) { try await settle(scope, connection) }
    }

    static func times(_ plan: (due: Date?, late: Date?)) -> Update {
        [
            plan.due.map { .set("next_sync_at", .date($0)) } ?? .unset("next_sync_at"),
            plan.late.map { .set("late_at", .date($0)) } ?? .unset("late_at"),
        ]
    }

    /// A minute, doubling to an hour; the vendor's own word goes first.
    private static func wait(_ fault: VendorFault, failures: Int) -> TimeInterval {
        if case .rateLimited(let wait?, _) = fault { return max(1, wait) }
        if fault == .unfinished { return 30 }
        return min(3600, 60 * pow(2, Double(min(failures, 6))))
    }

    func heartbeat(_ connectionID: String, _ stream: String) -> String { "sync.\(connectionID).\(stream)" }

    func packing(_ scope: TenantScope, _ connectionID: String) throws -> RawPacking {
        RawPacking(
            sealer: try secrets.sealer(scope), context: [scope.organizationID, "raw_records", connectionID, "payload"])
    }
}
