import Testing

@testable import Memory

@Suite("Loads that are shared", .timeLimit(.minutes(1)))
struct SharedLoadTests {
    private let cache = LoadingCache<String, Int>(capacity: 8)
    private let gate = Gate()
    private let loads = Tally()

    /// Asks for `a`; the answer is the number of the load.
    private func ask() -> Task<Int, any Error> {
        Task {
            try await cache.value(for: "a") {
                let number = loads.add()
                try await gate.pass()
                return number
            }
        }
    }

    /// One who loads and so many who wait for it.
    private func crowd(_ count: Int) async throws -> (loader: Task<Int, any Error>, waiters: [Task<Int, any Error>]) {
        let loader = ask()
        try await until { loads.count == 1 }
        let waiters = (0..<count).map { _ in ask() }
        try await until { cache.waiterCount == count }
        return (loader, waiters)
    }

    @Test("callers of a missing key share one load")
    func one() async throws {
        let (loader, waiters) = try await crowd(50)
        gate.open()
        #expect(try await loader.value == 1)
        for waiter in waiters { #expect(try await waiter.value == 1) }
        #expect(try await ask().value == 1)
        #expect(loads.count == 1)
    }

    @Test("keys do not wait for each other")
    func keys() async throws {
        let (loader, _) = try await crowd(1)
        #expect(try await cache.value(for: "b") { 7 } == 7)
        gate.open()
        #expect(try await loader.value == 1)
    }

    @Test("a failure reaches all who waited, once")
    func failure() async throws {
        let cache = cache
        let (gate, loads) = (gate, loads)
        let tasks = (0..<10).map { _ in
            Task {
                try await cache.value(for: "a") {
                    let attempt = loads.add()
                    try await gate.pass()
                    throw Broken(attempt: attempt)
                }
            }
        }
        try await until { cache.waiterCount == 9 }
        gate.open()
        for task in tasks {
            let result = await task.result
            #expect(throws: Broken(attempt: 1)) { try result.get() }
        }
        #expect(try await cache.value(for: "a") { 2 } == 2)
    }

    @Test("one who stops waiting leaves at once, and the others get their answer")
    func cancelledWaiter() async throws {
        let (loader, waiters) = try await crowd(3)
        waiters[0].cancel()
        await #expect(throws: CancellationError.self) { try await waiters[0].value }
        #expect(cache.waiterCount == 2)
        gate.open()
        for task in [loader, waiters[1], waiters[2]] { #expect(try await task.value == 1) }
    }

    @Test("when the one who loads is cancelled, one of the others takes over")
    func cancelledLoader() async throws {
        let (loader, waiters) = try await crowd(3)
        loader.cancel()
        await #expect(throws: CancellationError.self) { try await loader.value }
        try await until { cache.waiterCount == 2 }
        gate.open()
        for waiter in waiters { #expect(try await waiter.value == 2) }
        #expect(loads.count == 2)
    }

    @Test("one who is cancelled already does not wait")
    func cancelledBefore() async throws {
        let (loader, _) = try await crowd(0)
        let late = Task {
            try await until { Task.isCancelled }
            return try await cache.value(for: "a") { 5 }
        }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        gate.open()
        #expect(try await loader.value == 1)
    }

    @Test("what was being loaded when it was forgotten is given to those who waited, and to nobody else")
    func forgottenInFlight() async throws {
        let (loader, waiters) = try await crowd(2)
        cache.invalidate("a")
        #expect(try await cache.value(for: "a") { 9 } == 9)
        gate.open()
        #expect(try await loader.value == 1)
        for waiter in waiters { #expect(try await waiter.value == 1) }
        #expect(cache.known("a") == 9)
    }

    @Test("forgetting whatever matches forgets what is being loaded, too")
    func forgottenByMatch() async throws {
        let (loader, _) = try await crowd(0)
        cache.invalidate { _, _ in false }
        gate.open()
        #expect(try await loader.value == 1)
        #expect(cache.known("a") == nil)
    }

    @Test("a load that has taken longer than an answer may be old is not waited for")
    func slowLoad() async throws {
        let (hand, gate, loads) = (Hand(), gate, loads)
        let cache = LoadingCache<String, Int>(capacity: 8, lifetime: .seconds(1), now: { hand.now })
        async let slow = cache.value(for: "a") {
            loads.add()
            try await gate.pass()
            return 1
        }
        try await until { loads.count == 1 }
        hand.advance(.seconds(1))
        #expect(try await cache.value(for: "a") { 2 } == 2)
        gate.open()
        #expect(try await slow == 1)
        #expect(cache.known("a") == 2)
    }

    @Test("whoever writes and forgets never reads what was there before, however many read at the same time")
    func writersSeeTheirWrites() async throws {
        let written = Tally()
        let cache = cache
        func read() async throws -> Int {
            try await cache.value(for: "a") {
                let value = written.count
                await Task.yield()
                return value
            }
        }
        let stale = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var stale = 0
                    for _ in 0..<500 {
                        let mine = written.add()
                        cache.invalidate("a")
                        if try await read() < mine { stale += 1 }
                    }
                    return stale
                }
                group.addTask {
                    for _ in 0..<2_000 { _ = try await read() }
                    return 0
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(stale == 0)
        #expect(cache.waiterCount == 0)
    }
}
