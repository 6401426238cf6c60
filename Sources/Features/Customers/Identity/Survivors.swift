import BSON
import Mongo
import Tenancy

/// Under whom merged customers are counted.
public struct Survivors: Sendable {
    private let customers: TenantCollection<StoredCustomer>

    public init(_ scope: TenantScope, _ database: MongoDatabase) {
        customers = TenantCollection(scope, database)
    }

    /// Survivors by the ids of those among these customers who are merged; an organization without merges is answered
    /// from an empty index.
    public func of(_ ids: some Collection<String>) async throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await customers.select(
            ["merged_into"], as: MergedRow.self,
            .and([.gt("merged_into", ""), .in("_id", ids.map { .string($0) })]))
        return Dictionary(rows.map { ($0.id, $0.mergedInto) }) { first, _ in first }
    }

    /// The customer a merged one is counted under, or the customer itself.
    public func of(_ id: String) async throws -> String { try await of([id])[id] ?? id }

    /// Whether there are merged customers at all.
    func exist() async throws -> Bool { try await customers.exists(.gt("merged_into", "")) }

    /// Everybody who is counted under one of these customers, themselves included.
    func members(of roots: some Collection<String>) async throws -> [String: [String]] {
        let rows = try await customers.select(
            ["merged_into"], as: MergedRow.self, .in("merged_into", roots.map { .string($0) }))
        var members = Dictionary(roots.map { ($0, [$0]) }) { first, _ in first }
        for row in rows { members[row.mergedInto, default: []].append(row.id) }
        return members.mapValues { $0.sorted() }
    }

    /// Everybody who is the same person as one of these customers, themselves left out.
    func mates(of ids: some Collection<String>) async throws -> [String] {
        let roots = Set(try await of(ids).values).union(ids)
        let everybody = Set(try await members(of: roots).values.joined())
        return everybody.subtracting(ids).sorted()
    }

    /// Everybody merged in the organization.
    func all() async throws -> [String] {
        try await customers.select([], as: IDRow.self, .gt("merged_into", "")).map(\.id)
    }
}

struct MergedRow: BSONConvertible {
    let id: String
    let mergedInto: String

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        mergedInto = try bson.string("merged_into")
    }

    func bson() -> BSONDocument { [:] }
}
