import Accounts
import Web

extension EyesController {
    /// What is worked out after a run; a moment after publishing it is still on its way.
    func crossPlatformTab(
        _ builder: EyesPageBuilder, _ context: TenantPageContext
    ) async throws -> (title: String?, main: SafeHTML) {
        guard let run = builder.run else { return (nil, builder.beforeFirstRun) }
        guard let found = try await service.insights(context.scope, run.id) else { return (nil, builder.onItsWay) }
        let tab = CrossPlatformTab(
            found: found.crossPlatform, run: run, horizon: builder.horizon, speech: builder.speech)
        return (tab.headline, tab.html)
    }

    func learningTab(
        _ builder: EyesPageBuilder, _ context: TenantPageContext
    ) async throws -> (title: String?, main: SafeHTML) {
        guard let published = builder.overview.published else { return (nil, builder.beforeFirstRun) }
        let tab = LearningTab(
            learning: try await service.learning(context.scope, published), published: published,
            horizon: builder.horizon, speech: builder.speech, paths: context.eyesPaths)
        return (tab.headline, tab.html)
    }
}

extension EyesPageBuilder {
    /// A run is there, what follows it is not yet.
    var onItsWay: SafeHTML {
        EmptyState(.waiting, title: speech.t("insights.waiting"), text: speech.t("insights.waiting_text")).html
    }
}
