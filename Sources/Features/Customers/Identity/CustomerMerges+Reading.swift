import BSON
import Foundation
import Mongo
import Tenancy

/// A customer as one source knows them, masked.
public struct CustomerIdentity: Sendable, Equatable {
    public let customerID: String
    public let connectionID: String
    /// The platform's name and the connection's label, where they are known.
    public let platform: String?
    public let label: String?
    /// The source's own id; a token where the source uses addresses.
    public let externalID: String
    public let emailHint: String?
    public let emailToken: String?
    public let phoneToken: String?
    /// When we first saw them there.
    public let since: Date
    public let sourceCreatedAt: Date?
    /// The row that stands for the person.
    public let isSurvivor: Bool
}

extension CustomerMerges {
    /// The sources' rows of a person, the one that stands for them first.
    public func identities(of id: String) async throws -> [CustomerIdentity] {
        let root = try await resolver.survivors.of(id)
        let rows = try await resolver.customers.find(
            .or([.id(root), .eq("merged_into", .string(root))]), sort: [.ascending("_id")], limit: 200)
        guard rows.contains(where: { $0.id == root }) else { throw TenancyError.notFound }
        let sources = try await CustomerFigures(scope, database).dataState().sources
        return rows.map { row in
            let source = sources.first { $0.connectionID == row.connectionID }
            return CustomerIdentity(
                customerID: row.id, connectionID: row.connectionID, platform: source?.platform, label: source?.label,
                externalID: row.externalID, emailHint: row.emailHint, emailToken: row.emailToken,
                phoneToken: row.phoneToken, since: row.createdAt, sourceCreatedAt: row.sourceCreatedAt,
                isSurvivor: row.id == root)
        }.sorted { ($0.isSurvivor ? 0 : 1, $0.customerID) < ($1.isSurvivor ? 0 : 1, $1.customerID) }
    }

    /// Merges that a person has been part of, newest first.
    public func history(of id: String, limit: Int = 50) async throws -> [MergeEvent] {
        let root = try await resolver.survivors.of(id)
        let members = try await resolver.survivors.members(of: [root])[root] ?? [root]
        let values = members.map { BSONValue.string($0) }
        return try await resolver.merges.find(
            .or([.in("merged_members", values), .in("survivor_id", values)]),
            sort: [.descending("at"), .descending("_id")], limit: limit)
    }

    /// Merges of the organization, newest first.
    public func list(before: (at: Date, id: String)? = nil, limit: Int) async throws -> [MergeEvent] {
        try await resolver.merges.find(
            Self.before(before, "at"), sort: [.descending("at"), .descending("_id")], limit: limit)
    }

    /// What waits for a person, newest first.
    public func reviews(
        _ kind: MergeReview.Kind, before: (at: Date, id: String)? = nil, limit: Int
    ) async throws -> [MergeReview] {
        try await resolver.reviews.find(
            .and([.eq("kind", .string(kind.rawValue)), Self.before(before, "created_at")]),
            sort: [.descending("created_at"), .descending("_id")], limit: limit)
    }

    private static func before(_ place: (at: Date, id: String)?, _ field: String) -> Filter {
        guard let place else { return .all }
        return .or([
            .lt(field, .date(place.at)), .and([.eq(field, .date(place.at)), .lt("_id", .string(place.id))]),
        ])
    }
}

extension CustomerMerges {
    /// What screens show of these customers, masked, merged or not.
    public func names(of ids: some Collection<String>) async throws -> [String: String] {
        let wanted = Set(ids).map { BSONValue.string($0) }
        guard !wanted.isEmpty else { return [:] }
        let rows = try await resolver.customers.select(CustomerRow.fields, as: CustomerRow.self, .in("_id", wanted))
        return Dictionary(rows.map { ($0.id, $0.name) }) { first, _ in first }
    }
}
