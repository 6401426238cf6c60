import Audit
import BSON
import Customers
import Foundation
import Learning
import Tenancy
import Vault

/// Retention campaigns: drafted from a list, agreed to, handed over, measured. Nothing is sent from here.
public struct EyesCampaigns: Sendable {
    let service: EyesService
    let hooks: CampaignHooks

    public init(service: EyesService, hooks: CampaignHooks = .none) {
        self.service = service
        self.hooks = hooks
    }

    func store(_ scope: TenantScope) -> CampaignStore { CampaignStore(scope: scope, database: service.database) }

    func get(_ scope: TenantScope, _ id: String) async throws -> Campaign? { try await store(scope).get(id) }

    /// Newest first, from after a place on.
    func list(_ scope: TenantScope, after: CampaignPlace? = nil, limit: Int) async throws -> [Campaign] {
        try await store(scope).list(after: after, limit: limit)
    }

    // MARK: Drafting

    /// Freezes the list as it is now.
    func create(_ scope: TenantScope, _ draft: CampaignDraft, requestID: String?) async throws -> Campaign {
        try scope.require(.actionPropose)
        try scope.requireWritable()
        guard draft.problems.isEmpty else { throw CampaignProblems(fields: draft.problems) }
        guard let published = try await service.published(scope) else { throw CampaignRefusal.neverRan }
        let gate = published.run.report(draft.list.filter.horizon)?.state ?? .notEnoughData
        guard gate.hasProbabilities else { throw CampaignRefusal.noUsableModel }
        guard gate == .accepted || draft.confirmsProvisional else { throw CampaignRefusal.confirmProvisional }
        let now = service.clock.now()
        let id = ID.make("rcm", at: now)
        let seed = Self.seed(of: id)
        let builder = AudienceBuilder(
            campaignID: id, channel: draft.channel, target: draft.target, holdoutShare: draft.holdoutShare, seed: seed)
        let frozen = try await freeze(scope, published, draft.list, draft.budgetMinor, builder)
        let campaign = Campaign(
            id: id, name: draft.name, state: .draft, origin: Self.origin(draft.list, published.run.id), gate: gate,
            channel: draft.channel, target: draft.target, message: draft.message, budgetMinor: draft.budgetMinor,
            holdoutShare: draft.holdoutShare, seed: seed, audience: frozen.audience, expected: frozen.expected,
            proposed: act(scope, now), approvalIDs: [], createdAt: now, updatedAt: now)
        try await store(scope).insert(campaign, frozen.people)
        try await note(scope, campaign, "eyes.campaign_drafted", .actionApproval, requestID)
        try await hooks.happened(scope, "action.proposed", campaign)
        return campaign
    }

    /// Freezes a draft's list anew, with today's consents; what was approved is no longer.
    func refresh(_ scope: TenantScope, _ id: String, requestID: String?) async throws -> Campaign {
        try scope.require(.actionPropose)
        try scope.requireWritable()
        var campaign = try await known(scope, id)
        guard let published = try await service.run(scope, campaign.origin.runID) else { throw CampaignRefusal.runGone }
        let builder = builder(campaign)
        let frozen = try await freeze(scope, published, campaign.origin.list, campaign.budgetMinor, builder)
        campaign.audience = frozen.audience
        campaign.expected = frozen.expected
        campaign.state = .draft
        campaign.approved = nil
        campaign.updatedAt = service.clock.now()
        // First the state: from here on an approval of the former list is refused.
        guard let moved = try await store(scope).move(campaign, from: [.draft, .approved]) else {
            throw CampaignRefusal.alreadyDecided
        }
        try await store(scope).replacePeople(of: id, frozen.people)
        try await note(scope, moved, "eyes.campaign_refrozen", .actionApproval, requestID)
        return moved
    }

    private struct Frozen {
        let audience: CampaignAudience
        let people: [CampaignPerson]
        let expected: CampaignExpectation
    }

    private func freeze(
        _ scope: TenantScope, _ published: PublishedRun, _ list: ListQuery, _ budgetMinor: Int64?,
        _ builder: AudienceBuilder
    ) async throws -> Frozen {
        let candidates = try await candidates(scope, published, list)
        let ids = candidates.map(\.customerID)
        let now = service.clock.now()
        let choice = try await service.profitChoice(scope)
        let most = budgetMinor.flatMap { choice.contactCostMinor > 0 ? Int($0 / choice.contactCostMinor) : nil }
        let capped = try await store(scope).capped(
            ids, since: now.addingTimeInterval(-Double(Campaign.capDays) * 86_400), but: builder.campaignID)
        let frozen = builder.freeze(
            candidates, usable: try await usable(scope, ids, builder.channel), capped: capped, most: most,
            reviewed: try await EyesReviews(service: service).keptOut(scope, ids))
        guard frozen.audience.treated > 0 else { throw CampaignRefusal.nobody }
        let spends = Dictionary(
            candidates.map { ($0.customerID, Double($0.spend90Minor)) }, uniquingKeysWith: { first, _ in first })
        return Frozen(
            audience: frozen.audience, people: frozen.people,
            expected: CampaignExpectation(
                frozen.people, spends: spends, choice: choice, holdoutShare: builder.holdoutShare))
    }

