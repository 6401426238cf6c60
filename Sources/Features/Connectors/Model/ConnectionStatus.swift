import Foundation
import Jobs
import Records

/// How a connection is, in the words of the product.
public enum ConnectionState: String, Sendable, Codable, CaseIterable {
    case healthy, running, queued, late, error, paused, revoked
    case rateLimited = "rate_limited"
    case neverRan = "never_ran"
    case actionRequired = "action_required"
}

/// A state with why, since when, and what to do.
public struct ConnectionStatus: Sendable, Equatable {
    /// The one button: what a person can do now.
    public enum NextStep: String, Sendable, Codable, CaseIterable {
        case none, wait, syncNow = "sync_now", resume, reconnect
        case addScope = "add_scope"
        case chooseAccount = "choose_account"
        case fixAtVendor = "fix_at_vendor"
        case configure
        case reportToUs = "report_to_us"
    }

    public var state: ConnectionState
    /// A code for a sentence: `refused`, `timeout`, `rate_limited`, `schema`, …; nil when all is well.
    public var cause: String?
    /// What the vendor said, or the field that changed.
    public var detail: String?
    public var since: Date?
    /// Until when it waits, for a countdown.
    public var until: Date?
    /// Besides its cause: it failed several times in a row and is not asked before this.
    public var leftAloneUntil: Date?
    public var nextStep: NextStep

    public init(
        _ state: ConnectionState, cause: String? = nil, detail: String? = nil, since: Date? = nil, until: Date? = nil,
        leftAloneUntil: Date? = nil, nextStep: NextStep = .none
    ) {
        self.state = state
        self.cause = cause
        self.detail = detail
        self.since = since
        self.until = until
        self.leftAloneUntil = leftAloneUntil
        self.nextStep = nextStep
    }

    /// The one rule for all pages and the API. What needs a person comes before what passes by itself.
    public static func of(_ connection: Connection, _ streams: [SyncState], job: Job?, now: Date) -> ConnectionStatus {
        if connection.hasEnded {
            return ConnectionStatus(
                .revoked, cause: connection.causeCode, since: connection.causeSince, nextStep: .reconnect)
        }
        if let pausedAt = connection.pausedAt {
            return ConnectionStatus(.paused, since: pausedAt, nextStep: .resume)
        }
        if let remedy = connection.causeRemedy.flatMap({ VendorFault.Remedy(rawValue: $0) }) {
            return ConnectionStatus(
                .actionRequired, cause: connection.causeCode, detail: connection.causeDetail,
                since: connection.causeSince, nextStep: NextStep(remedy))
        }
        if let held = streams.first(where: \.isHeld) {
            return ConnectionStatus(
                .actionRequired, cause: "schema",
                detail: held.errorDetail.map { "\(held.stream): \($0)" } ?? held.stream,
                since: held.updatedAt, nextStep: .reportToUs)
        }
        return moving(connection, streams, job, now)
    }

    private static func moving(
        _ connection: Connection, _ streams: [SyncState], _ job: Job?, _ now: Date
    ) -> ConnectionStatus {
        if let until = connection.limitedUntil, until > now {
            return ConnectionStatus(
                .rateLimited, cause: connection.causeCode ?? "rate_limited", detail: connection.causeDetail,
                since: connection.causeSince,
                until: until, nextStep: .wait)
        }
        if job?.state == .running { return ConnectionStatus(.running, since: job?.startedAt) }
        if let late = late(connection, streams, job, now) { return late }
        if isFailing(connection) {
            return ConnectionStatus(
                .error, cause: connection.causeCode, detail: connection.causeDetail, since: connection.causeSince,
                until: connection.nextSyncAt, leftAloneUntil: leftAlone(connection, now), nextStep: .syncNow)
        }
        if job?.state == .queued, (job?.runAt ?? now) <= now { return ConnectionStatus(.queued, since: job?.createdAt) }
        guard let last = connection.lastSync else {
            return ConnectionStatus(.neverRan, since: connection.createdAt, nextStep: .syncNow)
        }
        return ConnectionStatus(.healthy, since: last)
    }

    private static func isFailing(_ connection: Connection) -> Bool {
        connection.causeCode != nil && (connection.failures ?? 0) > 0
    }

    /// Silence counts from the last good reading, also where every try since then has failed.
    private static func late(
        _ connection: Connection, _ streams: [SyncState], _ job: Job?, _ now: Date
    ) -> ConnectionStatus? {
        guard let every = streams.filter(\.isOn).map(\.every).min() else { return nil }
        let isFailing = isFailing(connection)
        guard isFailing || job?.state != .queued,
            let last = connection.lastSync ?? (isFailing ? connection.createdAt : nil)
        else { return nil }
        var since = last.addingTimeInterval(1.5 * every)
        if isFailing, let failing = connection.causeSince { since = max(since, failing.addingTimeInterval(every / 2)) }
        guard now > since else { return nil }
        return ConnectionStatus(
            .late, cause: isFailing ? connection.causeCode : "late", detail: isFailing ? connection.causeDetail : nil,
            since: since, until: connection.nextSyncAt, leftAloneUntil: isFailing ? leftAlone(connection, now) : nil,
            nextStep: .syncNow)
    }

    private static func leftAlone(_ connection: Connection, _ now: Date) -> Date? {
        connection.leftAloneUntil.flatMap { $0 > now ? $0 : nil }
    }
}

extension ConnectionStatus.NextStep {
    init(_ remedy: VendorFault.Remedy) {
        switch remedy {
        case .reconnect: self = .reconnect
        case .addScope: self = .addScope
        case .chooseAccount: self = .chooseAccount
        case .fixAtVendor: self = .fixAtVendor
        case .configure: self = .configure
        case .reportToUs: self = .reportToUs
        }
    }
}
