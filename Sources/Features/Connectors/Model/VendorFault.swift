import Foundation

/// Why a call to a vendor did not give what it should, in the classes the manager acts on.
public enum VendorFault: Error, Sendable, Equatable {
    /// Passes by itself: 5xx, a cut line, a lock. Tried again with growing pauses.
    case retry(String)
    /// Not asked: it has failed so often, at last for this reason, that it is left alone until this moment.
    case leftAlone(because: String, until: Date)
    /// Too many calls. `wait` in seconds where the vendor says so, or where its rules do.
    case rateLimited(wait: TimeInterval?, policy: String)
    /// What was asked for is still being made there: looked at again soon, then less and less often.
    case unfinished
    /// The access token is no longer good: refreshed once, then ``actionRequired``.
    case authExpired
    /// Only a person can mend it, with what the vendor said.
    case actionRequired(Remedy, message: String)
    /// This one call can never work; not the connection's fault.
    case permanent(status: Int, message: String)
    /// The answer does not look as the sheet says: our business.
    case schema(field: String, message: String)

    /// The policy of a limit that may be the day's: without a stated wait it is tried again as any other, and if it
    /// stays, left alone until the day of the budget ends.
    public static let dailyQuota = "daily quota"

    /// What a person is to do.
    public enum Remedy: String, Sendable, Codable, CaseIterable {
        /// Sign in again.
        case reconnect
        /// Give the right named in the message.
        case addScope = "add_scope"
        /// Another account, or one that is alive.
        case chooseAccount = "choose_account"
        /// The vendor blocks the account: unpaid, frozen.
        case fixAtVendor = "fix_at_vendor"
        /// The operator has to set the platform up.
        case configure
        /// Details go to us.
        case reportToUs = "report_to_us"
    }

    /// Whether the breaker counts it: the vendor is down, not busy and not refusing.
    var countsAsFailure: Bool { if case .retry = self { true } else { false } }
}

/// What a reply tells about how much may still be asked.
public struct Allowance: Sendable, Equatable {
    /// Calls, or cost points, left in the window.
    public var remaining: Double?
    public var limit: Double?
    /// Seconds until the window is fresh again.
    public var resetAfter: TimeInterval?
    /// Points that come back per second, for leaky buckets.
    public var restorePerSecond: Double?

    public init(
        remaining: Double? = nil, limit: Double? = nil, resetAfter: TimeInterval? = nil,
        restorePerSecond: Double? = nil
    ) {
        self.remaining = remaining
        self.limit = limit
        self.resetAfter = resetAfter
        self.restorePerSecond = restorePerSecond
    }

    /// From `limit`, `remaining` and `reset` headers; `milliseconds` when the reset is written in them.
    public static func headers(
        _ response: VendorResponse, limit: String, remaining: String, reset: String? = nil, milliseconds: Bool = false
    ) -> Allowance? {
        guard let left = response.headers[remaining].flatMap(Double.init) else { return nil }
        let seconds = reset.flatMap { response.headers[$0] }.flatMap(Double.init)
        return Allowance(
            remaining: left, limit: response.headers[limit].flatMap(Double.init),
            resetAfter: seconds.map { milliseconds ? $0 / 1000 : $0 })
    }
}

/// How much may be asked of one account, before the vendor says anything.
public struct RateBudget: Sendable, Equatable, Codable {
    /// What shares the budget: an endpoint name of ``VendorRequest/endpoint``, or `*` for all others.
    public var endpoint: String
    public var calls: Int
    public var seconds: Double
    /// Calls a day, where there is such a limit; the day ends at midnight of `dayZone`.
    public var daily: Int?
    public var dayZone: String
    /// One budget for the whole installation, because the quota belongs to our app and not to the account.
    public var isShared: Bool

    public init(
        _ endpoint: String = "*", calls: Int, per seconds: Double, daily: Int? = nil, dayZone: String = "UTC",
        isShared: Bool = false
    ) {
        self.endpoint = endpoint
        self.calls = calls
        self.seconds = seconds
        self.daily = daily
        self.dayZone = dayZone
        self.isShared = isShared
    }
}

/// When calls to an endpoint stop because it is down.
public struct BreakerRule: Sendable, Equatable, Codable {
    public var failures: Int
    public var openSeconds: Double
    public var successes: Int
    public var timeout: Double

    public init(failures: Int = 5, openSeconds: Double = 60, successes: Int = 3, timeout: Double = 30) {
        self.failures = failures
        self.openSeconds = openSeconds
        self.successes = successes
        self.timeout = timeout
    }
}
