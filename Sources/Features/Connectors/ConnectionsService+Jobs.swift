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
    public var jobs: [any JobHandler] { [SyncJob(self), RebuildJob(self), WebhookJob(self)] }

    /// Starts what is due in all these organizations; App knows which have connections.
    public func schedule(
        every: Duration = .seconds(60), organizations: @escaping @Sendable () async throws -> [String]
    ) -> Schedule {
        Schedule("connections.due", every: every) { _ in
            for id in try await organizations() {
                guard let scope = try await memberships.jobScope(organizationID: id, startedBy: nil) else { continue }
                _ = try await enqueueDue(scope)
            }
        }
    }

    /// Queues a sync for every connection whose time has come. Returns how many.
    @discardableResult
    public func enqueueDue(_ scope: TenantScope) async throws -> Int {
        let due = try await connections(scope).find(
            .and([
                .eq("status", "connected"), .eq("paused_at", .null), .eq("cause_remedy", .null),
                .lte("next_sync_at", .date(clock.now())),
            ]), limit: 500)
        for connection in due {
            try await enqueue(
                scope, connection, SyncJob.Parameters(connectionID: connection.id, streams: nil, isForced: false))
        }
        try await raiseAlerts(scope)
        return due.count
    }

    /// Silence is told once: a connection that should have run and has not.
    private func raiseAlerts(_ scope: TenantScope) async throws {
        let quiet = try await connections(scope).find(
            .and([
                .eq("status", "connected"), .eq("paused_at", .null), .eq("cause_code", .null),
                .lt("last_sync", .date(clock.now().addingTimeInterval(-1800))),
            ]), limit: 500)
        for connection in quiet {
            let status = try await self.status(scope, connection)
            guard status.state == .late else { continue }
            _ = try await connections(scope).update(
                .id(connection.id), [.set("cause_code", "late"), .set("cause_since", .date(clock.now()))])
            try await hooks.alert(scope, connection, status)
        }
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
            runAt: now.addingTimeInterval(seconds), maxAttempts: 20)
        _ = try await connections(scope).update(
            .id(connection.id),
            [
                .set("sync_job_id", .string(job.id)),
                // A worker that dies with the job is noticed by the schedule.
                .set("next_sync_at", .date(job.runAt.addingTimeInterval(600))),
            ])
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
            return
        }
        let words = FaultWords(fault)
        var update: Update = [
            .set("cause_code", .string(words.code)), .set("cause_detail", .string(words.detail ?? "")),
            .set("updated_at", .date(now)),
        ]
        if connection.causeCode != words.code { update.append(.set("cause_since", .date(now))) }
        if case .schema = fault {
            // The stream is held; the others went on.
            update = [.set("last_sync", .date(now)), .set("next_sync_at", .date(try await nextDue(scope, id, now)))]
        } else if let remedy = words.remedy {
            update.append(.set("cause_remedy", .string(remedy.rawValue)))
            update.append(.unset("next_sync_at"))
        } else {
            let wait = Self.wait(fault, failures: connection.failures ?? 0)
            update.append(.set("next_sync_at", .date(now.addingTimeInterval(wait))))
            if case .rateLimited = fault {
                update.append(.set("limited_until", .date(now.addingTimeInterval(wait))))
            } else {
                update.append(.inc("failures", 1))
            }
        }
        _ = try await connections(scope).update(.id(id), update)
        try await tell(scope, connection, id, isNew: connection.causeCode != words.code && words.remedy != nil)
        if let state = ending.state { try await hooks.afterSync(scope, state) }
    }

    private func tell(_ scope: TenantScope, _ old: Connection, _ id: String, isNew: Bool) async throws {
        guard isNew, let connection = try await connections(scope).get(id: id) else { return }
        try await note(scope, connection, "connection.needs_action", requestID: "", .sync)
        try await hooks.alert(scope, connection, try await status(scope, connection))
    }

    private func concludeWell(_ scope: TenantScope, _ connection: Connection, _ now: Date) async throws {
        var update: Update = [
            .set("last_sync", .date(now)), .set("failures", 0), .set("updated_at", .date(now)),
            .set("next_sync_at", .date(try await nextDue(scope, connection.id, now))),
        ]
        for field in ["cause_code", "cause_detail", "cause_remedy", "cause_since", "limited_until"] {
            update.append(.unset(field))
        }
        _ = try await connections(scope).update(.id(connection.id), update)
    }

    private func nextDue(_ scope: TenantScope, _ id: String, _ now: Date) async throws -> Date {
        let streams = try await states(scope).find(.eq("connection_id", .string(id)))
        let next = streams.filter { !$0.isHeld }.map { ($0.lastOkAt ?? now).addingTimeInterval($0.every) }.min()
        return max(next ?? now.addingTimeInterval(3600), now.addingTimeInterval(60))
    }

    /// A minute, doubling to an hour; the vendor's own word goes first.
    private static func wait(_ fault: VendorFault, failures: Int) -> TimeInterval {
        if case .rateLimited(let wait?, _) = fault { return max(1, wait) }
        return min(3600, 60 * pow(2, Double(min(failures, 6))))
    }

    func heartbeat(_ connectionID: String, _ stream: String) -> String { "sync.\(connectionID).\(stream)" }

    func packing(_ scope: TenantScope, _ connectionID: String) throws -> RawPacking {
        RawPacking(
            sealer: try secrets.sealer(scope), context: [scope.organizationID, "raw_records", connectionID, "payload"])
    }
}
