import Audit
import BSON
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

extension ConnectionsService {
    /// How much later each further connection of one organization may begin, so that one with many does not stand
    /// before one with few.
    static let stagger: TimeInterval = 0.1
    private static let batch = 1000

    /// Starts what is due and tells of silence, in the organizations where there is any.
    /// - Parameter organizations: ids of organizations with connections like this
    public func schedule(
        every: Duration = .seconds(15), organizations: @escaping @Sendable (BSONDocument) async throws -> [String]
    ) -> Schedule {
        Schedule("connections.due", every: every) { _ in
            let past: BSONValue = ["$lte": .date(clock.now())]
            for id in try await organizations(["$or": [["next_sync_at": past], ["late_at": past]]]) {
                guard let scope = try await memberships.jobScope(organizationID: id, startedBy: nil) else { continue }
                _ = try await enqueueDue(scope)
            }
        }
    }

    /// Queues a sync for every connection whose time has come, in three round trips however many there are. Returns
    /// how many.
    @discardableResult
    public func enqueueDue(_ scope: TenantScope) async throws -> Int {
        let now = clock.now()
        let due = try await connections(scope).find(
            .and([
                .eq("status", "connected"), .eq("paused_at", .null), .eq("cause_remedy", .null),
                .lte("next_sync_at", .date(now)),
            ]), sort: [.ascending("next_sync_at")], limit: Self.batch)
        let active = try await queue.active(due.compactMap(\.syncJobID), partition: scope.organizationID)
        let free = due.filter { connection in connection.syncJobID.map { active[$0] == nil } ?? true }
        let items = free.enumerated().map { place, connection in
            (
                parameters: SyncJob.Parameters(connectionID: connection.id, streams: nil, isForced: false),
                runAt: now.addingTimeInterval(Double(place) * Self.stagger)
            )
        }
        let jobs = try await queue.enqueue(
            SyncJob.self, partition: scope.organizationID, all: items, maxAttempts: Self.syncAttempts)
        _ = try await connections(scope).bulk(
            zip(free, jobs).map { connection, job in .update(.id(connection.id), Self.queued(job)) })
        try await tellOfSilence(scope)
        return due.count
    }

    static let syncAttempts = 20

    static func queued(_ job: Job) -> Update {
        [
            .set("sync_job_id", .string(job.id)),
            // A worker that dies with the job is noticed by the schedule.
            .set("next_sync_at", .date(job.runAt.addingTimeInterval(600))),
        ]
    }

    /// Silence is told once: a connection that should have had a good reading by now and has not. One that waits
    /// for a limit to end is not silent, nor is one that is being read.
    private func tellOfSilence(_ scope: TenantScope) async throws {
        let now = clock.now()
        let quiet = try await connections(scope).find(
            .and([
                .eq("status", "connected"), .eq("paused_at", .null), .eq("cause_remedy", .null),
                .lte("late_at", .date(now)),
                .or([.eq("limited_until", .null), .lte("limited_until", .date(now))]),
            ]), limit: Self.batch)
        guard !quiet.isEmpty else { return }
        let active = try await queue.active(quiet.compactMap(\.syncJobID), partition: scope.organizationID)
        for connection in quiet {
            if let job = connection.syncJobID.flatMap({ active[$0] }), job.state == .running {
                _ = try await connections(scope).update(
                    .id(connection.id), [.set("late_at", .date(now.addingTimeInterval(60)))])
                continue
            }
            var status = try await self.status(scope, connection)
            status.state = .late
            try await hooks.alert(scope, connection, status)
            _ = try await connections(scope).update(
                .id(connection.id), [.unset("late_at"), .set("told_at", .date(now))])
        }
    }

    /// When the next good reading of a connection is due and when it is late, from its streams.
    func plan(_ scope: TenantScope, _ connection: Connection, _ now: Date) async throws -> (due: Date?, late: Date?) {
        let streams = try await states(scope).find(.eq("connection_id", .string(connection.id))).filter(\.isOn)
        let due = streams.map { $0.span == nil ? ($0.lastOkAt ?? now).addingTimeInterval($0.every) : now }.min()
        let rest = min(60, (streams.map(\.every).min() ?? 3600) / 2)
        let spread = streams.map(\.every).min().map { Self.spread(connection.id, of: $0) } ?? 0
        return (
            due.map { max($0, now.addingTimeInterval(rest)).addingTimeInterval(spread) },
            streams.map { $0.lateAt(since: now) }.min()
        )
    }

    /// Seconds between readings of a stream: the operator's setting `every_seconds`, else the connector's.
    func rhythm(_ stream: SyncStream, _ platform: String) throws -> Double {
        let own = settings(try connector(platform)).values["every_seconds"].flatMap(Double.init)
        return own.map { max(1, $0) } ?? stream.every
    }

    /// A part of the interval, up to half a minute, that is the connection's own: those connected at the same moment
    /// do not all come back at the same moment.
    private static func spread(_ id: String, of every: Double) -> TimeInterval {
        let hash = id.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return min(30, every / 20) * Double(hash % 1000) / 1000
    }

    /// Tells people once that a connection is not well.
    ///
    /// - Parameter remedy: what the reading that has just ended needs. It is told even if somebody has asked for another
    ///   reading meanwhile, which takes it off the connection.
    func tell(_ scope: TenantScope, _ id: String, needs remedy: VendorFault.Remedy? = nil) async throws {
        guard var connection = try await connections(scope).get(id: id) else { return }
        if let remedy { connection.causeRemedy = remedy.rawValue }
        try await note(scope, connection, "connection.needs_action", requestID: "", .sync)
        try await hooks.alert(scope, connection, try await status(scope, connection))
        _ = try await connections(scope).update(.id(id), [.set("told_at", .date(clock.now()))])
    }

    /// What people were told of is over.
    func settle(_ scope: TenantScope, _ connection: Connection) async throws {
        guard connection.toldAt != nil else { return }
        try await hooks.settled(scope, connection)
        _ = try await connections(scope).update(.id(connection.id), [.unset("told_at")])
    }
}
