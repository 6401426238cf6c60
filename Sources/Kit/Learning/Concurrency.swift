import Dispatch
import Synchronization

/// Runs `body` for 0..<count on up to `threads` threads and returns the results by index.
///
/// Which thread takes which index does not matter to the answer as long as `body` depends on its index alone:
/// everything in this room that takes `threads` is built on that.
public func concurrentMap<Result: Sendable>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
    guard count > 0 else { return [] }
    let workers = min(max(threads, 1), count)
    guard workers > 1 else { return (0..<count).map(body) }
    let results = Mutex([Result?](repeating: nil, count: count))
    let nextIndex = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
        while true {
            let index = nextIndex.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            let result = body(index)
            results.withLock { $0[index] = result }
        }
    }
    return results.withLock { $0.compactMap(\.self) }
}

/// A fixed cut of 0..<count, the same for any number of threads.
func chunks(of count: Int, size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: max(size, 1)).map { $0..<min($0 + max(size, 1), count) }
}
