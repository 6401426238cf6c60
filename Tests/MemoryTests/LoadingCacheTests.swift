import Testing

@testable import Memory

@Suite("A cache that loads", .timeLimit(.minutes(1)))
struct LoadingCacheTests {
    @Test("an answer is remembered until it is as old as it may get, counted from where its load began")
    func age() async throws {
        let (hand, loads) = (Hand(), Tally())
        let cache = LoadingCache<String, Int>(capacity: 8, lifetime: .seconds(10), now: { hand.now })
        func ask() async throws -> Int {
            try await cache.value(for: "a") {
                hand.advance(.seconds(2))
                return loads.add()
            }
        }
        #expect(try await ask() == 1)
        hand.advance(.milliseconds(7_999))
        #expect(try await ask() == 1)
        #expect(cache.known("a") == 1)
        hand.advance(.milliseconds(1))
        #expect(cache.known("a") == nil)
        #expect(try await ask() == 2)
    }

    @Test("an answer made from another version does not hold")
    func version() async throws {
        let loads = Tally()
        let cache = LoadingCache<String, Int>(capacity: 8)
        func ask(_ version: Int64) async throws -> Int {
            try await cache.value(for: "a", version: version) { loads.add() }
        }
        #expect(try await [ask(1), ask(1), ask(2), ask(2)] == [1, 1, 2, 2])
        #expect(cache.known("a", version: 1) == nil)
        #expect(cache.known("a", version: 2) == 2)
        #expect(cache.count == 1)
    }

    @Test("a version that comes while another is loading is loaded by itself, and is the one that stays")
    func versionInFlight() async throws {
        let cache = LoadingCache<String, String>(capacity: 8)
        let (gate, begun) = (Gate(), Tally())
        async let old = cache.value(for: "a", version: 1) {
            begun.add()
            try await gate.pass()
            return "old"
        }
        try await until { begun.count == 1 }
        #expect(try await cache.value(for: "a", version: 2) { "new" } == "new")
        gate.open()
        #expect(try await old == "old")
        #expect(cache.known("a", version: 2) == "new")
    }

    @Test("the number of entries is bounded; the least recently used goes first")
    func bound() async throws {
        let cache = LoadingCache<Int, Int>(capacity: 100)
        for key in 0..<1_000 {
            _ = try await cache.value(for: key) { key }
            _ = cache.known(7)
        }
        #expect(cache.count == 100)
        #expect(cache.known(7) == 7)
        #expect(cache.known(900) == nil)
        #expect(cache.known(901) == 901)
    }

    @Test("a load that fails is not remembered")
    func failure() async throws {
        let loads = Tally()
        let cache = LoadingCache<String, Int>(capacity: 8)
        func ask() async throws -> Int {
            try await cache.value(for: "a") {
                guard loads.add() > 1 else { throw Broken(attempt: 1) }
                return loads.count
            }
        }
        await #expect(throws: Broken(attempt: 1)) { try await ask() }
        #expect(cache.count == 0)
        #expect(try await ask() == 2)
    }

    @Test("what is not worth keeping is asked for again, and takes the place of what was known")
    func keeping() async throws {
        let (hand, loads) = (Hand(), Tally())
        let cache = LoadingCache<String, Int?>(
            capacity: 8, lifetime: .seconds(10), renewal: .seconds(5), keeps: { $0 != nil }, now: { hand.now })
        func ask(_ answer: Int?) async throws -> Int? {
            try await cache.value(for: "a") {
                loads.add()
                return answer
            }
        }
        #expect(try await ask(nil) == nil)
        #expect(try await ask(1) == 1)
        #expect(try await ask(2) == 1)
        hand.advance(.seconds(5))
        #expect(try await ask(nil) == nil)
        #expect(cache.count == 0)
        #expect(loads.count == 3)
    }

    @Test("past the age of renewal one caller loads while the others use what is known")
    func renewal() async throws {
        let (hand, gate, loads) = (Hand(), Gate(), Tally())
        let cache = LoadingCache<String, Int>(
            capacity: 8, lifetime: .seconds(10), renewal: .seconds(5), now: { hand.now })
        #expect(try await cache.value(for: "a") { 1 } == 1)
        hand.advance(.seconds(5))
        async let renewed = cache.value(for: "a") {
            loads.add()
            try await gate.pass()
            return 2
        }
        try await until { loads.count == 1 }
        for _ in 0..<3 { #expect(try await cache.value(for: "a") { 3 } == 1) }
        gate.open()
        #expect(try await renewed == 2)
        #expect(try await cache.value(for: "a") { 3 } == 2)
    }

    @Test("forgetting is immediate, for one key and for all that match")
    func invalidation() async throws {
        let cache = LoadingCache<String, Int>(capacity: 8)
        for (key, value) in [("a", 1), ("b", 2), ("c", 3)] { _ = try await cache.value(for: key) { value } }
        cache.invalidate("a")
        #expect([cache.known("a"), cache.known("b"), cache.known("c")] == [nil, 2, 3])
        cache.invalidate { key, value in key == "b" || value == 3 }
        #expect(cache.count == 0)
    }
}
