import Synchronization

/// What became of a row that a source told.
public enum RowChange: String, Sendable, Codable, CaseIterable {
    case created, updated, unchanged
}

/// What became of each row of a batch, for callers that answer row by row. By the stored id; a row that is not in it
/// was there already as it is told.
public final class WriteNotes: Sendable {
    private let changes = Mutex<[String: RowChange]>([:])

    public init() {}

    public func change(of id: String) -> RowChange { changes.withLock { $0[id] ?? .unchanged } }

    func add(_ ids: some Sequence<String>, _ change: RowChange) {
        changes.withLock { changes in
            for id in ids { changes[id] = change }
        }
    }
}
