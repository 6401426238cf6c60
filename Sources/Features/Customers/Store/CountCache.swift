import Foundation
import Synchronization
import Tenancy

/// Counts that hold as long as the data version does: a list does not count its rows on every page.
final class CountCache: Sendable {
    static let shared = CountCache()

    private struct Entry {
        var version: Int64
        var counts: [String: Int]
    }

    private let entries = Mutex<[String: Entry]>([:])

    func count(
        _ scope: TenantScope, database: String, version: Int64, key: String, compute: () async throws -> Int
    ) async throws -> Int {
        let owner = database + "/" + scope.organizationID
        if let known = entries.withLock({ $0[owner].flatMap { $0.version == version ? $0.counts[key] : nil } }) {
            return known
        }
        let count = try await compute()
        entries.withLock { entries in
            if entries.count > 5_000 { entries.removeAll() }
            var entry = entries[owner] ?? Entry(version: version, counts: [:])
            if entry.version != version || entry.counts.count > 200 { entry = Entry(version: version, counts: [:]) }
            entry.counts[key] = count
            entries[owner] = entry
        }
        return count
    }
}
