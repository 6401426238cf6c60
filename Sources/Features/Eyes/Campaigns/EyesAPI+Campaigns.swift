import Accounts
import Customers
import Learning
import Tenancy
import Web

/// A draft over JSON.
struct CampaignBody: Decodable, Sendable {
    var segmentID: String?
    /// The channel: email, sms, push or in_app.
    var campaignType: String
    var horizon: String?
    var holdoutShare: Double?
    var name: String?
    var band: String?
    var cut: Int?
    var connectionID: String?
    var listID: String?
    var message: String?
    var budgetMinor: Int64?
    var confirmProvisional: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case horizon, name, band, cut, message
        case segmentID = "segment_id"
        case campaignType = "campaign_type"
        case holdoutShare = "holdout_share"
        case connectionID = "connection_id"
        case listID = "list_id"
        case budgetMinor = "budget_minor"
        case confirmProvisional = "confirm_provisional"
    }

    func draft(_ targets: [CampaignTarget]) throws -> CampaignDraft {
        func wrong(_ field: String) -> Problem {
            .validation([FieldProblem(field: field, code: "invalid", message: "Cannot be used.")])
        }
        guard let channel = CampaignChannel(rawValue: campaignType) else { throw wrong("campaign_type") }
        guard let horizon = Horizon(timeframe: horizon ?? "90d") else { throw wrong("horizon") }
        var filter = ChurnFilter(horizon: horizon, segmentID: segmentID)
        if let band {
            guard let level = RiskLevel(rawValue: band) else { throw wrong("band") }
            filter.band = level
        }
        if let cut, cut < 1 { throw wrong("cut") }
        var target: CampaignTarget?
        if let connectionID {
            guard var known = targets.first(where: { $0.connectionID == connectionID }) else {
                throw wrong("connection_id")
            }
            known.listID = listID ?? ""
            target = known
        }
        return CampaignDraft(
            name: name ?? "Retention \(horizon.timeframe)", list: ListQuery(filter: filter, cut: cut),
            channel: channel, target: target, message: message, budgetMinor: budgetMinor,
            holdoutShare: holdoutShare ?? Campaign.standardHoldout, confirmsProvisional: confirmProvisional ?? false)
    }
}

/// What is agreed to: exactly this list.
struct CampaignHashBody: Decodable, Sendable {
    let audienceHash: String

    enum CodingKeys: String, CodingKey { case audienceHash = "audience_hash" }
}

/// Retention campaigns over JSON.
struct CampaignAPI: Sendable {
    let campaigns: EyesCampaigns
    let eyes: EyesAPI

    /// A draft; nothing is sent.
    @Sendable func trigger(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(CampaignBody.self, request, context)
        let draft = try body.draft(try await campaigns.hooks.targets(context.scope))
        if let segmentID = draft.list.filter.segmentID,
            try await eyes.service.published(context.scope)?.segment(id: segmentID) == nil,
            try await EyesRules(service: eyes.service).get(context.scope, segmentID) == nil
        {
            throw Problem.notFound()
        }
        let campaign = try await campaigns.create(context.scope, draft, requestID: context.requestID)
        let envelope = EyesEnvelope(
            overview: try await eyes.service.overview(context.scope), speech: eyes.speech(context))
        let resource = CampaignResource(campaign: campaign, currency: context.scope.organization.currency)
        return .json(status: .created, headers: [.location: "/api/v1/eyes/campaigns/\(campaign.id)"]) { json in
            json.object { json in
                resource.writeFields(to: &json)
                envelope.writeRun(to: &json)
            }
        }
    }

