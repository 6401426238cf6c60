import Tenancy

extension EyesStore {
    /// The database writes one portion while the next one is made.
    private static let portionsUnderWay = 3

    /// Writes a row for everybody, a few portions at a time.
    func insert(_ rows: RunRows, progress: (Int, Int) async throws -> Void) async throws {
        let expected = rows.members.count + rows.scores.count
        let portions =
            rows.members.portions(of: 2_000).map(Portion.members)
            + rows.scores.portions(of: 1_000).map(Portion.scores)
        var done = 0
        try await withThrowingTaskGroup(of: Int.self) { group in
            for (index, portion) in portions.enumerated() {
                if index >= Self.portionsUnderWay, let written = try await group.next() {
                    done += written
                    try await progress(done, expected)
                }
                group.addTask { try await insert(portion) }
            }
            while let written = try await group.next() {
                done += written
                try await progress(done, expected)
            }
        }
    }

    private enum Portion: Sendable {
        case members([StoredMember])
        case scores([StoredScore])
    }

    private func insert(_ portion: Portion) async throws -> Int {
        switch portion {
        case .members(let rows):
            try await TenantCollection<StoredMember>(scope, database).insert(rows)
            return rows.count
        case .scores(let rows):
            try await TenantCollection<StoredScore>(scope, database).insert(rows)
            return rows.count
        }
    }
}
