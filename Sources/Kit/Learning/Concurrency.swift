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

/// Runs `body` for each chunk of 0..<count and returns the results in order of the chunks. The cut is the same for any
/// number of threads.
public func concurrentMap<Result: Sendable>(
    chunksOf count: Int, size: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Result
) -> [Result] {
    let size = max(size, 1)
    let starts = Array(stride(from: 0, to: count, by: size))
    return concurrentMap(starts.count, threads: threads) { body(starts[$0]..<min(starts[$0] + size, count)) }
}

/// Runs two pieces of work beside each other where there is a thread for it, else one after the other. Either may use
/// ``concurrentMap(_:threads:_:)``: within one, a second one would get a single thread.
public func concurrently<First, Second: Sendable>(
    threads: Int, _ first: () -> First, and second: @escaping @Sendable () -> Second
) -> (First, Second) {
    guard threads > 1 else {
        let done = first()
        return (done, second())
    }
    let answer = Answer<Second>()
    DispatchQueue.global().async { answer.give(second()) }
    let done = first()
    return (done, answer.wait())
}

/// A value that another thread gives.
private final class Answer<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isGiven = DispatchSemaphore(value: 0)

    func give(_ new: Value) {
        value.withLock { $0 = new }
        isGiven.signal()
    }

    func wait() -> Value {
        while true {
            isGiven.wait()
            if let value = value.withLock({ $0 }) { return value }
        }
    }
}
