import Foundation
import Jobs
import Mongo
import Synchronization
import Vault

/// Whether the service can do its work, looked at no more than once a second however often it is asked.
public final class HealthMonitor: Sendable {
    public enum Condition: String, Sendable { case ok, degraded, failing }

    public struct Report: Sendable {
        public let condition: Condition
        public let database: Bool
        public let migrated: Bool
        public let workers: Bool
        public let checkedAt: Date
        public let uptime: TimeInterval
        public let isDraining: Bool

        /// Whether requests should be sent here.
        public var isReady: Bool { database && migrated && !isDraining }
    }

    private let client: MongoClient
    private let migrator: Migrator
    private let queue: JobQueue
    private let clock: WallClock
    private let startedAt: Date
    private let last = Mutex<Report?>(nil)
    /// Migrations are not taken back under a running service, so a good answer is kept.
    private let wasMigrated = Mutex(false)
    private let draining = Mutex(false)

    /// A job that waits longer than this says that nobody works.
    private static let patience: TimeInterval = 60

    init(client: MongoClient, migrator: Migrator, clock: WallClock, queue: JobQueue) {
        self.client = client
        self.migrator = migrator
        self.clock = clock
        self.queue = queue
        startedAt = clock.now()
    }

    /// From now on not ready, so that no new requests are sent here.
    func drain() {
        draining.withLock { $0 = true }
        last.withLock { $0 = nil }
    }

    public func report() async -> Report {
        let now = clock.now()
        if let recent = last.withLock({ $0 }), abs(now.timeIntervalSince(recent.checkedAt)) < 1 { return recent }
        let database = await answers()
        let migrated = database ? await isMigrated() : wasMigrated.withLock { $0 }
        let workers = database ? await isWorkedOff(now) : false
        let condition: Condition = !database ? .failing : migrated && workers ? .ok : .degraded
        let report = Report(
            condition: condition, database: database, migrated: migrated, workers: workers, checkedAt: now,
            uptime: now.timeIntervalSince(startedAt), isDraining: draining.withLock { $0 })
        last.withLock { $0 = report }
        return report
    }

    private func answers() async -> Bool {
        do {
            try await client.ping(timeout: .seconds(1))
            return true
        } catch {
            return false
        }
    }

    private func isWorkedOff(_ now: Date) async -> Bool {
        guard let oldest = try? await queue.oldestDue() else { return true }
        return now.timeIntervalSince(oldest) < Self.patience
    }

    private func isMigrated() async -> Bool {
        if wasMigrated.withLock({ $0 }) { return true }
        guard let pending = try? await migrator.pendingCount(), pending == 0 else { return false }
        wasMigrated.withLock { $0 = true }
        return true
    }
}
