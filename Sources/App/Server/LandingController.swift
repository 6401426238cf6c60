import Accounts
import Tenancy
import Web

/// The front door and the public status.
struct LandingController: Sendable {
    private let dependencies: Dependencies

    init(_ dependencies: Dependencies) { self.dependencies = dependencies }

    var pages: RouteTable<BrowserContext> {
        RouteTable(
            "site",
            [
                .get("/", .open, name: "site.landing") { _, context in try await landing(context) },
                .get("docs/problems", .open, name: "site.problems") { _, context in
                    try await context.page(ProblemsPage(try context.localizer))
                },
            ])
    }

    private func landing(_ context: BrowserContext) async throws -> Response {
        let report = await dependencies.health.report()
        let hasDemo = report.database ? (try? await dependencies.memberships.demoOrganization()) != nil : false
        let figures = hasDemo ? (try? await DemoFigures.read(dependencies)) : nil
        return try await context.page(
            LandingPage(report: report, hasDemo: hasDemo, figures: figures, words: try context.localizer),
            status: report.condition == .failing ? .serviceUnavailable : .ok)
    }
}
