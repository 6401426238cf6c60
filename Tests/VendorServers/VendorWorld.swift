import Foundation
import Synchronization
import Vault

/// What all servers of one installation share: the company, the clock, issued tokens, counted calls.
public final class VendorWorld: Sendable {
    public let clock: WallClock
    private let held: Mutex<SeededCompany>

    public init(_ company: SeededCompany = SeededCompany(), clock: WallClock = .system) {
        self.clock = clock
        held = Mutex(company)
    }

    public var company: SeededCompany { held.withLock { $0 } }

    /// What the company's second ad account holds, for whom a sign-in opens both: two campaigns of its own.
    public var wholesale: SeededCompany {
        let company = company
        let size = SeededCompany.Size(
            customers: 1, orders: 1, products: 1, campaigns: 2, events: 1, days: company.size.days)
        return SeededCompany(size: size, now: company.now)
    }

    /// What the second ad account is called everywhere.
    public static let wholesaleName = "Northwind Wholesale"

    /// Something happens at the company, and shows on every platform.
    public func change(_ body: @Sendable (inout SeededCompany) -> Void) { held.withLock { body(&$0) } }
}

/// Tokens a vendor has given out, with the rules of its sheet.
public final class TokenBook: Sendable {
    public struct Grant: Sendable, Equatable {
        public let access: String
        public let refresh: String
        public let expiresAt: Date
    }

    private struct State {
        var serial = 0
        var access: [String: Date] = [:]
        /// Keys from elsewhere, which a person can make good again.
        var keys: [String: Date] = [:]
        var refresh: Set<String> = []
        var codes: [String: [String: String]] = [:]
        var refreshes = 0
    }

    private let clock: WallClock
    private let lifetime: TimeInterval
    private let rotates: Bool
    private let state = Mutex(State())

    /// - Parameter rotates: whether a refresh token dies when it is used.
    public init(clock: WallClock, lifetime: TimeInterval, rotates: Bool) {
        self.clock = clock
        self.lifetime = lifetime
        self.rotates = rotates
    }

    /// A new pair, as after a person agreed.
    public func issue() -> Grant { state.withLock { issue(&$0, refresh: nil) } }

    /// A code to be exchanged once; what the exchange must repeat (challenge, redirect) is kept with it.
    public func code(_ facts: [String: String] = [:]) -> String {
        state.withLock { state in
            state.serial += 1
            let code = "code-\(state.serial)"
            state.codes[code] = facts
            return code
        }
    }

    /// The facts of a code, which is used up with this.
    public func redeem(_ code: String) -> [String: String]? { state.withLock { $0.codes.removeValue(forKey: code) } }

    /// A new access token for a refresh token; nil when it is not, or no longer, good.
    public func refresh(_ token: String) -> Grant? {
        state.withLock { state in
            guard state.refresh.contains(token) else { return nil }
            state.refreshes += 1
            if rotates { state.refresh.remove(token) }
            return issue(&state, refresh: rotates ? nil : token)
        }
    }

    public func isGood(_ access: String) -> Bool {
        state.withLock { ($0.access[access] ?? .distantPast) > clock.now() }
    }

    /// Takes a token from elsewhere: one that never expires, as static keys are, or one with an end.
    public func accept(_ access: String, until end: Date = .distantFuture) {
        state.withLock {
            $0.access[access] = end
            $0.keys[access] = end
        }
    }

    /// A person has made the keys that were taken from elsewhere good again.
    public func renew() { state.withLock { $0.access.merge($0.keys) { $1 } } }

    /// All access tokens die now; refresh tokens stay.
    public func expireAccess() { state.withLock { $0.access = [:] } }

    /// The app is removed: nothing is good any more.
    public func revokeAll() {
        state.withLock {
            $0.access = [:]
            $0.refresh = []
        }
    }

    public func revoke(_ token: String) {
        state.withLock {
            $0.access[token] = nil
            $0.refresh.remove(token)
        }
    }

    /// How often somebody refreshed.
    public var refreshes: Int { state.withLock { $0.refreshes } }

    private func issue(_ state: inout State, refresh: String?) -> Grant {
        state.serial += 1
        let grant = Grant(
            access: "access-\(state.serial)", refresh: refresh ?? "refresh-\(state.serial)",
            expiresAt: clock.now().addingTimeInterval(lifetime))
        state.access[grant.access] = grant.expiresAt
        state.refresh.insert(grant.refresh)
        return grant
    }
}

/// Counts calls in a fixed or rolling window, as vendors do.
public final class CallWindow: Sendable {
    private let clock: WallClock
    private let limit: Int
    private let seconds: TimeInterval
    private let calls = Mutex<[Date]>([])

    public init(_ limit: Int, per seconds: TimeInterval, clock: WallClock) {
        self.limit = limit
        self.seconds = seconds
        self.clock = clock
    }

    /// Calls left after this one; nil when it is one too many.
    public func take() -> Int? {
        let now = clock.now()
        return calls.withLock { calls in
            calls.removeAll { $0 <= now.addingTimeInterval(-seconds) }
            guard calls.count < limit else { return nil }
            calls.append(now)
            return limit - calls.count
        }
    }
}

extension VendorWorld {
    /// Something happens to the first rows of every list: where lists are sorted by change they move to the end.
    public func touch(row: Int, at time: Date) {
        change { company in
            // What somebody said before is not forgotten, so only whoever was read once may change.
            if row > 0 {
                company.change(customer: row, at: time) {
                    $0.country = "PT"
                    $0.emailConsent = false
                    $0.emailConsentAt = time
                }
            }
            company.change(order: row, at: time) { $0.refundedMinor += 100 }
            company.change(product: row, at: time) { $0.stock += 1 }
            company.change(campaign: row, at: time) { $0.dailyBudgetMinor += 100 }
        }
    }
}
