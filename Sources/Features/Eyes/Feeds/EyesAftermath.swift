import Customers
import Foundation
import Tenancy
import Web

/// What happens once the figures of a run are in: campaigns are measured, and receivers are told.
public struct EyesAftermath: Sendable {
    let campaigns: EyesCampaigns
    let webhooks: EyesWebhooks

    public init(campaigns: EyesCampaigns, webhooks: EyesWebhooks) {
        self.campaigns = campaigns
        self.webhooks = webhooks
    }

    @Sendable public func callAsFunction(_ scope: TenantScope, _ runID: String) async throws {
        guard let published = try await campaigns.service.run(scope, runID) else { return }
        try await campaigns.measure(scope, dataUntilDay: published.run.result.asOfDay)
        try await announce(scope, published.run)
    }

    private func announce(_ scope: TenantScope, _ run: StoredRun) async throws {
        try await webhooks.emit(scope, .eyesPublished, about: run.id) { json in
            json.field("run_id", run.id)
            json.field("as_of", run.asOf)
            json.field("used", run.consent.used)
            json.field("clustering", run.result.clustering.state.rawValue)
            json.object("churn") { json in
                for report in run.result.horizons { json.field(report.horizon.key, report.state.rawValue) }
            }
        }
        let state = try await campaigns.service.store(scope).state()
        guard state.publishedRunID == run.id, let formerID = state.previousRunID,
            let former = try await campaigns.service.run(scope, formerID)?.run
        else { return }
        let changed = run.result.horizons.filter { former.report($0.horizon)?.state != $0.state }
        guard !changed.isEmpty else { return }
        try await webhooks.emit(scope, .gateChanged, about: run.id) { json in
            json.field("run_id", run.id)
            json.array("changes", changed) { json, report in
                json.object { json in
                    json.field("timeframe", report.horizon.timeframe)
                    json.field("from", former.report(report.horizon)?.state.rawValue)
                    json.field("to", report.state.rawValue)
                }
            }
        }
    }
}

extension EyesWebhooks {
    /// For the hooks of campaigns.
    @Sendable public func happened(_ scope: TenantScope, _ event: String, _ campaign: Campaign) async throws {
        guard let event = WebhookEvent(rawValue: event) else { return }
        try await emit(scope, event, about: campaign.id + "/" + campaign.audience.hash) { json in
            json.field("campaign_id", campaign.id)
            json.field("action_id", campaign.id)
            json.field("state", campaign.state.rawValue)
            json.field("run_id", campaign.origin.runID)
            json.field("treated", campaign.audience.treated)
            json.field("held", campaign.audience.held)
        }
    }
}
