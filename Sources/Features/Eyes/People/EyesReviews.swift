import Audit
import BSON
import Foundation
import Tenancy
import Vault

/// Human review of scores: no customer has to take what a model says without a person looking at it.
public struct EyesReviews: Sendable {
    let service: EyesService
    let hooks: PersonHooks

    public init(service: EyesService, hooks: PersonHooks = PersonHooks()) {
        self.service = service
        self.hooks = hooks
    }

    private func reviews(_ scope: TenantScope) -> TenantCollection<ScoreReview> {
        TenantCollection(scope, service.database)
    }

    /// Newest first.
    func reviews(_ scope: TenantScope, of customerID: String) async throws -> [ScoreReview] {
        try await reviews(scope).find(
            .eq("customer_id", .string(customerID)), sort: [.descending("created_at")], limit: 20)
    }

    /// Who of these is kept out of campaigns by a review.
    func keptOut(_ scope: TenantScope, _ customers: [String]) async throws -> Set<String> {
        var latest: [String: ScoreReview] = [:]
        for part in customers.portions() {
            let found = try await reviews(scope).find(
                .in("customer_id", part.map { .string($0) }), sort: [.ascending("created_at")])
            for review in found { latest[review.customerID] = review }
        }
        return Set(latest.values.filter(\.keepsOut).map(\.customerID))
    }

    /// Asks for a review; while one is open, that one stands.
    func ask(
        _ scope: TenantScope, _ customerID: String, name: String, note: String, requestID: String?
    ) async throws {
        try scope.require(.eyesRun)
        try scope.requireWritable()
        let note = note.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !note.isEmpty, note.count <= ScoreReview.most else { throw EyesError.invalidConfig(["note"]) }
        guard let run = try await service.published(scope)?.run,
            try await !reviews(scope, of: customerID).contains(where: { $0.state == .open })
        else { return }
        let now = service.clock.now()
        let review = ScoreReview(
            id: ID.make("rvw", at: now), customerID: customerID, runID: run.id, state: .open, note: note,
            requested: act(scope, now), createdAt: now)
        try await reviews(scope).insert(review)
        try await record(scope, "eyes.review_asked", review, requestID)
        try await hooks.opened(scope, customerID, name)
    }

    /// Decides the open review of a customer.
    func decide(
        _ scope: TenantScope, _ customerID: String, name: String, _ outcome: ScoreReview.Outcome, finding: String,
        requestID: String?
    ) async throws {
        try scope.require(.eyesManage)
        try scope.requireWritable()
        let finding = finding.trimmingCharacters(in: .whitespacesAndNewlines)
        guard finding.count <= ScoreReview.most else { throw EyesError.invalidConfig(["finding"]) }
        guard var review = try await reviews(scope, of: customerID).first(where: { $0.state == .open }) else { return }
        review.state = .decided
        review.outcome = outcome
        review.finding = finding.isEmpty ? nil : finding
        review.decided = act(scope, service.clock.now())
        try await reviews(scope).replace(review)
        try await record(scope, "eyes.review_decided", review, requestID)
        try await hooks.decided(scope, customerID, name)
    }

    private func act(_ scope: TenantScope, _ now: Date) -> Campaign.Act {
        Campaign.Act(actor: scope.actor.id ?? scope.actor.kind, name: scope.actor.name ?? scope.actor.kind, at: now)
    }

    private func record(
        _ scope: TenantScope, _ action: String, _ review: ScoreReview, _ requestID: String?
    ) async throws {
        try await service.audit.record(
            scope,
            AuditEntry(
                .dataModification, action, on: "customer", review.customerID,
                details: [
                    "review_id": .string(review.id), "run_id": .string(review.runID),
                    "outcome": review.outcome.map { .string($0.rawValue) } ?? .null,
                ]), requestID: requestID)
    }
}
