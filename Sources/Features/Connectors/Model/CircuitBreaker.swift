import BSON
import Foundation

/// Stops calls to something that is down, and finds out carefully whether it is up again.
struct CircuitBreaker: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case closed(failures: Int)
        case open(until: Date)
        /// One call at a time until enough have gone well. The one under way counts as lost after `busyUntil`.
        case halfOpen(successes: Int, busyUntil: Date?)
    }

    /// What a call has beyond its time limit before its place is given to another.
    private static let patience: TimeInterval = 5

    var state: State = .closed(failures: 0)
    /// The code of the latest failure: why it is left alone. Nil while all goes well.
    private(set) var cause: String?

    /// Whether calls pass without being noted first.
    var isClosed: Bool { if case .closed = state { true } else { false } }
    /// Whether a success changes nothing.
    var isFlawless: Bool { state == .closed(failures: 0) }

    /// Nil lets the call through; else how many seconds it has to wait.
    mutating func admit(_ rule: BreakerRule, at now: Date) -> TimeInterval? {
        switch state {
        case .closed: return nil
        case .open(let until):
            guard now >= until else { return until.timeIntervalSince(now) }
            state = .halfOpen(successes: 0, busyUntil: Self.busy(rule, now))
            return nil
        case .halfOpen(let successes, let busyUntil):
            if let busyUntil, now < busyUntil { return 1 }
            state = .halfOpen(successes: successes, busyUntil: Self.busy(rule, now))
            return nil
        }
    }

    /// - Parameter failure: the code of what went wrong; nil when the call went well
    mutating func note(_ failure: String?, _ rule: BreakerRule, at now: Date) {
        defer { cause = failure ?? (isFlawless ? nil : cause) }
        switch (state, failure != nil) {
        case (.closed(let failures), true):
            state = failures + 1 >= rule.failures ? open(rule, now) : .closed(failures: failures + 1)
        case (.closed, false): state = .closed(failures: 0)
        case (.halfOpen, true): state = open(rule, now)
        case (.halfOpen(let successes, _), false):
            state =
                successes + 1 >= rule.successes
                ? .closed(failures: 0) : .halfOpen(successes: successes + 1, busyUntil: nil)
        case (.open, _): break
        }
    }

    mutating func abandon() {
        if case .halfOpen(let successes, .some) = state { state = .halfOpen(successes: successes, busyUntil: nil) }
    }

    /// Lets one call through before its time, because a person asks for it.
    mutating func ease() {
        if case .open = state { state = .halfOpen(successes: 0, busyUntil: nil) }
    }

    private func open(_ rule: BreakerRule, _ now: Date) -> State {
        .open(until: now.addingTimeInterval(rule.openSeconds))
    }

    private static func busy(_ rule: BreakerRule, _ now: Date) -> Date {
        now.addingTimeInterval(rule.timeout + patience)
    }
}

extension CircuitBreaker: GateState {
    func fields() -> BSONDocument {
        var fields: BSONDocument
        switch state {
        case .closed(let failures): fields = ["phase": "closed", "count": .int(failures)]
        case .open(let until): fields = ["phase": "open", "until": .date(until)]
        case .halfOpen(let successes, let busyUntil):
            fields = ["phase": "half_open", "count": .int(successes)]
            if let busyUntil { fields.append("until", .date(busyUntil)) }
        }
        if let cause { fields.append("cause", .string(cause)) }
        return fields
    }

    mutating func restore(_ fields: BSONDocument) {
        let count = fields["count"]?.intValue ?? 0
        let until = fields["until"]?.dateValue
        cause = fields["cause"]?.stringValue
        switch fields["phase"]?.stringValue {
        case "open": state = .open(until: until ?? .distantPast)
        case "half_open": state = .halfOpen(successes: count, busyUntil: until)
        default: state = .closed(failures: count)
        }
    }
}
