import BSON
import Foundation
import Mongo
import Tenancy

/// What the server says of one collection: what keeps it in order, how much is in it, and since when.
struct CollectionReport: Sendable, Equatable {
    let name: String
    /// Whether the server refuses what does not fit the collection.
    let isValidated: Bool
    let indexes: Int
    let rows: Int64
    let bytes: Int64
    let indexBytes: Int64
    /// When the row that was stored first was made; nil where there is none, or it does not tell.
    let oldest: Date?

    /// Of all collections there should be, by name; those that are missing are left out.
    static func all(in database: MongoDatabase) async throws -> [CollectionReport] {
        var reports: [CollectionReport] = []
        for spec in DeclaredSchema.collections.sorted(by: { $0.name < $1.name }) {
            guard let state = try await CollectionState.onServer(spec.name, in: database) else { continue }
            reports.append(try await CollectionReport(spec.name, state, database.collection(spec.name)))
        }
        return reports
    }

    private init(_ name: String, _ state: CollectionState, _ collection: MongoCollection) async throws {
        let asked: BSONDocument = ["$collStats": ["storageStats": .document([:])]]
        let statistics = try await collection.aggregate([asked]).first?["storageStats"]?.documentValue ?? [:]
        self.name = name
        isValidated = !state.validator.isEmpty && state.isEnforced
        // The one that every collection has is not among those that were declared.
        indexes = state.indexes.count + 1
        rows = statistics["count"]?.int64Value ?? 0
        bytes = statistics["storageSize"]?.int64Value ?? 0
        indexBytes = statistics["totalIndexSize"]?.int64Value ?? 0
        let first = try await collection.findOne([:], options: FindOptions(sort: ["$natural": 1]))
        oldest = first.flatMap(Self.moment)
    }

    /// The fields in which rows tell when they were made, the most telling first.
    private static let moments = [
        "created_at", "received_at", "opened_at", "started_at", "first_seen_at", "at", "ts", "collected_at",
        "applied_at", "updated_at",
    ]

    private static func moment(_ row: BSONDocument) -> Date? {
        moments.lazy.compactMap { row[$0]?.dateValue }.first
    }

    /// In one line, for a terminal.
    var words: String {
        let parts = [
            isValidated ? "validator enforced" : "no validator", "\(indexes) indexes", "\(rows) rows",
            "\(Self.size(bytes)) and \(Self.size(indexBytes)) of indexes",
            oldest.map { "oldest row of \($0.formatted(.iso8601))" },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    private static func size(_ bytes: Int64) -> String {
        bytes < 1_000_000 ? "\(bytes / 1000) kB" : String(format: "%.1f MB", Double(bytes) / 1e6)
    }
}
