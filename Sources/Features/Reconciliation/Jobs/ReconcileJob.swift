import BSON
import Connectors
import Foundation
import Jobs
import Records
import Tenancy
import Vault

/// Compares the last days of an organization's sources, or of one of them.
public struct ReconcileJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        /// Only this one; nil means all that are connected.
        public var connectionID: String?
        public var days: Int
    }

    public static let kind = "reconciliation.compare"
    public static let stages = ["comparing"]

    let service: ReconciliationService

    public init(_ service: ReconciliationService) { self.service = service }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard
            let scope = try await service.memberships.jobScope(
                organizationID: context.job.partition, startedBy: context.job.startedBy)
        else { throw TenancyError.notFound }
        var compared = 0
        for connection in try await service.connections.connected(scope)
        where parameters.connectionID.map({ $0 == connection.id }) ?? true && connection.pausedAt == nil {
            try await context.progress(stage: "comparing", rowsDone: compared, message: connection.label)
            if case .compared(let days) = try await service.reconcile(scope, connection, days: parameters.days) {
                compared += days.count
            }
        }
        context.setResult(["days": .int(compared)])
    }
}

extension ReconciliationService {
    public var jobs: [any JobHandler] { [ReconcileJob(self)] }

    /// Compares everything once a day; App knows which organizations there are.
    public func schedule(organizations: @escaping @Sendable () async throws -> [String]) -> Schedule {
        Schedule("reconciliation.daily", every: .seconds(86_400)) { dueAt in
            for id in try await organizations() {
                guard let scope = try await memberships.jobScope(organizationID: id, startedBy: nil),
                    try await !connections.connected(scope).isEmpty
                else { continue }
                _ = try await enqueue(scope, key: "daily.\(Int(dueAt.timeIntervalSince1970))")
            }
        }
    }

    /// Compares a connection after it was read, if that was not done in the last hours. Needs no service, because the
    /// connections call it and the service is made of them.
    public static func afterReading(
        _ scope: TenantScope, _ connection: Connection, queue: JobQueue, clock: WallClock
    ) async throws {
        guard Connectors.all.contains(where: { $0.platform == connection.platform && $0.summary != nil }) else {
            return
        }
        let now = clock.now()
        if let last = connection.reconciledAt, now < last.addingTimeInterval(quietSeconds) { return }
        // One of several workers that ended at the same time.
        let slot = Int(now.timeIntervalSince1970 / quietSeconds)
        _ = try await queue.enqueue(
            ReconcileJob.self, partition: scope.organizationID,
            parameters: ReconcileJob.Parameters(connectionID: connection.id, days: readingDays),
            idempotencyKey: "reading.\(connection.id).\(slot)", startedBy: nil)
    }

    /// Compares now, because somebody asked.
    @discardableResult
    public func start(_ scope: TenantScope, connectionID: String? = nil) async throws -> Job {
        try scope.requireWritable()
        if let connectionID { _ = try await connections.get(scope, connectionID) }
        if let active = try await queue.active(partition: scope.organizationID, kind: ReconcileJob.kind) {
            return active
        }
        return try await enqueue(scope, connectionID: connectionID, key: nil)
    }

    private func enqueue(
        _ scope: TenantScope, connectionID: String? = nil, key: String?
    ) async throws -> Job {
        try await queue.enqueue(
            ReconcileJob.self, partition: scope.organizationID,
            parameters: ReconcileJob.Parameters(connectionID: connectionID, days: Self.nightlyDays),
            idempotencyKey: key, startedBy: nil)
    }
}
