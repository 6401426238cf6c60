import Accounts
import Audit
import BSON
import Customers
import Foundation
import NIOCore
import Tenancy
import Web

/// The pages of retention campaigns.
struct CampaignController: Sendable {
    let campaigns: EyesCampaigns

    private var service: EyesService { campaigns.service }

    @Sendable func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let pages = CampaignPages(speech: context.speech, paths: context.eyesPaths)
        let after = try CampaignPlace(Query(request))
        return try await context.page(
            pages.list(try await campaigns.page(context.scope, after: after, limit: EyesController.pageSize)))
    }

    // MARK: New

    @Sendable func form(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await form(CampaignForm(list: try ListQuery(Query(request))), context)
    }

    private func form(
        _ form: CampaignForm, _ context: TenantPageContext, errors: FieldErrors? = nil
    ) async throws -> Response {
        guard let published = try await service.published(context.scope) else { throw Problem.notFound() }
        let gate = published.run.report(form.list.filter.horizon)?.state ?? .notEnoughData
        guard gate.hasProbabilities else {
            return try await context.redirect(
                to: context.eyesPaths.tab(.churn, form.list.filter.horizon),
                flash: Flash(.warning, "eyes.campaign.refusal.no_usable_model"))
        }
        let count = try await ScoreExport(
            service: service, scope: context.scope, published: published, list: form.list, format: .csv,
            speech: context.speech
        ).rowCount()
        let reach =
            count <= EyesCampaigns.mostCounted
            ? try await campaigns.reach(context.scope, published, form.list) : [:]
        let page = CampaignPages(speech: context.speech, paths: context.eyesPaths).form(
            form, count: count, reach: reach, targets: try await campaigns.hooks.targets(context.scope), gate: gate,
            errors: errors)
        return try await context.page(page, status: errors == nil ? .ok : .unprocessableContent)
    }

    @Sendable func create(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let sent = try await Form.read(request)
        let form = CampaignForm(sent, list: try ListQuery(form: sent))
        let gate = try await service.published(context.scope)?.run.report(form.list.filter.horizon)?.state
        let drafted = form.draft(
            try await campaigns.hooks.targets(context.scope), currency: context.scope.organization.currency,
            needsYes: gate != .accepted)
        switch drafted {
        case .failure(let errors): return try await self.form(form, context, errors: errors)
        case .success(let draft):
            do {
                let campaign = try await campaigns.create(context.scope, draft, requestID: context.requestID)
                return try await context.redirect(to: context.eyesPaths.campaign(campaign.id))
            } catch CampaignRefusal.nobody {
                var errors = FieldErrors()
                errors.add("channel", "nobody", key: "eyes.campaign.refusal.nobody")
                return try await self.form(form, context, errors: errors)
            } catch let refusal as CampaignRefusal {
                return try await context.redirect(
                    to: context.eyesPaths.newCampaign(form.list), flash: Self.flash(refusal))
            }
        }
    }

    // MARK: One

    @Sendable func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let campaign = try await campaigns.get(context.scope, id) else { throw Problem.notFound() }
        let published = try await service.run(context.scope, campaign.origin.runID)
        let page = CampaignPage(
            campaign: campaign, speech: context.speech, paths: context.eyesPaths,
            segmentName: try await segmentName(campaign, published, context),
            dataUntilDay: try await service.published(context.scope)?.run.result.asOfDay,
            calendar: ZoneCalendar(zoneName: context.scope.organization.timeZone),
            mayPropose: context.can(.actionPropose), mayApprove: context.can(.actionApprove),
            mayExecute: context.can(.actionExecute), mayExport: context.can(.analyticsExport),
            approvalPath: { context.path("/approvals/\($0)") })
        return try await context.page(page.page)
    }

    /// The name of the segment of the run, or of the rule's, that a campaign was made from.
    private func segmentName(
        _ campaign: Campaign, _ published: PublishedRun?, _ context: TenantPageContext
    ) async throws -> String? {
        guard let id = campaign.origin.segmentID else { return nil }
        if let segment = published?.segment(id: id) { return context.speech.name(segment.name) }
        return try await EyesRules(service: service).get(context.scope, id)?.name
    }

    @Sendable func approve(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let hash = try await Form.read(request)["hash"]
        return try await act(context, "approved") { id in
            try await campaigns.approve(context.scope, id, hash: hash, requestID: context.requestID)
        }
    }

    @Sendable func execute(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let hash = try await Form.read(request)["hash"]
        return try await act(context, "executed") { id in
            try await campaigns.execute(context.scope, id, hash: hash, requestID: context.requestID)
        }
    }

    @Sendable func refresh(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "refreshed") { id in
            try await campaigns.refresh(context.scope, id, requestID: context.requestID)
        }
    }

    @Sendable func cancel(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "cancelled") { id in
            try await campaigns.cancel(context.scope, id, requestID: context.requestID)
        }
    }

    private func act(
        _ context: TenantPageContext, _ done: String, _ body: (String) async throws -> Campaign
    ) async throws -> Response {
        let id = try context.parameters.require("id")
        do {
            let campaign = try await body(id)
            return try await context.redirect(
                to: context.eyesPaths.campaign(campaign.id), flash: Flash(.success, "eyes.campaign.flash.\(done)"))
        } catch let refusal as CampaignRefusal {
            return try await context.redirect(to: context.eyesPaths.campaign(id), flash: Self.flash(refusal))
        }
    }

    private static func flash(_ refusal: CampaignRefusal) -> Flash {
        Flash(.error, "eyes.campaign.refusal.\(refusal.rawValue)")
    }

    @Sendable func file(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        return try await CampaignFile(campaigns: campaigns, scope: context.scope).response(
            id, requestID: context.requestID)
    }
}

extension ListQuery {
    /// From the hidden fields of a form.
    init(form: Form) throws {
        var filter = ChurnFilter(horizon: Horizon(timeframe: form["horizon"]) ?? .days90)
        filter.band = RiskLevel(rawValue: form["band"])
        filter.segmentID = form["segment"].isEmpty ? nil : form["segment"]
        filter.sort = ScoreQuery.Order(rawValue: form["sort"]) ?? .value
        filter.rank = RankBand(rawValue: form["rank"])
        self.init(filter: filter, cut: Int(form["cut"]).map { max($0, 0) })
    }
}
