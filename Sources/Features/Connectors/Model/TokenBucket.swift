import Customers
import Foundation

/// Paces calls to a budget, of which own traffic takes four fifths; the vendor's own figures overrule it.
struct TokenBucket: Sendable, Equatable {
    private static let share = 0.8

    private var level: Double
    private var capacity: Double
    private var perSecond: Double
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
        perSecond = Double(budget.calls) * Self.share / budget.seconds
        level = capacity
        updatedAt = now
        daily = budget.daily.map { max(1, Double($0) * Self.share) }
        dayZone = budget.dayZone
        dayEnds = budget.daily == nil ? .distantFuture : DayCalendar(budget.dayZone).endOfDay(now)
    }

    /// Takes one call, or says how many seconds to wait for it.
    mutating func take(at now: Date) -> TimeInterval? {
        refill(now)
        if let until = blockedUntil {
            guard now >= until else { return until.timeIntervalSince(now) }
            blockedUntil = nil
        }
        if let daily, today >= daily { return dayEnds.timeIntervalSince(now) }
        guard level >= 1 else { return max(0.01, (1 - level) / perSecond) }
        level -= 1
        today += 1
        return nil
    }

    /// What a reply says about the rest.
    mutating func note(_ allowance: Allowance, at now: Date) {
        refill(now)
        if let rate = allowance.restorePerSecond, rate > 0 { perSecond = rate * Self.share }
        guard let remaining = allowance.remaining else { return }
        level = min(level, max(0, remaining))
        if remaining < 1, let reset = allowance.resetAfter { block(for: reset, at: now) }
    }

    mutating func block(for seconds: TimeInterval, at now: Date) {
        blockedUntil = max(blockedUntil ?? now, now.addingTimeInterval(seconds))
    }

    private mutating func refill(_ now: Date) {
        level = min(capacity, level + max(0, now.timeIntervalSince(updatedAt)) * perSecond)
        updatedAt = now
        if now >= dayEnds {
            today = 0
            dayEnds = DayCalendar(dayZone).endOfDay(now)
        }
    }
}
