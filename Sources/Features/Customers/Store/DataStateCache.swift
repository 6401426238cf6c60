import Foundation
import Synchronization
import Tenancy

/// Remembers each organization's data state for a second, so that a busy page does not ask for it on every request.
final class DataStateCache: Sendable {
    static let shared = DataStateCache()

    private struct Entry {
        var state: DataState
        var readAt: ContinuousClock.Instant
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// Keyed by organization and database, because tests have many.
    func state(
        _ scope: TenantScope, database: String, read: () async throws -> DataState
    ) async throws -> DataState {
        let key = database + "/" + scope.organizationID
        if let entry = entries.withLock({ $0[key] }), entry.readAt.duration(to: .now) < .seconds(1) {
            return entry.state
        }
        let state = try await read()
        entries.withLock { entries in
            if entries.count > 10_000 { entries.removeAll() }
            entries[key] = Entry(state: state, readAt: .now)
        }
        return state
    }

    func drop(_ scope: TenantScope) {
        entries.withLock { entries in
            for key in entries.keys where key.hasSuffix("/" + scope.organizationID) { entries[key] = nil }
        }
    }
}
