import Accounts
import Tenancy
import Web

extension EyesController {
    /// The slider of a page; nil where no probabilities are published.
    func profitSection(
        _ form: ProfitForm, _ builder: EyesPageBuilder, _ context: TenantPageContext
    ) async throws -> SafeHTML? {
        guard let published = builder.overview.published else { return nil }
        let answer = try await service.profit(
            context.scope, published, builder.horizon, form.choice, cut: form.cut)
        return answer.map { answer in
            ProfitSection(
                answer: answer, form: form, speech: builder.speech, paths: context.eyesPaths, horizon: builder.horizon,
                mayKeep: context.can(.eyesRun), mayExport: context.can(.analyticsExport),
                mayPropose: context.can(.actionPropose)
            ).html
        }
    }

    /// The slider's figures as they stand in the address.
    func profitForm(_ query: Query, _ scope: TenantScope) async throws -> ProfitForm {
        let sent = Set(query.names)
        return ProfitForm(
            { sent.contains($0) ? query[$0] ?? "" : nil }, kept: try await service.profitChoice(scope),
            currency: scope.organization.currency)
    }

    /// Keeps the slider's figures for the organization.
    @Sendable func keepProfit(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = try await Form.read(request)
        let currency = context.scope.organization.currency
        let kept = try await service.profitChoice(context.scope)
        let entered = ProfitForm({ form.has($0) ? form[$0] : nil }, kept: kept, currency: currency)
        let horizon = Horizon(timeframe: form["horizon"]) ?? .days90
        guard entered.errors.isEmpty else {
            return try await context.redirect(
                to: context.eyesPaths.tab(.churn, horizon), flash: Flash(.error, "eyes.profit.flash.wrong"))
        }
        try await service.keep(entered.choice, context.scope, requestID: context.requestID)
        return try await context.redirect(
            to: context.eyesPaths.profitCut(horizon, ""), flash: Flash(.success, "eyes.profit.flash.kept"))
    }

    /// The list as a file.
    @Sendable func export(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let query = Query(request)
        guard let published = try await service.published(context.scope) else { throw Problem.notFound() }
        return try await ScoreExport(
            service: service, scope: context.scope, published: published, list: try ListQuery(query),
            format: try query.choice("format", ListFormat.self) ?? .csv,
            speech: context.speech.of(published.run)
        ).response(requestID: context.requestID)
    }
}
