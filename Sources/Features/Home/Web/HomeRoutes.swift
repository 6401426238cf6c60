import Accounts
import Customers
import Foundation
import Mongo
import Tenancy
import Vault
import Web

/// What the composition root gives the home page from features it cannot know.
public struct HomeHooks: Sendable {
    public var analysis: @Sendable (TenantScope, Localizer) async throws -> HomeAnalysis
    /// The id of an import that is at work, if there is one.
    public var runningImport: @Sendable (TenantScope) async throws -> String?

    public init(
        analysis: @escaping @Sendable (TenantScope, Localizer) async throws -> HomeAnalysis,
        runningImport: @escaping @Sendable (TenantScope) async throws -> String?
    ) {
        self.analysis = analysis
        self.runningImport = runningImport
    }
}

/// The page that a person opens in the morning.
public struct HomeController: Sendable {
    static let weeks = 26

    let database: MongoDatabase
    let clock: WallClock
    let hooks: HomeHooks

    public init(database: MongoDatabase, clock: WallClock, hooks: HomeHooks) {
        self.database = database
        self.clock = clock
        self.hooks = hooks
    }

    public var pages: RouteTable<TenantPageContext> {
        RouteTable(
            "home",
            [
                .get("home", .needs(Permission.analyticsView.rawValue), name: "home") { _, context in
                    try await show(context)
                }
            ])
    }

    /// All pages of this feature, for the template lint.
    public static let pageTypes: [any Page.Type] = [HomePage.self]

    private func show(_ context: TenantPageContext) async throws -> Response {
        let scope = context.scope
        let words = context.localizer
        let customers = CustomerFigures(scope, database)
        let data = try await customers.dataState()
        async let totals = customers.totals()
        async let weekly = customers.weekly(weeks: Self.weeks, endingBefore: data.completeUntil)
        async let analysis = hooks.analysis(scope, words)
        async let running = hooks.runningImport(scope)
        let figures = HomeFigures(
            data: data, totals: try await totals, weekly: try await weekly, analysis: try await analysis,
            runningImport: try await running)
        let builder = HomePageBuilder(
            figures: figures, organization: scope.organization, words: words, now: clock.now(), base: context.path(""),
            mayRun: context.can(.eyesRun))
        return try await context.page(builder.page())
    }
}
