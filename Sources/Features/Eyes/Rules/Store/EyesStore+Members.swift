import BSON
import Foundation
import Tenancy

extension EyesStore {
    private var scored: TenantCollection<StoredScore> { TenantCollection(scope, database) }

    /// Scored customers among some people, in order of place: the list is walked and others are passed over.
    func scores(_ query: ScoreQuery, among members: Set<String>, runID: String) async throws -> [StoredScore] {
        var wanted = query
        wanted.members = nil
        wanted.limit = 2_000
        var found: [StoredScore] = []
        while found.count < query.limit {
            let rows = try await scores(wanted, runID: runID)
            found += rows.filter { members.contains($0.customerID) }.prefix(query.limit - found.count)
            guard rows.count == wanted.limit, let last = rows.last?.score(query.horizon) else { break }
            wanted.fromPlace = (query.sort == .value ? last.place : last.riskPlace) + 1
        }
        return found
    }

    func countScores(_ query: ScoreQuery, among members: Set<String>, runID: String) async throws -> Int {
        let prefix = query.horizon.key
        var count = 0
        for part in members.sorted().portions() {
            var filters: [Filter] =
                [
                    .eq("run_id", .string(runID)), .in("customer_id", part.map { .string($0) }),
                    .gte("\(prefix).\(query.sort.field)", .int(0)),
                ] + query.ranks
            if let band = query.band { filters.append(.eq("\(prefix).risk_level", .string(band.rawValue))) }
            count += try await scored.count(.and(filters), limit: nil)
        }
        return count
    }
}
