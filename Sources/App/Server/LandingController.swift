import Accounts
import Tenancy
import Web

/// The front door and the public status.
struct LandingController: Sendable {
    private let dependencies: Dependencies

    init(_ dependencies: Dependencies) { self.dependencies = dependencies }

    var pages: RouteTable<BrowserContext> {
        RouteTable("site", [.get("/", .open, name: "site.landing") { _, context in try await landing(context) }])
    }

    private func landing(_ context: BrowserContext) async throws -> Response {
        let report = await dependencies.health.report()
        let hasDemo = report.database ? (try? await dependencies.memberships.demoOrganization()) != nil : false
        return try await context.page(
            LandingPage(report: report, hasDemo: hasDemo, words: try context.localizer),
            status: report.condition == .failing ? .serviceUnavailable : .ok)
    }
}
