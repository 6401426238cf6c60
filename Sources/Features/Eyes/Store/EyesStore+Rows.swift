import BSON
import Crypto
import Tenancy

extension EyesStore {
    /// The database writes some portions while the next one is made.
    private static let portionsUnderWay = 3
    private static let portionSize = 1_000

    /// Writes a row for everybody, a few portions at a time, and hashes the result's documents on the way: each is encoded
    /// once.
    ///
    /// - Returns: the hash of ``ResultRows/hash()``.
    func insert(_ rows: ResultRows, progress: (Int, Int) async throws -> Void) async throws -> String {
        var hash = SHA256()
        try rows.forEachHead { hash.update(data: $0) }
        let expected = rows.members.count + rows.scores.count
        var done = 0
        try await withThrowingTaskGroup(of: Int.self) { group in
            var underWay = 0
            func add(_ insert: @escaping @Sendable () async throws -> Int) async throws {
                if underWay == Self.portionsUnderWay, let written = try await group.next() {
                    underWay -= 1
                    done += written
                    try await progress(done, expected)
                }
                group.addTask { try await insert() }
                underWay += 1
            }
            for portion in rows.members.portions(of: Self.portionSize) {
                let encoded = Self.encoded(portion, &hash)
                try await add { try await insert(encoded) }
            }
            for portion in rows.scores.portions(of: Self.portionSize) {
                let encoded = Self.encoded(portion, &hash)
                try await add { try await insert(encoded) }
            }
            try await group.waitForAll()
        }
        try await progress(expected, expected)
        rows.forEachTest { hash.update(data: $0) }
        return RunName.hex(hash.finalize())
    }

    private static func encoded<Row: HandWrittenRow>(_ rows: [Row], _ hash: inout SHA256) -> [EncodedRow<Row>] {
        rows.map { row in
            let document = row.bson()
            hash.update(data: document.bytes)
            return EncodedRow(document)
        }
    }

    private func insert<Row: HandWrittenRow>(_ rows: [EncodedRow<Row>]) async throws -> Int {
        try await TenantCollection<EncodedRow<Row>>(scope, database).insert(rows)
        return rows.count
    }
}

/// A row that writes its own document.
protocol HandWrittenRow: TenantDocument, Sendable {
    func bson() -> BSONDocument
}

extension StoredMember: HandWrittenRow {}
extension StoredScore: HandWrittenRow {}

/// A row whose document is made already.
private struct EncodedRow<Row: HandWrittenRow>: TenantDocument, Sendable {
    static var spec: CollectionSpec { Row.spec }

    let document: BSONDocument

    init(_ document: BSONDocument) { self.document = document }

    init(bson: BSONDocument) { document = bson }

    func bson() -> BSONDocument { document }
}
