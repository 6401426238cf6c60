import Accounts
import Jobs
import Web

/// The pages and the JSON of EYES, as tables of method, path, permission and handler.
public struct EyesRoutes: Sendable {
    let service: EyesService
    let renderer: PageRenderer
    let campaigns: EyesCampaigns
    let webhooks: EyesWebhooks
    let reviews: EyesReviews

    /// - Parameters:
    ///   - renderer: whose words the JSON speaks.
    ///   - campaigns: how campaigns reach platforms.
    ///   - webhooks: who is told what happens.
    ///   - reviews: how a person comes to look at a score.
    public init(
        service: EyesService, renderer: PageRenderer, campaigns: EyesCampaigns, webhooks: EyesWebhooks,
        reviews: EyesReviews
    ) {
        self.reviews = reviews
        self.service = service
        self.renderer = renderer
        self.campaigns = campaigns
        self.webhooks = webhooks
    }

    private var eyesAPI: EyesAPI { EyesAPI(service: service, renderer: renderer) }

    private var ruleRoutes: RuleRoutes { RuleRoutes(rules: EyesRules(service: service), eyes: eyesAPI) }

    /// Below `/o/{slug}`.
    public var pages: RouteTable<TenantPageContext> {
        let controller = EyesController(service: service)
        let person = PersonController(reviews: reviews)
        let view = RouteAccess.needs("eyes:view")
        let run = RouteAccess.needs("eyes:run")
        return RouteTable(
            "eyes",
            [
                .get("eyes", view, name: "eyes.index", controller.index),
                .post("eyes/run", run, name: "eyes.start", controller.start),
                .post("eyes/profit", run, name: "eyes.profit", controller.keepProfit),
                .get("eyes/export", .needs("analytics:export"), name: "eyes.export", controller.export),
                .get("eyes/segments/{id}", view, name: "eyes.segment", controller.segment),
                .post(
                    "eyes/segments/{id}", .needs("eyes:manage"), name: "eyes.segment.rename", controller.rename),
                .get("eyes/customers/{id}", view, name: "eyes.customer", person.show),
                .post("eyes/customers/{id}/review", run, name: "eyes.review.ask", person.ask),
                .post(
                    "eyes/customers/{id}/review/decide", .needs("eyes:manage"), name: "eyes.review.decide",
                    person.decide),
                .get("eyes/models/{version}", view, name: "eyes.model", controller.model),
                .get("eyes/runs", view, name: "eyes.runs", controller.runs),
                .get("eyes/runs/{id}", view, name: "eyes.run", controller.run),
                .get("eyes/runs/{id}/stream", view, name: "eyes.run.stream", controller.stream),
                .post("eyes/runs/{id}/cancel", run, name: "eyes.run.cancel", controller.cancel),
                .post("eyes/runs/{id}/repeat", run, name: "eyes.run.repeat", controller.repeatRun),
                .get("eyes/runs/{id}/repeats/{job}", view, name: "eyes.run.repetition", controller.repetition),
                .get("eyes/runs/{id}/input", .needs("analytics:export"), name: "eyes.run.input", controller.input),
            ] + CampaignRoutes(campaigns: campaigns, eyes: eyesAPI).pages + ruleRoutes.pages
                + WebhookController(webhooks: webhooks).routes)
    }

    /// Below `/api/v1`.
    public var api: APITable<APIContext> {
        APITable(
            "eyes",
            eyesAPI.table.routes + CampaignRoutes(campaigns: campaigns, eyes: eyesAPI).api + ruleRoutes.api)
    }

    /// Outgoing webhooks, below `/api/v1`.
    public var webhookAPI: APITable<APIContext> { WebhookAPI(webhooks: webhooks).table }

    /// `GET /eyes/segments` and `/eyes/segments/{timeframe}` without the prefix, as the founding documents name them.
    public var alias: APITable<APIContext> { eyesAPI.aliasTable }
}

extension Eyes {
    /// What a caller is told of an ``EyesError``.
    public static let errors: ErrorMapper = { error in
        if let refusal = error as? CampaignRefusal {
            return Problem(.conflict, code: "campaign_\(refusal.rawValue)", detail: refusal.sentence)
        }
        if let problems = error as? CampaignProblems {
            return .validation(
                problems.fields.map { FieldProblem(field: $0, code: "range", message: "Cannot be used.") })
        }
        if let problems = error as? RuleProblems {
            return .validation(
                problems.all.map {
                    FieldProblem(field: $0.field, code: $0.code, message: "Cannot be used: \($0.code).")
                })
        }
        if let refusal = error as? RuleRefusal { return refusal.problem }
        if let problem = error as? WebhookProblem {
            return .validation([
                FieldProblem(field: problem.field, code: problem.code, message: "Cannot be used: \(problem.code).")
            ])
        }
        guard let error = error as? EyesError else { return nil }
        switch error {
        case .alreadyRunning(let jobID):
            return Problem(
                .conflict, code: "eyes_already_running", title: "A run is under way.",
                detail: "Wait for job \(jobID) or cancel it.", headers: [.location: "/api/v1/jobs/\(jobID)"])
        case .invalidConfig(let fields):
            return .validation(
                fields.map { FieldProblem(field: $0, code: "range", message: "Out of range.") })
        case .modelNotUsable(let version):
            return Problem(
                .conflict, code: "eyes_model_not_usable", title: "This model cannot speak.",
                detail: "Model \(version) was never accepted here, or is older than 180 days.")
        case .damagedRow:
            return nil
        }
    }
}
