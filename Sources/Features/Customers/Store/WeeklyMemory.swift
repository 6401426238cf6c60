import Synchronization
import Tenancy

/// Weekly figures that hold as long as the data version does.
final class WeeklyMemory: Sendable {
    static let shared = WeeklyMemory()
    private static let capacity = 2_000

    private struct Entry {
        let version: Int64
        let key: String
        let figures: WeeklyFigures
    }

    /// The newest question of each organization.
    private let entries = Mutex<[String: Entry]>([:])

    func figures(
        _ scope: TenantScope, database: String, version: Int64, key: String, make: () async throws -> WeeklyFigures
    ) async throws -> WeeklyFigures {
        let owner = database + "/" + scope.organizationID
        if let known = entries.withLock({ $0[owner] }), known.version == version, known.key == key {
            return known.figures
        }
        let fresh = try await make()
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
            entries[owner] = Entry(version: version, key: key, figures: fresh)
        }
        return fresh
    }
}
