import BSON
import Customers
import Foundation

/// Paces calls to a budget, of which own traffic takes four fifths; the vendor's own figures overrule it.
struct TokenBucket: Sendable, Equatable {
    private static let share = 0.8
    /// Calls that a process may take ahead, so that not each one asks the database.
    private static let largestChunk = 50.0

    private(set) var level: Double
    private let capacity: Double
    /// Calls that come back per second, as planned.
    private let planned: Double
    /// The same as the vendor tells it.
    private(set) var learned: Double?
    private var updatedAt: Date
    /// Not before this, because the vendor said so.
    private(set) var blockedUntil: Date?
    /// Calls a day, the zone whose midnight ends it, and what today has taken.
    private let daily: Double?
    private let dayZone: String
    private var dayEnds: Date
    private var today = 0.0

    init(_ budget: RateBudget, at now: Date) {
        capacity = max(1, Double(budget.calls) * Self.share)
        planned = Double(budget.calls) * Self.share / budget.seconds
        level = capacity
        updatedAt = now
        daily = budget.daily.map { max(1, Double($0) * Self.share) }
        dayZone = budget.dayZone
        dayEnds = budget.daily == nil ? .distantFuture : DayCalendar(budget.dayZone).endOfDay(now)
    }

    private var perSecond: Double { learned ?? planned }

    /// How many calls to take at once: a twentieth of the budget, at most what comes back in a second.
    var chunk: Double { max(1, min(Self.largestChunk, (capacity / 20).rounded(.down), perSecond.rounded(.down))) }

    /// Takes one call, or says how many seconds to wait for it.
    mutating func take(at now: Date) -> TimeInterval? {
        if case .wait(let seconds) = take(upTo: 1, at: now) { seconds } else { nil }
    }

    enum Grant: Sendable, Equatable {
        case calls(Double)
        case wait(TimeInterval)
    }

    /// Takes as many calls as there are, one to `wanted`, or says how many seconds to wait for one.
    mutating func take(upTo wanted: Double, at now: Date) -> Grant {
        refill(now)
        if let until = blockedUntil {
            guard now >= until else { return .wait(until.timeIntervalSince(now)) }
            blockedUntil = nil
        }
        let left = daily.map { ($0 - today).rounded(.down) } ?? .infinity
        guard left >= 1 else { return .wait(dayEnds.timeIntervalSince(now)) }
        guard level >= 1 else { return .wait(max(0.01, (1 - level) / perSecond)) }
        let calls = min(max(1, wanted), level.rounded(.down), left)
        level -= calls
        today += calls
        return .calls(calls)
    }

    /// Calls that were taken ahead and not made do not count against the day.
    mutating func giveBack(_ calls: Double) { today = max(0, today - calls) }

    /// What a reply says about the rest.
    mutating func note(_ allowance: Allowance, at now: Date) {
        refill(now)
        if let rate = allowance.restorePerSecond, rate > 0 { learned = rate * Self.share }
        guard let remaining = allowance.remaining else { return }
        level = min(level, max(0, remaining))
        if remaining < 1, let reset = allowance.resetAfter { block(for: reset, at: now) }
    }

    mutating func block(for seconds: TimeInterval, at now: Date) {
        blockedUntil = max(blockedUntil ?? now, now.addingTimeInterval(seconds))
    }

    private mutating func refill(_ now: Date) {
        level = min(capacity, level + max(0, now.timeIntervalSince(updatedAt)) * perSecond)
        updatedAt = max(updatedAt, now)
        if now >= dayEnds {
            today = 0
            dayEnds = DayCalendar(dayZone).endOfDay(now)
        }
    }
}

extension TokenBucket: GateState {
    func fields() -> BSONDocument {
        var fields: BSONDocument = ["level": .double(level), "filled_at": .date(updatedAt), "today": .double(today)]
        if let learned { fields.append("per_second", .double(learned)) }
        if let blockedUntil { fields.append("blocked_until", .date(blockedUntil)) }
        if daily != nil { fields.append("day_ends", .date(dayEnds)) }
        return fields
    }

    mutating func restore(_ fields: BSONDocument) {
        level = min(capacity, fields["level"]?.doubleValue ?? level)
        updatedAt = fields["filled_at"]?.dateValue ?? updatedAt
        today = fields["today"]?.doubleValue ?? 0
        learned = fields["per_second"]?.doubleValue
        blockedUntil = fields["blocked_until"]?.dateValue
        dayEnds = fields["day_ends"]?.dateValue ?? dayEnds
    }
}
