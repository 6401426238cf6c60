import BSON
import Foundation
import Mongo
import Tenancy

/// Campaigns and their people.
struct CampaignStore: Sendable {
    let scope: TenantScope
    let database: MongoDatabase

    private var campaigns: TenantCollection<Campaign> { TenantCollection(scope, database) }
    private var people: TenantCollection<CampaignPerson> { TenantCollection(scope, database) }

    func get(_ id: String) async throws -> Campaign? { try await campaigns.get(id: id) }

    /// Newest first.
    func list(after: CampaignPlace? = nil, limit: Int) async throws -> [Campaign] {
        try await campaigns.find(
            after?.filter ?? .all, sort: [.descending("created_at"), .descending("_id")], limit: limit)
    }

    func count() async throws -> Int { try await campaigns.count() }

    /// Made from a segment, newest first.
    func campaigns(of segmentID: String) async throws -> [Campaign] {
        try await campaigns.find(
            .eq("origin.segment_id", .string(segmentID)), sort: [.descending("created_at"), .descending("_id")],
            limit: 100)
    }

    func active() async throws -> [Campaign] {
        try await campaigns.find(.eq("state", .string(Campaign.State.active.rawValue)), limit: 1_000)
    }

    /// The people first: a campaign that is there has all of them.
    func insert(_ campaign: Campaign, _ rows: [CampaignPerson]) async throws {
        for batch in rows.portions(of: 2_000) { try await people.insert(batch) }
        try await campaigns.insert(campaign)
    }

    /// Puts another list in the place of a draft's.
    func replacePeople(of id: String, _ rows: [CampaignPerson]) async throws {
        try await people.delete(.eq("campaign_id", .string(id)), multi: true)
        for batch in rows.portions(of: 2_000) { try await people.insert(batch) }
    }

    /// Changes a campaign only while it is in a state; nil when somebody was faster.
    func move(_ campaign: Campaign, from states: [Campaign.State]) async throws -> Campaign? {
        let fields = try BSONEncoder().encode(campaign).elements().filter { $0.key != "_id" }
        let there = Set(fields.map(\.key))
        let gone = Self.optional.filter { !there.contains($0) }
        return try await campaigns.findAndUpdate(
            .and([.id(campaign.id), .in("state", states.map { .string($0.rawValue) })]),
            Update(fields.map { .set($0.key, $0.value) } + gone.map { .unset($0) }))
    }

    private static let optional = [
        "target", "message", "budget_minor", "expected", "approved", "executed", "cancelled", "result",
    ]

    /// In order of customer id.
    func people(of id: String, held: Bool? = nil) async throws -> [CampaignPerson] {
        var filters: [Filter] = [.eq("campaign_id", .string(id))]
        if let held { filters.append(.eq("held", .bool(held))) }
        return try await people.find(.and(filters), sort: [.ascending("customer_id")])
    }

    /// Marks everybody of a campaign as written to, or takes the mark away.
    func mark(_ id: String, contactedAt: Date?) async throws {
        _ = try await people.update(
            .eq("campaign_id", .string(id)),
            contactedAt.map { [.set("contacted_at", .date($0))] } ?? [.unset("contacted_at")], multi: true)
    }

    /// The latest campaign that each of these people was written to or held out by.
    func contacts(of ids: [String]) async throws -> [String: CampaignPerson] {
        var found: [String: CampaignPerson] = [:]
        for part in ids.portions() {
            let rows = try await people.find(
                .and([.in("customer_id", part.map { .string($0) }), .exists("contacted_at", true)]))
            for row in rows {
                let known = found[row.customerID]?.contactedAt ?? .distantPast
                if (row.contactedAt ?? .distantPast) > known { found[row.customerID] = row }
            }
        }
        return found
    }

    /// The campaigns a person is in, newest first.
    func places(of customer: String, in campaigns: [Campaign]) async throws -> [(Campaign, CampaignPerson)] {
        let rows = try await people.find(
            .in("_id", campaigns.map { .string(CampaignPerson.id(campaignID: $0.id, customerID: customer)) }))
        let places = Dictionary(rows.map { ($0.campaignID, $0) }, uniquingKeysWith: { first, _ in first })
        return campaigns.compactMap { campaign in places[campaign.id].map { (campaign, $0) } }
    }

    /// Who of these is in another campaign that was handed over since.
    func capped(_ ids: [String], since: Date, but campaignID: String) async throws -> Set<String> {
        var found: Set<String> = []
        for part in ids.portions() {
            let rows = try await people.find(
                .and([
                    .in("customer_id", part.map { .string($0) }), .gt("contacted_at", .date(since)),
                    .ne("campaign_id", .string(campaignID)),
                ]))
            found.formUnion(rows.map(\.customerID))
        }
        return found
    }
}
