import Synchronization
import Testing

@testable import Memory

@Suite("Questions that go together")
struct LoadingBatchTests {
    private struct Broken: Error {}

    /// Notes what each load was asked for.
    private final class Loads: Sendable {
        private let asked = Mutex([[Int]]())
        var all: [[Int]] { asked.withLock { $0 } }
        func note(_ keys: [Int]) { asked.withLock { $0.append(keys.sorted()) } }
    }

    @Test("whoever asks alone is answered at once; nothing is remembered; what is not there is nil")
    func alone() async throws {
        let batch = LoadingBatch<String, Int, String>()
        let loads = Loads()
        for _ in 0..<2 {
            let found = try await batch.value(for: 7, in: "a") { keys in
                loads.note(keys)
                return [7: "seven"]
            }
            #expect(found == "seven")
        }
        #expect(loads.all == [[7], [7]])
        #expect(try await batch.value(for: 8, in: "a") { _ in [:] } == nil)
    }

    @Test("who asks while loads are under way goes into the next one, at most so many, and groups stay apart")
    func together() async throws {
        let batch = LoadingBatch<String, Int, Int>(most: 20, lanes: 1)
        let (loads, gate, arrived) = (Loads(), Gate(), Tally())
        @Sendable func ask(_ key: Int, _ group: String = "a") async throws -> Int? {
            try await batch.value(for: key, in: group) { keys in
                loads.note(keys)
                arrived.add()
                try await gate.pass()
                return Dictionary(uniqueKeysWithValues: keys.map { ($0, $0 * 10) })
            }
        }
        try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
            group.addTask { (0, try await ask(0)) }
            try await until { arrived.count == 1 }
            for key in 1...30 { group.addTask { (key % 25, try await ask(key % 25)) } }
            group.addTask { (5, try await ask(5, "b")) }
            try await until { arrived.count == 2 && batch.waiting(in: "a") == 30 }
            gate.open()
            for try await (key, value) in group { #expect(value == key * 10) }
        }
        let own = loads.all.filter { $0 != [0] && $0 != [5] }
        #expect(own.count == 2 && own.allSatisfy { $0.count <= 20 })
        #expect(Set(own.joined()) == Set(0..<25))
    }

    @Test("a failure reaches those whose key was in the load, and the next load goes on")
    func failure() async throws {
        let batch = LoadingBatch<String, Int, Int>(lanes: 1)
        await #expect(throws: Broken.self) { _ = try await batch.value(for: 1, in: "a") { _ in throw Broken() } }
        #expect(try await batch.value(for: 1, in: "a") { _ in [1: 2] } == 2)
    }
}
