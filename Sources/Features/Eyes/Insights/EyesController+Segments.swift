import Accounts
import Tenancy
import Web

extension EyesController {
    /// The form of a campaign for a segment's members, on the horizon whose model is best.
    func campaignHref(
        _ found: (published: PublishedRun, segment: Segment), _ context: TenantPageContext
    ) -> String? {
        guard context.can(.actionPropose), found.segment.kind != .unclustered,
            let leading = EyesSummary.leading(found.published.run.result.horizons), leading.state.hasProbabilities
        else { return nil }
        return context.eyesPaths.newCampaign(
            ListQuery(filter: ChurnFilter(horizon: leading.horizon, segmentID: found.segment.id)))
    }

    @Sendable func rename(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let found = try await service.segment(context.scope, id) else { throw Problem.notFound() }
        let label = try await Form.read(request).trimmed("label")
        do {
            try await service.rename(
                context.scope, found.published, found.segment, to: label, requestID: context.requestID)
        } catch EyesError.invalidConfig {
            return try await context.redirect(
                to: context.eyesPaths.segment(id), flash: Flash(.error, "eyes.segment.rename_wrong"))
        }
        return try await context.redirect(
            to: context.eyesPaths.segment(id), flash: Flash(.success, "eyes.segment.renamed"))
    }
}
