import Foundation

/// Stops calls to something that is down, and finds out carefully whether it is up again.
struct CircuitBreaker: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case closed(failures: Int)
        case open(until: Date)
        /// One call at a time until enough have gone well.
        case halfOpen(successes: Int, isBusy: Bool)
    }

    var state: State = .closed(failures: 0)

    /// Nil lets the call through; else how many seconds it has to wait.
    mutating func admit(_ rule: BreakerRule, at now: Date) -> TimeInterval? {
        switch state {
        case .closed: return nil
        case .open(let until):
            guard now >= until else { return until.timeIntervalSince(now) }
            state = .halfOpen(successes: 0, isBusy: true)
            return nil
        case .halfOpen(let successes, let isBusy):
            guard !isBusy else { return 1 }
            state = .halfOpen(successes: successes, isBusy: true)
            return nil
        }
    }

    mutating func note(isFailure: Bool, _ rule: BreakerRule, at now: Date) {
        switch (state, isFailure) {
        case (.closed(let failures), true):
            state = failures + 1 >= rule.failures ? open(rule, now) : .closed(failures: failures + 1)
        case (.closed, false): state = .closed(failures: 0)
        case (.halfOpen, true): state = open(rule, now)
        case (.halfOpen(let successes, _), false):
            state =
                successes + 1 >= rule.successes
                ? .closed(failures: 0) : .halfOpen(successes: successes + 1, isBusy: false)
        case (.open, _): break
        }
    }

    mutating func abandon() {
        if case .halfOpen(let successes, true) = state { state = .halfOpen(successes: successes, isBusy: false) }
    }

    private func open(_ rule: BreakerRule, _ now: Date) -> State {
        .open(until: now.addingTimeInterval(rule.openSeconds))
    }
}
