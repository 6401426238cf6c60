import Testing

@testable import Learning

@Suite("Work on several threads")
struct ConcurrencyTests {
    @Test("both pieces are done, each with threads of its own", arguments: [1, 2, 4])
    func concurrently(threads: Int) {
        let (one, other) = Learning.concurrently(threads: threads) {
            concurrentMap(50, threads: threads) { $0 * $0 }
        } and: {
            concurrentMap(40, threads: threads) { "\($0)" }
        }
        #expect(one == (0..<50).map { $0 * $0 })
        #expect(other == (0..<40).map { "\($0)" })
    }

    @Test("chunks cover every index once and in order, whatever their size", arguments: [0, 1, 3, 10, 11])
    func chunks(size: Int) {
        for threads in [1, 3] {
            let parts = concurrentMap(chunksOf: 10, size: size, threads: threads) { Array($0) }
            #expect(parts.flatMap(\.self) == Array(0..<10))
            #expect(parts.allSatisfy { !$0.isEmpty && $0.count <= max(size, 1) })
        }
        #expect(concurrentMap(chunksOf: 0, size: size, threads: 2) { $0.count }.isEmpty)
    }

    @Test("pieces within pieces end")
    func nested() {
        @Sendable func depth(_ level: Int) -> Int {
            guard level > 0 else { return 1 }
            let (one, other) = Learning.concurrently(threads: 2) {
                depth(level - 1)
            } and: {
                concurrentMap(2, threads: 2) { _ in depth(level - 1) }.reduce(0, +)
            }
            return one + other
        }
        #expect(depth(4) == 81)
    }
}
