import Jobs
import Testing

@Suite("Compute pool")
struct ComputePoolTests {
    @Test("work runs off the cooperative threads and brings its value or error back")
    func runs() async throws {
        struct Broken: Error {}
        let pool = ComputePool(threads: 2)
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 { group.addTask { try await pool.run { number * number } } }
            return try await group.reduce(0, +)
        }
        #expect(values == 328_350)
        await #expect(throws: Broken.self) { try await pool.run { throw Broken() } }
    }

    @Test("cancelled work that has not begun does not run")
    func cancelled() async throws {
        let pool = ComputePool(threads: 1)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await pool.run { 1 }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
