import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Web

@Suite struct RateLimiterTests {
    private final class Clock: Sendable {
        private let time = Mutex(0.0)
        var now: Double { time.withLock { $0 } }
        func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
    }

    @Test("the bucket empties, refills evenly and says how long to wait")
    func bucket() {
        let clock = Clock()
        let limiter = RateLimiter(name: "t", [RateLimit(5, per: .seconds(60))], now: { clock.now })
        for left in (0..<5).reversed() { #expect(limiter.take("a").remaining == left) }
        let refused = limiter.take("a")
        #expect(!refused.isAllowed && refused.retryAfter == 12 && refused.reset == 60)
        #expect(limiter.take("b").isAllowed)
        clock.advance(11.9)
        #expect(!limiter.take("a").isAllowed)
        clock.advance(0.2)
        #expect(limiter.take("a").isAllowed)
        #expect(!limiter.take("a").isAllowed)
        clock.advance(3600)
        #expect(limiter.take("a").remaining == 4)
    }

    @Test("all limits count, and a refused request costs nothing")
    func several() {
        let clock = Clock()
        let limiter = RateLimiter(
            name: "t", [RateLimit(2, per: .seconds(1)), RateLimit(3, per: .seconds(100))], now: { clock.now })
        #expect(limiter.take("a").isAllowed && limiter.take("a").isAllowed && !limiter.take("a").isAllowed)
        clock.advance(1)
        #expect(limiter.take("a").isAllowed)
        let refused = limiter.take("a")
        #expect(!refused.isAllowed && refused.retryAfter > 30)
        limiter.reset("a")
        #expect(limiter.take("a").isAllowed)
    }

    @Test("memory stays bounded under a flood of keys")
    func flood() {
        let clock = Clock()
        let limiter = RateLimiter(name: "t", [RateLimit(5, per: .seconds(60))], capacity: 100, now: { clock.now })
        for index in 0..<10_000 {
            clock.advance(0.001)
            _ = limiter.take("key-\(index)")
            #expect(limiter.count <= 100)
        }
        clock.advance(61)
        _ = limiter.take("late")
        #expect(limiter.count <= 100)
    }

    @Test("a check in a guard puts the headers on the answer, errors included")
    func guarded() async throws {
        let clock = Clock()
        let limiter = RateLimiter(name: "user", [RateLimit(10, per: .seconds(60))], now: { clock.now })
        let registry = RouteRegistry()
        let router = WebStack.router(WebStackOptions(), registry: registry)
        let pages = [page("/good") { _, _ in text("x") }, page("/bad") { _, _ in throw Problem.notFound() }]
        RouteTable("t", pages).mount(on: router, registry: registry) { _, _, context in
            try limiter.check("ann", in: context)
        }
        try await test(Application(router: router)) { client in
            try await client.execute(uri: "/good", method: .get) {
                #expect($0.headers[.rateLimit] == "\"user\";r=9;t=6")
            }
            try await client.execute(uri: "/bad", method: .get) { #expect($0.headers[.rateLimit] != nil) }
        }
    }

    @Test("answers carry the rate headers, refusals are 429 with Retry-After")
    func middleware() async throws {
        let registry = RouteRegistry()
        let router = WebStack.router(WebStackOptions(), registry: registry)
        let clock = Clock()
        let limiter = RateLimiter(name: "auth", [RateLimit(1, per: .seconds(60))], now: { clock.now })
        let group = router.group("").add(middleware: RateLimiting(limiter) { _, _ in "one" })
        RouteTable("t", [page("/login") { _, _ in text("x") }]).mount(on: group, registry: registry) { _, _, _ in }
        try await test(Application(router: router)) { client in
            try await client.execute(uri: "/login", method: .get) { response in
                #expect(response.headers[.rateLimitPolicy] == "\"auth\";q=1;w=60")
                #expect(response.headers[.rateLimit]?.hasPrefix("\"auth\";r=0;t=") == true)
            }
            try await client.execute(uri: "/login", method: .get) { response in
                #expect(response.status == .tooManyRequests)
                #expect(response.headers[.retryAfter] == "60")
                #expect(response.headers[.rateLimit]?.hasPrefix("\"auth\";r=0") == true)
            }
        }
    }
}
