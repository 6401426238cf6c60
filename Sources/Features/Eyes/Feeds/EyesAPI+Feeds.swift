import Accounts
import BSON
import Customers
import Foundation
import Tenancy
import Vault
import Web

extension EyesStore {
    /// Members of a run in order of customer id.
    func members(runID: String, after: String?, limit: Int) async throws -> [StoredMember] {
        try await TenantCollection<StoredMember>(scope, database).find(
            .and([
                .gt("_id", .string(rowID(runID: runID, customerID: after ?? ""))),
                .lt("_id", .string(rowID(runID: runID, customerID: "~"))),
            ]), sort: [.ascending("_id")], limit: limit)
    }
}

extension EyesAPI {
    /// All feeds about segments, or one of them; `to_memory` page by page, of those whose consent stands.
    @Sendable func feeds(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let wanted = try query.choice("feed", IntegrationFeed.Name.self)
        let limit = try query.limit()
        let after = try query.cursor(for: "eyes.feeds")?["after"]?.stringValue
        let published = try await service.published(context.scope)
        let builder = FeedBuilder(published: published)
        var next: String?
        var feeds: [IntegrationFeed] = []
        for name in IntegrationFeed.Name.allCases where wanted == nil || wanted == name {
            guard name == .memory, wanted == .memory, let published else {
                feeds.append(builder.feed(name))
                continue
            }
            let found = try await service.store(context.scope).members(
                runID: published.run.id, after: after, limit: limit + 1)
            let page = Array(found.prefix(limit))
            if found.count > limit, let last = page.last {
                next = Cursor.encode(["after": .string(last.customerID)], for: "eyes.feeds")
            }
            feeds.append(builder.feed(name, members: try await consenting(page, context.scope)))
        }
        return try await answer(context) { _, json in
            json.field("feed_version", IntegrationFeed.version)
            json.object("data") { json in
                for feed in feeds { json.field(feed.name.rawValue, FeedResource(feed: feed)) }
            }
            json.object("page") { json in
                json.field("next_cursor", next)
                json.field("limit", limit)
            }
        }
    }

    private func consenting(_ members: [StoredMember], _ scope: TenantScope) async throws -> [StoredMember] {
        let badges = try await CustomerStore(scope, service.database).badges(members.map(\.customerID))
        let now = service.clock.now()
        return members.filter { badges[$0.customerID]?.mayBeUsed(at: now) ?? false }
    }
}

/// A feed in JSON.
struct FeedResource: JSONWritable {
    let feed: IntegrationFeed

    func write(to json: inout JSONWriter) {
        json.raw(CodableJSON.text(feed))
    }
}
