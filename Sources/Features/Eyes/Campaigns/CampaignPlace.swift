import BSON
import Foundation
import Tenancy
import Web

/// Where a page of campaigns ends.
struct CampaignPlace: Sendable, Equatable {
    let createdAt: Date
    let id: String
    /// How many come before the next page.
    let from: Int

    init(_ last: Campaign, from: Int) {
        createdAt = last.createdAt
        id = last.id
        self.from = from
    }

    /// Nil without a cursor.
    init?(_ query: Query) throws {
        guard let position = try query.cursor(for: Self.list), let at = position["at"]?.int64Value,
            let id = position["id"]?.stringValue
        else { return nil }
        createdAt = Date(timeIntervalSince1970: Double(at) / 1000)
        self.id = id
        from = position["from"]?.int64Value.map(Int.init) ?? 0
    }

    private static let list = "eyes.campaigns"

    var cursor: String {
        let at = Int64((createdAt.timeIntervalSince1970 * 1000).rounded())
        return Cursor.encode(
            ["at": .int(at), "id": .string(id), "from": .int(Int64(from))], for: Self.list)
    }

    var filter: Filter {
        .or([
            .lt("created_at", .date(createdAt)),
            .and([.eq("created_at", .date(createdAt)), .lt("_id", .string(id))]),
        ])
    }
}

/// A page of campaigns, newest first.
struct CampaignList: Sendable {
    let campaigns: [Campaign]
    let from: Int
    let total: Int
    let next: CampaignPlace?
}

extension EyesCampaigns {
    func page(_ scope: TenantScope, after: CampaignPlace?, limit: Int) async throws -> CampaignList {
        let found = try await list(scope, after: after, limit: limit + 1)
        let shown = Array(found.prefix(limit))
        let from = after?.from ?? 0
        return CampaignList(
            campaigns: shown, from: from, total: try await store(scope).count(),
            next: found.count > limit ? shown.last.map { CampaignPlace($0, from: from + shown.count) } : nil)
    }
}
