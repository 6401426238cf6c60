import Accounts
import Customers
import Tenancy
import Vault
import Web

/// The page of a customer as EYES sees them, and asking for a person to look at the score.
struct PersonController: Sendable {
    let reviews: EyesReviews

    private var service: EyesService { reviews.service }

    @Sendable func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let person = try await service.person(context.scope, id, reviews.hooks) else { throw Problem.notFound() }
        let page = PersonPage(
            person: person, id: id, speech: context.speech.of(person.findings.published.run), paths: context.eyesPaths,
            now: service.clock.now(),
            mayAsk: context.can(.eyesRun), mayDecide: context.can(.eyesManage))
        return try await context.page(page.page)
    }

    @Sendable func ask(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let note = try await Form.read(request)["note"]
        return try await act(context, "asked") { id, name in
            try await reviews.ask(context.scope, id, name: name, note: note, requestID: context.requestID)
        }
    }

    @Sendable func decide(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = try await Form.read(request)
        guard let outcome = ScoreReview.Outcome(rawValue: form["outcome"]) else {
            throw Problem.badRequest("review_outcome", "The outcome is stands or set_aside.")
        }
        return try await act(context, "decided") { id, name in
            try await reviews.decide(
                context.scope, id, name: name, outcome, finding: form["finding"], requestID: context.requestID)
        }
    }

    private func act(
        _ context: TenantPageContext, _ done: String, _ body: (_ id: String, _ name: String) async throws -> Void
    ) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let badge = try await service.customer(context.scope, id)?.badge else { throw Problem.notFound() }
        let page = context.eyesPaths.customer(id) + "#review"
        do {
            try await body(id, badge.name)
        } catch EyesError.invalidConfig {
            return try await context.redirect(to: page, flash: Flash(.error, "eyes.review.flash.wrong"))
        }
        return try await context.redirect(to: page, flash: Flash(.success, "eyes.review.flash.\(done)"))
    }
}
