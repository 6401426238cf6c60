import Audit
import BSON
import Customers
import Foundation
import Jobs
import Memory
import Tenancy
import Vault

extension EyesStore {
    private var settings: TenantCollection<ProfitSettings> { TenantCollection(scope, database) }
    private var scored: TenantCollection<StoredScore> { TenantCollection(scope, database) }

    func profitChoice() async throws -> ProfitChoice? {
        try await settings.get(id: ProfitSettings.id(scope))?.choice
    }

    func save(_ choice: ProfitChoice, by name: String, at now: Date) async throws {
        try await settings.replace(
            ProfitSettings(id: ProfitSettings.id(scope), choice: choice, updatedAt: now, updatedBy: name),
            upsert: true)
    }

    /// Chances and expected spend of everybody a run scored, and the run's test rows.
    func profitBasis(runID: String, horizon: Horizon) async throws -> ProfitBasis {
        let key = horizon.key
        let documents = try await scored.select(
            ["\(key).risk_score", "\(key).place", "\(key).risk_place", "spend_90_minor"], as: BSONDocument.self,
            .eq("run_id", .string(runID)))
        let rows = documents.compactMap { document -> ProfitBasis.Row? in
            guard let score = document[key]?.documentValue, let chance = score["risk_score"]?.doubleValue,
                let place = score["place"]?.intValue, let risk = score["risk_place"]?.intValue
            else { return nil }
            return ProfitBasis.Row(
                chance: chance, spend90: Double(document["spend_90_minor"]?.int64Value ?? 0), valuePlace: place,
                riskPlace: risk)
        }
        return ProfitBasis(rows: rows, test: try await tests(runID: runID).first { $0.horizon == horizon })
    }
}

extension EyesService {
    /// What the organization keeps, or the assumptions everybody starts with.
    func profitChoice(_ scope: TenantScope) async throws -> ProfitChoice {
        try await store(scope).profitChoice() ?? .standard(currency: scope.organization.currency)
    }

    /// Keeps a choice for everybody of the organization.
    func keep(_ choice: ProfitChoice, _ scope: TenantScope, requestID: String?) async throws {
        try scope.requireWritable()
        guard choice.problems.isEmpty else { throw EyesError.invalidConfig(choice.problems) }
        try await store(scope).save(choice, by: scope.actor.name ?? scope.actor.kind, at: clock.now())
        try await audit.record(
            scope,
            AuditEntry(
                .configurationChange, "eyes.profit_changed", on: "eyes_profit", ProfitSettings.id(scope),
                details: [
                    "contact_cost_minor": .int64(choice.contactCostMinor), "success_rate": .double(choice.successRate),
                    "gross_margin": .double(choice.margin),
                    "value_minor": choice.fixedValueMinor.map { .int64($0) } ?? .null,
                ]), requestID: requestID)
    }

    /// Nil where no probabilities are published for the horizon: without them there is no slider.
    func profit(
        _ scope: TenantScope, _ published: PublishedRun, _ horizon: Horizon, _ choice: ProfitChoice, cut: Int?
    ) async throws -> ProfitAnswer? {
        guard let report = published.run.report(horizon), report.state.hasProbabilities else { return nil }
        let runID = published.run.id
        let seed = UInt64(bitPattern: published.run.identity.seed)
        let basis = try await memory.profits.value(for: .init(scope, runID, horizon.key)) {
            try await store(scope).profitBasis(runID: runID, horizon: horizon)
        }
        guard !basis.rows.isEmpty else { return nil }
        return try await memory.profitAnswers.value(for: .init(scope, runID, "\(horizon.key)/\(choice)/\(cut ?? -1)")) {
            try await ComputePool.shared.run { ProfitAnswer(ProfitPlan(basis, choice, seed: seed), cut: cut) }
        }
    }
}