    /// Who may be written to on a channel and used for analysis, at this moment.
    func usable(_ scope: TenantScope, _ ids: [String], _ channel: CampaignChannel) async throws -> Set<String> {
        let customers = CustomerStore(scope, service.database)
        let now = service.clock.now()
        let reachable = try await customers.consented(ids, for: channel.purpose, now: now).usable
        return Set(try await customers.consented(reachable, for: .marketingAnalytics, now: now).usable)
    }

    /// The list in its order, from the rows of the run.
    func candidates(
        _ scope: TenantScope, _ published: PublishedRun, _ list: ListQuery
    ) async throws -> [AudienceBuilder.Candidate] {
        guard var query = try await ChurnPage.query(service, scope, list.filter, published) else {
            throw CampaignRefusal.nobody
        }
        query.limit = min(list.cut ?? 1_000_000, 1_000_000)
        let rows = try await service.store(scope).scores(query, runID: published.run.id)
        return rows.map { row in
            AudienceBuilder.Candidate(
                customerID: row.customerID, chance: row.score(list.filter.horizon)?.probability,
                spend90Minor: row.spend90Minor)
        }
    }

    // MARK: Parts

    func builder(_ campaign: Campaign) -> AudienceBuilder {
        AudienceBuilder(
            campaignID: campaign.id, channel: campaign.channel, target: campaign.target,
            holdoutShare: campaign.holdoutShare, seed: campaign.seed)
    }

    func known(_ scope: TenantScope, _ id: String) async throws -> Campaign {
        guard let campaign = try await get(scope, id) else { throw TenancyError.notFound }
        return campaign
    }

    func act(_ scope: TenantScope, _ now: Date) -> Campaign.Act {
        Campaign.Act(
            actor: scope.actor.id ?? scope.actor.kind, name: scope.actor.name ?? scope.actor.kind, at: now)
    }

    func note(
        _ scope: TenantScope, _ campaign: Campaign, _ action: String, _ event: AuditEvent, _ requestID: String?,
        result: AuditResult = .ok
    ) async throws {
        try await service.audit.record(
            scope,
            AuditEntry(
                event, action, on: "eyes_campaign", campaign.id, result: result,
                details: [
                    "hash": .string(campaign.audience.hash), "treated": .int(campaign.audience.treated),
                    "held": .int(campaign.audience.held), "channel": .string(campaign.channel.rawValue),
                    "run_id": .string(campaign.origin.runID), "gate": .string(campaign.gate.rawValue),
                ]), requestID: requestID)
    }

    private static func origin(_ list: ListQuery, _ runID: String) -> CampaignOrigin {
        CampaignOrigin(
            runID: runID, horizon: list.filter.horizon, segmentID: list.filter.segmentID, band: list.filter.band,
            cut: list.cut, sort: list.filter.sort.rawValue, rank: list.filter.rank?.rawValue)
    }

    /// FNV-1a of the id: recorded, and the same on every machine.
    private static func seed(of id: String) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int64(bitPattern: hash & 0x7FFF_FFFF_FFFF_FFFF)
    }
}

extension CampaignOrigin {
    var list: ListQuery {
        ListQuery(
            filter: ChurnFilter(
                horizon: horizon, band: band, segmentID: segmentID, sort: ScoreQuery.Order(rawValue: sort) ?? .value,
                rank: rank.flatMap(RankBand.init(rawValue:))),
            cut: cut)
    }
}

extension CampaignExpectation {
    /// Of the written-to alone: the hold-out brings nothing and costs nothing.
    init(_ people: [CampaignPerson], spends: [String: Double], choice: ProfitChoice, holdoutShare: Double) {
        var (leaving, value, treated) = (0.0, 0.0, 0)
        for person in people where !person.held {
            let chance = person.chance ?? 0
            treated += 1
            leaving += chance
            value += chance * choice.value(ofSpend: spends[person.customerID] ?? 0)
        }
        let cost = choice.contactCostMinor * Int64(treated)
        let stays = treated > 0 ? 1 - leaving / Double(treated) : 0
        self.init(
            choice: choice, leaving: leaving, saved: choice.successRate * leaving, costMinor: cost,
            profitMinor: Int64((choice.successRate * value).rounded()) - cost,
            smallestUplift: holdoutShare > 0
                ? UpliftPlan(base: stays, heldShare: holdoutShare).smallestUplift(people: people.count) : nil)
    }
}
