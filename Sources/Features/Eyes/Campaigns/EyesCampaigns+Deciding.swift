import Audit
import Customers
import Foundation
import Learning
import Tenancy
import Vault

extension EyesCampaigns {
    // MARK: Agreeing

    /// Agrees to exactly this list.
    func approve(_ scope: TenantScope, _ id: String, hash: String, requestID: String?) async throws -> Campaign {
        try scope.require(.actionApprove)
        try scope.requireWritable()
        var campaign = try await known(scope, id)
        guard campaign.state == .draft else { throw CampaignRefusal.alreadyDecided }
        try await requireSame(scope, campaign, hash: hash, requestID)
        campaign.state = .approved
        campaign.approved = act(scope, service.clock.now())
        return try await moved(scope, campaign, from: .draft, "eyes.campaign_approved", "action.approved", requestID)
    }

    func cancel(_ scope: TenantScope, _ id: String, requestID: String?) async throws -> Campaign {
        try scope.require(.actionPropose)
        try scope.requireWritable()
        var campaign = try await known(scope, id)
        let before = campaign.state
        guard before == .draft || before == .approved else { throw CampaignRefusal.alreadyDecided }
        campaign.state = .cancelled
        campaign.cancelled = act(scope, service.clock.now())
        return try await moved(scope, campaign, from: before, "eyes.campaign_cancelled", nil, requestID)
    }

    /// The list as stored is the one that was agreed to, and everybody on it may still be written to.
    private func requireSame(
        _ scope: TenantScope, _ campaign: Campaign, hash: String, _ requestID: String?
    ) async throws {
        let people = try await store(scope).people(of: campaign.id)
        let ids = people.map(\.customerID)
        let since = service.clock.now().addingTimeInterval(-Double(Campaign.capDays) * 86_400)
        let isSame = campaign.audience.hash == hash && builder(campaign).hash(people) == hash
        let isUsable = isSame ? try await usable(scope, ids, campaign.channel).count == ids.count : false
        let isUndisputed =
            isUsable ? try await EyesReviews(service: service).keptOut(scope, ids).isEmpty : false
        let isFree =
            isUndisputed ? try await store(scope).capped(ids, since: since, but: campaign.id).isEmpty : false
        guard isFree else {
            try await note(
                scope, campaign, "eyes.campaign_refused", .actionApproval, requestID, result: .denied)
            throw CampaignRefusal.audienceChanged
        }
    }

    // MARK: Handing over

    /// Puts the people up for their list, or frees the file. The window of the measurement begins on the next day.
    func execute(_ scope: TenantScope, _ id: String, hash: String, requestID: String?) async throws -> Campaign {
        try scope.require(.actionExecute)
        try scope.requireWritable()
        var campaign = try await known(scope, id)
        guard campaign.state == .approved else {
            throw campaign.state == .draft ? CampaignRefusal.notApproved : .alreadyDecided
        }
        try await requireSame(scope, campaign, hash: hash, requestID)
        let now = service.clock.now()
        campaign.state = .active
        campaign.executed = act(scope, now)
        let store = store(scope)
        guard var started = try await store.move(campaign, from: [.approved]) else {
            throw CampaignRefusal.alreadyDecided
        }
        try await store.mark(id, contactedAt: now)
        do {
            try await requireUncontested(scope, started, now)
            if let target = started.target {
                started.approvalIDs = try await handOver(scope, started, target, requestID)
                started = try await store.move(started, from: [.active]) ?? started
            }
        } catch {
            // Nobody was written to: it is as approved as before.
            try await store.mark(id, contactedAt: nil)
            campaign.state = .approved
            campaign.executed = nil
            _ = try await store.move(campaign, from: [.active])
            throw error
        }
        try await note(scope, started, "eyes.campaign_executed", .actionExecution, requestID)
        try await hooks.happened(scope, "action.executed", started)
        return started
    }

    /// Two campaigns handed over at the same moment: both see each other's marks, and both step back.
    private func requireUncontested(_ scope: TenantScope, _ campaign: Campaign, _ now: Date) async throws {
        let ids = try await store(scope).people(of: campaign.id).map(\.customerID)
        let since = now.addingTimeInterval(-Double(Campaign.capDays) * 86_400)
        guard try await store(scope).capped(ids, since: since, but: campaign.id).isEmpty else {
            throw CampaignRefusal.audienceChanged
        }
    }

    private func handOver(
        _ scope: TenantScope, _ campaign: Campaign, _ target: CampaignTarget, _ requestID: String?
    ) async throws -> [String] {
        let treated = try await store(scope).people(of: campaign.id, held: false).map(\.customerID)
        return try await hooks.handOver(
            scope,
            CampaignHandOver(campaignID: campaign.id, name: campaign.name, target: target, customerIDs: treated),
            requestID ?? "")
    }

    private func moved(
        _ scope: TenantScope, _ campaign: Campaign, from state: Campaign.State, _ action: String, _ event: String?,
        _ requestID: String?
    ) async throws -> Campaign {
        var campaign = campaign
        campaign.updatedAt = service.clock.now()
        guard let moved = try await store(scope).move(campaign, from: [state]) else {
            throw CampaignRefusal.alreadyDecided
        }
        try await note(scope, moved, action, .actionApproval, requestID)
        if let event { try await hooks.happened(scope, event, moved) }
        return moved
    }

    // MARK: Afterwards

    /// Looks at campaigns whose window has closed in the data of a run.
    func measure(_ scope: TenantScope, dataUntilDay: Int) async throws {
        let calendar = ZoneCalendar(zoneName: scope.organization.timeZone)
        let now = service.clock.now()
        let due = try await store(scope).active().filter { campaign in
            campaign.executed.map {
                calendar.day(of: $0.at) + 1 + campaign.origin.horizon.days <= dataUntilDay
            } ?? false
        }
        guard !due.isEmpty else { return }
        let reading = try await CustomerStore(scope, service.database).open(
            purpose: .marketingAnalytics, consentAt: now)
        let usable = Set(reading.customers)
        for var campaign in due {
            guard let executed = campaign.executed else { continue }
            let from = calendar.day(of: executed.at) + 1
            let days = from..<(from + campaign.origin.horizon.days)
            let buyers = try await OutcomeCheck.buyers(reading, scope, days: days)
            let people = try await store(scope).people(of: campaign.id)
            campaign.result = CampaignResult(people, usable: usable, buyers: buyers, days: days, at: now)
            campaign.state = .measured
            campaign.updatedAt = now
            guard let measured = try await store(scope).move(campaign, from: [.active]) else { continue }
            try await note(scope, measured, "eyes.campaign_measured", .job, nil)
            try await hooks.happened(scope, "action.measured", measured)
        }
    }
}

extension CampaignResult {
    /// Success is an order within the window.
    init(_ people: [CampaignPerson], usable: Set<String>, buyers: Set<String>, days: Range<Int>, at now: Date) {
        let seen = people.filter { usable.contains($0.customerID) }
        func group(_ held: Bool) -> (successes: Int, trials: Int) {
            let group = seen.filter { $0.held == held }
            return (group.count { buyers.contains($0.customerID) }, group.count)
        }
        self.init(
            uplift: Uplift(treated: group(false), held: group(true)), notLookedAt: people.count - seen.count,
            fromDay: days.lowerBound, closedDay: days.upperBound, measuredAt: now)
    }
}
