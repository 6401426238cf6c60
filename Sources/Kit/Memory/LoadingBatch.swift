import Synchronization

/// Loads what many ask for one by one, several at a time: while loads of a group are under way, further questions wait and
/// go together into the next one. Whoever asks alone waits for nobody.
///
/// Nothing is remembered. What belongs to an organization has the organization in its group.
public final class LoadingBatch<Group: Hashable & Sendable, Key: Hashable & Sendable, Value: Sendable>: Sendable {
    public typealias Load = @Sendable ([Key]) async throws -> [Key: Value]

    private typealias Waiting = CheckedContinuation<Value?, any Error>

    private struct Line {
        var underWay = 0
        var waiting: [Key: [Waiting]] = [:]
    }

    private let lines = Mutex([Group: Line]())
    private let most: Int
    private let lanes: Int

    /// - Parameters:
    ///   - most: keys of one load
    ///   - lanes: loads of a group at once
    public init(most: Int = 100, lanes: Int = 2) {
        self.most = max(most, 1)
        self.lanes = max(lanes, 1)
    }

    /// The value of a key; nil where the load has none. A failure reaches everybody whose key was in the load.
    ///
    /// - Parameter load: equal for everybody who asks in a group; the one of whoever opens a lane is used.
    public func value(for key: Key, in group: Group, load: @escaping Load) async throws -> Value? {
        try await withCheckedThrowingContinuation { continuation in
            let opensLane = lines.withLock { lines in
                lines[group, default: Line()].waiting[key, default: []].append(continuation)
                guard lines[group, default: Line()].underWay < lanes else { return false }
                lines[group, default: Line()].underWay += 1
                return true
            }
            if opensLane { Task { await run(group, load) } }
        }
    }

    /// How many wait for the next load of a group.
    func waiting(in group: Group) -> Int {
        lines.withLock { $0[group]?.waiting.values.reduce(0) { $0 + $1.count } ?? 0 }
    }

    /// Loads until nobody waits.
    private func run(_ group: Group, _ load: Load) async {
        while let batch = next(group) {
            do {
                let values = try await load(Array(batch.keys))
                for (key, waiting) in batch { for one in waiting { one.resume(returning: values[key]) } }
            } catch {
                for one in batch.values.joined() { one.resume(throwing: error) }
            }
        }
    }

    /// Who waits, as many as one load may take; nil closes the lane.
    private func next(_ group: Group) -> [Key: [Waiting]]? {
        lines.withLock { lines in
            guard var line = lines[group] else { return nil }
            guard !line.waiting.isEmpty else {
                line.underWay -= 1
                lines[group] = line.underWay > 0 ? line : nil
                return nil
            }
            let batch = Dictionary(uniqueKeysWithValues: line.waiting.prefix(most).map { ($0.key, $0.value) })
            for key in batch.keys { line.waiting[key] = nil }
            lines[group] = line
            return batch
        }
    }
}
