import Synchronization

/// Access tokens whose signature has been checked, bounded. Expiry is checked by whoever asks.
final class VerifiedTokens: Sendable {
    private let claims = Mutex<[String: AccessClaims]>([:])
    private let capacity: Int

    init(capacity: Int = 10_000) { self.capacity = capacity }

    func claims(of token: String) -> AccessClaims? { claims.withLock { $0[token] } }

    /// - Parameter now: seconds since 1970; what has expired makes room first.
    func remember(_ token: String, _ verified: AccessClaims, now: Int64) {
        claims.withLock { claims in
            if claims.count >= capacity {
                claims = claims.filter { $0.value.exp > now }
                if claims.count >= capacity { claims.removeAll(keepingCapacity: true) }
            }
            claims[token] = verified
        }
    }
}
