import Foundation
import Synchronization
import Vault

/// Breakers and buckets of this process, by connection and endpoint. What must outlive it (until when a vendor wants
/// peace) is stored with the connection.
public final class Gates: Sendable {
    private struct State {
        var breakers: [String: CircuitBreaker] = [:]
        var buckets: [String: TokenBucket] = [:]
        var replies: [String: (response: VendorResponse, until: Date)] = [:]
    }

    private let clock: WallClock
    private let state = Mutex(State())

    public init(clock: WallClock = .system) { self.clock = clock }

    /// Throws while the endpoint is taken to be down.
    func breaker(_ key: String, _ rule: BreakerRule) throws {
        let now = clock.now()
        let wait = state.withLock { $0.breakers[key, default: CircuitBreaker()].admit(rule, at: now) }
        if let wait { throw VendorFault.retry("breaker open for \(Int(wait.rounded(.up))) s") }
    }

    func note(_ key: String, isFailure: Bool, _ rule: BreakerRule) {
        let now = clock.now()
        state.withLock { $0.breakers[key, default: CircuitBreaker()].note(isFailure: isFailure, rule, at: now) }
    }

    /// A call that was let through and never left.
    func abandon(_ key: String) { state.withLock { $0.breakers[key]?.abandon() } }

    /// Seconds to wait for one call of this budget; nil when it may go.
    func take(_ key: String, _ budget: RateBudget) -> TimeInterval? {
        let now = clock.now()
        return state.withLock { $0.buckets[key, default: TokenBucket(budget, at: now)].take(at: now) }
    }

    func note(_ key: String, _ budget: RateBudget, _ allowance: Allowance) {
        let now = clock.now()
        state.withLock { $0.buckets[key, default: TokenBucket(budget, at: now)].note(allowance, at: now) }
    }

    func block(_ key: String, _ budget: RateBudget, for seconds: TimeInterval) {
        let now = clock.now()
        state.withLock { $0.buckets[key, default: TokenBucket(budget, at: now)].block(for: seconds, at: now) }
    }

    func cached(_ key: String) -> VendorResponse? {
        let now = clock.now()
        return state.withLock { state in
            guard let entry = state.replies[key], entry.until > now else { return nil }
            return entry.response
        }
    }

    func keep(_ response: VendorResponse, _ key: String, seconds: Int) {
        let now = clock.now()
        state.withLock { state in
            if state.replies.count > 500 { state.replies = state.replies.filter { $0.value.until > now } }
            if state.replies.count > 500 { state.replies.removeAll() }
            state.replies[key] = (response, now.addingTimeInterval(Double(seconds)))
        }
    }

    /// A write or a webhook makes remembered replies of a connection worthless.
    func forget(_ connectionID: String) {
        state.withLock { $0.replies = $0.replies.filter { !$0.key.hasPrefix(connectionID) } }
    }
}
