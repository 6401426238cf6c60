import BSON
import Foundation
import Mongo
import Records
import Tenancy
import Vault

/// How one stream of a source is.
public struct StreamHealth: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case ok, late, failed, held, off
        case neverRan = "never_ran"
    }

    public let stream: String
    public let state: State
    /// When it was last read to its end.
    public let lastOkAt: Date?
    /// Up to when nothing is missing: what came later was not looked at.
    public let asOf: Date?
    /// Seconds since it should have been read; nothing while it is in time.
    public let lateness: TimeInterval
    public let every: TimeInterval
    public let rows: Int
    public let quarantined: Int
    public let errorCode: String?
    public let errorDetail: String?

    init(_ state: SyncState, quarantined: Int, since begin: Date, at now: Date) {
        stream = state.stream
        lastOkAt = state.lastOkAt
        // A good reading that has ended covers what was there when it began.
        let isEnded = (state.lastOkAt ?? .distantPast) >= (state.lastStartedAt ?? .distantPast)
        asOf = isEnded ? state.lastStartedAt ?? state.lastOkAt : state.lastOkAt
        let over = now.timeIntervalSince(state.lateAt(since: begin))
        lateness = state.isOn ? max(0, over) : 0
        every = state.every
        rows = state.rows
        self.quarantined = quarantined
        errorCode = state.errorCode
        errorDetail = state.errorDetail
        self.state = Self.state(state, isLate: over > 0)
    }

    private static func state(_ state: SyncState, isLate: Bool) -> State {
        if state.isOff == true { return .off }
        if state.isHeld { return .held }
        if state.errorCode != nil { return .failed }
        if state.lastOkAt == nil { return .neverRan }
        return isLate ? .late : .ok
    }
}

/// How fresh and whole the data of one source are.
public struct SourceHealth: Sendable {
    public let detail: ConnectionDetail
    public let streams: [StreamHealth]

    public var quarantined: Int { streams.reduce(0) { $0 + $1.quarantined } }
    /// The oldest of its streams' good readings; nil while one of them was never read.
    public var asOf: Date? {
        let read = streams.filter { $0.state != .off }
        return read.contains { $0.asOf == nil } ? nil : read.compactMap(\.asOf).min()
    }
}

/// The parts of a connection's health: 40 freshness, 30 success of the last day, 20 quota head-room, 10 reconciliation.
public struct HealthParts: Sendable, Equatable {
    public var freshness: Int
    public var success: Int
    public var headroom: Int
    public var reconciliation: Int

    public init(freshness: Int, success: Int, headroom: Int, reconciliation: Int) {
        self.freshness = freshness
        self.success = success
        self.headroom = headroom
        self.reconciliation = reconciliation
    }

    /// From 0 to 100.
    public var score: Int { freshness + success + headroom + reconciliation }

    /// - Parameters:
    ///   - calls: of the last 24 hours.
    ///   - share: what of the source's figures stays unexplained; nil where nothing was compared.
    static func of(
        _ streams: [SyncState], calls: [PlatformCalls], unexplained share: Double?, at now: Date
    ) -> HealthParts {
        let streams = streams.filter { $0.isOff != true }
        let fresh = streams.filter { now < ($0.lastOkAt ?? .distantPast).addingTimeInterval(1.5 * $0.every) }.count
        let all = calls.reduce(0) { $0 + $1.calls }
        let failed = calls.reduce(0) { $0 + $1.failed }
        let limited = calls.reduce(0) { $0 + $1.limited }
        return HealthParts(
            freshness: streams.isEmpty ? 0 : 40 * fresh / streams.count,
            success: all == 0 ? 0 : 30 * (all - failed) / all,
            headroom: all == 0 ? 20 : 20 * (all - min(all, 10 * limited)) / all,
            reconciliation: agreement(share))
    }

    /// Full up to two per cent unexplained, nothing from ten per cent on. Nothing compared, nothing taken off.
    static func agreement(_ share: Double?) -> Int {
        guard let share else { return 10 }
        let over = min(1, max(0, (share - 0.02) / 0.08))
        return Int((10 * (1 - over)).rounded(.down))
    }
}

extension ConnectionsService {
    /// All sources that were not ended, stream by stream.
    public func dataHealth(_ scope: TenantScope) async throws -> [SourceHealth] {
        let counts = try await quarantineCounts(scope)
        let now = clock.now()
        return try await list(scope).filter { $0.connection.status != "disabled" }.map { detail in
            let connection = detail.connection
            return SourceHealth(
                detail: detail,
                streams: detail.streams.map { state in
                    StreamHealth(
                        state, quarantined: counts[connection.id + "/" + state.stream] ?? 0,
                        since: connection.createdAt, at: now)
                })
        }
    }

    func healthParts(
        _ scope: TenantScope, _ connection: Connection, _ streams: [SyncState]
    ) async throws -> HealthParts {
        let now = clock.now()
        let calls = try await TenantCollection<PlatformCalls>(scope, database).find(
            .and([
                .eq("connection_id", .string(connection.id)), .gte("hour", .date(now.addingTimeInterval(-86_400))),
            ]))
        return .of(streams, calls: calls, unexplained: connection.unexplainedShare, at: now)
    }
}
