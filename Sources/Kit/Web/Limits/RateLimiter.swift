import HTTPTypes
import Hummingbird
import Synchronization
import Telemetry

/// So many requests in so much time. The bucket holds `count` and refills evenly.
public struct RateLimit: Sendable, Hashable {
    public let count: Int
    public let period: Duration

    public init(_ count: Int, per period: Duration) {
        precondition(count > 0 && period > .zero, "a limit needs a count and a period")
        self.count = count
        self.period = period
    }

    var seconds: Double {
        Double(period.components.seconds) + Double(period.components.attoseconds) / 1e18
    }
}

/// The verdict on one request.
public struct RateDecision: Sendable, Equatable {
    public let isAllowed: Bool
    /// Requests left in the tightest bucket.
    public let remaining: Int
    /// Seconds until the tightest bucket is full again.
    public let reset: Int
    /// Seconds until the next request is allowed; 0 if it is now.
    public let retryAfter: Int
}

/// Token buckets per key, in this process. Memory is bounded: when the table is full, buckets that are full again
/// are dropped, then the ones unused longest.
public final class RateLimiter: Sendable {
    private struct Buckets {
        var tokens: [Double]
        var updated: Double
    }

    public let name: String
    private let limits: [RateLimit]
    private let capacity: Int
    private let now: @Sendable () -> Double
    private let table = Mutex<[String: Buckets]>([:])
    private let refusals: Counter

    /// - Parameters:
    ///   - name: for the `RateLimit-Policy` header and metrics
    ///   - limits: all must allow a request
    ///   - capacity: the most keys that are remembered
    ///   - now: seconds on a clock that never goes back; for tests
    public init(
        name: String, _ limits: [RateLimit], capacity: Int = 50_000, now: (@Sendable () -> Double)? = nil
    ) {
        self.name = name
        self.limits = limits
        self.capacity = capacity
        refusals = MetricsRegistry.shared.counter(
            "rate_limited_total", help: "Requests refused for their rate.", labels: ["scope": name])
        let start = ContinuousClock.now
        self.now =
            now
            ?? {
                let elapsed = start.duration(to: .now).components
                return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
            }
    }

    /// Takes one token of each bucket of the key, or none if one is empty.
    public func take(_ key: String) -> RateDecision {
        let time = now()
        return table.withLock { table in
            var buckets = table[key] ?? Buckets(tokens: limits.map { Double($0.count) }, updated: time)
            refill(&buckets, at: time)
            let isAllowed = buckets.tokens.allSatisfy { $0 >= 1 }
            if isAllowed {
                for index in buckets.tokens.indices { buckets.tokens[index] -= 1 }
            }
            if table[key] == nil, table.count >= capacity { makeRoom(in: &table, at: time) }
            table[key] = buckets
            return decision(buckets, isAllowed: isAllowed)
        }
    }

    /// Takes a token or throws 429 with the rate headers.
    @discardableResult
    public func check(_ key: String) throws -> RateDecision {
        let decision = take(key)
        guard decision.isAllowed else {
            refusals.increment()
            var problem = Problem.tooManyRequests(retryAfter: decision.retryAfter)
            for field in headers(decision) { problem.headers.append(field) }
            throw problem
        }
        return decision
    }

    /// The same for a request in hand: the answer, whatever it is, will carry the rate headers.
    @discardableResult
    public func check(_ key: String, in context: some WebContext) throws -> RateDecision {
        let decision = try check(key)
        let fields = headers(decision)
        context.notes.update { notes in
            if notes.rateHeaders == nil { notes.rateHeaders = fields }
        }
        return decision
    }

    /// Forgets a key, for instance after a good sign-in.
    public func reset(_ key: String) { table.withLock { $0[key] = nil } }

    /// `RateLimit-Policy` and `RateLimit` for an answer (IETF httpapi-ratelimit-headers draft).
    public func headers(_ decision: RateDecision) -> HTTPFields {
        let policy = limits.map { "\"\(name)\";q=\($0.count);w=\(Int($0.seconds.rounded(.up)))" }
        return [
            .rateLimitPolicy: policy.joined(separator: ", "),
            .rateLimit: "\"\(name)\";r=\(decision.remaining);t=\(decision.reset)",
        ]
    }

    /// The number of keys in memory.
    var count: Int { table.withLock { $0.count } }

    // MARK: Buckets

    private func refill(_ buckets: inout Buckets, at time: Double) {
        let elapsed = max(0, time - buckets.updated)
        for (index, limit) in limits.enumerated() {
            let rate = Double(limit.count) / limit.seconds
            buckets.tokens[index] = min(Double(limit.count), buckets.tokens[index] + elapsed * rate)
        }
        buckets.updated = time
    }

    private func decision(_ buckets: Buckets, isAllowed: Bool) -> RateDecision {
        var remaining = Int.max
        var reset = 0.0
        var wait = 0.0
        for (limit, tokens) in zip(limits, buckets.tokens) {
            let secondsPerToken = limit.seconds / Double(limit.count)
            if Int(tokens) < remaining {
                remaining = Int(tokens)
                reset = (Double(limit.count) - tokens) * secondsPerToken
            }
            wait = max(wait, (1 - tokens) * secondsPerToken)
        }
        return RateDecision(
            isAllowed: isAllowed, remaining: max(0, remaining == Int.max ? 0 : remaining),
            reset: Int(reset.rounded(.up)), retryAfter: isAllowed ? 0 : max(1, Int(wait.rounded(.up))))
    }

    private func makeRoom(in table: inout [String: Buckets], at time: Double) {
        let longest = limits.map(\.seconds).max() ?? 0
        table = table.filter { time - $0.value.updated < longest }
        guard table.count >= capacity else { return }
        // Still full: drop the tenth unused longest at once, so that this does not happen on every request.
        let oldest = table.sorted { $0.value.updated < $1.value.updated }.prefix(max(1, capacity / 10))
        for entry in oldest { table[entry.key] = nil }
    }
}

/// Limits a group of routes by a key of the request and puts the rate headers on every answer.
public struct RateLimiting<Context: WebContext>: RouterMiddleware {
    private let limiter: RateLimiter
    private let key: @Sendable (Request, Context) -> String?

    /// - Parameter key: nil leaves a request unlimited
    public init(_ limiter: RateLimiter, key: @escaping @Sendable (Request, Context) -> String?) {
        self.limiter = limiter
        self.key = key
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let key = key(request, context) else { return try await next(request, context) }
        let decision = try limiter.check(key)
        var response = try await next(request, context)
        for field in limiter.headers(decision) where response.headers[field.name] == nil {
            response.headers.append(field)
        }
        return response
    }
}