    @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        let list = try await campaigns.page(context.scope, after: try CampaignPlace(query), limit: limit)
        let currency = context.scope.organization.currency
        return try await eyes.answer(context) { _, json in
            json.array("data", list.campaigns) { json, campaign in
                CampaignResource(campaign: campaign, currency: currency).write(to: &json)
            }
            EyesAPI.page(&json, limit: limit, total: list.total, next: list.next?.cursor)
        }
    }

    @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let found = try await campaigns.get(context.scope, try context.parameters.require("id")) else {
            throw Problem.notFound()
        }
        return response(found, context)
    }

    @Sendable func approve(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(CampaignHashBody.self, request, context)
        return response(
            try await campaigns.approve(
                context.scope, try context.parameters.require("id"), hash: body.audienceHash,
                requestID: context.requestID), context)
    }

    @Sendable func execute(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(CampaignHashBody.self, request, context)
        return response(
            try await campaigns.execute(
                context.scope, try context.parameters.require("id"), hash: body.audienceHash,
                requestID: context.requestID), context)
    }

    @Sendable func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        response(
            try await campaigns.cancel(
                context.scope, try context.parameters.require("id"), requestID: context.requestID), context)
    }

    private func response(_ campaign: Campaign, _ context: APIContext) -> Response {
        .json(CampaignResource(campaign: campaign, currency: context.scope.organization.currency))
    }
}

/// A campaign in JSON.
struct CampaignResource: JSONWritable {
    let campaign: Campaign
    let currency: String

    func write(to json: inout JSONWriter) { json.object { json in writeFields(to: &json) } }

    /// Without braces.
    func writeFields(to json: inout JSONWriter) {
        json.field("campaign_id", campaign.id)
        // What is approved and executed is the campaign itself.
        json.field("action_id", campaign.id)
        json.field("name", campaign.name)
        json.field("state", campaign.state.rawValue)
        json.field("run_id", campaign.origin.runID)
        json.field("gate", campaign.gate.rawValue)
        json.field("horizon", campaign.origin.horizon.timeframe)
        json.field("segment_id", campaign.origin.segmentID)
        json.field("band", campaign.origin.band?.rawValue)
        json.field("cut", campaign.origin.cut)
        json.field("campaign_type", campaign.channel.rawValue)
        json.field("purpose", campaign.channel.purpose.rawValue)
        json.field("connection_id", campaign.target?.connectionID)
        json.field("list_id", campaign.target?.listID)
        json.field("holdout_share", campaign.holdoutShare)
        json.field("seed", campaign.seed)
        json.field("budget_minor", campaign.budgetMinor)
        json.object("audience") { json in
            json.field("hash", campaign.audience.hash)
            json.field("selected", campaign.audience.selected)
            json.field("without_consent", campaign.audience.withoutConsent)
            json.field("reviewed", campaign.audience.reviewed ?? 0)
            json.field("capped", campaign.audience.capped)
            json.field("beyond_budget", campaign.audience.beyondBudget)
            json.field("treated", campaign.audience.treated)
            json.field("held", campaign.audience.held)
        }
        writeExpectation(to: &json)
        writeResult(to: &json)
        json.array("approval_ids", campaign.approvalIDs) { json, id in json.value(id) }
        json.field("created_at", campaign.createdAt)
        json.field("executed_at", campaign.executed?.at)
    }

    private func writeExpectation(to json: inout JSONWriter) {
        guard let expected = campaign.expected else { return }
        json.object("expected") { json in
            json.field("leaving", expected.leaving)
            json.field("saved", expected.saved)
            json.money("cost", minor: expected.costMinor, currency: currency)
            json.money("profit", minor: expected.profitMinor, currency: currency)
            json.field("smallest_uplift", expected.smallestUplift)
        }
    }

    private func writeResult(to json: inout JSONWriter) {
        guard let result = campaign.result else { return }
        json.object("result") { json in
            for (name, interval) in [
                ("treated", result.uplift.treated), ("held", result.uplift.held),
                ("difference", result.uplift.difference),
            ] {
                json.object(name) { json in
                    json.field("estimate", interval.estimate)
                    json.field("lower", interval.lower)
                    json.field("upper", interval.upper)
                }
            }
            json.field("treated_count", result.uplift.treatedCount)
            json.field("held_count", result.uplift.heldCount)
            json.field("clear", result.uplift.isClear)
            json.field("not_looked_at", result.notLookedAt)
            json.field("closed_on", ZoneCalendar.label(of: result.closedDay))
        }
    }
}
