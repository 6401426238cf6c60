import Memory
import Tenancy

/// Everything the learning tab and its API say.
struct EyesLearning: Sendable {
    /// Newest first.
    let trends: [RunTrend]
    let history: [LearningEntry]
    /// Nil while what follows the run is on its way.
    let insights: RunInsights?
    /// Newest windows first.
    let outcomes: [Outcome]
    let recommendations: [Recommendation]

    static let leastRuns = 2

    /// The newest outcome of a horizon.
    func outcome(_ horizon: Horizon) -> Outcome? { outcomes.first { $0.horizon == horizon } }

    /// The day on which the first open window closes; nil without any run.
    func firstClosing(_ horizon: Horizon) -> Int? {
        trends.filter { $0.report(horizon)?.state.hasProbabilities ?? false }.map { $0.result.asOfDay + horizon.days }
            .min()
    }
}

extension EyesService {
    func insights(_ scope: TenantScope, _ runID: String) async throws -> RunInsights? {
        try await memory.insights.value(for: .init(organizationID: scope.organizationID, runID: runID)) {
            try await store(scope).insights(of: runID)
        }
    }

    func learning(_ scope: TenantScope, _ published: PublishedRun) async throws -> EyesLearning {
        let store = store(scope)
        async let trends = store.trends(limit: 24)
        async let history = store.history(limit: 24)
        async let outcomes = store.outcomes(limit: 60)
        let insights = try await insights(scope, published.run.id)
        let closed = try await outcomes
        return EyesLearning(
            trends: try await trends, history: try await history, insights: insights, outcomes: closed,
            recommendations: Recommendation.all(published.run, insights?.crossPlatform, closed))
    }
}
