import BSON
import Mongo
import Tenancy

extension EyesStore {
    private var rankings: TenantCollection<StoredRanking> { TenantCollection(scope, database) }
    private var scored: TenantCollection<StoredScore> { TenantCollection(scope, database) }
    private var placed: TenantCollection<StoredMember> { TenantCollection(scope, database) }

    /// Most stretches read at once.
    private static let mostStretches = 16

    /// Writes the lists of a run.
    func insertRankings(of rows: ResultRows) async throws {
        let builder = RankingBuilder(runID: rows.runID)
        for part in builder.scores(rows.scores.map { RankedRow($0) }).portions(of: 100) {
            try await rankings.insert(part)
        }
        for part in builder.members(rows.members).portions(of: 100) { try await rankings.insert(part) }
    }

    func removeRankings(of runID: String) async throws {
        let prefix = StoredRanking.prefix(runID)
        try await rankings.delete(.and([.gte("_id", .string(prefix)), .lt("_id", .string(prefix + "~"))]), multi: true)
    }

    /// Scored customers in order of place, from a place on.
    func scores(_ query: ScoreQuery, runID: String) async throws -> [StoredScore] {
        var ids: [String] = []
        try await walk(.scores(query.horizon, query.sort), runID: runID, from: query.fromPlace) { entry in
            if query.matches(entry) { ids.append(entry.customerID) }
            return ids.count < query.limit
        }
        let rows = try await scores(of: ids, runID: runID)
        return ids.compactMap { rows[$0] }
    }

    func countScores(_ query: ScoreQuery, runID: String) async throws -> Int {
        var count = 0
        try await walk(.scores(query.horizon, query.sort), runID: runID, from: 0) { entry in
            if query.matches(entry) { count += 1 }
            return true
        }
        return count
    }

    func members(runID: String, segment: Int, fromPlace: Int, limit: Int) async throws -> [StoredMember] {
        var ids: [String] = []
        try await walk(.segment(segment), runID: runID, from: fromPlace) { entry in
            if !entry.customerID.isEmpty { ids.append(entry.customerID) }
            return ids.count < limit
        }
        let rows = try await placed.find(.in("_id", ids.map { .string(rowID(runID: runID, customerID: $0)) }))
        return rows.sorted { $0.place < $1.place }
    }

    /// Gives the entries of a list in order, from a place on, until `body` has enough. Reads few stretches at first: most
    /// pages lie within one.
    private func walk(
        _ list: RankedList, runID: String, from place: Int, _ body: (RankedEntry) -> Bool
    ) async throws {
        let end = StoredRanking.prefix(runID) + list.key + ".~"
        var next = StoredRanking.id(runID: runID, list: list, holding: place)
        var most = 1
        while true {
            let stretches = try await stretches(
                .and([.gte("_id", .string(next)), .lt("_id", .string(end))]), most, runID)
            for stretch in stretches {
                for entry in stretch.entries.dropFirst(max(place - stretch.from, 0)) where !body(entry) { return }
            }
            guard stretches.count == most, let last = stretches.last else { return }
            next = last.id + "~"
            most = min(2 * most, Self.mostStretches)
        }
    }

    private func stretches(_ filter: Filter, _ most: Int, _ runID: String) async throws -> [StoredRanking] {
        let found = try await rankings.find(filter, sort: [.ascending("_id")], limit: most)
        guard found.isEmpty, try await isWithoutRankings(runID) else { return found }
        try await rank(runID)
        return try await rankings.find(filter, sort: [.ascending("_id")], limit: most)
    }

    /// Runs from before lists were kept have rows only.
    private func isWithoutRankings(_ runID: String) async throws -> Bool {
        guard try await !rankings.exists(.prefix("_id", StoredRanking.prefix(runID))) else { return false }
        return try await placed.exists(.eq("run_id", .string(runID)))
    }

    /// Makes the lists of a run from its rows.
    private func rank(_ runID: String) async throws {
        let own = Filter.eq("run_id", .string(runID))
        var (rows, members): ([RankedRow], [StoredMember]) = ([], [])
        for try await batch in try scored.batches(own) { rows += batch.map { RankedRow($0) } }
        for try await batch in try placed.batches(own) { members += batch }
        let builder = RankingBuilder(runID: runID)
        for row in builder.scores(rows) + builder.members(members) { try await rankings.replace(row, upsert: true) }
    }

    // MARK: Forgetting

    /// Takes people out of the lists of a run; their places stay. To be called while their rows are still there.
    func forgetInRankings(_ customers: [String], runID: String) async throws -> Int {
        let ids = customers.map { BSONValue.string(rowID(runID: runID, customerID: $0)) }
        var holding: [String: Set<String>] = [:]
        for score in try await scored.find(.in("_id", ids)) {
            for (horizon, standing) in zip(Horizon.allCases, score.scores) {
                guard let standing else { continue }
                for (order, place) in [(ScoreQuery.Order.value, standing.place), (.risk, standing.riskPlace)] {
                    let stretch = StoredRanking.id(runID: runID, list: .scores(horizon, order), holding: place)
                    holding[stretch, default: []].insert(score.customerID)
                }
            }
        }
        for member in try await placed.find(.in("_id", ids)) {
            let stretch = StoredRanking.id(runID: runID, list: .segment(member.segment), holding: member.place)
            holding[stretch, default: []].insert(member.customerID)
        }
        var changed = 0
        for (id, gone) in holding.sorted(by: { $0.key < $1.key }) {
            guard var stretch = try await rankings.get(id: id) else { continue }
            stretch.forget(gone)
            try await rankings.replace(stretch)
            changed += 1
        }
        return changed
    }
}

extension ScoreQuery {
    func matches(_ entry: RankedEntry) -> Bool {
        if entry.customerID.isEmpty { return false }
        if let band, entry.level != band { return false }
        if let segment, entry.segment != segment { return false }
        if let riskPlaces, !riskPlaces.contains(entry.riskPlace) { return false }
        return members?.contains(entry.customerID) ?? true
    }
}
