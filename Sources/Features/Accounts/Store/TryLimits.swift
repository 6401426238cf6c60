import FoundationEssentials
import Vault
import Web

/// How often one address of the network, and one account, may try to sign in, sign up, refresh or join.
struct TryLimits: Sendable {
    private let byAddress: RateLimiter
    private let byAccount: RateLimiter

    init(perMinute: Int, perHour: Int, clock: WallClock) {
        let limits = [RateLimit(perMinute, per: .seconds(60)), RateLimit(perHour, per: .seconds(3600))]
        let now: @Sendable () -> Double = { clock.now().timeIntervalSince1970 }
        byAddress = RateLimiter(name: "auth", limits, now: now)
        byAccount = RateLimiter(name: "auth-account", limits, now: now)
    }

    /// Counts a try, or throws 429 with the time to wait.
    /// - Parameter account: the e-mail address as typed, lower-cased; nil where none is known
    func take(address: String, account: String?) throws {
        try byAddress.check(address)
        if let account, !account.isEmpty { try byAccount.check(RandomToken.hash(account)) }
    }
}
